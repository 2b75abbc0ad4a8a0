import type { Value } from '../../src/core/value.js';
import { Float } from '../../src/core/value.js';
import { tupleOf } from '../../src/template/terms.js';

/** Chance that can be had again: mulberry32. */
export class Dice {
  constructor(private seed: number) {}
  roll(): number {
    this.seed = (this.seed + 0x6d2b79f5) | 0;
    let t = Math.imul(this.seed ^ (this.seed >>> 15), 1 | this.seed);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 4294967296;
  }
  pick<T>(items: readonly T[]): T {
    return items[Math.floor(this.roll() * items.length)]!;
  }
  often(chance: number): boolean {
    return this.roll() < chance;
  }
}

/** Variables of invented sensors, so that filters and members have something to bite on. */
export const CONTEXTS: readonly { readonly [name: string]: Value }[] = [
  {
    name: 'probe-01',
    count: 7,
    zero: 0,
    ratio: 2.5,
    whole: new Float(3),
    empty: '',
    nothing: null,
    yes: true,
    no: false,
    words: ['tap', 'mirror', 'Span', 'tap'],
    numbers: [3, 1, 2, 3, -4],
    mixed: [1, 'one', 2.5, null, true],
    blank: [],
    pair: tupleOf([1, 'x']) as Value,
    link: { name: 'eth1', speed: 10000, up: true, rings: { rx: 4096, tx: 512 } },
    links: [
      { name: 'eth0', speed: 1000, up: true, tags: ['mgmt'] },
      { name: 'eth1', speed: 10000, up: false, tags: ['tap', 'span'] },
      { name: 'Eth2', speed: 10000, up: true },
    ],
    text: 'alert on  port 8080, then DROP\nsecond line\n',
    path: '/opt/sensor/etc/node.cfg',
    digits: '042',
    accents: 'Zürich – Genève',
  },
  {
    name: 'x',
    count: -3,
    zero: 1,
    ratio: -0.125,
    whole: new Float(-1),
    empty: ' ',
    nothing: 'none',
    yes: false,
    no: true,
    words: [],
    numbers: [10, 20, 30],
    mixed: [{ a: 1 }, [1, 2], 'z'],
    blank: {},
    pair: tupleOf([]) as Value,
    link: {},
    links: [],
    text: 'it\'s a "test" <b>&amp;</b>',
    path: 'relative/dir/',
    digits: '1e3',
    accents: '日本語 😀 text',
  },
];

const NAMES = Object.keys(CONTEXTS[0]!);
const MEMBERS = ['name', 'speed', 'up', 'tags', 'rings', 'rx', 'missing'];
const TEXTS = ["'a'", "'tap'", "'Span'", "''", "'a b c'", "'1'", "'2.5'", "'%s-%d'", "'x,y,,z'", "','", "' '", "'e'"];
const NUMBERS = ['0', '1', '2', '3', '-1', '10', '1.5', '2.0', '0.1', '100', '7'];
const BINARY = ['+', '-', '*', '/', '//', '%', '**', '~', '+', '~', '-', '*'];
const COMPARE = ['==', '!=', '<', '>', '<=', '>=', 'in', 'not in'];
const TESTS = [
  'defined',
  'undefined',
  'none',
  'string',
  'number',
  'integer',
  'float',
  'boolean',
  'mapping',
  'sequence',
  'iterable',
  'odd',
  'even',
  'true',
  'false',
  'lower',
  'upper',
  'divisibleby(2)',
  'divisibleby 3',
  "eq('a')",
  'gt(2)',
  'in([1, 2, 3])',
  "sameas('a')",
  'sameas(none)',
];

/** What an expression is meant to give; some give something else, and so test errors. */
type Kind = 'text' | 'number' | 'list' | 'rows' | 'dict' | 'any';
type Part = (g: Generator) => string;

