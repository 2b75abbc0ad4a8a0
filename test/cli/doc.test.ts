import { readdirSync } from 'node:fs';
import { resolve } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { modules } from '../../src/modules/index.js';
import { describeParameters } from '../../src/project/schema.js';
import { Desk } from './rig.js';

const desk = new Desk();
beforeAll(() => {
  desk.write({
    'roles/hello/README.md': '# hello\n\nSays hello to\nthe world. And more.\n',
    'roles/hello/tasks/main.yml': '[]\n',
    'roles/mute/tasks/main.yml': '[]\n',
    'more/extra/README.md': '# extra\n\nMore.\n',
  });
});
afterAll(() => desk.remove());
const doc = (...args: readonly string[]) => desk.ringmaster('doc', ...args);

describe('doc', () => {
  it('lists every module and role with a line each', async () => {
    const { code, out } = await doc('--roles-path', 'more');
    expect(code).toBe(0);
    for (const { name, summary } of modules)
      expect(out).toMatch(new RegExp(`^  ${name} +${summary.replace(/[.*+?^${}()|[\]\\]/g, '\\$&')}$`, 'm'));
    const bundled = readdirSync(resolve(import.meta.dirname, '../../roles'));
    for (const role of [...bundled, 'hello', 'mute', 'extra']) expect(out).toMatch(new RegExp(`^  ${role} +\\S`, 'm'));
    expect(out).toMatch(/^ {2}hello +Says hello to the world\.$/m);
  });

  it('describes a module: parameters with type, choices and default, and an example', async () => {
    const { code, out } = await doc('file');
    expect(code).toBe(0);
    expect(out).toMatch(/^file: .+\n\nPARAMETERS\n/);
    expect(out).toMatch(/^ {2}path {2}str, required\n {6}\S/m);
    expect(out).toMatch(/^ {2}state {2}str; one of .*absent.*directory/m);
    expect(out).toMatch(/^ {2}mode {2}mode\n/m);
    expect(out).toMatch(/^ {2}recurse {2}bool; default no\n/m);
    expect(out).toMatch(/\nEXAMPLE\n {2}- file:/);
    for (const line of out.split('\nEXAMPLE')[0]!.split('\n')) expect(line.length).toBeLessThanOrEqual(80);
  });

  it('knows a module by its full names', async () => {
    expect((await doc('ansible.builtin.copy')).out).toBe((await doc('copy')).out);
  });

  it('describes a role by its README, and one without says so', async () => {
    expect((await doc('hello')).out).toMatch(/^# hello\n\nSays hello to\nthe world\. And more\.\n\nroles\/hello\n$/);
    expect((await doc('mute')).out).toContain('has no README.md');
  });

  it('of an unknown name says what may be meant', async () => {
    expect(await doc('cpoy')).toMatchObject({
      code: 5,
      out: '',
      err: 'error: no module or role is called `cpoy`\n  = did you mean `copy`?\n',
    });
    expect((await doc('helo')).err).toContain('did you mean `hello`?');
    expect((await doc('quite-something-else')).err).toContain('ringmaster doc lists them all');
  });
});

describe('the description of every module', () => {
  it.each(modules.map(module => [module.name, module] as const))(
    '%s: each parameter says what it means and of which type it is',
    (_name, module) => {
      expect(module.summary).toMatch(/^[A-Z].*[.`]$/);
      for (const { name, description, type } of describeParameters(module)) {
        expect(description.trim(), name).not.toBe('');
        expect(type, name).toMatch(/^(?:str|int|float|bool|list|dict|mode|raw)\b/);
      }
    },
  );
});
