import { type ChildProcess, spawn } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface, type Interface } from 'node:readline';
import { plain } from './events.js';
import type { Observation, Step } from './observation.js';
import { type Fields, foldersOf, type Project } from './project.js';
import { argumentsOf, writeProject } from './render.js';
import { readTree } from './tree.js';

/** Debian's Python, whose packages ansible-core is one of. */
const PYTHON = '/usr/bin/python3';

/** Whether Debian's ansible-core is there. */
export const hasAnsible = (): boolean => existsSync('/usr/lib/python3/dist-packages/ansible/cli/playbook.py');

/** ansible-core in a process that lives for many projects (`oracle.py`). One project at a time. */
export class Ansible {
  readonly #child: ChildProcess;
  readonly #lines: Interface;
  #answer: ((line: string) => void) | undefined;
  #ready: Promise<string>;

  /** `folder`: where `oracle.py` is. */
  constructor(folder: string) {
    this.#child = spawn(PYTHON, [join(folder, 'oracle.py')], { stdio: ['pipe', 'pipe', 'inherit'] });
    this.#lines = createInterface({ input: this.#child.stdout! });
    this.#ready = this.#next();
    this.#lines.on('line', line => this.#answer?.(line));
    this.#lines.on('close', () => this.#answer?.('{"status": 251}'));
  }

  async run(project: Project, base: string): Promise<Observation> {
    await this.#ready;
    writeProject(project, base, 'local');
    const folders = foldersOf(base);
    const order = {
      cwd: folders.project,
      arguments: argumentsOf(project),
      witness: `${base}/witness`,
      log: `${base}/log`,
      scratch: base,
      seconds: 90,
    };
    const answer = this.#next();
    this.#child.stdin!.write(`${JSON.stringify(order)}\n`);
    const { status } = JSON.parse(await answer) as { readonly status: number };
    return observe(base, status);
  }

  close(): void {
    this.#child.stdin!.end();
  }

  #next(): Promise<string> {
    return new Promise(resolve => {
      this.#answer = resolve;
    });
  }
}

/** What ansible-playbook's callback told and left. */
function observe(base: string, status: number): Observation {
  const told = existsSync(`${base}/witness`) ? readFileSync(`${base}/witness`, 'utf8').split('\n').filter(Boolean) : [];
  const lines = told.map(line => JSON.parse(line) as Fields);
  const steps = lines.filter(line => 'task' in line).map(line => plain(line) as unknown as Step);
  const recap = lines.find(line => 'recap' in line)?.recap as Readonly<Record<string, { readonly rescued: number }>>;
  const isRefused = steps.length === 0 && (status === 1 || status === 4 || status === 5);
  return {
    end:
      status === 0
        ? 'well'
        : isRefused
          ? 'refused'
          : status === 124 || status >= 250 || status < 0
            ? 'broken'
            : 'failed',
    said: status === 0 || status === 2 ? '' : complaint(`${base}/log`),
    steps,
    files: readTree(base, ['roots', 'shared']),
    rescued: new Map(Object.entries(recap ?? {}).map(([host, counts]) => [host, counts.rescued])),
  };
}

const complaint = (log: string): string =>
  existsSync(log)
    ? readFileSync(log, 'utf8')
        .replaceAll(/\x1b\[[0-9;]*m/g, '')
        .trim()
        .slice(-2000)
    : '';
