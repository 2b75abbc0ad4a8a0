import { Lazy, RenderError, Unknown } from '../core/value.js';
import { attributeOf, itemOf, sliceOf } from './access.js';
import { dictFor } from './cast.js';
import { filterNamed, testNamed } from './language.js';
import { floatOf, intOf } from './number.js';
import { compare, contains, equal, isTruthy, operate, signed } from './operate.js';
import type { Origin } from './origin.js';
import { copyOf, type Frame } from './run.js';
import type { CallArguments, CompareWord, Constant, Expression } from './syntax.js';
import {
  type Arguments,
  Callable,
  dictOf,
  itemsOf,
  keyOf,
  NO_ARGUMENTS,
  Nothing,
  namedMembersOf,
  type Term,
  touch,
  tupleOf,
  typeName,
} from './terms.js';

/** A compiled expression. */
export type Evaluate = (frame: Frame) => Term;

/** Under this name a frame keeps what `{% filter %}` and `{% set %}…{% endset %}` feed to their filters. */
export const BLOCK_INPUT = ' block';

/** Turns the syntax of expressions into closures, once, so that evaluating is only calling. */
export class ExpressionCompiler {
  constructor(readonly origin: Origin) {}

  compile(node: Expression): Evaluate {
    switch (node.kind) {
      case 'constant': {
        const value = constantOf(node.value);
        return () => value;
      }
      case 'name':
        return this.#name(node);
      case 'list':
      case 'tuple':
        return this.#sequence(node);
      case 'dict':
        return this.#dict(node);
      case 'attribute':
        return this.#attribute(node);
      case 'item':
        return this.#item(node);
      case 'slice':
        return this.#slice(node);
      case 'call':
        return this.#call(node);
      case 'filter':
        return this.#filter(node);
      case 'test':
        return this.#test(node);
      case 'sign':
        return this.#sign(node);
      case 'not':
        return this.#not(node);
      case 'binary':
        return this.#binary(node);
      case 'compare':
        return this.#compare(node);
      case 'and':
      case 'or':
        return this.#logic(node);
      case 'choice':
        return this.#choice(node);
    }
  }

