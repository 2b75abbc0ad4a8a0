import { type Diagnostic, didYouMean } from '../core/place.js';
import type { Read } from '../core/value.js';
import { globalNames } from './globals.js';
import { definedIf, definedUnless } from './guards.js';
import { filterNames, shortName, testNames, whyUnsupported } from './language.js';
import { MUTATORS } from './methods.js';
import type { Origin } from './origin.js';
import type { Body, CallArguments, Expression, Span, Statement, Target } from './syntax.js';
import { partsOf } from './syntax-walk.js';

/** What can be said of a template without rendering it. */
export interface Survey {
  /**
   * Every free name with its place. What may read any variable (a lookup of computed names, an include) reads `vars`.
   */
  readonly reads: readonly Read[];
  /** Filters and tests that do not exist. */
  readonly diagnostics: readonly Diagnostic[];
  /** Whether it calls a method that changes its receiver, or includes what might. */
  readonly mutates: boolean;
}

/** Looks through a template or an expression. */
export function survey(what: Body | Expression, origin: Origin): Survey {
  const surveyor = new Surveyor(origin);
  const top: Where = { bound: new Set(), guarded: new Set(), isSure: true };
  if ('kind' in what) surveyor.expression(what, top, 'firm');
  else surveyor.body(what, top);
  return surveyor;
}

/** What is known where an expression stands. */
interface Where {
  /** Names set by the template itself. */
  readonly bound: Set<string>;
  /** Names that were tested, so that they may well be missing. */
  readonly guarded: ReadonlySet<string>;
  /** It is evaluated whenever the template is rendered. */
  readonly isSure: boolean;
}
/**
 * What comes of it if the value is undefined. `soft`: right under `default` or `is defined`, so that it does no harm.
 * `loose`: nobody can say, as with an element of a list of which only the length is asked. `firm`: rendering fails.
 * `whole`: it fails too if a part of the value is undefined.
 */
type Grip = 'soft' | 'loose' | 'firm' | 'whole';

const DEFAULTS: ReadonlySet<string> = new Set(['default', 'd']);
const DEFINED: ReadonlySet<string> = new Set(['defined', 'undefined']);
/** Filters that take the name of a filter, and those that take the name of a test, at which position. */
const TAKES_FILTER: ReadonlyMap<string, number> = new Map([['map', 0]]);
const TAKES_TEST: ReadonlyMap<string, number> = new Map([
  ['select', 0],
  ['reject', 0],
  ['selectattr', 1],
  ['rejectattr', 1],
]);
/** Filters and tests that take what is undefined as any other value. (tried with ansible-core 2.14) */
const INDIFFERENT_FILTERS: ReadonlySet<string> = new Set(['type_debug', 'pprint', 'items']);
const INDIFFERENT_TESTS: ReadonlySet<string> = new Set([
  ...['boolean', 'callable', 'escaped', 'false', 'float', 'in', 'integer', 'mapping', 'none', 'number', 'sameas'],
  ...['sequence', 'string', 'true', 'uri', 'url', 'urn'],
]);
/** Filters and tests that fail on their first argument if it is undefined; others may not need it. (tried likewise) */
const NEEDING_FILTERS: ReadonlySet<string> = new Set([
  ...['combine', 'join', 'regex_findall', 'regex_replace', 'regex_search', 'relpath', 'replace', 'split'],
  ...['symmetric_difference', 'union', 'zip'],
]);
const NEEDING_TESTS: ReadonlySet<string> = new Set([
  ...['==', 'eq', 'equalto', '!=', 'ne', '<', 'lt', 'lessthan', '<=', 'le', '>', 'gt', 'greaterthan', '>=', 'ge'],
  ...['in', 'match', 'regex', 'search', 'subset', 'superset', 'version', 'version_compare'],
]);
const LOOKUPS: ReadonlySet<string> = new Set(['lookup', 'query', 'q']);
/** Lookups that may read any variable. */
const READ_ANYTHING: ReadonlySet<string> = new Set(['vars', 'varnames', 'template']);

class Surveyor implements Survey {
  readonly reads: Read[] = [];
  readonly diagnostics: Diagnostic[] = [];
  mutates = false;
  readonly #globals: ReadonlySet<string> = new Set(globalNames());

  constructor(readonly origin: Origin) {}

