import { afterAll, describe, expect, test } from 'vitest';
import { teachYaml } from '../../src/cli/yaml.js';
import {
  Lazy,
  type Plain,
  plain,
  RenderError,
  type Scope,
  Unknown,
  unknownsIn,
  type Value,
} from '../../src/core/value.js';
import { compileExpression, compileText, locator } from '../../src/template/compile.js';
import { loopItems } from '../../src/template/loops.js';
import { RoleFolder } from './folder.js';
import { FILTERS, GLOBALS, LOOKUPS, OTHERS, type Sample, TESTS, variants } from './samples.js';
import { FILE, scopeOf } from './scope.js';

teachYaml();

const folder = new RoleFolder({
  'files/motd': 'welcome\n',
  'files/a.conf': 'a',
  'files/t.csv': 'a,1\n',
  'files/t.ini': '[s]\na = 1\n',
  'files/kept': 'secret\n',
  'templates/t.j2': 'for {{ who }}, {{ extra | default("-") }}\n',
  'templates/dice.j2': '{{ 6 | random }}',
});
afterAll(() => folder[Symbol.dispose]());

const FACT = 'fact:os';
/** What the unknown may turn out to be. */
const PERHAPS: readonly Value[] = [
  'motd',
  'x',
  '',
  3,
  0,
  true,
  false,
  null,
  ['motd', 1],
  [['x']],
  { a: 1 },
  { n: 'x', l: [2] },
];

type Outcome = { readonly value: Plain } | { readonly error: string };
const outcome = (work: () => Value): Outcome => {
  try {
    return { value: plain(work()) };
  } catch (error) {
    if (!(error instanceof RenderError)) throw error;
    return { error: 'an error' };
  }
};

const vars = (u: Value | undefined): { readonly [name: string]: Value } => ({
  who: 'ada',
  groups: { all: ['w1'], web: ['w1'] },
  dice: 1,
  ...(u === undefined ? {} : { u }),
});
const evaluate = (text: string, scope: Scope): Value => {
  const compiled = compileExpression(text, locator(text, FILE));
  if (!compiled.ok) throw new Error(compiled.error.map(one => one.message).join('; '));
  return compiled.value.render(scope);
};

/** Why the outcome of an expression with an unknown in it is wrong, if it is. */
function wrongness(text: string): string | undefined {
  const own = outcome(() => evaluate(text, scopeOf(vars(new Unknown([FACT])), folder)));
  if ('value' in own) {
    const because = new Set(unknownsIn(own.value as Value));
    if (because.size > 0) return because.size === 1 && because.has(FACT) ? undefined : `because ${[...because]}`;
  }
  // It is known, or failed: so it must be, whatever the unknown turns out to be.
  for (const u of [...PERHAPS, undefined]) {
    const then = outcome(() => evaluate(text, scopeOf(vars(u), folder)));
    if (JSON.stringify(then) !== JSON.stringify(own))
      return `${JSON.stringify(own)}, but ${JSON.stringify(then)} with ${JSON.stringify(u)}`;
  }
  return undefined;
}

const kinds = { filter: FILTERS, test: TESTS, lookup: LOOKUPS, global: GLOBALS, other: OTHERS };
/** What is left to chance differs whatever the unknown is; it is enough that it is no error. */
const isByChance = ({ purity }: Sample): boolean => purity.includes('random');

describe.each(Object.entries(kinds))('every operand of every %s may be unknown', (_, samples) => {
  test.each(samples.filter(sample => !isByChance(sample)))('$name', ({ text }) => {
    for (const substitute of ['u', '[u]', "[u, 'x']", "{'k': u}", "[{'n': u, 'l': u}]", '[[u]]'])
      for (const variant of variants(text, substitute)) expect(wrongness(variant), variant).toBeUndefined();
  });
  test.each(samples.filter(isByChance))('$name', ({ text }) => {
    for (const variant of variants(text, 'u'))
      expect(evaluate(variant, scopeOf(vars(new Unknown([FACT])), folder)), variant).toEqual(new Unknown([FACT]));
  });
});

