import { didYouMean } from '../core/place.js';
import { RenderError } from '../core/value.js';
import type { Run } from './run.js';
import type { Arguments, Term } from './terms.js';

/** The parameters of a filter, test, method or global, by Python's rules. */
interface Signature {
  readonly names: readonly string[];
  /** How many of the names may be given by position: those before a `*rest`. */
  readonly byPosition: number;
  /** How many of the names must be given. */
  readonly needed: number;
  /** `*rest`: takes any number more. */
  readonly rest: boolean;
  /** `**named`: takes any keyword. */
  readonly keywords: boolean;
}

/** What a body is given beside its arguments. */
export interface Call {
  /** Arguments beyond the named parameters. */
  readonly rest: readonly Term[];
  /** Keywords beyond the named parameters. */
  readonly named: ReadonlyMap<string, Term>;
  readonly run: Run;
}

/** The arguments in the order of the parameters; those not given are undefined. */
export type Bound = readonly (Term | undefined)[];

/** Something with parameters that works on a subject: the input of a filter or test, the receiver of a method. */
export interface Operation<S> {
  invoke(title: string, subject: S, given: Arguments, run: Run): Term;
}

/** Declares an operation: `'old new count?'`, `'pattern *rest flag? **named'`. What stands behind `*rest` is by name only. */
export function operation<S>(parameters: string, body: (subject: S, args: Bound, call: Call) => Term): Operation<S> {
  const signature = read(parameters);
  return {
    invoke(title, subject, given, run) {
      if (given.named.size === 0 && !signature.rest && given.positional.length <= signature.names.length) {
        if (given.positional.length < signature.needed) throw missing(title, signature, given);
        return body(subject, given.positional, { rest: [], named: given.named, run });
      }
      const { args, rest, named } = bind(title, signature, given);
      return body(subject, args, { rest, named, run });
    },
  };
}

function read(parameters: string): Signature {
  const words = parameters.split(' ').filter(word => word !== '');
  const names = words.filter(word => !word.startsWith('*'));
  const star = words.findIndex(word => /^\*[^*]/.test(word));
  return {
    byPosition: star < 0 ? names.length : star,
    names: names.map(name => name.replace('?', '')),
    needed: names.filter(name => !name.endsWith('?')).length,
    rest: star >= 0,
    keywords: words.some(word => word.startsWith('**')),
  };
}

function bind(title: string, signature: Signature, given: Arguments) {
  const { names, byPosition } = signature;
  const args: (Term | undefined)[] = given.positional.slice(0, byPosition);
  const rest = given.positional.slice(byPosition);
  if (rest.length > 0 && !signature.rest)
    throw new RenderError(`${title} takes at most ${names.length} arguments, not ${given.positional.length}`);
  const named = new Map<string, Term>();
  for (const [name, value] of given.named) {
    const i = names.indexOf(name);
    if (i >= 0) {
      if (i < byPosition && i < given.positional.length)
        throw new RenderError(`${title} got the argument '${name}' twice`);
      args[i] = value;
    } else if (signature.keywords) named.set(name, value);
    else
      throw new RenderError(
        `${title} got an unexpected keyword argument '${name}'`,
        undefined,
        didYouMean(name, names) ?? (names.length > 0 ? `it knows ${names.join(', ')}` : undefined),
      );
  }
  if (names.some((_, i) => i < signature.needed && args[i] === undefined)) throw missing(title, signature, given);
  return { args, rest, named };
}

function missing(title: string, signature: Signature, given: Arguments): RenderError {
  const absent = signature.names
    .slice(0, signature.needed)
    .filter((name, i) => i >= given.positional.length && !given.named.has(name));
  return new RenderError(`${title} needs the argument '${absent.join("', '")}'`);
}