  #name(node: Expression & { kind: 'name' }): Evaluate {
    const { name } = node;
    const place = () => this.origin.place(node);
    return frame => {
      const own = frame.local(name);
      return own === undefined ? frame.run.lookup(name, place) : own;
    };
  }

  #sequence(node: Expression & { kind: 'list' | 'tuple' }): Evaluate {
    const items = node.items.map(item => this.compile(item));
    const build = (frame: Frame) => items.map(item => item(frame));
    return node.kind === 'list' ? build : frame => tupleOf(build(frame));
  }

  #dict(node: Expression & { kind: 'dict' }): Evaluate {
    const entries = node.entries.map(([key, value]) => [this.compile(key), this.compile(value)] as const);
    return frame => {
      try {
        return dictOf(entries.map(([key, value]) => [keyOf(key(frame)), value(frame)] as const));
      } catch (error) {
        return this.origin.outcome(error, node, []);
      }
    };
  }

  #attribute(node: Expression & { kind: 'attribute' }): Evaluate {
    const object = this.compile(node.object);
    const { name } = node;
    const asked = () => ({ object: this.origin.pathOf(node.object), place: this.origin.place(node) });
    return frame => {
      const value = object(frame);
      const member = attributeOf(value, name, asked);
      return frame.run.copies && value instanceof Lazy ? copyOf(member) : member;
    };
  }

  #item(node: Expression & { kind: 'item' }): Evaluate {
    const object = this.compile(node.object);
    const key = this.compile(node.key);
    const asked = () => ({ object: this.origin.pathOf(node.object), place: this.origin.place(node) });
    return frame => {
      const value = object(frame);
      const at = key(frame);
      try {
        const member = itemOf(value, at, asked);
        return frame.run.copies && value instanceof Lazy ? copyOf(member) : member;
      } catch (error) {
        return this.origin.outcome(error, node, [value, at]);
      }
    };
  }

  #slice(node: Expression & { kind: 'slice' }): Evaluate {
    const object = this.compile(node.object);
    const bounds = [node.start, node.stop, node.step].map(bound => bound && this.compile(bound));
    return frame => {
      const value = object(frame);
      const [start, stop, step] = bounds.map(bound => bound?.(frame));
      try {
        return sliceOf(value, { start, stop, step });
      } catch (error) {
        return this.origin.outcome(error, node, [value]);
      }
    };
  }

  /** The arguments of a call, a filter or a test. */
  arguments(args: CallArguments): (frame: Frame) => Arguments {
    if (args.positional.length === 0 && args.named.length === 0 && !args.rest && !args.restNamed)
      return () => NO_ARGUMENTS;
    const positional = args.positional.map(arg => this.compile(arg));
    const named = args.named.map(([name, arg]) => [name, this.compile(arg)] as const);
    const rest = args.rest && this.compile(args.rest);
    const restNamed = args.restNamed && this.compile(args.restNamed);
    if (named.length === 0 && !rest && !restNamed)
      return frame => ({ positional: positional.map(arg => arg(frame)), named: NO_ARGUMENTS.named });
    return frame => ({
      positional: [...positional.map(arg => arg(frame)), ...(rest ? itemsOf(rest(frame)) : [])],
      named: new Map([
        ...named.map(([name, arg]) => [name, arg(frame)] as const),
        ...(restNamed ? namedMembersOf(dictFor(restNamed(frame), '**')) : []),
      ]),
    });
  }

  #call(node: Expression & { kind: 'call' }): Evaluate {
    const callee = this.compile(node.callee);
    const args = this.arguments(node.args);
    return frame => {
      const target = callee(frame);
      if (target instanceof Unknown) return target;
      let given = NO_ARGUMENTS;
      try {
        touch(target);
        if (!(target instanceof Callable)) throw new RenderError(`'${typeName(target)}' object is not callable`);
        given = args(frame);
        return target.call(given, frame.run);
      } catch (error) {
        return this.origin.outcome(error, node, operandsOf(given));
      }
    };
  }

  #filter(node: Expression & { kind: 'filter' }): Evaluate {
    const input = node.input ? this.compile(node.input) : (frame: Frame): Term => frame.local(BLOCK_INPUT) ?? '';
    const filter = filterNamed(node.name);
    const args = this.arguments(node.args);
    return frame => {
      const value = input(frame);
      if (value instanceof Unknown) return value;
      let given = NO_ARGUMENTS;
      try {
        given = args(frame);
        return filter.apply(value, given, frame.run);
      } catch (error) {
        return this.origin.outcome(error, node, operandsOf(given));
      }
    };
  }

  #test(node: Expression & { kind: 'test' }): Evaluate {
    const input = this.compile(node.input);
    const test = testNamed(node.name);
    const args = this.arguments(node.args);
    const { negated } = node;
    return frame => {
      const value = input(frame);
      if (value instanceof Unknown) return value;
      let given = NO_ARGUMENTS;
      try {
        given = args(frame);
        return test.apply(value, given, frame.run) !== negated;
      } catch (error) {
        return this.origin.outcome(error, node, operandsOf(given));
      }
    };
  }

  #sign(node: Expression & { kind: 'sign' }): Evaluate {
    const operand = this.compile(node.operand);
    return frame => {
      const value = operand(frame);
      try {
        return signed(node.operator, value);
      } catch (error) {
        return this.origin.outcome(error, node, [value]);
      }
    };
  }

  #not(node: Expression & { kind: 'not' }): Evaluate {
    const operand = this.compile(node.operand);
    return frame => {
      const value = operand(frame);
      return value instanceof Unknown ? value : !isTruthy(value);
    };
  }

  #binary(node: Expression & { kind: 'binary' }): Evaluate {
    const left = this.compile(node.left);
    const right = this.compile(node.right);
    const { operator } = node;
    return frame => {
      const a = left(frame);
      const b = right(frame);
      try {
        return operate(operator, a, b);
      } catch (error) {
        return this.origin.outcome(error, node, [a, b]);
      }
    };
  }

  #compare(node: Expression & { kind: 'compare' }): Evaluate {
    const first = this.compile(node.first);
    const steps = node.steps.map(({ operator, operand }) => ({
      holds: COMPARE[operator],
      operand: this.compile(operand),
    }));
    return frame => {
      let left = first(frame);
      for (const { holds, operand } of steps) {
        const right = operand(frame);
        try {
          if (!holds(left, right)) return false;
        } catch (error) {
          return this.origin.outcome(error, node, [left, right]);
        }
        left = right;
      }
      return true;
    };
  }

  #logic(node: Expression & { kind: 'and' | 'or' }): Evaluate {
    const left = this.compile(node.left);
    const right = this.compile(node.right);
    const goesOn = node.kind === 'and';
    return frame => {
      const value = left(frame);
      if (value instanceof Unknown) return value;
      return isTruthy(value) === goesOn ? right(frame) : value;
    };
  }

  #choice(node: Expression & { kind: 'choice' }): Evaluate {
    const test = this.compile(node.test);
    const then = this.compile(node.value);
    const otherwise = node.otherwise && this.compile(node.otherwise);
    const nothing = () => new Nothing(this.origin.place(node));
    return frame => {
      const value = test(frame);
      if (value instanceof Unknown) return value;
      if (isTruthy(value)) return then(frame);
      return otherwise ? otherwise(frame) : nothing();
    };
  }
}

const operandsOf = ({ positional, named }: Arguments): readonly Term[] => [...positional, ...named.values()];

const COMPARE: Readonly<Record<CompareWord, (left: Term, right: Term) => boolean>> = {
  '==': equal,
  '!=': (a, b) => !equal(a, b),
  '<': (a, b) => compare(a, b, '<') < 0,
  '<=': (a, b) => compare(a, b, '<=') <= 0,
  '>': (a, b) => compare(a, b, '>') > 0,
  '>=': (a, b) => compare(a, b, '>=') >= 0,
  in: (item, container) => contains(container, item),
  'not in': (item, container) => !contains(container, item),
};

function constantOf(value: Constant): Term {
  if (typeof value !== 'object' || value === null) return value;
  return value.float ? floatOf(Number(value.digits)) : intOf(BigInt(value.digits));
}