describe('every loop may be over what is unknown', () => {
  const u = new Unknown([FACT]);
  const loops: readonly (readonly [string, readonly Value[]])[] = [
    ['loop', [u]],
    ['list', [u]],
    ['items', [u]],
    ['flattened', [u, [u], [1, [u]]]],
    ['dict', [u, [u]]],
    ['nested', [u]],
    ['cartesian', [u]],
    ['together', [u, [u, [1]]]],
    ['subelements', [u, [u, 'l'], [[{ n: 1, l: [] }], u], [[u], 'l'], [[{ n: 1, l: u }], 'l'], [[{ l: [] }], 'l', u]]],
    ['sequence', [u, [u]]],
    ['indexed_items', [u]],
    ['random_choice', [u]],
    ['file', [u, [u], ['motd', u]]],
    ['fileglob', [u, [u]]],
    ['unvault', [u, [u]]],
    ['csvfile', [u, [u]]],
    ['ini', [u, [u]]],
    ['env', [u, [u]]],
    [
      'first_found',
      [
        u,
        [u],
        [u, 'motd'],
        [{ files: [u] }],
        { files: u },
        { files: ['motd'], paths: u },
        { files: ['gone'], skip: u },
      ],
    ],
    ['template', [u, [u]]],
    ['vars', [u, [u]]],
    ['varnames', [u, [u]]],
    ['inventory_hostnames', [u, [u]]],
    ['password', [u, [u]]],
    ['random_choice', [u]],
  ];
  test.each(loops.flatMap(([kind, values]) => values.map(over => [kind, over] as const)))(
    'with_%s: %j',
    (kind, over) => {
      expect(loopItems(kind, over, scopeOf({ groups: { all: ['w1'] } }, folder))).toEqual(u);
    },
  );

  test.each<[string, Value, Value]>([
    ['loop', [1, u], [1, u]],
    ['items', [1, u], u],
    ['list', [[1], u], [[1], u]],
    ['dict', { a: u }, [{ key: 'a', value: u }]],
    ['first_found', ['motd', u], [folder.find('motd', 'files')!]],
  ])('with_%s over %j', (kind, over, items) => {
    expect(loopItems(kind, over, scopeOf({ groups: { all: ['w1'] } }, folder))).toEqual(items);
  });
});

/** A dictionary of things that are not known yet, such as facts. */
class Facts extends Lazy {
  get(key: string): Value | undefined {
    return { os: new Unknown([FACT]), net: new Unknown(['fact:net']), name: 'n1', late: new Unknown(['task:3']) }[key];
  }
  keys(): readonly string[] {
    return ['os', 'net', 'name', 'late'];
  }
}

describe('what walks over a lazy dictionary asks for all that is missing at once', () => {
  const all = ['fact:net', FACT, 'task:3'];
  const scope = scopeOf({ facts: new Facts(), hosts: { a: new Facts() }, names: ['os', 'net', 'late'] });
  test.each([
    'facts | to_nice_json',
    'facts | to_json',
    'facts | to_yaml',
    'facts | to_nice_yaml',
    'facts | string',
    'facts | pprint',
    'hosts | to_json',
    "facts ~ ''",
    "[facts] | join(',')",
    'facts == hosts.a',
    "names | map('extract', facts) | join(',')",
    "names | map('extract', facts) | map('upper') | list",
    "names | map('extract', facts) | select('eq', 'x') | list",
    "names | map('extract', facts) | sort",
    "names | map('extract', facts) | unique",
    "names | map('extract', facts) | sum",
    "'x' in (names | map('extract', facts) | list)",
  ])('%s', text => {
    expect([...(evaluate(text, scope) as Unknown).because].sort()).toEqual(all);
  });

  test('as a text', () => {
    const text = '{% for k, v in facts.items() %}{{ k }}{{ v }}{% endfor %}';
    const compiled = compileText(text, locator(text, FILE));
    expect([...((compiled.ok ? compiled.value.render(scope) : null) as Unknown).because].sort()).toEqual(all);
  });

  test.each<[string, readonly string[]]>([
    // What is asked for may be had, what is left to a task may not: they are not mixed.
    ['{% for k, v in facts.items() %}{% if v %}{{ k }}{% endif %}{% endfor %}', ['fact:net', FACT]],
    ["{{ (facts | dict2items)[0].value + 'x' }}", ['fact:net', FACT]],
    ["{{ (facts | dict2items)[3].value + 'x' }}", ['task:3']],
  ])('one member of a walk: %s', (text, because) => {
    const compiled = compileText(text, locator(text, FILE));
    expect([...((compiled.ok ? compiled.value.render(scope) : null) as Unknown).because].sort()).toEqual(because);
  });

  test.each<[string, unknown]>([
    ['facts | length', 4],
    ['facts | list', ['os', 'net', 'name', 'late']],
    ['facts.name', 'n1'],
    ["facts | dict2items | selectattr('key', 'eq', 'name') | map(attribute='value') | first", 'n1'],
    ["facts.os | default('x')", new Unknown([FACT])],
  ])('%s asks for no more than it needs', (text, value) => {
    expect(evaluate(text, scope)).toEqual(value);
  });
});