/** Filters of Jinja, each with arguments as they may be, by what they are for. */
const FILTERS: Readonly<Record<Kind, readonly Part[]>> = {
  text: [
    () => 'upper',
    () => 'lower',
    () => 'title',
    () => 'capitalize',
    () => 'trim',
    () => 'length',
    () => 'list',
    () => 'first',
    () => 'last',
    () => 'reverse',
    () => 'int',
    () => 'float',
    () => 'wordcount',
    () => 'striptags',
    () => 'urlencode',
    () => 'unique | list',
    g => `int(${g.dice.pick(['5', '-1', '0, 16', 'default=9', 'base=8'])})`,
    g => `replace(${g.dice.pick(TEXTS)}, ${g.dice.pick(TEXTS)})`,
    g => `replace('a', 'b', ${g.dice.pick(['0', '1', '2'])})`,
    g => `truncate(${g.dice.pick(['5', '10', '10, true', "8, false, '…'", "6, true, '', 0"])})`,
    g => `indent(${g.dice.pick(['', '2', '2, true', "'> '", '4, false, true'])})`,
    g => `center(${g.dice.pick(['', '10', '15'])})`,
    g => `trim('${g.dice.pick(['a', '/', 'x.'])}')`,
    g => `wordwrap(${g.dice.pick(['10', '20', '5'])})`,
    g => `batch(${g.dice.pick(['2', '3'])}) | list`,
    g => `format(${g.atom()}, ${g.atom()})`,
  ],
  number: [
    () => 'abs',
    () => 'string',
    () => 'int',
    () => 'float',
    () => 'filesizeformat',
    () => 'filesizeformat(true)',
    g => `round(${g.dice.pick(['', '1', '2', "0, 'ceil'", "1, 'floor'", "method='ceil'", '-1'])})`,
    g => `float(${g.dice.pick(['1.5', '-1', 'default=2.5'])})`,
  ],
  list: [
    () => 'length',
    () => 'count',
    () => 'list',
    () => 'first',
    () => 'last',
    () => 'sum',
    () => 'max',
    () => 'min',
    () => 'reverse | list',
    () => 'sort',
    () => 'unique | list',
    () => 'select | list',
    () => 'reject | list',
    () => 'tojson',
    g => `sort(reverse=${g.dice.pick(['true', 'false'])})`,
    () => 'sort(case_sensitive=true)',
    g => `join(${g.dice.pick(["','", "', '", "''", "'-'"])})`,
    g => `map('${g.dice.pick(['upper', 'length', 'int', 'string', 'float', 'trim', 'title'])}') | list`,
    g => `map('default', ${g.atom()}) | list`,
    g => `select('${g.dice.pick(['string', 'number', 'odd', 'none', 'defined', 'mapping', 'gt'])}') | list`,
    g => `select('in', ${g.kind('list', 0)}) | list`,
    g => `reject('${g.dice.pick(['string', 'number', 'even', 'none'])}') | list`,
    g => `batch(${g.dice.pick(['1', '2', '3', "2, 'x'"])}) | list`,
    g => `slice(${g.dice.pick(['1', '2', '3', "2, 'x'"])}) | list`,
    g => `sum(start=${g.dice.pick(['1', '2.5'])})`,
  ],
  rows: [
    g => `sort(attribute='${g.dice.pick(['name', 'speed', 'speed,name'])}')`,
    g => `join(',', attribute='${g.dice.pick(['name', 'speed'])}')`,
    g => `map(attribute='${g.dice.pick(['name', 'speed', 'up', 'tags'])}') | list`,
    g => `map(attribute='${g.dice.pick(MEMBERS)}', default=${g.atom()}) | list`,
    g => `selectattr('${g.dice.pick(['name', 'speed', 'up', 'tags'])}') | list`,
    g => `selectattr('${g.dice.pick(MEMBERS)}', 'defined') | list`,
    g =>
      `selectattr('${g.dice.pick(['name', 'speed', 'up'])}', '${g.dice.pick(['eq', 'ne', 'in'])}', ${g.kind('list', 0)}) | list`,
    g =>
      `selectattr('speed', '${g.dice.pick(['gt', 'lt', '>=', '=='])}', ${g.dice.pick(['1000', '5000', '10000'])}) | list | length`,
    g => `rejectattr('${g.dice.pick(MEMBERS)}', '${g.dice.pick(['defined', 'none', 'string'])}') | list`,
    g => `groupby('${g.dice.pick(['up', 'speed', 'name'])}') | list`,
    g => `groupby('tags', default=[]) | list`.replace('[]', g.dice.pick(['[]', "['a']"])),
    g => `unique(attribute='${g.dice.pick(['speed', 'up', 'name'])}') | list`,
    g => `sum(attribute='${g.dice.pick(['speed', 'name', 'missing'])}')`,
    g => `max(attribute='${g.dice.pick(['speed', 'name'])}')`,
    g => `min(attribute='${g.dice.pick(['speed', 'name'])}')`,
    () => 'first',
    () => 'length',
  ],
  dict: [
    () => 'length',
    () => 'list',
    () => 'items | list',
    () => 'dictsort',
    () => 'tojson',
    () => 'tojson(indent=2)',
    () => 'xmlattr',
    () => 'urlencode',
    () => 'first',
    () => 'string',
    g => `dictsort(${g.dice.pick(['true', "by='value'", 'reverse=true', "false, 'value'"])})`,
    g => `attr('${g.dice.pick(['name', 'missing'])}')`,
  ],
  any: [
    () => 'string',
    () => 'list',
    () => 'length',
    g => `default(${g.atom()})`,
    g => `d(${g.atom()}, true)`,
    g => `default(${g.atom()}) | string | length`,
    () => 'e',
  ],
};

