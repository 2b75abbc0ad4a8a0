import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';

const functions = path.join(import.meta.dirname, '../../roles/nic-driver/files/choose-source.sh');
const folder = mkdtempSync(path.join(tmpdir(), 'ringmaster-drivers-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** A tree of empty Makefiles at these folders below drivers/. */
function tree(name: string, drivers: readonly string[]): string {
  for (const driver of drivers) {
    mkdirSync(path.join(folder, name, 'drivers', driver), { recursive: true });
    writeFileSync(path.join(folder, name, 'drivers', driver, 'Makefile'), '');
  }
  if (name === '6.0.3' && !existsSync(path.join(folder, name, 'drivers/PF_RING_aware')))
    symlinkSync('ZC', path.join(folder, name, 'drivers/PF_RING_aware'));
  return path.join(folder, name);
}

/** What one of the functions prints about a tree, in each of the shells. */
const ask = (call: string, ...args: readonly string[]) =>
  [['dash'], ['busybox', 'sh']].map(([shell, ...more]) =>
    execFileSync(shell!, [...more, '-c', `. "$0"; ${call} "$@"`, functions, ...args], { encoding: 'utf8' })
      .replaceAll(`${args[0]}/drivers/`, '')
      .trim(),
  );

// The layouts of the real trees: subversion in April 2011, the howto's of October 2012, the releases 6.0.3 to 8.8.0.
const layouts = {
  'svn 2011': [
    ...[
      'intel/e1000/e1000-8.0.25/src',
      'intel/e1000/old/e1000-7.3.21/src',
      'intel/e1000e/e1000e-1.2.17/src',
      'intel/e1000e/old/e1000e-1.0.15/src',
    ],
    ...['intel/igb/igb-2.4.12/src', 'intel/ixgbe/ixgbe-3.1.15-FlowDirector-NoTNAPI/src'],
    ...[
      'broadcom/netxtreme2-5.2.50/bnx2-2.0.8b/src',
      'broadcom/netxtreme2-5.2.50/bnx2x-1.52.12/src',
      'broadcom/tg3/tg3-3.102',
      'broadcom/tg3/tg3-3.99k',
    ],
  ],
  'svn 2012': [
    'PF_RING_aware/intel/igb/igb-3.4.7/src',
    'PF_RING_aware/intel/igb/igb-3.2.10/src',
    'DNA/igb-3.4.7-DNA/src',
  ],
  // Where PF_RING_aware is a link to ZC.
  '6.0.3': [
    ...['ZC/intel/e1000e/e1000e-3.0.4.1-zc/src', 'ZC/intel/igb/igb-5.2.5-zc/src', 'ZC/intel/ixgbe/ixgbe-3.22.3-zc/src'],
    ...['ZC/intel/i40e/i40e-1.1.23/src', 'DNA/e1000-8.0.35-DNA/src', 'DNA/igb-5.0.6-DNA/src'],
  ],
  '6.4.1': ['intel/igb/igb-5.3.3.5-zc/src', 'intel/fm10k/fm10k-0.20.1-zc/src', 'intel/i40e/i40e-1.5.18-zc/src/i40e'],
  '7.8.0': [
    ...['intel/igb/igb-5.3.5.18-zc', 'intel/igb/igb-5.3.5.18-zc/src', 'intel/ice/ice-0.13.8-zc/src'],
    ...['intel/i40e/i40e-2.4.6-zc', 'intel/i40e/i40e-2.4.6-zc/src', 'intel/ixgbevf/ixgbevf-4.5.1-zc/src'],
  ],
  '8.8.0': [
    ...[
      'intel/e1000e/e1000e-3.8.7-zc/src',
      'intel/igb/igb-5.14.16-zc/src',
      'intel/ixgbe/ixgbe-5.19.6-zc/src',
      'intel/ixgbevf/ixgbevf-4.18.9-zc/src',
    ],
    ...[
      'intel/i40e/i40e-2.24.6-zc/src',
      'intel/iavf/iavf-4.9.5-zc/src',
      'intel/ice/ice-1.12.7-zc/src',
      'intel/irdma-1.14.33/src',
    ],
  ],
} as const;

describe('the source of a driver', () => {
  const cases: readonly (readonly [keyof typeof layouts, string, readonly string[]])[] = [
    ['svn 2011', 'igb', ['intel/igb/igb-2.4.12']],
    ['svn 2011', 'e1000', ['intel/e1000/e1000-8.0.25']],
    ['svn 2011', 'ixgbe', ['intel/ixgbe/ixgbe-3.1.15-FlowDirector-NoTNAPI']],
    ['svn 2011', 'bnx2', ['broadcom/netxtreme2-5.2.50/bnx2-2.0.8b']],
    ['svn 2011', 'bnx2x', ['broadcom/netxtreme2-5.2.50/bnx2x-1.52.12']],
    ['svn 2011', 'tg3', ['broadcom/tg3/tg3-3.102', 'broadcom/tg3/tg3-3.99k']],
    ['svn 2012', 'igb', ['PF_RING_aware/intel/igb/igb-3.4.7', 'PF_RING_aware/intel/igb/igb-3.2.10']],
    ['6.0.3', 'igb', ['PF_RING_aware/intel/igb/igb-5.2.5-zc', 'ZC/intel/igb/igb-5.2.5-zc']],
    ['6.0.3', 'i40e', ['PF_RING_aware/intel/i40e/i40e-1.1.23', 'ZC/intel/i40e/i40e-1.1.23']],
    ['6.0.3', 'e1000', ['']],
    ['6.4.1', 'igb', ['intel/igb/igb-5.3.3.5-zc']],
    ['6.4.1', 'fm10k', ['intel/fm10k/fm10k-0.20.1-zc']],
    ['7.8.0', 'igb', ['intel/igb/igb-5.3.5.18-zc']],
    ['7.8.0', 'i40e', ['intel/i40e/i40e-2.4.6-zc']],
    ['8.8.0', 'igb', ['intel/igb/igb-5.14.16-zc']],
    ['8.8.0', 'ixgbe', ['intel/ixgbe/ixgbe-5.19.6-zc']],
    ['8.8.0', 'ixgbevf', ['intel/ixgbevf/ixgbevf-4.18.9-zc']],
    ['8.8.0', 'e1000', ['']],
    ['8.8.0', 'virtio_net', ['']],
  ];
  it.each(cases)('of %s for %s is %j', (layout, family, expected) => {
    for (const found of ask('driver_sources', tree(layout, layouts[layout]), family))
      expect(found.split('\n')).toEqual(expected);
  });

  it.each([
    ['a Makefile above src', 'export C_INCLUDE_PATH := …\nall:\n\tcd src; make\n', ['src'], '.'],
    ['no Makefile above src', undefined, ['src'], 'src'],
    ['no src', 'all:\n\t…\n', [], '.'],
  ] as const)('is built where its release wants it: %s', (name, makefile, folders, expected) => {
    const driver = path.join(folder, name);
    for (const each of ['.', ...folders]) mkdirSync(path.join(driver, each), { recursive: true });
    if (makefile) writeFileSync(path.join(driver, 'Makefile'), makefile);
    for (const found of ask('build_folder', driver)) expect(found).toBe(expected);
  });

  it.each([
    ['svn 2011', 'bnx2 bnx2x e1000 e1000e igb ixgbe tg3'],
    ['svn 2012', 'igb'],
    ['6.0.3', 'e1000e i40e igb ixgbe'],
    ['8.8.0', 'e1000e i40e iavf ice igb ixgbe ixgbevf'],
  ] as const)('comes with the families there are in %s, for the message that there is none', (layout, families) => {
    for (const found of ask('driver_families', tree(layout, layouts[layout]))) expect(found).toBe(families);
  });
});
