import { sh } from '../../core/sh.js';
import type { Feature } from './rows.js';
import { pairs, verified } from './verified.js';
import type { Wish } from './wish.js';

/** Names that `ethtool -K` takes, and the rows in which `ethtool -k` shows them (ethtool.c, off_flag_def). */
export const ROWS: ReadonlyMap<string, string> = new Map([
  ['rx', 'rx-checksumming'],
  ['tx', 'tx-checksumming'],
  ['sg', 'scatter-gather'],
  ['tso', 'tcp-segmentation-offload'],
  ['ufo', 'udp-fragmentation-offload'],
  ['gso', 'generic-segmentation-offload'],
  ['gro', 'generic-receive-offload'],
  ['lro', 'large-receive-offload'],
  ['rxvlan', 'rx-vlan-offload'],
  ['txvlan', 'tx-vlan-offload'],
  ['ntuple', 'ntuple-filters'],
  ['rxhash', 'receive-hashing'],
]);
const SHORT = new Map([...ROWS].map(([short, row]) => [row, short]));
const word = (on: boolean) => (on ? 'on' : 'off');

/**
 * One `ethtool -K` with only the features that differ. What is `[fixed]` otherwise is told, what has no row is skipped:
 * both fail the task only if it is strict.
 */
export function offloads(
  device: string,
  wished: { readonly [name: string]: boolean },
  features: ReadonlyMap<string, Feature>,
): Wish {
  const differing: { readonly name: string; readonly row: string; readonly on: boolean }[] = [];
  const unsupported: string[] = [];
  const fixed: string[] = [];
  for (const [name, on] of Object.entries(wished)) {
    const row = ROWS.get(name) ?? name;
    const found = features.get(row);
    if (found === undefined) unsupported.push(name);
    else if (found.on !== on && found.fixed) fixed.push(`${device}: ${row} is fixed ${word(found.on)}`);
    else if (found.on !== on) differing.push({ name: SHORT.get(row) ?? row, row, on });
  }
  if (differing.length === 0) return { changes: [], unsupported, fixed, impossible: [] };
  const as = (flip: boolean) => Object.fromEntries(differing.map(({ name, on }) => [name, word(on !== flip)]));
  const command = sh`ethtool -K ${device} ${pairs(differing.map(({ name, on }) => [name, word(on)]))}`;
  const rows = differing.map(({ row, on }) => `${row}: ${word(on)}`);
  return {
    changes: [
      {
        what: `${device} offloads`,
        before: as(true),
        after: as(false),
        apply: verified(command, sh`ethtool -k ${device}`, rows),
      },
    ],
    unsupported,
    fixed,
    impossible: [],
  };
}
