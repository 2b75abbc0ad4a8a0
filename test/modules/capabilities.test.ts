import { execFileSync } from 'node:child_process';
import { chmodSync, copyFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { isBlocked } from '../../src/core/change.js';
import capabilities, { capabilitiesOf, printedCapabilities, textOf } from '../../src/modules/capabilities.js';
import { argsOf, SHELLS, task } from './doing.js';
import { scratch } from './rig.js';

const getcap = (path: string) => execFileSync('getcap', [path], { encoding: 'utf8' }).slice(path.length).trim();
function program(caps?: string, name = 'pro gram'): string {
  const path = join(scratch(), name);
  copyFileSync('/bin/true', path);
  if (caps) execFileSync('setcap', [caps, path]);
  return path;
}

describe.each(SHELLS.map(shell => [shell.join(' '), shell] as const))('a real program under %s', (_, shell) => {
  it('gets what the howto gives to bro, and keeps it', () => {
    const path = program();
    const seen = task(capabilities, { path, capability: 'cap_net_raw,cap_net_admin=eip' }, { shell });
    expect(seen.outputs.map(({ status, stderr }) => [status, stderr])).toEqual([[0, '']]);
    expect(seen.plan).toMatchObject([{ before: '', after: 'cap_net_admin,cap_net_raw=eip' }]);
    expect(getcap(path)).toBe('cap_net_admin,cap_net_raw=eip');
    expect(seen.again).toEqual([]);
    expect(seen.result).toMatchObject({
      state: 'present',
      msg: 'capabilities changed',
      capabilities: 'cap_net_admin,cap_net_raw=eip',
    });
    execFileSync('setcap', ['-q', '-v', 'cap_net_raw,cap_net_admin=eip', path]);
  });

  it.each([
    ['adds one, others stay', 'cap_chown=ei', { capability: 'cap_net_raw+ep' }, 'cap_chown=ei cap_net_raw+ep'],
    [
      'changes the sets of one',
      'cap_net_raw,cap_chown=ep',
      { capability: 'cap_net_raw=ei' },
      'cap_chown=ep cap_net_raw+ei',
    ],
    ['takes one away', 'cap_net_raw,cap_chown=ep', { capability: 'cap_net_raw', state: 'absent' }, 'cap_chown=ep'],
    [
      'takes one away, with its sets',
      'cap_net_raw,cap_chown=ep',
      { capability: 'cap_net_raw+eip', state: 'absent' },
      'cap_chown=ep',
    ],
    ['takes the last away', 'cap_net_raw=ep', { capability: 'cap_net_raw', state: 'absent' }, ''],
  ])('%s', (_, before, args, after) => {
    const path = program(before);
    const seen = task(capabilities, { path, ...args }, { shell });
    expect(seen.status).toBe(0);
    expect(seen.again).toEqual([]);
    expect(textOf(printedCapabilities(getcap(path)))).toBe(textOf(capabilitiesOf(after)!));
  });

  it.each([
    ['cap_net_raw=eip', { capability: 'cap_net_raw+eip' }],
    ['cap_net_raw,cap_net_admin=eip', { capability: 'CAP_NET_ADMIN+pei cap_net_raw=eip' }],
    ['cap_net_raw=ep', { capability: 'cap_chown', state: 'absent' }],
  ])('%s is right for %o', (before, args) => {
    expect(task(capabilities, { path: program(before), ...args }, { shell }).plan).toEqual([]);
  });

  it('is found through a link', () => {
    const path = program();
    symlinkSync(path, `${path}-link`);
    const seen = task(capabilities, { path: `${path}-link`, capability: 'cap_net_raw=ep' }, { shell });
    expect(seen.again).toEqual([]);
    expect(getcap(path)).toBe('cap_net_raw=ep');
  });

  it('loses them when it is written anew, which is seen', () => {
    const path = program('cap_net_raw=eip');
    writeFileSync(path, 'new');
    const again = task(capabilities, { path, capability: 'cap_net_raw=eip' }, { shell });
    expect(again.plan).toMatchObject([{ before: '' }]);
  });
});

describe('what cannot be', () => {
  it('a program that is not there is foreseen', () => {
    const { plan } = task(capabilities, { path: '/no/such', capability: 'cap_net_raw=ep' });
    expect(plan).toMatchObject({ blocked: '/no/such does not exist', foreseen: [{ after: 'cap_net_raw=ep' }] });
  });
  it('an effective bit for one and not for the other', () => {
    const seen = task(capabilities, { path: program('cap_chown=p'), capability: 'cap_net_raw=ep' });
    expect(isBlocked(seen.plan) && seen.plan.blocked).toMatch(/one effective bit for all its capabilities/);
  });
  it('a directory', () => {
    expect(task(capabilities, { path: '/tmp', capability: 'cap_net_raw=ep' }).plan).toMatchObject({
      blocked: expect.stringContaining('not a regular file'),
    });
  });
  it('a host without the programs', () => {
    const ground = { env: { PATH: '/nonexistent' }, shell: ['/bin/dash'] };
    const seen = task(capabilities, { path: program(), capability: 'cap_net_raw=ep' }, ground);
    expect(isBlocked(seen.plan) && seen.plan.blocked).toMatch(/libcap2-bin/);
  });
  it('a name setcap does not know fails with its words', () => {
    const seen = task(capabilities, { path: program(), capability: 'cap_nonsense=ep' });
    expect(seen.status).not.toBe(0);
    expect(seen.outputs[0]!.stderr).toMatch(/cap_nonsense|Invalid argument|fatal error/);
  });
  it.each([
    { path: '/x', capability: '' },
    { path: '/x', capability: 'cap_net_raw' },
    { path: '/x', capability: 'net_raw=ep' },
    { path: '/x', capability: 'cap_net_raw=ep; touch /PWNED' },
    { path: '/x', capability: '', state: 'absent' },
  ])('%o is refused', args => {
    expect(() => argsOf(capabilities, args)).toThrow();
  });
});

describe('text forms', () => {
  it.each([
    ['libcap 2.66', 'cap_net_admin,cap_net_raw=eip', 'cap_net_admin,cap_net_raw=eip'],
    ['libcap before 2.42', ' = cap_net_admin,cap_net_raw+eip', 'cap_net_admin,cap_net_raw=eip'],
    ['with two groups', 'cap_chown=p cap_net_raw+eip', 'cap_chown=p cap_net_raw=eip'],
    ['with two operators', 'cap_chown=ep+i', 'cap_chown=eip'],
    ['an empty set', ' =', ''],
    ['none', '', ''],
    ['all', '=ep', 'all=ep'],
  ])('%s', (_, text, as) => {
    expect(textOf(printedCapabilities(text))).toBe(as);
  });
  it('a mode does not matter', () => {
    const path = program('cap_net_raw=ep');
    chmodSync(path, 0o600);
    expect(task(capabilities, { path, capability: 'cap_net_raw+pe' }).plan).toEqual([]);
  });
});
