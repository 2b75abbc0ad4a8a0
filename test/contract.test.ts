import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { z } from 'zod';
import { isBlocked, type Plan } from '../src/core/change.js';
import type { AnyModule, Given, Ran } from '../src/core/module.js';
import { modules, registry } from '../src/modules/index.js';
import { exampleOf, foundFor, NOT_DONE_HERE, SCENERY } from './modules/example.js';
import { canHost, ScratchHost, type ScratchRoot } from './modules/scratch-host.js';

/** Modules that change something every time, so that no plan is empty after the act. */
const EACH_TIME: { readonly [module: string]: string } = {
  tempfile: 'makes a new name each time',
};

/** Values that nobody means, but templates give. */
const STRANGE: readonly unknown[] = [
  ...['', ' ', 'a\0b', 'a\nb', 'a\'b"$(c)`d`', '-rf', '../..', '/', '(', '%s', 'ünï\u2028', 'x'.repeat(5000)],
  ...[0, -1, 1.5, 1e15, true, null, [], ['a', 1, { b: 'c' }], ['a\0b'], {}, { a: { b: [1] } }, { a: 'a\0b' }],
];

/** Parameters by name, with what is said of them. */
function parametersOf(module: AnyModule): { readonly [name: string]: { readonly description?: string } } {
  const schema = z.toJSONSchema(module.args, { io: 'output', unrepresentable: 'any' }) as {
    properties?: Record<string, { description?: string }>;
    anyOf?: { properties?: Record<string, { description?: string }> }[];
  };
  return { ...schema.properties, ...Object.assign({}, ...(schema.anyOf ?? []).map(each => each.properties)) };
}

/** Nothing in it can be changed any more; bytes cannot be frozen, and nobody should write to them. */
function frozen<T>(value: T): T {
  if (typeof value !== 'object' || value === null || ArrayBuffer.isView(value) || Object.isFrozen(value)) return value;
  Object.freeze(value);
  for (const member of Object.values(value)) frozen(member);
  return value;
}

/** A plan as text, to compare; the bytes of blobs stand for themselves by their digests. */
const told = (plan: Plan): string =>
  JSON.stringify(plan, (key, value) => (key === 'bytes' || key === 'open' ? undefined : value));

describe('the registry', () => {
  it('is in the order of names', () => {
    const names = modules.map(module => module.name);
    expect(names).toEqual([...names].sort());
  });
  it.each(Object.keys({ ...NOT_DONE_HERE, ...EACH_TIME, ...SCENERY }))('has the exception %s', name => {
    expect(registry.has(name)).toBe(true);
  });
});

describe.each(modules.map(module => [module.name, module] as const))('%s', (name, module) => {
  it('says in one sentence what it does', () => {
    expect(name).toMatch(/^[a-z][a-z0-9_]*$/);
    expect(module.summary).toMatch(/^[A-Z][^\n]{10,120}[^.]\.$/);
    expect(module.summary).not.toMatch(/\. [A-Z]/);
  });

  it('says of every parameter what it is', () => {
    const dumb = Object.entries(parametersOf(module)).filter(([, { description }]) => !/\S{3}/.test(description ?? ''));
    expect(dumb.map(([parameter, { description }]) => [parameter, description])).toEqual([]);
  });

  it('has an example that its schema takes', () => {
    const { args, names } = exampleOf(module);
    expect(names).toHaveLength(1);
    expect(module.args.safeParse(args).error?.message).toBeUndefined();
  });

  it('refuses a parameter it does not have', () => {
    const { args } = exampleOf(module);
    expect(module.args.safeParse({ ...(args as object), no_such_parameter: 1 }).success).toBe(false);
  });

  it('refuses what no shell can be told, and makes its look of whatever else its schema takes', () => {
    const { args } = exampleOf(module);
    const thrown = Object.keys(parametersOf(module)).flatMap(parameter =>
      STRANGE.flatMap(value => {
        const parsed = module.args.safeParse({ ...(args as object), [parameter]: value });
        if (!parsed.success) return [];
        try {
          module.probe(parsed.data, { found: module.needs?.(parsed.data).map(foundFor) ?? [], user: undefined });
          return [];
        } catch (error) {
          return [`${parameter}: ${JSON.stringify(value)}: ${String(error)}`];
        }
      }),
    );
    expect(thrown).toEqual([]);
  });

  it('names only secrets it has', () => {
    const known = parametersOf(module);
    expect((module.secrets ?? []).filter(secret => !(secret in known))).toEqual([]);
  });
});

describe.runIf(canHost)('on a scratch host', () => {
  let host: ScratchHost;
  beforeAll(async () => {
    host = await ScratchHost.start();
  });
  afterAll(() => host?.stop());

  describe.each(modules.map(module => [module.name, module] as const))('%s', (name, module) => {
    const args = frozen(module.args.parse(exampleOf(module).args));
    const given: Given = frozen({ found: (module.needs?.(args) ?? []).map(foundFor) });
    let root: ScratchRoot;
    beforeAll(() => {
      root = host.fresh(SCENERY[name]);
    });
    const look = () => {
      const { script, parse: read } = module.probe(args, given);
      const output = root.look(script);
      return { output, state: frozen(read(output)) };
    };

    it('looks without changing anything, and sees the same twice', () => {
      const first = look();
      const second = look();
      expect(second.output.stdout).toBe(first.output.stdout);
      expect(root.written()).toEqual(root.atFirst);
    });

    it('plans the same from the same, and leaves what it is given alone', () => {
      const { state } = look();
      const plan = module.plan(args, state, given);
      expect(told(module.plan(args, state, given))).toBe(told(plan));
      for (const ran of [{ kind: 'nothing' }, { kind: 'foreseen' }] as const)
        expect(typeof (module.result?.(args, state, ran, given) ?? {})).toBe('object');
    });

    it('shows no secret', () => {
      for (const secret of module.secrets ?? []) {
        const canary = 'c4nary-s3cret-0123456789';
        const parsed = module.args.safeParse({ ...(exampleOf(module).args as object), [secret]: canary });
        if (!parsed.success) continue;
        const { script, parse: read } = module.probe(parsed.data, given);
        const plan = module.plan(parsed.data, read(root.look(script)), given);
        const changes = isBlocked(plan) ? (plan.foreseen ?? []) : plan;
        const shown = JSON.stringify([script.shown, changes.map(c => [c.what, c.before, c.after, c.apply.shown])]);
        expect(shown).not.toContain(canary);
      }
    });

    it.skipIf(name in NOT_DONE_HERE)('does what it planned, and then there is nothing left to do', () => {
      const { state } = look();
      const plan = module.plan(args, state, given);
      expect(isBlocked(plan) ? plan.blocked : '').toBe('');
      if (isBlocked(plan)) return;
      const outputs = plan.map(change => root.act(change));
      expect(outputs.filter(({ status }) => status !== 0).map(({ stderr }) => stderr.slice(0, 300))).toEqual([]);
      const ran: Ran = plan.length > 0 ? { kind: 'done', outputs } : { kind: 'nothing' };
      expect(typeof (module.result?.(args, state, ran, given) ?? {})).toBe('object');
      if (module.opaque || name in EACH_TIME) return;
      expect(told(module.plan(args, look().state, given))).toBe('[]');
    });
  });
});
