import { RenderError } from '../core/value.js';
import { runBlock } from './block.js';
import { spend } from './budget.js';
import { BLOCK_INPUT, type Evaluate, ExpressionCompiler } from './evaluate.js';
import { Namespace } from './globals.js';
import { inclusion } from './include.js';
import { Loop } from './loop.js';
import { Macro, type MacroShape } from './macro.js';
import { isTruthy } from './operate.js';
import type { Origin } from './origin.js';
import { Output } from './output.js';
import { Frame } from './run.js';
import type { Body, Parameter, Statement, Target } from './syntax.js';
import { namesIn } from './syntax-walk.js';
import { type Arguments, Callable, itemsOf, type Term } from './terms.js';

/** A compiled statement: prints into the output, sets names in the frame. */
export type Execute = (frame: Frame, out: Output) => void;
type Assign = (frame: Frame, value: Term) => void;

/** Turns the syntax of statements into closures. */
export class StatementCompiler {
  readonly #expressions: ExpressionCompiler;
  /** The bodies of the template's own blocks. */
  readonly blocks = new Map<string, Execute>();

  constructor(readonly origin: Origin) {
    this.#expressions = new ExpressionCompiler(origin);
  }

  body(body: Body): Execute {
    const statements = body.map(statement => this.compile(statement));
    if (statements.length === 1) return statements[0]!;
    return (frame, out) => {
      for (const statement of statements) statement(frame, out);
    };
  }

  compile(node: Statement): Execute {
    switch (node.kind) {
      case 'text':
        return (_, out) => out.write(node.text);
      case 'output':
        return this.#output(node);
      case 'if':
        return this.#if(node);
      case 'for':
        return this.#for(node);
      case 'set': {
        const assign = this.#assign(node.target);
        const value = this.#expressions.compile(node.value);
        return frame => assign(frame, value(frame));
      }
      case 'set-block':
        return this.#setBlock(node);
      case 'with':
        return this.#with(node);
      case 'filter-block':
        return this.#filterBlock(node);
      case 'macro': {
        const shape = this.#macro(node.name, node.parameters, node.body);
        return frame => void frame.vars.set(node.name, new Macro(shape, frame));
      }
      case 'call-block':
        return this.#callBlock(node);
      case 'do': {
        const value = this.#expressions.compile(node.value);
        return frame => void value(frame);
      }
      case 'block':
        return this.#block(node);
      default:
        return inclusion(node, this.#expressions);
    }
  }

  #output(node: Statement & { kind: 'output' }): Execute {
    const value = this.#expressions.compile(node.value);
    return (frame, out) => {
      spend(1);
      const printed = value(frame);
      try {
        if (typeof printed === 'string') out.write(printed);
        else out.put(printed);
      } catch (error) {
        out.miss(this.origin.outcome(error, node.value, []).because);
      }
    };
  }

