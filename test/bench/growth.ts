import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type Run, run, type Witnessed } from './witnessed.js';

export type GrowthKind = 'first' | 'converged' | 'check';

/** All runs of a playbook of so many tasks. */
export interface GrowthFinding {
  readonly tasks: number;
  readonly runs: ReadonlyMap<GrowthKind, readonly Run[]>;
}

/** Playbooks of more and more tasks, each a file of its own, on this machine through a local shell. */
export async function growth(
  counts: readonly number[],
  rounds: number,
  with_: Witnessed,
  say: (line: string) => void,
): Promise<readonly GrowthFinding[]> {
  const found: GrowthFinding[] = [];
  // One alone tells what a start costs.
  for (const count of [1, ...counts]) {
    const folder = join(with_.folder, `tasks-${count}`);
    const root = join(folder, 'root');
    mkdirSync(folder, { recursive: true });
    const playbook = join(folder, 'site.yml');
    const tasks = Array.from(
      { length: count },
      (_, i) =>
        `    - name: Task ${i}\n      copy: {content: "text {{ inventory_hostname }} ${i}\\n", dest: ${root}/f${i}, mode: "0644"}\n`,
    );
    writeFileSync(playbook, `- hosts: all\n  gather_facts: false\n  tasks:\n${tasks.join('')}`);
    writeFileSync(join(folder, 'hosts'), 'here ansible_connection=local\n');
    const runs = new Map<GrowthKind, readonly Run[]>();
    const go = async (kind: GrowthKind) => {
      const check = kind === 'check' ? ['--check'] : [];
      const done = await run(with_, ['run', playbook, '-i', join(folder, 'hosts'), ...check]);
      const changes = kind === 'first' ? count : 0;
      if (!done.output.includes(` ${changes} ${kind === 'check' ? 'to change' : 'changed'}`))
        throw new Error(`not ${changes} changes in a ${kind} run:\n${done.output.slice(-2000)}`);
      runs.set(kind, [...(runs.get(kind) ?? []), { ...done, output: '' }]);
      say(`  ${count} tasks, ${kind}: ${done.wall.toFixed(2)} s, ${((done.wall * 1000) / count).toFixed(2)} ms a task`);
    };
    for (let round = 0; round < rounds; round++) {
      rmSync(root, { recursive: true, force: true });
      mkdirSync(root);
      for (const kind of ['first', 'converged', 'check'] as const) await go(kind);
    }
    rmSync(root, { recursive: true, force: true });
    found.push({ tasks: count, runs });
  }
  return found;
}

/** One task on one host of a large inventory. */
export interface LoadFinding {
  readonly hosts: number;
  readonly variables: number;
  readonly format: 'INI' | 'YAML';
  readonly runs: readonly Run[];
}

/** Loads inventories of many hosts and variables, some of which hang on others. */
export async function loads(
  hosts: number,
  variables: number,
  rounds: number,
  with_: Witnessed,
  say: (line: string) => void,
): Promise<readonly LoadFinding[]> {
  const folder = join(with_.folder, 'inventory');
  mkdirSync(folder, { recursive: true });
  const playbook = join(folder, 'one.yml');
  const message = '{{ number }} {{ variable_0 }}';
  writeFileSync(
    playbook,
    `- hosts: host${hosts - 1}\n  gather_facts: false\n  connection: local\n  tasks:\n    - debug: {msg: "${message}"}\n`,
  );
  const value = (i: number) => (i % 10 === 0 && i + 1 < variables ? `{{ variable_${i + 1} }}` : `value ${i}`);
  const names = Array.from({ length: hosts }, (_, i) => `host${i}`);
  const numbers = Array.from({ length: variables }, (_, i) => i);
  const texts = {
    INI: `[machines]\n${names.map((name, i) => `${name} number=${i}\n`).join('')}\n[machines:vars]\n${numbers.map(i => `variable_${i}=${value(i)}\n`).join('')}`,
    YAML: `machines:\n  vars:\n${numbers.map(i => `    variable_${i}: "${value(i)}"\n`).join('')}  hosts:\n${names.map((name, i) => `    ${name}: {number: ${i}}\n`).join('')}`,
  };
  const found: LoadFinding[] = [];
  for (const format of ['INI', 'YAML'] as const) {
    const inventory = join(folder, format === 'INI' ? 'hosts.ini' : 'hosts.yml');
    writeFileSync(inventory, texts[format]);
    const runs: Run[] = [];
    for (let round = 0; round < rounds; round++) {
      const done = await run(with_, ['run', playbook, '-i', inventory, '-v']);
      if (!done.output.includes(`${hosts - 1} value 1`)) throw new Error(`not what was asked:\n${done.output}`);
      runs.push({ ...done, output: '' });
      say(
        `  ${hosts} hosts and ${variables} variables in ${format}: ${done.wall.toFixed(2)} s, ${done.memory.toFixed(0)} MiB`,
      );
    }
    found.push({ hosts, variables, format, runs });
  }
  return found;
}
