import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { isBlocked } from '../../src/core/change.js';
import modprobe from '../../src/modules/modprobe.js';
import { argsOf, type Seen, SHELLS, task, whats } from './doing.js';
import { scratch } from './rig.js';

const none = { found: [] };
const given = (args: object) => argsOf(modprobe, args);
/** Plans from what a look would have printed. */
const planned = (args: object, stdout: string) =>
  modprobe.plan(given(args), modprobe.probe(given(args), none).parse({ stdout, stderr: '', status: 0 }), none);
const resulting = (args: object, stdout: string) =>
  modprobe.result!(
    given(args),
    modprobe.probe(given(args), none).parse({ stdout, stderr: '', status: 0 }),
    { kind: 'nothing' },
    none,
  );

const LOADED = `kernel 6.1.0-56-amd64
loaded
references 0
param enable_tx_capture w 1
param transparent_mode r 0
param quick_mode w Y
`;

describe('planning from a look', () => {
  it('loads what is there to load, with its parameters', () => {
    const plan = planned(
      { name: 'pf_ring', params: 'transparent_mode=2 enable_tx_capture=0' },
      'kernel 6.1\navailable\n',
    );
    expect(plan).toMatchObject([{ what: 'module pf_ring', after: 'loaded transparent_mode=2 enable_tx_capture=0' }]);
    expect((plan as any)[0].apply.text).toContain('modprobe pf_ring transparent_mode=2 enable_tx_capture=0');
  });
  it('a module of another kernel', () => {
    const plan = planned({ name: 'pf_ring' }, 'kernel 6.1.0-56-amd64\n');
    expect(plan).toMatchObject({
      blocked: 'there is no module pf_ring for the running kernel 6.1.0-56-amd64',
      foreseen: [{ what: 'module pf_ring' }],
    });
  });
  it.each(['loaded\n', 'builtin\n'])('%s is present', look => {
    expect(planned({ name: 'loop' }, look)).toEqual([]);
  });
  it('sets parameters that can be set, and reports those that cannot', () => {
    const args = { name: 'pf_ring', params: 'transparent_mode=2 enable_tx_capture=0 quick_mode=1 other=3' };
    expect(planned(args, LOADED)).toMatchObject([{ what: 'pf_ring enable_tx_capture', before: '1', after: '0' }]);
    expect(resulting(args, LOADED)).toMatchObject({
      name: 'pf_ring',
      warnings: ['pf_ring is loaded with transparent_mode=0; 2 can only be given when it is loaded'],
    });
  });
  it('unloads what nobody uses', () => {
    expect(planned({ name: 'pf_ring', state: 'absent' }, LOADED)).toMatchObject([
      { before: 'loaded', after: 'not loaded' },
    ]);
    expect(planned({ name: 'pf_ring', state: 'absent' }, 'available\n')).toEqual([]);
  });
  it.each([
    ['loaded\nreferences 2\nholder igb\nholder ixgbe\n', 'pf_ring is in use by igb, ixgbe'],
    ['loaded\nreferences 3\n', 'pf_ring is in use 3 times'],
    ['builtin\n', 'pf_ring is built into the kernel and cannot be unloaded'],
  ])('does not unload after %j', (look, why) => {
    const plan = planned({ name: 'pf_ring', state: 'absent' }, look);
    expect(isBlocked(plan) && plan.blocked).toBe(why);
  });
  it.each(['-r', 'a b', '../x', '$(x)', ''])('refuses the name %j', name => {
    expect(() => given({ name })).toThrow();
  });
});

describe.each(SHELLS.map(shell => [shell.join(' '), shell] as const))('the running kernel, under %s', (_, shell) => {
  it.skipIf(!existsSync('/sys/module/loop'))('has modules', () => {
    const seen = task(modprobe, { name: 'loop' }, { shell });
    expect(seen.plan).toEqual([]);
    expect(seen.result).toEqual({ name: 'loop', params: '', state: 'present' });
  });
  it('has none by that name', () => {
    const { plan } = task(modprobe, { name: 'no_such_module' }, { shell });
    expect(isBlocked(plan) && plan.blocked).toMatch(/^there is no module no_such_module for the running kernel \d/);
  });
});

