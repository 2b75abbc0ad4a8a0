import { type ChildProcess, spawn } from 'node:child_process';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { controller } from '../../src/lab/reach.js';
import type { Lab, LabHost } from '../../src/lab/state.js';

/** Some hosts of a lab at some distance, and the files by which each driver finds them. */
export interface Field {
  readonly lab: Lab;
  readonly hosts: readonly LabHost[];
  /** Round trip in milliseconds. */
  readonly delay: number;
  readonly inventory: string;
  readonly sshConfig: string;
  readonly floor: string;
  /** What the wire carried since it was asked last; nothing where there is no wire between. */
  traffic(): Promise<Traffic | undefined>;
  close(): void;
}

export interface Traffic {
  readonly connections: number;
  readonly bytes: number;
}

/** How far the hosts are: `cable` has nothing between, all others go through our wire, of 0 ms too. */
export type Distance = { readonly kind: 'cable' } | { readonly kind: 'wire'; readonly delay: number };

/** Addresses of the near ends of wires, on the loopback of the lab's network. */
const nearEnd = ({ index }: LabHost): string => `127.50.0.${index + 10}`;

export async function fieldOf(
  lab: Lab,
  count: number,
  distance: Distance,
  { folder, workload, proxy }: { readonly folder: string; readonly workload: string; readonly proxy: string },
): Promise<Field> {
  const hosts = lab.hosts.slice(0, count);
  const delay = distance.kind === 'cable' ? 0 : distance.delay;
  const addressOf = (host: LabHost) => (distance.kind === 'cable' ? host.address : nearEnd(host));
  const here = join(folder, `${count}-${distance.kind}-${delay}`);
  mkdirSync(here, { recursive: true, mode: 0o700 });
  const knownHosts = join(here, 'known_hosts');
  const known = readFileSync(lab.ssh.knownHosts, 'utf8').trim().split('\n');
  writeFileSync(knownHosts, hosts.map((host, i) => `${addressOf(host)},${known[i]}\n`).join(''));
  const sshConfig = join(here, 'ssh_config');
  const config = readFileSync(lab.ssh.config, 'utf8');
  const every = config.slice(config.indexOf('Host *')).replaceAll(lab.ssh.knownHosts, knownHosts);
  const each = hosts.map(host => `Host ${host.name}\n  HostName ${addressOf(host)}\n`).join('');
  writeFileSync(sshConfig, each + every);
  const inventory = join(here, 'hosts.ini');
  const common = `-F ${sshConfig} -o UserKnownHostsFile=${knownHosts} -o StrictHostKeyChecking=yes`;
  const vars = {
    ansible_user: 'root',
    ansible_ssh_private_key_file: lab.ssh.privateKey,
    ansible_ssh_common_args: common,
  };
  const lines = hosts.map(host => `${host.name} ansible_host=${addressOf(host)}`);
  const settings = Object.entries(vars).map(([name, value]) => `${name}=${JSON.stringify(value)}`);
  writeFileSync(inventory, `${[...lines, '', '[all:vars]', ...settings].join('\n')}\n`);
  const floor = join(here, 'floor.sh');
  const peers = hosts.map(host => `${addressOf(host)} ${host.name}`).join('\n');
  const parts = [join(workload, '..', 'floor.sh'), join(workload, 'floor.sh')].map(file => readFileSync(file, 'utf8'));
  writeFileSync(floor, `PEERS='${peers}'\n${parts.join('')}`);
  const wire = distance.kind === 'wire' ? await layWire(lab, proxy, delay, hosts) : undefined;
  return {
    lab,
    hosts,
    delay,
    inventory,
    sshConfig,
    floor,
    traffic: async () => wire?.traffic(),
    close: () => wire?.close(),
  };
}

async function layWire(lab: Lab, proxy: string, delay: number, hosts: readonly LabHost[]) {
  const ends = hosts.map(host => `${nearEnd(host)}=${host.address}`);
  const [program, ...args] = controller(lab, [process.execPath, proxy, String(delay), ...ends]);
  const child: ChildProcess = spawn(program!, args, { stdio: ['pipe', 'pipe', 'inherit'] });
  const lines = createInterface({ input: child.stdout! })[Symbol.asyncIterator]();
  const first = await lines.next();
  if (first.value !== 'ready') throw new Error('the wire could not be laid');
  return {
    async traffic(): Promise<Traffic> {
      child.stdin!.write('count\n');
      return JSON.parse((await lines.next()).value as string) as Traffic;
    },
    close: () => void child.stdin!.end(),
  };
}
