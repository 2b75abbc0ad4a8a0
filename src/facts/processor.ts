import type { Fact } from '../core/fact.js';
import { probe } from '../core/probe.js';
import { sh } from '../core/sh.js';
import { one, TAGGED, tagged } from '../core/tagged.js';
import type { Vars } from '../core/value.js';

/** Rows of /proc/cpuinfo that count; there are some 28 per processor, so the rest stays on the target. */
const ROWS =
  '^(processor|vendor_id|model name|Processor|cpu|Vendor|physical id|core id|cpu cores|siblings)[[:space:]]*:';

/** Processors as Ansible counts them. One fork, of grep. */
export const processor: Fact = {
  name: 'processor',
  summary: 'Processors, their cores and threads.',
  provides: [
    'processor',
    'processor_count',
    'processor_cores',
    'processor_threads_per_core',
    'processor_vcpus',
    'processor_nproc',
  ],
  probe: () => processorProbe(),
};

/** `root` is put before every path read, for tests. */
export const processorProbe = (root = '') =>
  probe(
    sh`${TAGGED}
say arch "$(uname -m)"
grep -E ${ROWS} ${root}/proc/cpuinfo 2>/dev/null | cut -b 1-200 | sed 20000q`,
    ({ stdout }) => count(stdout.split('\n'), one(tagged(stdout), 'arch') ?? ''),
  );

/** ansible-core's counting (hardware/linux.py, get_cpu_facts), s390x and SPARC left out. */
export function count(lines: readonly string[], machine: string): Vars {
  const processor: string[] = [];
  const sockets = new Map<string, number>();
  const cores = new Map<string, number>();
  const seen = new Map<string, number>();
  let socket = '0';
  let core = '0';
  for (const line of lines) {
    const row = /^([^:]+?)\s*:\s*(.*?)\s*$/.exec(line);
    if (!row) continue;
    const [, key, value] = row as unknown as [string, string, string];
    if (key === 'physical id') {
      socket = value;
      if (!sockets.has(socket)) sockets.set(socket, 1);
    } else if (key === 'core id') {
      core = value;
      if (!cores.has(core)) cores.set(core, 1);
    } else if (key === 'cpu cores') sockets.set(socket, Number(value));
    else if (key === 'siblings') cores.set(core, Number(value));
    else {
      processor.push(value);
      seen.set(key, (seen.get(key) ?? 0) + 1);
    }
  }
  const numbered = seen.get('processor') ?? 0;
  const vendors = seen.get('vendor_id') ?? 0;
  const isRisc = /^(armv|aarch|ppc)/.test(machine);
  const rows = isRisc ? numbered : vendors > 0 && vendors === seen.get('model name') ? vendors : processor.length;
  const processor_count = sockets.size || rows;
  const processor_cores = [...sockets.values()][0] || 1;
  const processor_threads_per_core = Math.floor(([...cores.values()][0] ?? 1) / processor_cores);
  return {
    processor,
    processor_count,
    processor_cores,
    processor_threads_per_core,
    processor_vcpus: processor_threads_per_core * processor_count * processor_cores,
    processor_nproc: numbered,
  };
}