/** Folders of its own for /etc/modules-load.d and /etc/modprobe.d, and a loader that loads nothing. */
function machine(files: { readonly [path: string]: string } = {}) {
  const root = scratch();
  for (const folder of ['modules-load.d', 'modprobe.d', 'bin']) mkdirSync(join(root, folder));
  for (const [path, text] of Object.entries(files)) writeFileSync(join(root, path), text);
  writeFileSync(
    join(root, 'bin/modprobe'),
    `#!/bin/sh
case "$*" in
"-q -D "*) exit 0 ;;
bad*) echo "modprobe: ERROR: could not insert 'bad': Key was rejected by service" >&2; exit 1 ;;
esac
echo "$*" >>${root}/log
`,
    { mode: 0o755 },
  );
  const mounts = ['modules-load.d', 'modprobe.d'].map(
    name => `mkdir -p /etc/${name}; mount --bind ${root}/${name} /etc/${name}`,
  );
  const through = ['unshare', '-m', 'sh', '-c', `${mounts.join('; ')}; PATH=${root}/bin:$PATH exec "$@"`, 'sh'];
  const text = (path: string) => readFileSync(join(root, path), 'utf8');
  // Debian's busybox would take its own modprobe.
  return { through, shell: ['dash'], text };
}
const statuses = (seen: Seen) => seen.outputs.map(({ status, stderr }) => [status, stderr]);

describe('files', () => {
  it('are written before the first load', () => {
    const on = machine();
    const args = { name: 'pf_ring', params: 'transparent_mode=2 enable_tx_capture=0', persistent: 'present' };
    const seen = task(modprobe, args, on);
    expect(whats(seen.plan)).toEqual([
      '/etc/modules-load.d/pf_ring.conf',
      '/etc/modprobe.d/pf_ring.conf',
      'module pf_ring',
    ]);
    expect(seen.outputs.map(({ status, stderr }) => [status, stderr])).toEqual([
      [0, ''],
      [0, ''],
      [0, ''],
    ]);
    expect(on.text('modules-load.d/pf_ring.conf')).toBe('pf_ring\n');
    expect(on.text('modprobe.d/pf_ring.conf')).toBe(
      'options pf_ring transparent_mode=2\noptions pf_ring enable_tx_capture=0\n',
    );
    expect(on.text('log')).toBe('pf_ring transparent_mode=2 enable_tx_capture=0\n');
    // The stub loads nothing, so only the files can be right the second time.
    expect(whats(seen.again)).toEqual(['module pf_ring']);
  });

  it('with all parameters in one line are as good', () => {
    const on = machine({
      'modules-load.d/x.conf': 'pf-ring # ours\n',
      'modprobe.d/x.conf': 'options pf_ring b=2 a=1\n',
    });
    const seen = task(modprobe, { name: 'pf_ring', params: 'a=1 b=2', persistent: 'present' }, on);
    expect(whats(seen.plan)).toEqual(['module pf_ring']);
  });

  it('that say otherwise are commented out', () => {
    const on = machine({
      'modules-load.d/x.conf': 'pf_ring\n',
      'modprobe.d/x.conf': 'options igb x=1\noptions pf_ring a=9\n',
    });
    const seen = task(modprobe, { name: 'pf_ring', params: 'a=1', persistent: 'present' }, on);
    expect(whats(seen.plan)).toEqual(['/etc/modprobe.d/pf_ring.conf', 'module pf_ring']);
    expect(statuses(seen)).toEqual([
      [0, ''],
      [0, ''],
    ]);
    expect(on.text('modprobe.d/pf_ring.conf')).toBe('options pf_ring a=1\n');
    expect(on.text('modprobe.d/x.conf')).toBe('options igb x=1\n#options pf_ring a=9\n');
    expect(whats(seen.again)).toEqual(['module pf_ring']);
  });

  it('forget a module', () => {
    const on = machine({
      'modules-load.d/x.conf': 'igb\npf_ring\npf_ring_x\n',
      'modprobe.d/x.conf': 'options pf_ring a=9\n',
    });
    const seen = task(modprobe, { name: 'pf_ring', state: 'absent', persistent: 'absent' }, on);
    expect(statuses(seen)).toEqual([
      [0, ''],
      [0, ''],
    ]);
    expect(seen.again).toEqual([]);
    expect(on.text('modules-load.d/x.conf')).toBe('igb\n#pf_ring\npf_ring_x\n');
    expect(on.text('modprobe.d/x.conf')).toBe('#options pf_ring a=9\n');
  });

  it('are let be by default', () => {
    const on = machine({ 'modules-load.d/x.conf': 'pf_ring\n' });
    expect(task(modprobe, { name: 'pf_ring', state: 'absent' }, on).plan).toEqual([]);
  });
});

describe('Secure Boot', () => {
  it('is named when it refuses', () => {
    const seen = task(modprobe, { name: 'bad' }, machine());
    expect(seen.outputs[0]!.stderr).toMatch(
      /Key was rejected by service\nSecure Boot refuses a module that is not signed/,
    );
  });
});
