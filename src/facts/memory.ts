import type { Fact } from '../core/fact.js';
import { probe } from '../core/probe.js';
import { sh } from '../core/sh.js';
import { all, TAGGED, tagged } from '../core/tagged.js';
import type { Vars } from '../core/value.js';

/** Memory and swap in MiB, rounded down. No fork. */
export const memory: Fact = {
  name: 'memory',
  summary: 'Memory and swap space.',
  provides: ['memtotal_mb', 'memfree_mb', 'swaptotal_mb', 'swapfree_mb', 'memory_mb'],
  isVolatile: true,
  probe: () =>
    probe(sh`${TAGGED}lines mem /proc/meminfo`, ({ stdout }) => {
      const rows = all(tagged(stdout), 'mem').flatMap(line => {
        const row = /^(\w+):\s+(\d+) kB/.exec(line);
        return row ? [[row[1]!, Math.floor(Number(row[2]) / 1024)] as const] : [];
      });
      return rows.length === 0 ? {} : sums(new Map(rows));
    }),
};

function sums(mb: ReadonlyMap<string, number>): Vars {
  const row = (name: string) => mb.get(name) ?? 0;
  const total = row('MemTotal');
  const free = row('MemFree');
  const cached = row('Buffers') + row('Cached');
  return {
    memtotal_mb: total,
    memfree_mb: free,
    swaptotal_mb: row('SwapTotal'),
    swapfree_mb: row('SwapFree'),
    memory_mb: {
      real: { total, used: total - free, free },
      nocache: { free: free + cached, used: total - free - cached },
      swap: {
        total: row('SwapTotal'),
        free: row('SwapFree'),
        used: row('SwapTotal') - row('SwapFree'),
        cached: row('SwapCached'),
      },
    },
  };
}
