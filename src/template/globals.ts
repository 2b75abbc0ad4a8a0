import { keyText } from '../core/keys.js';
import { Lazy, RenderError, type Scope, type Value } from '../core/value.js';
import { flagOr, textOr } from './cast.js';
import { DateTime } from './datetime.js';
import { lookUp, query } from './lookups/registry.js';
import { pairsOf } from './methods-dict.js';
import { wholeOf } from './number.js';
import { OMIT } from './omit.js';
import { now } from './random.js';
import { rangeOf } from './range.js';
import type { Run } from './run.js';
import { type Operation, operation } from './signature.js';
import { type Arguments, Callable, dictOf, Live, type Term, Undefined } from './terms.js';

/** A global function. */
class GlobalFunction extends Callable {
  constructor(
    readonly title: string,
    readonly body: Operation<undefined>,
  ) {
    super();
  }
  override call(given: Arguments, run: Run): Term {
    return this.body.invoke(this.title, undefined, given, run);
  }
}

/** `namespace()`: the one thing whose members `{% set ns.x = … %}` can change, from inside loops too. */
export class Namespace extends Live {
  readonly title = 'namespace';
  constructor(readonly members: Map<string, Term>) {
    super();
  }
  override attribute(name: string): Term | undefined {
    return this.members.get(name);
  }
}

/** `joiner(', ')`: nothing at the first call, the separator at every other. */
class Joiner extends Callable {
  readonly title = 'joiner';
  #used = false;
  constructor(readonly separator: string) {
    super();
  }
  override call(): Term {
    if (this.#used) return this.separator;
    this.#used = true;
    return '';
  }
}

/** `cycler('odd', 'even')`, with `next()`, `current` and `reset()`. */
class Cycler extends Live {
  readonly title = 'cycler';
  #at = 0;
  constructor(readonly items: readonly Term[]) {
    super();
  }
  override attribute(name: string): Term | undefined {
    if (name === 'current') return this.items[this.#at]!;
    if (name === 'next')
      return new GlobalFunction(
        'cycler.next()',
        operation('', () => this.#next()),
      );
    if (name !== 'reset') return undefined;
    return new GlobalFunction(
      'cycler.reset()',
      operation('', () => {
        this.#at = 0;
        return null;
      }),
    );
  }
  #next(): Term {
    const item = this.items[this.#at]!;
    this.#at = (this.#at + 1) % this.items.length;
    return item;
  }
}

function range(bounds: readonly Term[]): Term {
  const [first, second, step = 1] = bounds.map(wholeOf);
  return second === undefined ? rangeOf(0, first!, step) : rangeOf(first!, second, step);
}

const functions: ReadonlyMap<string, Operation<undefined>> = new Map<string, Operation<undefined>>([
  ['range', operation('start stop? step?', (_, args) => range(args.filter(arg => arg !== undefined)))],
  [
    'dict',
    operation('from? **named', (_, [from], { named }) =>
      dictOf([...(from === undefined ? [] : pairsOf(from)), ...named]),
    ),
  ],
  [
    'namespace',
    operation(
      'from? **named',
      (_, [from], { named }) =>
        new Namespace(
          new Map([
            ...(from === undefined ? [] : pairsOf(from)).map(([key, value]) => [keyText(key), value] as const),
            ...named,
          ]),
        ),
    ),
  ],
  ['joiner', operation('sep?', (_, [separator]) => new Joiner(textOr(separator, ', ')))],
  [
    'cycler',
    operation('*items', (_, _args, { rest }) => {
      if (rest.length === 0) throw new RenderError('at least one item has to be provided');
      return new Cycler(rest);
    }),
  ],
  ['lookup', operation('name *terms **named', (_, [name], { rest, named, run }) => lookUp(name!, rest, named, run))],
  ['query', operation('name *terms **named', (_, [name], { rest, named, run }) => query(name!, rest, named, run))],
  ['q', operation('name *terms **named', (_, [name], { rest, named, run }) => query(name!, rest, named, run))],
  [
    'now',
    operation('utc? fmt?', (_, [utc, fmt], { run }) => {
      const time = new DateTime(now(run), flagOr(utc, false) ? 'utc' : 'local');
      return fmt === undefined || fmt === null ? time : time.format(textOr(fmt, ''));
    }),
  ],
  [
    'undef',
    operation('hint?', (_, [hint]) => new Undefined(textOr(hint, 'Mandatory variable has not been overridden'))),
  ],
]);

const callables: ReadonlyMap<string, Callable> = new Map(
  [...functions].map(([name, body]) => [name, new GlobalFunction(`${name}()`, body)] as const),
);

/** All variables of a scope as one dictionary: the magic variable `vars`. */
export class ScopeVars extends Lazy {
  constructor(private readonly scope: Scope) {
    super();
  }
  override get(key: string): Value | undefined {
    return this.scope.get(key);
  }
  override keys(): readonly string[] {
    return this.scope.names();
  }
}

/** A name that every template knows, unless a variable has it. */
export function globalNamed(name: string, run: Run): Term | undefined {
  if (name === 'omit') return OMIT;
  if (name === 'vars') return new ScopeVars(run.scope);
  return callables.get(name);
}

/** All of them but `vars`, which stands for every variable. */
export const globalNames = (): readonly string[] => [...callables.keys(), 'omit'];
