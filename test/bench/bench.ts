import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { cpus, tmpdir } from 'node:os';
import { basename, dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { demand } from '../../src/lab/command.js';
import { down, up } from '../../src/lab/lab.js';
import type { Lab } from '../../src/lab/state.js';
import { type AheadFinding, lookingAhead } from './ahead.js';
import { type Course, contest, go, renew, tripsOf } from './contest.js';
import { crowds } from './crowd.js';
import { ansible, type Driver, floor, lockstep, ringmaster } from './drivers.js';
import { type Distance, fieldOf } from './field.js';
import { growth, loads } from './growth.js';
import { memoryOf, yardstick } from './measure.js';
import { pythonArchive } from './python.js';
import { page, type Setting, type Single } from './report.js';
import { fileTransfer, type TransferFinding, treeTransfer } from './transfer.js';
import type { Witnessed } from './witnessed.js';

const HELP = `npm run bench -- [options]; an empty value leaves a part out
  --hosts 1,10,30      how many lab hosts for the workload
  --ahead-hosts 10     how many for the fast walk beside the sequential one, on the workload of 40 tasks
  --delays 0,50        round trips in milliseconds, of both
  --rounds 5           of ringmaster and the floor, in both
  --laps 2             converged and dry runs in each round
  --peers LIST         ansible,mitogen where they are installed; only on --peer-hosts (10) without delay
  --peer-laps 5        converged runs of ringmaster, the floor and the peers in turn, after one first run of each
  --stubs 100,1000,10000   how many stub hosts
  --tasks 100,1000,10000   how many tasks in a playbook
  --inventory 50000x5000   hosts and variables of an inventory
  --file 1024          MiB of a file to be copied
  --tree 10000         files of a tree to be copied
  --transfer-hosts 4   how many lab hosts these are copied to
  --scale-rounds 3     of the five parts above
  --main FILE          the build of ringmaster that is measured; repeat to compare it with others
  --out docs/speed.md  the page that is written
`;

const root = resolve(dirname(fileURLToPath(import.meta.url)), '../..');
const workload = join(root, 'test', 'bench', 'workload');
const { values } = parseArgs({
  options: {
    hosts: { type: 'string', default: '1,10,30' },
    'ahead-hosts': { type: 'string', default: '10' },
    delays: { type: 'string', default: '0,50' },
    rounds: { type: 'string', default: '5' },
    laps: { type: 'string', default: '2' },
    peers: { type: 'string', default: '' },
    'peer-hosts': { type: 'string', default: '10' },
    'peer-laps': { type: 'string', default: '5' },
    stubs: { type: 'string', default: '100,1000,10000' },
    tasks: { type: 'string', default: '100,1000,10000' },
    inventory: { type: 'string', default: '50000x5000' },
    file: { type: 'string', default: '1024' },
    tree: { type: 'string', default: '10000' },
    'transfer-hosts': { type: 'string', default: '4' },
    'scale-rounds': { type: 'string', default: '3' },
    main: { type: 'string', multiple: true },
    out: { type: 'string', default: join(root, 'docs', 'speed.md') },
    help: { type: 'boolean', default: false },
  },
});
if (values.help) {
  process.stdout.write(HELP);
  process.exit(0);
}
const numbers = (text: string): readonly number[] => text.split(',').filter(Boolean).map(Number);
const say = (line: string): void => void process.stderr.write(`${line}\n`);

const MITOGEN = '/usr/lib/python3/dist-packages/ansible_mitogen/plugins/strategy';
const peersNamed = values.peers.split(',').filter(Boolean);
const peers: readonly Driver[] = [
  ...(peersNamed.includes('ansible') ? [ansible(workload)] : []),
  ...(peersNamed.includes('mitogen') && existsSync(MITOGEN) ? [ansible(workload, MITOGEN)] : []),
];
const mains = (values.main ?? [join(root, 'dist', 'main.js')]).map(main => resolve(main));
/** What a build is called: the folder that it stands in, or the one above `dist`. */
const nameOf = (main: string): string => {
  const folder = dirname(main);
  return basename(basename(folder) === 'dist' ? dirname(folder) : folder);
};
const own = mains.map((main, i) => ringmaster(main, workload, i === 0 ? 'ringmaster' : `ringmaster ${nameOf(main)}`));

/** What would disturb a clock: memory, bytes and connections, of one converged run each over a wire of no length. */
async function singles(
  lab: Lab,
  count: number,
  files: Parameters<typeof fieldOf>[3],
  drivers: readonly Driver[],
  archive: string | undefined,
): Promise<readonly Single[]> {
  const field = await fieldOf(lab, count, { kind: 'wire', delay: 0 }, files);
  const found: Single[] = [];
  for (const driver of drivers) {
    await renew(field, driver, archive);
    await go(field, driver, 'first', say);
    await field.traffic();
    let memory: ReturnType<typeof memoryOf> | undefined;
    const cost = await go(field, driver, 'converged', say, pid => {
      memory = memoryOf(pid);
    });
    found.push({
      driver: driver.name,
      hosts: count,
      memory: memory!.stop(),
      trips: tripsOf(cost!),
      ...(await field.traffic())!,
    });
  }
  field.close();
  return found;
}

const counts = numbers(values.hosts);
const aheadHosts = values['ahead-hosts'] === '' ? undefined : Number(values['ahead-hosts']);
const isTransfer = values.file !== '' || values.tree !== '';
const most = Math.max(
  0,
  ...counts,
  // Two of them for the play in which one differs.
  aheadHosts === undefined ? 0 : Math.max(2, aheadHosts),
  peers.length > 0 ? Number(values['peer-hosts']) : 0,
  isTransfer ? Number(values['transfer-hosts']) : 0,
);
const folder = mkdtempSync(join(tmpdir(), 'ringmaster-bench-'));
const built = (name: string): string => join(dirname(fileURLToPath(import.meta.url)), name);
const files = { folder, workload, proxy: built('proxy.js') };
const witnessed: Witnessed = { main: mains[0]!, witness: built('witness.js'), folder };
const scaleRounds = Number(values['scale-rounds']);
const id = `bench-${process.pid}`;

/** The workload on lab hosts, alone and beside the peers. */
async function workloads(lab: Lab): Promise<{ settings: readonly Setting[]; singles: readonly Single[] }> {
  const archive = peers.length > 0 ? await pythonArchive() : undefined;
  const settings: Setting[] = [];
  const course: Course = { rounds: Number(values.rounds), laps: Number(values.laps), kinds: ['converged', 'check'] };
  for (const delay of counts.length > 0 ? numbers(values.delays) : [])
    for (const count of counts) {
      const distance: Distance = delay === 0 ? { kind: 'cable' } : { kind: 'wire', delay };
      const field = await fieldOf(lab, count, distance, files);
      settings.push(await contest(field, [floor, ...own, lockstep(mains[0]!, workload, folder)], course, archive, say));
      field.close();
    }
  if (peers.length > 0) {
    const field = await fieldOf(lab, Number(values['peer-hosts']), { kind: 'cable' }, files);
    const theirs: Course = { rounds: 1, laps: Number(values['peer-laps']), kinds: ['converged'] };
    settings.push(await contest(field, [floor, own[0]!, ...peers], theirs, archive, say));
  }
  const once = counts.length > 0 ? await singles(lab, Math.max(...counts), files, [floor, ...own], archive) : [];
  const more = peers.length > 0 ? await singles(lab, Number(values['peer-hosts']), files, peers, archive) : [];
  return { settings, singles: [...once, ...more] };
}

/** The fast walk beside the sequential one. */
const ahead = (lab: Lab, hosts: number): Promise<AheadFinding> =>
  lookingAhead(
    {
      lab,
      hosts,
      delays: numbers(values.delays),
      course: { rounds: Number(values.rounds), laps: Number(values.laps), kinds: ['converged'] },
      builds: mains.map(main => ({ name: nameOf(main), main })),
      files: { ...files, folder: join(folder, 'ahead'), workload: join(root, 'test', 'bench', 'workload-40') },
    },
    say,
  );

async function transfers(lab: Lab): Promise<readonly TransferFinding[]> {
  const field = await fieldOf(lab, Number(values['transfer-hosts']), { kind: 'cable' }, files);
  const found: TransferFinding[] = [];
  if (values.file !== '') found.push(await fileTransfer(field, Number(values.file), scaleRounds, witnessed, say));
  if (values.tree !== '') found.push(await treeTransfer(field, Number(values.tree), scaleRounds, witnessed, say));
  return found;
}

try {
  const sticks = [yardstick()];
  const stick = <T>(found: T): T => {
    sticks.push(yardstick());
    return found;
  };
  const stubs = numbers(values.stubs);
  const crowd = stubs.length > 0 ? stick(await crowds(stubs, scaleRounds, built('stub.js'), witnessed, say)) : [];
  const tasks = numbers(values.tasks);
  const grown = tasks.length > 0 ? stick(await growth(tasks, scaleRounds, witnessed, say)) : [];
  const [inventoryHosts = 0, variables = 0] = values.inventory.split('x').map(Number);
  const loaded =
    values.inventory === '' ? [] : stick(await loads(inventoryHosts, variables, scaleRounds, witnessed, say));
  let [done, moved]: [Awaited<ReturnType<typeof workloads>>, readonly TransferFinding[]] = [
    { settings: [], singles: [] },
    [],
  ];
  let walked: AheadFinding | undefined;
  if (most > 0) {
    const hosts = Array.from({ length: most }, (_, i) => `h${String(i + 1).padStart(2, '0')}`);
    const made = await up({ id, hosts, life: 'with-owner', say, standIns: undefined });
    if (!made.ok) throw new Error(made.error.map(({ message }) => message).join('\n'));
    try {
      done = await workloads(made.value);
      if (aheadHosts !== undefined) walked = await ahead(made.value, aheadHosts);
      if (isTransfer) moved = stick(await transfers(made.value));
    } finally {
      await down(id, say);
    }
  }
  const versions = await Promise.all([
    demand('asking ssh', ['sh', '-c', 'ssh -V 2>&1']),
    ...(peers.length > 0 ? [demand('asking ansible', ['sh', '-c', 'ansible --version | sed 1q'])] : []),
    ...(peersNamed.includes('mitogen')
      ? [demand('asking Mitogen', ['/usr/bin/python3', '-c', 'import mitogen; print("Mitogen", *mitogen.__version__)'])]
      : []),
  ]);
  writeFileSync(
    values.out,
    page({
      ...done,
      ahead: walked,
      scale: { crowds: crowd, growth: grown, loads: loaded, transfers: moved },
      sticks,
      processors: cpus().length,
      versions: [`Node ${process.version}`, ...versions.map(text => text.trim())],
    }),
  );
  say(`written: ${values.out}`);
} finally {
  rmSync(folder, { recursive: true, force: true });
}
