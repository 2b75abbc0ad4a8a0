import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { median } from './measure.js';
import { type Run, run, type Witnessed } from './witnessed.js';

/** Stub hosts are shared out to so many processes. */
const WORKERS = 4;
/** Tasks of the playbook, all of which find what they want. */
const TASKS = 20;
const PORT = 2722;
/** 127.77.0.1 */
const FIRST = (127 << 24) + (77 << 16) + 1;
/** Hosts worked on at once. */
const FORKS = 100;

/** All runs on one number of stub hosts. */
export interface CrowdFinding {
  readonly hosts: number;
  readonly runs: readonly Run[];
  /** Processor time of the stubs' side of one run, median, in seconds: the ssh servers, and the shells with what these ran. */
  readonly servers: number;
  readonly shells: number;
}

/** Converged runs on stub hosts: as many as there are counts, each several times. */
export async function crowds(
  counts: readonly number[],
  rounds: number,
  stub: string,
  with_: Witnessed,
  say: (line: string) => void,
): Promise<readonly CrowdFinding[]> {
  const found: CrowdFinding[] = [];
  // One alone tells what a start costs.
  for (const count of [1, ...counts]) {
    const crowd = await crowdOf(count, stub, join(with_.folder, `crowd-${count}`));
    try {
      const runs: Run[] = [];
      const costs: StubCost[] = [];
      for (let round = 0; round < rounds; round++) {
        const before = await crowd.cost();
        const done = await run(with_, ['run', crowd.playbook, '-i', crowd.inventory, '-f', String(FORKS)]);
        const after = await crowd.cost();
        if (!done.output.includes(`${count} host${count === 1 ? '' : 's'}, 0 changed`))
          throw new Error(`not a converged run:\n${done.output.slice(-2000)}`);
        runs.push({ ...done, output: '' });
        costs.push({ servers: after.servers - before.servers, shells: after.shells - before.shells });
        say(
          `  ${count} stub hosts: ${done.wall.toFixed(1)} s, ${done.memory.toFixed(0)} MiB, stall ${done.stall.toFixed(0)} ms`,
        );
      }
      const of = (name: keyof StubCost) => median(costs.map(cost => cost[name]));
      found.push({ hosts: count, runs, servers: of('servers'), shells: of('shells') });
    } finally {
      await crowd.close();
    }
  }
  return found;
}

interface StubCost {
  readonly servers: number;
  readonly shells: number;
}

const dotted = (n: number): string => [n >>> 24, (n >>> 16) & 255, (n >>> 8) & 255, n & 255].join('.');

/** So many stub hosts, with an inventory, known keys, and a playbook that finds everything as it wants it. */
async function crowdOf(count: number, stub: string, folder: string) {
  mkdirSync(join(folder, 'root'), { recursive: true, mode: 0o700 });
  for (const name of ['host', 'login'])
    execFileSync('ssh-keygen', ['-q', '-t', 'ed25519', '-N', '', '-f', join(folder, name)]);
  const hosts = Array.from({ length: count }, (_, i) => ({ name: `s${i + 1}`, address: dotted(FIRST + i) }));
  const key = readFileSync(join(folder, 'host.pub'), 'utf8').split(' ').slice(0, 2).join(' ');
  const knownHosts = join(folder, 'known_hosts');
  writeFileSync(knownHosts, hosts.map(({ address }) => `[${address}]:${PORT} ${key}\n`).join(''));
  const inventory = join(folder, 'hosts');
  const vars = {
    ansible_port: String(PORT),
    ansible_user: 'root',
    ansible_ssh_private_key_file: join(folder, 'login'),
    ansible_ssh_common_args: `-F none -o UserKnownHostsFile=${knownHosts} -o StrictHostKeyChecking=yes`,
  };
  const lines = hosts.map(({ name, address }) => `${name} ansible_host=${address}`);
  const settings = Object.entries(vars).map(([name, value]) => `${name}=${JSON.stringify(value)}`);
  writeFileSync(inventory, `${[...lines, '', '[all:vars]', ...settings].join('\n')}\n`);
  const playbook = join(folder, 'site.yml');
  const tasks = Array.from({ length: TASKS }, (_, i) => {
    const path = join(folder, 'root', `file${i}`);
    writeFileSync(path, `text ${i}\n`, { mode: 0o644 });
    return `    - copy: {content: "text ${i}\\n", dest: ${path}, mode: "0644"}\n`;
  });
  writeFileSync(playbook, `- hosts: all\n  gather_facts: false\n  tasks:\n${tasks.join('')}`);

  const share = Math.ceil(count / WORKERS);
  const workers: { readonly child: ChildProcess; readonly lines: AsyncIterator<string> }[] = [];
  for (let from = 0; from < count; from += share) {
    const args = [PORT, FIRST + from, Math.min(share, count - from)].map(String);
    const child = spawn(process.execPath, [stub, join(folder, 'host'), join(folder, 'login.pub'), ...args], {
      stdio: ['pipe', 'pipe', 'inherit'],
    });
    const answers = createInterface({ input: child.stdout! })[Symbol.asyncIterator]();
    if ((await answers.next()).value !== 'ready') throw new Error('the stub hosts did not start');
    workers.push({ child, lines: answers });
  }
  return {
    inventory,
    playbook,
    async cost(): Promise<StubCost> {
      const all = await Promise.all(
        workers.map(async ({ child, lines: answers }) => {
          child.stdin!.write('cost\n');
          return JSON.parse((await answers.next()).value as string) as StubCost;
        }),
      );
      const sum = (name: keyof StubCost) => all.reduce((total, one) => total + one[name], 0);
      return { servers: sum('servers'), shells: sum('shells') };
    },
    async close(): Promise<void> {
      await Promise.all(
        workers.map(({ child }) => {
          const ended = new Promise(resolve => child.once('exit', resolve));
          child.stdin!.end();
          return ended;
        }),
      );
    },
  };
}
