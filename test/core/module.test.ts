import { describe, expect, it } from 'vitest';
import * as z from 'zod';
import { defineModule } from '../../src/core/module.js';
import { Incomplete, probe } from '../../src/core/probe.js';
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
/** Finds fault with what it reads. */
const reader = defineModule<object, string>({
  name: 'r',
  summary: '',
  example: '',
  args: z.object({}),
  probe: () =>
    probe(sh`look`, ({ stdout }) => {
      if (stdout === 'half') throw new Incomplete('stat');
      throw new Error('a bug of ours');
    }),
  plan: () => [],
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

  it('does not, where a tool was lacking or the look ended early, and names it', () => {
    const lacking = { ...whole, stdout: 'seen\nlacks base64\n', status: 1 };
    expect(planned(lacking)).toEqual({
      plan: { blocked: 'what was looked at: base64 is missing, failed, or said less than it must' },
      result: {},
      after: undefined,
    });
    const ended = { ...whole, stderr: 'sh: 1: Cannot fork\n', status: 2 };
    expect(planned(ended).plan).toEqual({
      blocked: 'what was looked at: the look ended with status 2: sh: 1: Cannot fork',
    });
  });

  it('does not, where what was said is not what a tool must say', () => {
    const { parse } = reader.probe({}, given);
    expect(reader.plan({}, parse({ ...whole, stdout: 'half' }), given)).toEqual({
      blocked: 'what was looked at: stat is missing, failed, or said less than it must',
    });
    expect(() => parse({ ...whole, stdout: 'bug' })).toThrow('a bug of ours');
  });
});
