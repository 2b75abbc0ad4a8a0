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
  const top: Where = { bound: new Set(), guarded: new Set() };
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
}
/** `soft`: right under `default` or `is defined`, so that it does no harm if the name is missing. */
type Grip = 'soft' | 'firm';

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
const LOOKUPS: ReadonlySet<string> = new Set(['lookup', 'query', 'q']);
/** Lookups that may read any variable. */
const READ_ANYTHING: ReadonlySet<string> = new Set(['vars', 'varnames', 'template']);

class Surveyor implements Survey {
  readonly reads: Read[] = [];
  readonly diagnostics: Diagnostic[] = [];
  mutates = false;
  readonly #globals: ReadonlySet<string> = new Set(globalNames());

  constructor(readonly origin: Origin) {}

  #read(name: string, span: Span, guarded: boolean): void {
    this.reads.push({ name, place: this.origin.place(span), guarded });
  }

  expression(node: Expression, where: Where, grip: Grip): void {
    switch (node.kind) {
      case 'constant':
        return;
      case 'name':
        if (!where.bound.has(node.name) && !this.#globals.has(node.name))
          this.#read(node.name, node, grip === 'soft' || where.guarded.has(node.name));
        return;
      case 'attribute':
        if (MUTATORS.has(node.name)) this.mutates = true;
        this.expression(node.object, where, grip);
        return;
      case 'item':
        this.expression(node.object, where, grip);
        this.expression(node.key, where, 'firm');
        return;
      case 'filter':
        this.#filter(node, where);
        return;
      case 'test':
        this.#test(node, where);
        return;
      case 'call':
        this.#call(node, where);
        return;
      case 'and':
      case 'or': {
        this.expression(node.left, where, 'firm');
        const known = node.kind === 'and' ? definedIf(node.left) : definedUnless(node.left);
        this.expression(node.right, guarding(where, known), 'firm');
        return;
      }
      case 'choice':
        this.expression(node.test, where, 'firm');
        this.expression(node.value, guarding(where, definedIf(node.test)), 'firm');
        if (node.otherwise) this.expression(node.otherwise, guarding(where, definedUnless(node.test)), 'firm');
        return;
      default:
        for (const part of partsOf(node)) this.expression(part, where, 'firm');
    }
  }

  #arguments(args: CallArguments, where: Where): void {
    for (const arg of args.positional) this.expression(arg, where, 'firm');
    for (const [, arg] of args.named) this.expression(arg, where, 'firm');
    if (args.rest) this.expression(args.rest, where, 'firm');
    if (args.restNamed) this.expression(args.restNamed, where, 'firm');
  }

  #filter(node: Expression & { kind: 'filter' }, where: Where): void {
    const name = shortName(node.name);
    this.#known('filter', node.name, node);
    this.#named(node.args, TAKES_FILTER.get(name), 'filter');
    this.#named(node.args, TAKES_TEST.get(name), 'test');
    if (node.input) this.expression(node.input, where, DEFAULTS.has(name) ? 'soft' : 'firm');
    this.#arguments(node.args, where);
  }

  #test(node: Expression & { kind: 'test' }, where: Where): void {
    this.#known('test', node.name, node);
    this.expression(node.input, where, DEFINED.has(node.name) ? 'soft' : 'firm');
    this.#arguments(node.args, where);
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
    if (callee.kind === 'name' && LOOKUPS.has(callee.name) && !where.bound.has(callee.name)) this.#lookup(node, where);
    this.expression(callee, where, 'firm');
    this.#arguments(args, where);
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
          this.#read(String(name.value), name, guarded);
    } else this.#read('vars', node, true);
  }

  body(body: Body, where: Where): void {
    for (const statement of body) this.#statement(statement, where);
  }

  #statement(node: Statement, where: Where): void {
    switch (node.kind) {
      case 'text':
        return;
      case 'output':
      case 'do':
        this.expression(node.value, where, 'firm');
        return;
      case 'if':
        this.#if(node, where);
        return;
      case 'for':
        this.#for(node, where);
        return;
      case 'set':
        this.expression(node.value, where, 'firm');
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
          this.expression(value, where, 'firm');
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
        this.body(node.body, inner(where, ['super']));
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
      this.body(body, guarding(around, definedIf(test)));
      around = guarding(around, definedUnless(test));
    }
    this.body(node.otherwise, around);
  }

  #for(node: Statement & { kind: 'for' }, where: Where): void {
    this.expression(node.over, where, 'firm');
    const turn = inner(where);
    bind(node.target, turn.bound);
    if (node.test) this.expression(node.test, turn, 'firm');
    this.body(node.body, inner(turn, ['loop']));
    this.body(node.otherwise, inner(where));
  }

  #macro(node: Statement & { kind: 'macro' | 'call-block' }, where: Where): void {
    const inside = inner(where, ['varargs', 'kwargs', 'caller']);
    for (const { name, otherwise } of node.parameters) {
      if (otherwise) this.expression(otherwise, inside, 'firm');
      inside.bound.add(name);
    }
    this.body(node.body, inside);
  }

  #inclusion(node: Statement & { kind: 'include' | 'import' | 'from-import' | 'extends' }, where: Where): void {
    this.mutates = true;
    this.expression(node.kind === 'extends' ? node.parent : node.source.template, where, 'firm');
    if (node.kind === 'extends' || node.source.withContext) this.#read('vars', node, true);
    if (node.kind === 'import') where.bound.add(node.as);
    if (node.kind === 'from-import') for (const { as } of node.names) where.bound.add(as);
  }
}

const inner = (where: Where, names: readonly string[] = []): Where => ({
  bound: new Set([...where.bound, ...names]),
  guarded: where.guarded,
});
const guarding = (where: Where, names: readonly string[]): Where =>
  names.length === 0 ? where : { bound: where.bound, guarded: new Set([...where.guarded, ...names]) };

function bind(target: Target, bound: Set<string>): void {
  if (target.kind === 'name') bound.add(target.name);
  if (target.kind === 'tuple') for (const one of target.targets) bind(one, bound);
}
