import { cpSync, readFileSync, writeFileSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import type { Field } from './field.js';

export type Kind = 'first' | 'converged' | 'check';

/** One way to do the work. */
export interface Driver {
  readonly name: string;
  /** Needs Python on the hosts. */
  readonly needsPython: boolean;
  /** Nothing where the driver has no such thing as a dry run. */
  readonly command: (field: Field, kind: Kind) => Command | undefined;
  /** How many changes its output tells of, over all hosts. Throws if the run did not end well. */
  readonly changes: (output: string, field: Field) => number;
}

export interface Command {
  readonly argv: readonly string[];
  readonly environment?: Readonly<Record<string, string>> | undefined;
}

/** Sums `changed=` over the recap, and demands every host to be there without a failure. */
function recap(output: string, { hosts }: Field): number {
  const lines = output.split('\n').filter(line => /\bok=\d+ +changed=\d+/.test(line));
  const isBad = lines.some(line => /\b(?:failed|unreachable)=[1-9]/.test(line));
  if (isBad || lines.length !== hosts.length) throw new Error(`not every host ended well:\n${output.slice(-2000)}`);
  return lines.reduce((sum, line) => sum + Number(/changed=(\d+)/.exec(line)![1]), 0);
}

/** A build of ringmaster on `site.yml` of a workload, with further options of `run`. */
export const ringmaster = (
  main: string,
  workload: string,
  name = 'ringmaster',
  options: readonly string[] = [],
): Driver => ({
  name,
  needsPython: false,
  command: ({ inventory }, kind) => ({
    argv: [
      process.execPath,
      main,
      'run',
      join(workload, 'site.yml'),
      '-i',
      inventory,
      '--color',
      'never',
      '-f',
      '100',
      ...options,
      ...(kind === 'check' ? ['--check'] : []),
    ],
  }),
  changes: recap,
});

export type Strategy = 'linear' | 'free';

/** Copies a workload into a folder of ours, and gives the play of its `site.yml` this strategy. Returns where it is. */
export function underStrategy(workload: string, strategy: Strategy, folder: string): string {
  const copy = join(folder, `${basename(workload)}-${strategy}`);
  cpSync(workload, copy, { recursive: true });
  const site = join(copy, 'site.yml');
  const neutral = readFileSync(site, 'utf8').replace(/^ +strategy: .*\n/m, '');
  writeFileSync(site, neutral.replace(/^( +)hosts: .*\n/m, `$&$1strategy: ${strategy}\n`));
  return copy;
}

/** The first run in lockstep, task by task, as `strategy: linear` has it; nothing else differs where nothing is to be done. */
export function lockstep(main: string, workload: string, folder: string): Driver {
  const driver = ringmaster(main, underStrategy(workload, 'linear', folder), 'ringmaster, linear');
  return { ...driver, command: (field, kind) => (kind === 'first' ? driver.command(field, kind) : undefined) };
}

/** The hand-written script over one `ssh HOST sh -s` per host, all side by side. */
export const floor: Driver = {
  name: 'floor',
  needsPython: false,
  command(field, kind) {
    if (kind === 'check') return undefined;
    const run =
      'config=$1 floor=$2; shift 2; for host; do { ssh -F "$config" "$host" sh -s <"$floor"; echo "ended $host $?"; } & done; wait';
    return { argv: ['sh', '-c', run, 'sh', field.sshConfig, field.floor, ...field.hosts.map(({ name }) => name)] };
  },
  changes(output, { hosts }) {
    const ended = output.match(/^ended \S+ 0$/gm)?.length ?? 0;
    if (ended !== hosts.length) throw new Error(`not every host ended well:\n${output.slice(-2000)}`);
    return output.match(/^changed: /gm)?.length ?? 0;
  },
};

/** ansible-core at its best: pipelining, one connection kept per host, all hosts at once. `strategies`: Mitogen's folder. */
export const ansible = (workload: string, strategies?: string): Driver => ({
  name: strategies === undefined ? 'ansible' : 'mitogen',
  needsPython: true,
  command({ hosts, inventory }, kind) {
    const folder = dirname(inventory);
    const file = join(folder, `ansible-${strategies === undefined ? 'plain' : 'mitogen'}.cfg`);
    const settings = [
      '[defaults]',
      `forks = ${hosts.length}`,
      'interpreter_python = /usr/bin/python3',
      'gathering = implicit',
      'nocows = 1',
      ...(strategies === undefined ? [] : [`strategy_plugins = ${strategies}`, 'strategy = mitogen_linear']),
      '[ssh_connection]',
      'pipelining = True',
      `control_path_dir = ${join(folder, 'control')}`,
      'ssh_args = -o ControlMaster=auto -o ControlPersist=60s',
    ];
    writeFileSync(file, `${settings.join('\n')}\n`);
    return {
      argv: [
        'ansible-playbook',
        join(workload, 'ansible.yml'),
        '-i',
        inventory,
        ...(kind === 'check' ? ['--check'] : []),
      ],
      environment: { ANSIBLE_CONFIG: file },
    };
  },
  changes: recap,
});
