import { describe, expect, it } from 'vitest';
import * as z from 'zod';
import { defineModule } from '../../src/core/module.js';
import { probe } from '../../src/core/probe.js';
import { sh } from '../../src/core/sh.js';

const module = defineModule<object, string>({
  name: 'm',
  summary: '',
  example: '',
  args: z.object({}),
  probe: () => ({ ...probe(sh`look`, ({ stdout }) => stdout), after: seen => ({ ...seen, stdout: 'after' }) }),
  plan: (_args, state) => [{ what: state, before: null, after: '', apply: sh`act` }],
  result: (_args, state) => ({ state }),
});
const given = { found: [] };
const planned = (output: {
  stdout: string;
  stderr: string;
  status: number;
  cut?: { stdout: number; stderr: number };
}) => {
  const { parse, after } = module.probe({}, given);
  const state = parse(output);
  return {
    plan: module.plan({}, state, given),
    result: module.result?.({}, state, { kind: 'nothing' }, given),
    after: after?.(output, {} as never),
  };
};
const whole = { stdout: 'seen', stderr: '', status: 0 };

describe('a module', () => {
  it('plans from what it saw', () => {
    expect(planned(whole)).toMatchObject({
      plan: [{ what: 'seen' }],
      result: { state: 'seen' },
      after: { stdout: 'after' },
    });
  });

  it('does not, where that is not whole, and says why', () => {
    expect(planned({ ...whole, cut: { stdout: 5, stderr: 0 } })).toEqual({
      plan: { blocked: 'what was looked at: stdout said more than 64 MiB: 5 bytes are left out' },
      result: {},
      after: undefined,
    });
  });
});