const METHODS: Readonly<Record<Kind, readonly Part[]>> = {
  text: [
    () => '.upper()',
    () => '.lower()',
    () => '.strip()',
    () => '.title()',
    () => '.capitalize()',
    () => '.swapcase()',
    () => '.split()',
    () => '.splitlines()',
    () => '.isdigit()',
    () => '.isalpha()',
    () => '.isalnum()',
    () => '.islower()',
    () => '.isupper()',
    () => '.isspace()',
    g => `.split(${g.dice.pick(["','", "'/'", "' '", "',', 1", 'none, 1', "'a'"])})`,
    g => `.rsplit(${g.dice.pick(["','", "'/'", "'/', 1", 'none, 1', "' ', 2"])})`,
    g => `.startswith(${g.dice.pick(["'a'", "'/'", "('a', 'p')"])})`,
    g => `.endswith(${g.dice.pick(["'a'", "'/'", "('1', 'x')"])})`,
    g => `.replace(${g.dice.pick(TEXTS)}, ${g.dice.pick(TEXTS)})`,
    g => `.find(${g.dice.pick(TEXTS)})`,
    g => `.rfind(${g.dice.pick(TEXTS)})`,
    g => `.count(${g.dice.pick(TEXTS)})`,
    g => `.index(${g.dice.pick(TEXTS)})`,
    g => `.zfill(${g.dice.pick(['3', '8'])})`,
    g => `.ljust(${g.dice.pick(['5', "12, '*'"])})`,
    g => `.rjust(${g.dice.pick(['5', "12, '*'"])})`,
    g => `.center(${g.dice.pick(['7', "12, '*'", '9'])})`,
    g => `.partition(${g.dice.pick(["'/'", "','", "' '"])})`,
    g => `.rpartition(${g.dice.pick(["'/'", "','", "' '"])})`,
    g => `.lstrip(${g.dice.pick(["'/'", "'pr'", ''])})`,
    g => `.rstrip(${g.dice.pick(["'/'", "'g1'", ''])})`,
    g => `.removeprefix(${g.dice.pick(["'/'", "'pr'"])})`,
    g => `.removesuffix(${g.dice.pick(["'/'", "'01'"])})`,
    g => `.join(${g.kind('list', 0)})`,
    g => `.format(${g.atom()}, ${g.atom()})`,
  ],
  number: [() => ' + 0', () => '.missing'],
  list: [() => '.copy()', g => `.count(${g.atom()})`, g => `.index(${g.atom()})`],
  rows: [() => '[0].name', () => '.0.speed', () => '[-1]["name"]'],
  dict: [
    () => '.copy()',
    () => '.keys() | list',
    () => '.values() | list',
    () => '.items() | list',
    () => '.name',
    () => "['speed']",
    g => `.get(${g.dice.pick(["'name'", "'missing'", "'missing', 1", "'rings'"])})`,
  ],
  any: [() => '.name', () => '.upper()'],
};

const FORMATS = [
  "'{} {}'",
  "'{0:>5}|{1:<5}|'",
  "'{0!r}'",
  "'{:^9}'",
  "'{:05.1f}'",
  "'{:x}'",
  "'{:,}'",
  "'{:+d} {}'",
  "'{{}} {}'",
  "'{0:.3}'",
  "'{:e}'",
  "'{:g}'",
  "'{:%}'",
  "'{:_}'",
  "'{:#x}'",
  "'{:b}'",
];
const PERCENTS = [
  "'%s|%r'",
  "'%d %s'",
  "'%05d|%-6s|'",
  "'%.2f %s'",
  "'%x %s'",
  "'%5.1f|%s'",
  "'%+d %s'",
  "'%e %s'",
  "'%g %s'",
  "'%%%s%s'",
  "'%.3s %s'",
];

const KINDS: readonly Kind[] = ['text', 'text', 'number', 'number', 'list', 'list', 'rows', 'dict', 'any'];
const LEAVES: Readonly<Record<Kind, readonly string[]>> = {
  text: [...TEXTS, 'name', 'text', 'path', 'digits', 'accents', 'name', 'path'],
  number: [...NUMBERS, 'count', 'zero', 'ratio', 'whole', 'true'],
  list: ['words', 'numbers', 'mixed', '[1, 2]', "['a', 'b']", '[]', 'range(3)', '[3, 1.5]'],
  rows: ['links'],
  dict: ['link', "{'a': 1, 'b': 'x'}", '{}', "{'name': 'n', 'speed': 2}"],
  any: [...NAMES, 'missing', 'link.rings', 'link.missing'],
};

