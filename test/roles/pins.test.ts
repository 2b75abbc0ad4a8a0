import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { rendered } from './render.js';

const folder = mkdtempSync(path.join(tmpdir(), 'ringmaster-pins-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** A machine as /sys shows it: lists as the kernel writes them. */
interface Machine {
  readonly online: string;
  /** CPUs of each node, from node 0 on. */
  readonly nodes: readonly string[];
  /** What shares a core; a CPU that stands in none has its core for itself. */
  readonly siblings: readonly string[];
  /** Where the tap's card sits; undefined: the tap is no card. */
  readonly tap?: number;
}

function spread(list: string): readonly number[] {
  return list.split(',').flatMap(part => {
    const [from, to] = part.split('-').map(Number);
    return Array.from({ length: (to ?? from!) - from! + 1 }, (_, i) => from! + i);
  });
}

/** Writes the machine below a folder of its own, which is answered. */
function build({ online, nodes, siblings, tap }: Machine): string {
  const root = mkdtempSync(path.join(folder, 'root-'));
  const put = (file: string, text: string | number) => {
    mkdirSync(path.dirname(path.join(root, file)), { recursive: true });
    writeFileSync(path.join(root, file), `${text}\n`);
  };
  put('sys/devices/system/cpu/online', online);
  nodes.forEach((list, node) => {
    put(`sys/devices/system/node/node${node}/cpulist`, list);
  });
  for (const cpu of spread(online)) {
    const sharing = siblings.find(list => spread(list).includes(cpu));
    put(`sys/devices/system/cpu/cpu${cpu}/topology/thread_siblings_list`, sharing ?? cpu);
  }
  if (tap !== undefined) put('sys/class/net/eth4/device/numa_node', tap);
  return root;
}

function look(machine: Machine, shell: readonly string[]): readonly string[] {
  const script = path.join(import.meta.dirname, '../../roles/bro-cluster/files/topology.sh');
  const { stdout } = spawnSync(shell[0]!, [...shell.slice(1), script], {
    encoding: 'utf8',
    env: { PATH: process.env.PATH, LC_ALL: 'C', INTERFACE: 'eth4', ROOT: build(machine) },
  });
  return stdout.trim().split('\n');
}

/** What every shell sees of a machine; each is asked once. */
const seen = new Map<string, readonly string[]>();
function topology(machine: Machine): readonly string[] {
  const key = JSON.stringify(machine);
  const known = seen.get(key);
  if (known) return known;
  const [lines, others] = [['dash'], ['busybox', 'sh']].map(shell => look(machine, shell));
  expect(others).toEqual(lines);
  seen.set(key, lines!);
  return lines!;
}

/** The pins of a worker with so many processes. */
function pins(machine: Machine, procs: number): readonly number[] {
  const vars = {
    bro_topology: {
      results: [
        { item: 'node1', stdout_lines: topology(machine) },
        { item: 'node2', skipped: true },
      ],
    },
    hostvars: { node1: { bro_lb_procs: procs }, node2: {} },
  };
  const all = JSON.parse(rendered('bro-cluster', 'all-pins.j2', vars));
  expect(Object.keys(all)).toEqual(['node1']);
  return all.node1.cpus.map(Number);
}

/** Two sockets of four cores, two threads a core: CPU c shares its core with c + 8. */
const DUAL: Machine = {
  online: '0-15',
  nodes: ['0-3,8-11', '4-7,12-15'],
  siblings: ['0,8', '1,9', '2,10', '3,11', '4,12', '5,13', '6,14', '7,15'],
};
/** One socket, neighbours share a core. */
const NEIGHBOURS: Machine = { online: '0-7', nodes: ['0-7'], siblings: ['0-1', '2-3', '4-5', '6-7'] };
const PLAIN: Machine = { online: '0-3', nodes: ['0-3'], siblings: [] };

describe('CPUs beside the tap', () => {
  it.each<[string, Machine, number, readonly number[]]>([
    ['node 1, one core each', { ...DUAL, tap: 1 }, 4, [4, 5, 6, 7]],
    ['node 1, few processes', { ...DUAL, tap: 1 }, 2, [4, 5]],
    ['node 1, second threads where cores are out', { ...DUAL, tap: 1 }, 6, [4, 5, 6, 7, 12, 13]],
    ['node 1, all there are', { ...DUAL, tap: 1 }, 8, [4, 5, 6, 7, 12, 13, 14, 15]],
    ['node 1, more than there are', { ...DUAL, tap: 1 }, 9, []],
    ['node 0, CPU 0 is the system’s', { ...DUAL, tap: 0 }, 3, [1, 2, 3]],
    ['node 0, rather a second thread than CPU 0', { ...DUAL, tap: 0 }, 4, [1, 2, 3, 9]],
    ['node 0, its sibling after the others', { ...DUAL, tap: 0 }, 7, [1, 2, 3, 9, 10, 11, 8]],
    ['node 0, CPU 0 only when there is no other', { ...DUAL, tap: 0 }, 8, [1, 2, 3, 9, 10, 11, 8, 0]],
    ['neighbours', { ...NEIGHBOURS, tap: 0 }, 4, [2, 4, 6, 3]],
    ['no node known', { ...PLAIN, tap: -1 }, 2, [1, 2]],
    ['no card', PLAIN, 4, [1, 2, 3, 0]],
    ['one CPU', { online: '0', nodes: ['0'], siblings: [], tap: 0 }, 1, [0]],
    ['a CPU is off', { ...PLAIN, online: '0-1,3', tap: 0 }, 2, [1, 3]],
    ['too many without a node', PLAIN, 5, []],
  ])('%s', (_, machine, procs, expected) => {
    expect(pins(machine, procs)).toEqual(expected);
  });

  it('are all of the tap’s node, each once, CPU 0 only when nothing else is left, and none if there are too few', () => {
    for (const machine of [
      { ...DUAL, tap: 0 },
      { ...DUAL, tap: 1 },
      { ...NEIGHBOURS, tap: 0 },
      { ...PLAIN, tap: -1 },
    ])
      for (let procs = 1; procs <= 9; procs++) {
        const beside = machine.tap < 0 ? spread(machine.online) : spread(machine.nodes[machine.tap]!);
        const chosen = pins(machine, procs);
        expect(chosen).toHaveLength(procs <= beside.length ? procs : 0);
        expect(new Set(chosen).size).toBe(chosen.length);
        for (const cpu of chosen) expect(beside).toContain(cpu);
        if (procs < beside.length) expect(chosen).not.toContain(0);
        const firsts = new Set(
          beside.filter(cpu => cpu !== 0 && !machine.siblings.some(list => spread(list).indexOf(cpu) > 0)),
        );
        if (procs <= firsts.size) for (const cpu of chosen) expect(firsts).toContain(cpu);
      }
  });
});
