import { randomFillSync } from 'node:crypto';
import { closeSync, mkdirSync, openSync, writeFileSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { demand } from '../../src/lab/command.js';
import { shell } from '../../src/lab/reach.js';
import type { Field } from './field.js';
import { type Cost, measure } from './measure.js';
import { argvOf, testimonyOf, type Witnessed } from './witnessed.js';

/** Where content is written to: what holds it decides how much the disk has to say. */
const PLACES = { memory: '/dev/shm/bench', disk: '/srv/bench' } as const;
export type Medium = keyof typeof PLACES;

export type Carrier = 'scp' | 'scp, then sync' | 'ringmaster' | 'ringmaster, again';

/** All runs of one way to bring content to all hosts at once. */
export interface Transfer {
  readonly carrier: Carrier;
  readonly medium: Medium;
  readonly costs: readonly Cost[];
  /** Most that the controller's process held, in MiB; nothing where it did not tell. */
  readonly memory: number | undefined;
  readonly trips: number | undefined;
}

/** What was brought. */
export interface TransferFinding {
  readonly kind: 'file' | 'tree';
  readonly hosts: number;
  /** MiB of a file, files of a tree. */
  readonly size: number;
  readonly transfers: readonly Transfer[];
  /** Of a ringmaster that copied one MiB to the same hosts. */
  readonly idle: number | undefined;
}

const MEBI = 1024 * 1024;

/** A large file to all hosts of the field at once: by `scp`, all side by side, and by `copy`. */
export async function fileTransfer(
  field: Field,
  size: number,
  rounds: number,
  with_: Witnessed,
  say: (line: string) => void,
): Promise<TransferFinding> {
  const source = join(with_.folder, 'large');
  const file = openSync(source, 'w');
  const piece = Buffer.alloc(MEBI);
  for (let i = 0; i < size; i++) writeSync(file, randomFillSync(piece));
  closeSync(file);
  const small = join(with_.folder, 'small');
  writeFileSync(small, randomFillSync(piece));
  const idle = (await once(field, 'ringmaster', small, 'memory', with_)).memory;
  const transfers: Transfer[] = [];
  for (const medium of ['memory', 'disk'] as const)
    transfers.push(
      ...(await contest(field, ['scp', 'scp, then sync', 'ringmaster'], source, medium, rounds, with_, say)),
    );
  return { kind: 'file', hosts: field.hosts.length, size, transfers, idle };
}

/** A tree of small files, some 10 in a directory, to all hosts at once; and again, when it is there. */
export async function treeTransfer(
  field: Field,
  size: number,
  rounds: number,
  with_: Witnessed,
  say: (line: string) => void,
): Promise<TransferFinding> {
  const source = join(with_.folder, 'tree');
  for (let i = 0; i < size; i++) {
    const folder = join(source, `part${Math.floor(i / 100)}`, `deep${Math.floor(i / 10) % 10}`);
    if (i % 10 === 0) mkdirSync(folder, { recursive: true });
    writeFileSync(join(folder, `file${i}`), `line of file ${i}\n`.repeat(1 + (i % 60)));
  }
  const carriers = ['scp', 'ringmaster', 'ringmaster, again'] as const;
  const transfers = await contest(field, carriers, `${source}/`, 'disk', rounds, with_, say);
  return { kind: 'tree', hosts: field.hosts.length, size, transfers, idle: undefined };
}

/** All carriers in turn, within each round. */
async function contest(
  field: Field,
  carriers: readonly Carrier[],
  source: string,
  medium: Medium,
  rounds: number,
  with_: Witnessed,
  say: (line: string) => void,
): Promise<readonly Transfer[]> {
  const all = new Map<Carrier, Told[]>();
  for (let round = 0; round < rounds; round++)
    for (const carrier of carriers) {
      const told = await once(field, carrier, source, medium, with_);
      say(`  ${carrier} to ${medium}: ${told.cost.wall.toFixed(1)} s, controller ${told.cost.controller.toFixed(1)} s`);
      all.set(carrier, [...(all.get(carrier) ?? []), told]);
    }
  return [...all].map(([carrier, told]) => ({
    carrier,
    medium,
    costs: told.map(({ cost }) => cost),
    memory: told[0]!.memory === undefined ? undefined : Math.max(...told.map(({ memory }) => memory!)),
    trips: told[0]!.trips,
  }));
}

interface Told {
  readonly cost: Cost;
  readonly memory: number | undefined;
  readonly trips: number | undefined;
}

const SCP = `config=$1 source=$2 goal=$3 after=$4; shift 4
for host; do { scp -q -r -F "$config" "$source" "$host:$goal" && { [ -z "$after" ] || ssh -F "$config" "$host" "$after"; }; echo "ended $host $?"; } & done; wait`;

/** One run: on hosts that do not have it, but for `again`. */
async function once(field: Field, carrier: Carrier, source: string, medium: Medium, with_: Witnessed): Promise<Told> {
  const { lab, hosts } = field;
  const goal = `${PLACES[medium]}/content`;
  const isAgain = carrier === 'ringmaster, again';
  if (!isAgain) {
    const fresh = `rm -rf ${PLACES[medium]}; mkdir -p ${PLACES[medium]}; sync`;
    for (const { name } of hosts) await demand(`emptying ${name}`, [...shell(lab, name, [fresh])]);
  }
  if (carrier === 'scp' || carrier === 'scp, then sync') {
    const after = carrier === 'scp' ? '' : `sync -f ${PLACES[medium]}`;
    const names = hosts.map(({ name }) => name);
    const cost = await measure(lab, { argv: ['sh', '-c', SCP, 'sh', field.sshConfig, source, goal, after, ...names] });
    if (cost.output.match(/^ended \S+ 0$/gm)?.length !== hosts.length)
      throw new Error(`scp did not end well:\n${cost.output.slice(-2000)}`);
    return { cost: { ...cost, output: '' }, memory: undefined, trips: undefined };
  }
  const playbook = join(with_.folder, 'transfer.yml');
  const task = `copy: {src: ${source}, dest: ${goal}, mode: "0644"}`;
  writeFileSync(playbook, `- hosts: all\n  gather_facts: false\n  tasks:\n    - ${task}\n`);
  const cost = await measure(lab, { argv: argvOf(with_, ['run', playbook, '-i', field.inventory]) });
  const changes = isAgain ? 0 : hosts.length;
  if (!cost.output.includes(`${hosts.length} hosts, ${changes} changed`))
    throw new Error(`not ${changes} changes:\n${cost.output.slice(-2000)}`);
  const trips = Number(/at most (\d+) round trip/.exec(cost.output)?.[1]);
  return { cost: { ...cost, output: '' }, memory: testimonyOf(with_).memory, trips };
}