/** Makes expressions and texts with tags. */
export class Generator {
  constructor(readonly dice: Dice) {}

  /** Something small. */
  atom(): string {
    const { dice } = this;
    const roll = dice.roll();
    if (roll < 0.45) return dice.pick(NAMES);
    if (roll < 0.6) return dice.pick(TEXTS);
    if (roll < 0.75) return dice.pick(NUMBERS);
    if (roll < 0.8) return dice.pick(['true', 'false', 'none']);
    if (roll < 0.84) return 'missing';
    if (roll < 0.92) return `link.${dice.pick(MEMBERS)}`;
    return `[${dice.pick(NUMBERS)}, ${dice.pick(TEXTS)}]`;
  }

  /** Something of a kind. */
  kind(kind: Kind, depth: number): string {
    const { dice } = this;
    // A wild one now and then, for the errors.
    if (dice.often(0.06)) return this.atom();
    if (depth <= 0 || dice.often(0.2)) return dice.pick(LEAVES[kind]);
    const n = (): string => this.operand(this.kind('number', depth - 1));
    const t = (): string => this.operand(this.kind('text', depth - 1));
    const l = (): string => this.operand(this.kind('list', depth - 1));
    switch (kind) {
      case 'number':
        return dice.pick([
          () => `${n()} ${dice.pick(['+', '-', '*', '/', '//', '%'])} ${n()}`,
          () => `${n()} ** ${dice.pick(['2', '0', '-1', '0.5'])}`,
          () => `-${n()}`,
          () => `${t()} | length`,
          () => `${l()} | length`,
          () => `${n()} | ${dice.pick(FILTERS.number)(this)}`,
        ])();
      case 'text':
        return dice.pick([
          () => `${t()} ~ ${this.operand(this.expression(depth - 1))}`,
          () => `${t()} + ${t()}`,
          () => `${t()}${dice.pick(METHODS.text)(this)}`,
          () => `${t()}[${this.subscript()}]`,
          () => `${l()} | join('-')`,
          () => `${dice.pick(PERCENTS)} % (${this.kind('number', 0)}, ${this.atom()})`,
          () =>
            `${dice.pick(FORMATS)}.format(${dice.often(0.5) ? this.kind('number', 0) : this.atom()}, ${this.atom()})`,
          () => `${t()} * ${dice.pick(['2', '0', '-1'])}`,
        ])();
      case 'list':
        return dice.pick([
          () => `${l()} + ${l()}`,
          () => `${l()}[${dice.pick(['1:', ':2', '::-1', '-2:', '::2', ':-1'])}]`,
          () => `[${this.expression(depth - 1)}, ${this.expression(depth - 1)}]`,
          () => `range(${dice.pick(['3', '1, 4', '5, 0, -2', 'count'])}) | list`,
          () => `${t()}.split()`,
          () => `${l()} | ${dice.pick(FILTERS.list)(this)}`,
          () => `${l()} * 2`,
        ])();
      case 'dict':
        return dice.pick([
          () =>
            `{'k': ${this.expression(depth - 1)}, ${dice.pick(["'a'", "'b'", 'name'])}: ${this.expression(depth - 1)}}`,
          () => `dict(a=${this.expression(depth - 1)}, b=${this.atom()})`,
          () => 'links | first',
        ])();
      default:
        return dice.pick(LEAVES[kind]);
    }
  }

  /** Anything. */
  expression(depth: number): string {
    const { dice } = this;
    if (depth <= 0) return dice.often(0.4) ? this.atom() : dice.pick(LEAVES[dice.pick(KINDS)]);
    const sub = (): string => this.expression(depth - 1 - Math.floor(dice.roll() * 2));
    const roll = dice.roll();
    const kind = dice.pick(KINDS);
    if (roll < 0.35)
      return `${this.operand(this.kind(kind, depth - 1))} | ${dice.pick(dice.often(0.15) ? FILTERS.any : FILTERS[kind])(this)}`;
    if (roll < 0.5) return `${this.operand(this.kind(kind, depth - 1))}${dice.pick(METHODS[kind])(this)}`;
    if (roll < 0.58) return this.comparison(kind, depth);
    if (roll < 0.66) return `${this.operand(sub())} ${dice.pick(['and', 'or'])} ${this.operand(sub())}`;
    if (roll < 0.69) return `not ${this.operand(sub())}`;
    if (roll < 0.75) return `${this.operand(sub())} is ${dice.often(0.3) ? 'not ' : ''}${dice.pick(TESTS)}`;
    if (roll < 0.8) return `${this.operand(sub())} if ${sub()}${dice.often(0.85) ? ` else ${sub()}` : ''}`;
    if (roll < 0.83) return `${this.operand(sub())} ${dice.pick(BINARY)} ${this.operand(sub())}`;
    if (roll < 0.85) return `${this.operand(sub())}[${this.subscript()}]`;
    if (roll < 0.87) return `(${sub()}, ${sub()})`;
    return this.kind(kind, depth);
  }

