import { type Sh, sh } from '../../core/sh.js';
import type { Setting } from './rows.js';
import { pairs, verified } from './verified.js';
import type { Wish } from './wish.js';

/** A table of figures that ethtool shows with one option and sets with another. */
export interface Table {
  /** `ring`, `channels`: what it is called in a change. */
  readonly what: string;
  readonly show: '-g' | '-l';
  readonly set: '-G' | '-L';
}
export const RING: Table = { what: 'ring', show: '-g', set: '-G' };
export const CHANNELS: Table = { what: 'channels', show: '-l', set: '-L' };

/** One command for all figures of a table that differ; `max` is the pre-set maximum. */
export function figures(
  device: string,
  { what, show, set }: Table,
  wished: { readonly [name: string]: number | 'max' },
  found: ReadonlyMap<string, Setting>,
): Wish {
  const differing: { readonly name: string; readonly before: number; readonly after: number }[] = [];
  const unsupported: string[] = [];
  const impossible: string[] = [];
  for (const [name, wish] of Object.entries(wished)) {
    const now = found.get(name);
    const after = wish === 'max' ? now?.maximum : wish;
    // A maximum of 0 is how drivers without such a ring say it.
    if (now === undefined || after === undefined || (now.maximum === 0 && after !== 0))
      unsupported.push(`${name} ${what}`);
    else if (now.maximum !== undefined && after > now.maximum)
      impossible.push(`${device}: ${name} ${what} can be at most ${now.maximum}, not ${after}`);
    else if (after !== now.value) differing.push({ name, before: now.value, after });
  }
  if (differing.length === 0) return { changes: [], unsupported, fixed: [], impossible };
  // ethtool calls them `rx-mini` when setting and `RX Mini` when showing.
  const command = sh`ethtool ${set} ${device} ${pairs(differing.map(({ name, after }) => [name.replace('_', '-'), after]))}`;
  const rows = differing.map(({ name, after }) => `${label(name)}: ${after}`);
  return {
    changes: [
      {
        what: `${device} ${what}`,
        before: Object.fromEntries(differing.map(({ name, before }) => [name, before])),
        after: Object.fromEntries(differing.map(({ name, after }) => [name, after])),
        apply: verified(command, current(device, show), rows),
      },
    ],
    unsupported,
    fixed: [],
    impossible,
  };
}

const current = (device: string, show: string): Sh => sh`ethtool ${show} ${device} | sed -n '/^Current/,$p'`;

const label = (name: string): string =>
  name
    .split('_')
    .map(part => (part === 'rx' || part === 'tx' ? part.toUpperCase() : part.charAt(0).toUpperCase() + part.slice(1)))
    .join(' ');

/** One `ethtool -C` for interrupt coalescing: numbers, and on or off for the adaptive ones. */
export function coalesce(
  device: string,
  wished: { readonly [name: string]: number | boolean },
  found: ReadonlyMap<string, string>,
): Wish {
  const wishes = Object.entries(wished).map(([name, value]) => {
    const after = typeof value === 'boolean' ? (value ? 'on' : 'off') : String(value);
    return { name, after, before: found.get(name) };
  });
  const unsupported = wishes.filter(({ before }) => before === undefined).map(({ name }) => name);
  const differing = wishes.filter(({ before, after }) => before !== undefined && before !== after);
  if (differing.length === 0) return { changes: [], unsupported, fixed: [], impossible: [] };
  const command = sh`ethtool -C ${device} ${pairs(differing.map(({ name, after }) => [name, after]))}`;
  // The adaptive pair shares a row, so each is made a row of its own.
  const query = sh`ethtool -c ${device} | sed 's/^Adaptive RX: *\\([a-z]*\\) *TX: *\\([a-z]*\\).*/adaptive-rx: \\1\\
adaptive-tx: \\2/'`;
  return {
    changes: [
      {
        what: `${device} coalescing`,
        before: Object.fromEntries(differing.map(({ name, before }) => [name, before!])),
        after: Object.fromEntries(differing.map(({ name, after }) => [name, after])),
        apply: verified(
          command,
          query,
          differing.map(({ name, after }) => `${name}: ${after}`),
        ),
      },
    ],
    unsupported,
    fixed: [],
    impossible: [],
  };
}