  #read(name: string, span: Span, { guarded, needed }: Pick<Read, 'guarded' | 'needed'>): void {
    this.reads.push({ name, place: this.origin.place(span), guarded, needed });
  }

  expression(node: Expression, where: Where, grip: Grip): void {
    switch (node.kind) {
      case 'constant':
        return;
      case 'name': {
        if (where.bound.has(node.name) || this.#globals.has(node.name)) return;
        const guarded = grip === 'soft' || where.guarded.has(node.name);
        this.#read(node.name, node, { guarded, needed: !guarded && where.isSure && grip !== 'loose' });
        return;
      }
      case 'attribute':
        if (MUTATORS.has(node.name)) this.mutates = true;
        this.expression(node.object, where, grip);
        return;
      case 'item':
        this.expression(node.object, where, grip);
        this.expression(node.key, where, grip);
        return;
      case 'slice':
        this.expression(node.object, where, grip);
        for (const bound of [node.start, node.stop, node.step]) if (bound) this.expression(bound, where, 'firm');
        return;
      case 'list':
      case 'tuple':
      case 'dict':
        for (const part of partsOf(node)) this.expression(part, where, grip === 'whole' ? 'whole' : 'loose');
        return;
      case 'filter':
        this.#filter(node, where, grip);
        return;
      case 'test':
        this.#test(node, where);
        return;
      case 'call':
        this.#call(node, where);
        return;
      case 'compare':
        this.#compare(node, where);
        return;
      case 'and':
      case 'or': {
        this.expression(node.left, where, 'firm');
        const known = node.kind === 'and' ? definedIf(node.left) : definedUnless(node.left);
        this.expression(node.right, perhaps(where, known), grip);
        return;
      }
      case 'choice':
        this.expression(node.test, where, 'firm');
        this.expression(node.value, perhaps(where, definedIf(node.test)), grip);
        if (node.otherwise) this.expression(node.otherwise, perhaps(where, definedUnless(node.test)), grip);
        return;
      default:
        for (const part of partsOf(node)) this.expression(part, where, 'firm');
    }
  }

  /** `grip` is that of the arguments that stand in a row. */
  #arguments(args: CallArguments, where: Where, grip: (position: number) => Grip): void {
    for (const [position, arg] of args.positional.entries()) this.expression(arg, where, grip(position));
    for (const [, arg] of args.named) this.expression(arg, where, 'loose');
    if (args.rest) this.expression(args.rest, where, 'firm');
    if (args.restNamed) this.expression(args.restNamed, where, 'firm');
  }

  #filter(node: Expression & { kind: 'filter' }, where: Where, grip: Grip): void {
    const name = shortName(node.name);
    this.#known('filter', node.name, node);
    this.#named(node.args, TAKES_FILTER.get(name), 'filter');
    this.#named(node.args, TAKES_TEST.get(name), 'test');
    const isDefault = DEFAULTS.has(name);
    if (node.input)
      this.expression(node.input, where, isDefault ? 'soft' : INDIFFERENT_FILTERS.has(name) ? 'loose' : 'firm');
    this.#arguments(node.args, where, position => {
      if (isDefault && grip === 'soft') return 'soft';
      return position === 0 && NEEDING_FILTERS.has(name) ? 'firm' : 'loose';
    });
  }

  #test(node: Expression & { kind: 'test' }, where: Where): void {
    this.#known('test', node.name, node);
    const name = shortName(node.name);
    this.expression(node.input, where, DEFINED.has(name) ? 'soft' : INDIFFERENT_TESTS.has(name) ? 'loose' : 'firm');
    this.#arguments(node.args, where, position => (position === 0 && NEEDING_TESTS.has(name) ? 'firm' : 'loose'));
  }

  /** Nothing is `in` an empty list, not even the undefined; what stands behind a comparison that fails is not asked. */
  #compare(node: Expression & { kind: 'compare' }, where: Where): void {
    const [first, ...others] = node.steps;
    this.expression(node.first, where, /\bin$/.test(first?.operator ?? '') ? 'loose' : 'firm');
    if (first) this.expression(first.operand, where, 'firm');
    for (const { operand } of others) this.expression(operand, perhaps(where), 'firm');
  }

  /** Complains of a filter or test that does not exist. */
  #known(kind: 'filter' | 'test', name: string, span: Span): void {
    const names = kind === 'filter' ? filterNames() : testNames();
    if (names.includes(shortName(name))) return;
    const instead = kind === 'filter' ? whyUnsupported(name) : undefined;
    const hint = instead ?? didYouMean(shortName(name), names);
    this.diagnostics.push({
      code: instead === undefined ? `unknown-${kind}` : 'unsupported-filter',
      message: instead === undefined ? `there is no ${kind} '${name}'` : `the filter '${name}' is not supported`,
      place: this.origin.place(this.#spanOf(name, span)),
      ...(hint === undefined ? {} : { hint }),
    });
  }

  /** The name itself inside the expression that it belongs to: its last mention there. */
  #spanOf(name: string, span: Span): Span {
    const at = this.origin.text.slice(span.offset, span.offset + span.length).lastIndexOf(name);
    return at < 0 ? span : { offset: span.offset + at, length: name.length };
  }

  #named(args: CallArguments, position: number | undefined, kind: 'filter' | 'test'): void {
    const arg = position === undefined ? undefined : args.positional[position];
    if (arg?.kind === 'constant' && typeof arg.value === 'string') this.#known(kind, arg.value, arg);
  }

  #call(node: Expression & { kind: 'call' }, where: Where): void {
    const { callee, args } = node;
    const isGlobal = callee.kind === 'name' && !where.bound.has(callee.name);
    const isLookup = isGlobal && LOOKUPS.has(callee.name);
    if (isLookup) this.#lookup(node, where);
    this.expression(callee, where, 'firm');
    this.#arguments(args, where, () => (isLookup ? 'whole' : isGlobal && callee.name === 'range' ? 'firm' : 'loose'));
  }

  #lookup(node: Expression & { kind: 'call' }, where: Where): void {
    const [kind, ...names] = node.args.positional;
    const known = kind?.kind === 'constant' && typeof kind.value === 'string' ? shortName(kind.value) : undefined;
    if (known !== undefined && !READ_ANYTHING.has(known)) return;
    const guarded = node.args.named.some(([name]) => name === 'default');
    const isLiteral = names.every(name => name.kind === 'constant' && typeof name.value === 'string');
    if (known === 'vars' && isLiteral && !node.args.rest) {
      for (const name of names)
        if (name.kind === 'constant' && !where.bound.has(String(name.value)))
          this.#read(String(name.value), name, { guarded, needed: !guarded && where.isSure });
    } else this.#read('vars', node, OPTIONAL);
  }

  body(body: Body, where: Where): void {
    for (const statement of body) this.#statement(statement, where);
  }

  #statement(node: Statement, where: Where): void {
    switch (node.kind) {
      case 'text':
        return;
      case 'output':
        this.expression(node.value, where, 'whole');
        return;
      case 'do':
        this.expression(node.value, where, 'loose');
        return;
      case 'if':
        this.#if(node, where);
        return;
      case 'for':
        this.#for(node, where);
        return;
      case 'set':
        this.expression(node.value, where, 'loose');
        bind(node.target, where.bound);
        return;
      case 'set-block':
        this.body(node.body, inner(where));
        if (node.filter) this.expression(node.filter, where, 'firm');
        bind(node.target, where.bound);
        return;
      case 'filter-block':
        this.expression(node.filter, where, 'firm');
        this.body(node.body, inner(where));
        return;
      case 'with': {
        const inside = inner(where);
        for (const [target, value] of node.values) {
          this.expression(value, where, 'loose');
          bind(target, inside.bound);
        }
        this.body(node.body, inside);
        return;
      }
      case 'macro':
        where.bound.add(node.name);
        this.#macro(node, where);
        return;
      case 'call-block':
        this.#call(node.call, where);
        this.#macro(node, where);
        return;
      case 'block':
        this.body(node.body, perhaps(inner(where, ['super'])));
        return;
      default:
        this.#inclusion(node, where);
        return;
    }
  }

  #if(node: Statement & { kind: 'if' }, where: Where): void {
    let around = where;
    for (const { test, body } of node.branches) {
      this.expression(test, around, 'firm');
      this.body(body, perhaps(around, definedIf(test)));
      around = perhaps(around, definedUnless(test));
    }
    this.body(node.otherwise, around);
  }

  #for(node: Statement & { kind: 'for' }, where: Where): void {
    this.expression(node.over, where, 'firm');
    const turn = perhaps(inner(where));
    bind(node.target, turn.bound);
    if (node.test) this.expression(node.test, turn, 'firm');
    this.body(node.body, inner(turn, ['loop']));
    this.body(node.otherwise, perhaps(inner(where)));
  }

  #macro(node: Statement & { kind: 'macro' | 'call-block' }, where: Where): void {
    const inside = perhaps(inner(where, ['varargs', 'kwargs', 'caller']));
    for (const { name, otherwise } of node.parameters) {
      if (otherwise) this.expression(otherwise, inside, 'loose');
      inside.bound.add(name);
    }
    this.body(node.body, inside);
  }

  #inclusion(node: Statement & { kind: 'include' | 'import' | 'from-import' | 'extends' }, where: Where): void {
    this.mutates = true;
    const grip = node.kind === 'include' && node.ignoreMissing ? 'loose' : 'firm';
    this.expression(node.kind === 'extends' ? node.parent : node.source.template, where, grip);
    if (node.kind === 'extends' || node.source.withContext) this.#read('vars', node, OPTIONAL);
    if (node.kind === 'import') where.bound.add(node.as);
    if (node.kind === 'from-import') for (const { as } of node.names) where.bound.add(as);
  }
}

const OPTIONAL = { guarded: true, needed: false } as const;

const inner = (where: Where, names: readonly string[] = []): Where => ({
  ...where,
  bound: new Set([...where.bound, ...names]),
});
/** Where only some evaluations come to; `names` are surely defined there. */
const perhaps = (where: Where, names: readonly string[] = []): Where => ({
  bound: where.bound,
  guarded: names.length === 0 ? where.guarded : new Set([...where.guarded, ...names]),
  isSure: false,
});

function bind(target: Target, bound: Set<string>): void {
  if (target.kind === 'name') bound.add(target.name);
  if (target.kind === 'tuple') for (const one of target.targets) bind(one, bound);
}
