import { Tuple } from '../core/value.js';
import { dictMethods } from './methods-dict.js';
import { listMethods, tupleMethods } from './methods-list.js';
import { textMethods } from './methods-text.js';
import type { Run } from './run.js';
import type { Operation } from './signature.js';
import { type Arguments, Callable, isDict, isList, type Term } from './terms.js';

type Methods = ReadonlyMap<string, Operation<any>>;

const tableFor = (receiver: Term): Methods | undefined => {
  if (typeof receiver === 'string') return textMethods;
  if (receiver instanceof Tuple) return tupleMethods;
  if (isList(receiver)) return listMethods;
  return isDict(receiver) ? dictMethods : undefined;
};

/** A Python method of a text, list, tuple or dictionary, bound to its receiver. */
export function methodOf(receiver: Term, name: string): Callable | undefined {
  const method = tableFor(receiver)?.get(name);
  return method && new Method(`${name}()`, receiver, method);
}

class Method extends Callable {
  constructor(
    readonly title: string,
    readonly receiver: Term,
    readonly method: Operation<Term>,
  ) {
    super();
  }
  override call(given: Arguments, run: Run): Term {
    return this.method.invoke(this.title, this.receiver, given, run);
  }
}

/** Methods that change their receiver: a template that names one works on copies of the variables. */
export const MUTATORS: ReadonlySet<string> = new Set([
  'append',
  'extend',
  'insert',
  'pop',
  'popitem',
  'remove',
  'clear',
  'sort',
  'reverse',
  'update',
  'setdefault',
]);