  #if(node: Statement & { kind: 'if' }): Execute {
    const branches = node.branches.map(({ test, body }) => ({
      test: this.#expressions.compile(test),
      body: this.body(body),
    }));
    const otherwise = this.body(node.otherwise);
    return (frame, out) => {
      for (const { test, body } of branches) if (isTruthy(test(frame))) return body(frame, out);
      otherwise(frame, out);
    };
  }

  #for(node: Statement & { kind: 'for' }): Execute {
    const over = this.#expressions.compile(node.over);
    const assign = this.#assign(node.target);
    const test = node.test && this.#expressions.compile(node.test);
    const body = this.body(node.body);
    const otherwise = this.body(node.otherwise);
    const turn = (items: readonly Term[], depth: number, frame: Frame, out: Output): void => {
      const recurse = (next: Term, level: number, to: Output) => turn(this.#items(next, node.over), level, frame, to);
      const chosen = test ? items.filter(item => this.#passes(test, assign, item, frame)) : items;
      if (chosen.length === 0) {
        otherwise(new Frame(frame.run, frame), out);
        return;
      }
      const loop = new Loop(chosen, depth, node.recursive ? recurse : undefined);
      for (loop.at = 0; loop.at < chosen.length; loop.at++) {
        spend(1);
        const inner = new Frame(frame.run, frame);
        inner.vars.set('loop', loop);
        this.#placed(node.target, () => assign(inner, chosen[loop.at]!));
        body(inner, out);
      }
      // What a loop prints is text, however often it went round.
      out.flatten();
    };
    return (frame, out) => turn(this.#items(over(frame), node.over), 0, frame, out);
  }

  #items(term: Term, span: Statement | Target | { offset: number; length: number }): readonly Term[] {
    // A copy, so that a body may change the list it walks over without walking for ever.
    return this.#placed(span, () => [...itemsOf(term)]);
  }

  #passes(test: Evaluate, assign: Assign, item: Term, frame: Frame): boolean {
    spend(1);
    const inner = new Frame(frame.run, frame);
    assign(inner, item);
    return isTruthy(test(inner));
  }

  #placed<T>(span: { offset: number; length: number }, work: () => T): T {
    try {
      return work();
    } catch (error) {
      throw this.origin.placed(error, span);
    }
  }

  #assign(target: Target): Assign {
    if (target.kind === 'name') return (frame, value) => void frame.vars.set(target.name, value);
    if (target.kind === 'member') return (frame, value) => this.#assignMember(target, frame, value);
    const inner = target.targets.map(one => this.#assign(one));
    return (frame, value) => {
      const items = this.#placed(target, () => itemsOf(value));
      if (items.length !== inner.length)
        throw new RenderError(
          items.length < inner.length
            ? `not enough values to unpack (expected ${inner.length}, got ${items.length})`
            : `too many values to unpack (expected ${inner.length}, got ${items.length})`,
          this.origin.place(target),
        );
      inner.forEach((assign, i) => {
        assign(frame, items[i]!);
      });
    };
  }

  #assignMember(target: Target & { kind: 'member' }, frame: Frame, value: Term): void {
    const space = frame.local(target.name);
    if (!(space instanceof Namespace))
      throw new RenderError(
        'cannot assign attribute on non-namespace object',
        this.origin.place(target),
        `{% set ${target.name} = namespace(${target.member}=…) %} makes one`,
      );
    space.members.set(target.member, value);
  }

  /** Runs a body into an output of its own. */
  #capture(body: Execute, frame: Frame): Term {
    const out = new Output();
    body(new Frame(frame.run, frame), out);
    return out.text();
  }

  #setBlock(node: Statement & { kind: 'set-block' }): Execute {
    const assign = this.#assign(node.target);
    const body = this.body(node.body);
    const filter = node.filter && this.#expressions.compile(node.filter);
    return frame => {
      const text = this.#capture(body, frame);
      assign(frame, filter ? filtered(filter, text, frame) : text);
    };
  }

  #filterBlock(node: Statement & { kind: 'filter-block' }): Execute {
    const body = this.body(node.body);
    const filter = this.#expressions.compile(node.filter);
    return (frame, out) => out.put(filtered(filter, this.#capture(body, frame), frame));
  }

  #with(node: Statement & { kind: 'with' }): Execute {
    const values = node.values.map(([target, value]) => ({
      assign: this.#assign(target),
      value: this.#expressions.compile(value),
    }));
    const body = this.body(node.body);
    return (frame, out) => {
      const inner = new Frame(frame.run, frame);
      for (const { assign, value } of values) assign(inner, value(frame));
      body(inner, out);
    };
  }

  #macro(name: string, parameters: readonly Parameter[], body: Body): MacroShape {
    return {
      name,
      parameters: parameters.map(parameter => ({
        name: parameter.name,
        otherwise: parameter.otherwise && this.#expressions.compile(parameter.otherwise),
      })),
      body: this.body(body),
      names: namesIn(body),
    };
  }

  #callBlock(node: Statement & { kind: 'call-block' }): Execute {
    const callee = this.#expressions.compile(node.call.callee);
    const args = this.#expressions.arguments(node.call.args);
    const shape = this.#macro('caller', node.parameters, node.body);
    return (frame, out) => {
      const target = callee(frame);
      try {
        if (!(target instanceof Callable)) throw new RenderError('{% call %} needs a macro');
        const given = args(frame);
        const withCaller: Arguments = {
          positional: given.positional,
          named: new Map([...given.named, ['caller', new Macro(shape, frame)]]),
        };
        out.put(target.call(withCaller, frame.run));
      } catch (error) {
        out.miss(this.origin.outcome(error, node.call, [target]).because);
      }
    };
  }

  #block(node: Statement & { kind: 'block' }): Execute {
    const body = this.body(node.body);
    this.blocks.set(node.name, body);
    return (frame, out) => {
      if (frame.page.parent) return;
      const stack = frame.page.blocks.get(node.name) ?? [body];
      if (node.required && stack.length === 1)
        throw new RenderError(
          `the block '${node.name}' is required, but no template fills it`,
          this.origin.place(node),
        );
      runBlock(stack, 0, frame, out);
    };
  }
}

function filtered(filter: Evaluate, text: Term, frame: Frame): Term {
  const inner = new Frame(frame.run, frame);
  inner.vars.set(BLOCK_INPUT, text);
  return filter(inner);
}
