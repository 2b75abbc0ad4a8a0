import { appendFileSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { Ansible, hasAnsible } from './ansible.js';
import { canonicalised } from './canonical.js';
import { type Against, compare, type Difference } from './compare.js';
import { runEngine } from './engine.js';
import { generate } from './generate.js';
import type { Observation } from './observation.js';
import { runProgram } from './program.js';
import type { Project } from './project.js';
import { textOf } from './render.js';
import { shrink } from './shrink.js';

const USAGE = `npm run differential -- [options]
Random projects, run by the fast walk, by the sequential one and by ansible-core; what differs is shrunk and printed.

  --projects N    projects that are compared with the sequential walk (default 200)
  --oracle N      projects that are compared with ansible-core (default 60)
  --seed S        the first seed (default: a fresh one, which is printed)
  --only SEED     this one project
  --against W     sequential or ansible: only this one
  --jobs N        projects at once (default 2)
  --main FILE     a built program in place of the engine in this process
  --steady        the walk of --against with itself: what differs is no fixed value, a mistake of the generator
  --state FILE    go on where an earlier run with this file ended
  --out FOLDER    where what differs is saved (default: a new folder)
  --tries N       how often a project may be run to shrink it (default 150; 0: not at all)
  --each N        how many projects with the same kind of difference are shrunk (default 2); others are told in a line
  --print SEED    write the project of a seed to the folder and do nothing else`;

const { values } = parseArgs({
  options: {
    projects: { type: 'string', default: '200' },
    oracle: { type: 'string', default: '60' },
    seed: { type: 'string' },
    only: { type: 'string' },
    against: { type: 'string' },
    jobs: { type: 'string', default: '2' },
    main: { type: 'string' },
    steady: { type: 'boolean' },
    state: { type: 'string' },
    out: { type: 'string' },
    tries: { type: 'string', default: '150' },
    each: { type: 'string', default: '2' },
    print: { type: 'string' },
    help: { type: 'boolean' },
  },
});

/** Where the sources of this program are: the oracle's Python lies there. */
const SOURCES = resolve(import.meta.dirname, '../../test/differential');

/** One project that is to be run by two walks. */
interface Task {
  readonly seed: number;
  readonly against: Against;
}

interface Worker {
  readonly base: string;
  readonly ansible: Ansible | undefined;
}

async function main(): Promise<number> {
  if (values.help) {
    process.stdout.write(`${USAGE}\n`);
    return 0;
  }
  const out = values.out ?? mkdtempSync(join(tmpdir(), 'differential-found-'));
  if (values.print !== undefined) {
    save(generate(Number(values.print)), out);
    process.stdout.write(`${out}\n`);
    return 0;
  }
  const seed = Number(values.only ?? values.seed ?? Math.floor(Math.random() * 1e9));
  const tasks = pending(seed);
  process.stdout.write(`seed ${seed}: ${tasks.length} comparisons; what differs is saved in ${out}\n`);
  const scratch = mkdtempSync(join(tmpdir(), 'differential-'));
  const found: Task[] = [];
  const began = Date.now();
  try {
    await Promise.all(
      Array.from({ length: Number(values.jobs) }, async (_, job) => {
        const worker: Worker = {
          base: join(scratch, `job${job}`),
          ansible: tasks.some(task => task.against === 'ansible') ? new Ansible(SOURCES) : undefined,
        };
        for (let task = tasks.shift(); task; task = tasks.shift()) {
          const differs = await work(worker, task, out);
          if (differs) found.push(task);
          remember(task, differs);
        }
        worker.ansible?.close();
      }),
    );
  } finally {
    rmSync(scratch, { recursive: true, force: true });
  }
  process.stdout.write(`${found.length} differ, ${Math.round((Date.now() - began) / 1000)} s; seed ${seed}\n`);
  return found.length > 0 ? 1 : 0;
}

/** What is to be done, without what the state says is done. */
function pending(seed: number): Task[] {
  const isFor = (against: Against): boolean => values.against === undefined || values.against === against;
  const count = (text: string): number => (values.only === undefined ? Number(text) : 1);
  const seeds = (number: number): number[] => Array.from({ length: number }, (_, i) => seed + i);
  if (isFor('ansible') && !hasAnsible()) process.stdout.write('ansible-core is missing: nothing is compared with it\n');
  const done = new Set(
    values.state && existsSync(values.state)
      ? readFileSync(values.state, 'utf8')
          .split('\n')
          .map(line => line.split(' ').slice(0, 2).join(' '))
      : [],
  );
  return [
    ...(isFor('sequential')
      ? seeds(count(values.projects)).map((one): Task => ({ seed: one, against: 'sequential' }))
      : []),
    ...(isFor('ansible') && hasAnsible()
      ? seeds(count(values.oracle)).map((one): Task => ({ seed: one, against: 'ansible' }))
      : []),
  ].filter(({ seed: one, against }) => !done.has(`${one} ${against}`));
}

function remember({ seed, against }: Task, differs: boolean): void {
  if (values.state) appendFileSync(values.state, `${seed} ${against} ${differs ? 'differs' : 'same'}\n`);
}

/** Runs one project by both walks; prints and saves what differs, shrunk. */
async function work(worker: Worker, { seed, against }: Task, out: string): Promise<boolean> {
  const project = generate(seed);
  const first = await differencesOf(worker, project, against);
  if (first.length === 0) return false;
  for (const kind of kindsOf(first)) {
    const times = (shrunk.get(kind) ?? 0) + 1;
    shrunk.set(kind, times);
    const tries = times > Number(values.each) ? 0 : Number(values.tries);
    const shows = async (smaller: Project): Promise<boolean> =>
      (await differencesOf(worker, smaller, against)).some(one => one.kind === kind);
    const about = first.filter(one => one.kind === kind).slice(0, 1);
    const small = await shrink(
      project,
      shows,
      tries,
      about.map(one => `${one.where} ${one.ours} ${one.theirs}`).join(),
    );
    const again = tries > 0 ? (await differencesOf(worker, small, against)).filter(one => one.kind === kind) : [];
    const differences = again.length > 0 ? again : first.filter(one => one.kind === kind);
    const text = show(small, differences, against);
    process.stdout.write(tries > 0 ? text : brief(seed, differences, against));
    const folder = join(out, `${seed}-${against}-${kind.replaceAll(/[^a-z]+/gi, '-').slice(0, 50)}`);
    save(small, folder);
    writeFileSync(join(folder, 'difference.txt'), text);
  }
  return true;
}

/** How often each kind of difference was seen. */
const shrunk = new Map<string, number>();

/** At most two kinds of a project are shrunk: the first, and the first of another sort. */
function kindsOf(differences: readonly Difference[]): readonly string[] {
  const kinds = [...new Set(differences.map(one => one.kind))];
  const other = kinds.find(kind => kind.split(' ')[0] !== kinds[0]!.split(' ')[0]);
  return other === undefined ? [kinds[0]!] : [kinds[0]!, other];
}

async function differencesOf(worker: Worker, project: Project, against: Against): Promise<readonly Difference[]> {
  const other = (): Promise<Observation> =>
    against === 'ansible' ? worker.ansible!.run(project, worker.base) : sequential(worker, project);
  const ours = values.steady ? await other() : await fast(worker, project);
  const theirs = await other();
  return compare(project, canonicalised(ours), canonicalised(theirs), against);
}

const fast = (worker: Worker, project: Project): Promise<Observation> =>
  values.main ? runProgram(resolve(values.main), project, worker.base, []) : runEngine(project, worker.base, 'fast');

const sequential = (worker: Worker, project: Project): Promise<Observation> =>
  values.main
    ? runProgram(resolve(values.main), project, worker.base, ['--sequential'])
    : runEngine(project, worker.base, 'sequential');

const told = (differences: readonly Difference[], against: Against): string =>
  differences
    .slice(0, 5)
    .map(one => `${one.kind} (${one.where})\n    fast: ${one.ours}\n    ${against}: ${one.theirs}`)
    .join('\n');

const brief = (seed: number, differences: readonly Difference[], against: Against): string =>
  `\n=== seed ${seed}, not shrunk\n${told(differences.slice(0, 1), against)}\n`;

function show(project: Project, differences: readonly Difference[], against: Against): string {
  const isOfVariables = differences.some(one => one.kind.startsWith('variable'));
  const files = Object.entries(project.files)
    .filter(([name]) => name !== DUMP_TEMPLATE || isOfVariables)
    .map(
      ([name, data]) => `--- ${name}\n${name === DUMP_TEMPLATE ? '(writes all variables)' : textOf(data).trimEnd()}`,
    );
  const { seed, extraVars, check, tags, skipTags, reached } = project;
  const options = JSON.stringify({ extraVars, check, tags, skipTags, reached });
  return `\n=== seed ${seed}, fast against ${against}\n${told(differences, against)}\n${files.join('\n')}\n--- ${options}\n`;
}

const DUMP_TEMPLATE = 'templates/dump.j2';

function save(project: Project, folder: string): void {
  for (const [name, data] of Object.entries(project.files)) {
    const file = join(folder, name);
    mkdirSync(dirname(file), { recursive: true });
    writeFileSync(file, textOf(data));
  }
  writeFileSync(join(folder, 'project.json'), JSON.stringify(project, undefined, 2));
}

process.exitCode = await main();
