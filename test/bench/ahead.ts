import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Lab } from '../../src/lab/state.js';
import { type Course, contest, type Say } from './contest.js';
import { type Driver, floor, ringmaster, type Strategy, underStrategy } from './drivers.js';
import { type Distance, type Field, fieldOf } from './field.js';
import { measure, yardstick } from './measure.js';
import type { Setting } from './report.js';

/** A build of ringmaster, and what it is called on the page. */
export interface Build {
  readonly name: string;
  readonly main: string;
}

/** One way to do the workload of 40 tasks with ringmaster. */
export interface Way {
  readonly driver: Driver;
  readonly strategy: Strategy;
  /** `fast` and `sequential` are of the first build; others are named after their builds and walk as these do by default. */
  readonly walk: string;
}

/** What fetching ahead gains and costs. */
export interface AheadFinding {
  readonly hosts: number;
  readonly course: Course;
  /** As many as there are distances. The first driver is the floor. */
  readonly settings: readonly Setting[];
  readonly ways: readonly Way[];
  readonly gate: GateFinding;
}

/** One host of two has a task more: seconds of each run, in pairs. */
export interface GateFinding {
  readonly linear: readonly number[];
  readonly free: readonly number[];
  readonly sticks: readonly number[];
}

/** What is measured, and where. */
export interface AheadWish {
  readonly lab: Lab;
  readonly hosts: number;
  /** Round trips in milliseconds. */
  readonly delays: readonly number[];
  readonly course: Course;
  /** The first is ours. */
  readonly builds: readonly Build[];
  /** See {@link fieldOf}. */
  readonly files: Parameters<typeof fieldOf>[3];
}

const STRATEGIES = ['linear', 'free'] as const;

/** All strategies with the fast walk, the sequential walk, and other builds; and the floor, in turn. */
export async function lookingAhead(wish: AheadWish, say: Say): Promise<AheadFinding> {
  const { lab, hosts, delays, course, files } = wish;
  const ways = waysOf(wish);
  const settings: Setting[] = [];
  for (const delay of delays) {
    const distance: Distance = delay === 0 ? { kind: 'cable' } : { kind: 'wire', delay };
    const field = await fieldOf(lab, hosts, distance, files);
    settings.push(await contest(field, [floor, ...ways.map(({ driver }) => driver)], course, undefined, say));
    field.close();
  }
  return { hosts, course, settings, ways, gate: await gate(wish, say) };
}

function waysOf({ builds, files: { workload, folder } }: AheadWish): readonly Way[] {
  const [own, ...others] = builds;
  return STRATEGIES.flatMap(strategy => {
    const playbooks = underStrategy(workload, strategy, folder);
    const way = (walk: string, main: string, options: readonly string[] = []): Way => ({
      driver: ringmaster(main, playbooks, `${walk}, ${strategy}`, options),
      strategy,
      walk,
    });
    return [
      way('fast', own!.main),
      way('sequential', own!.main, ['--sequential']),
      ...others.map(({ name, main }) => way(name, main)),
    ];
  });
}

/** Seconds that both hosts sleep, and by which it is seen whether they do it at the same time. */
const SLEEP = 5;

/** A play of two hosts in which only the second has the first task, under each strategy in turn. */
async function gate({ lab, course: { rounds }, builds, files }: AheadWish, say: Say): Promise<GateFinding> {
  const field = await fieldOf(lab, 2, { kind: 'cable' }, files);
  const folder = join(files.folder, 'gate');
  mkdirSync(folder, { recursive: true });
  const seconds: Record<Strategy, number[]> = { linear: [], free: [] };
  const sticks = [yardstick()];
  for (let round = 0; round < rounds; round++)
    for (const strategy of round % 2 === 0 ? STRATEGIES : STRATEGIES.toReversed()) {
      const wall = await sleepAfterOneDiffers(field, builds[0]!.main, strategy, folder);
      say(`  one host differs, ${strategy.padEnd(6)} ${wall.toFixed(2)} s`);
      seconds[strategy].push(wall);
    }
  sticks.push(yardstick());
  return { ...seconds, sticks };
}

async function sleepAfterOneDiffers(field: Field, main: string, strategy: Strategy, folder: string): Promise<number> {
  const playbook = join(folder, `${strategy}.yml`);
  const tasks = [
    'hosts: all',
    'gather_facts: false',
    `strategy: ${strategy}`,
    'tasks:',
    `  - command: 'true'`,
    `    when: inventory_hostname == '${field.hosts[1]!.name}'`,
    `  - command: sleep ${SLEEP}`,
  ];
  writeFileSync(playbook, `- ${tasks.join('\n  ')}\n`);
  const argv = [process.execPath, main, 'run', playbook, '-i', field.inventory, '--color', 'never'];
  const { wall, output } = await measure(field.lab, { argv });
  if (!output.includes('2 hosts, 3 changed')) throw new Error(`not three changes:\n${output.slice(-2000)}`);
  return wall;
}