  private comparison(kind: Kind, depth: number): string {
    const { dice } = this;
    if (dice.often(0.3))
      return `${this.operand(this.expression(depth - 1))} ${dice.pick(['in', 'not in'])} ${this.operand(this.kind('list', depth - 1))}`;
    const left = this.operand(this.kind(kind, depth - 1));
    const right = this.operand(this.kind(kind, depth - 1));
    const third = dice.often(0.1) ? ` ${dice.pick(['<', '=='])} ${this.operand(this.kind(kind, 0))}` : '';
    return `${left} ${dice.pick(COMPARE)} ${right}${third}`;
  }

  /** Brackets round what does not stand on its own. */
  private operand(text: string): string {
    return /^[\w.]+$|^'[^']*'$/.test(text) && !/^[\d.]+$/.test(text) ? text : `(${text})`;
  }

  private subscript(): string {
    const { dice } = this;
    return dice.pick(['0', '-1', '1', '1:', ':2', '::-1', '-2:', "'name'", "'missing'", 'count', '5', '1:3', '::2']);
  }

  /** A text with tags in it. */
  text(depth: number): string {
    const pieces = Array.from({ length: 1 + Math.floor(this.dice.roll() * 3) }, () => this.piece(depth));
    return pieces.join(this.dice.pick(['', '\n', ' ', '\n  ']));
  }

  private piece(depth: number): string {
    const { dice } = this;
    const e = (): string => this.expression(2);
    const inner = (): string => (depth > 0 ? this.text(depth - 1) : `{{ ${this.atom()} }}`);
    const [open, close] = [dice.pick(['{%', '{%', '{%-', '{%+']), dice.pick(['%}', '%}', '-%}', '+%}'])];
    const nl = dice.pick(['', '\n', '\n  ']);
    const roll = dice.roll();
    if (roll < 0.3) return `{{${dice.pick(['', '-'])} ${e()} ${dice.pick(['', '-'])}}}`;
    if (roll < 0.4) return dice.pick(['text', 'a\nb', '  indented', '# comment', '{# note #}', '{#- note -#}\n']);
    if (roll < 0.55)
      return `${open} if ${e()} ${close}${nl}${inner()}${open} else ${close}${nl}${inner()}{% endif ${close}${nl}`;
    if (roll < 0.72)
      return `${open} for x in ${dice.pick(['words', 'numbers', 'links', 'blank', 'mixed', 'missing', 'text', 'range(3)'])} ${close}${nl}{{ loop.${dice.pick(['index', 'index0', 'first', 'last', 'length', 'revindex', 'previtem | default("-")', 'cycle(1, 2)', 'changed(x)', 'depth'])} }}:{{ ${dice.pick(['x', 'x', 'x | string', 'x.name', 'loop.last'])} }}${nl}{% endfor ${close}`;
    if (roll < 0.8) return `${open} set v = ${e()} ${close}${nl}{{ v }}`;
    if (roll < 0.84)
      return `{% set ns = namespace(n=0) %}{% for x in numbers %}{% set ns.n = ns.n + x %}{% endfor %}{{ ns.n }}`;
    if (roll < 0.88)
      return `{% macro m(a, b=${this.atom()}) ${close}${nl}<{{ a }}|{{ b }}>{% endmacro %}{{ m(${this.atom()}) }}`;
    if (roll < 0.91)
      return `{% filter ${dice.pick(['upper', 'trim', 'indent(2)', "replace('a', 'b')"])} %}${inner()}{% endfilter ${close}`;
    if (roll < 0.94) return `{% set v ${close}${nl}${inner()}{% endset %}[{{ v }}]`;
    if (roll < 0.97) return `{% with v = ${e()} ${close}{{ v }}{% endwith %}`;
    return `{% raw ${close}{{ not }} {% this %}${nl}{% endraw ${close}${nl}.`;
  }
}
