import { spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import type { Event } from '../../src/core/event.js';
import { down, up, usualLab } from '../../src/lab/lab.js';
import { controller, shell } from '../../src/lab/reach.js';
import { missing, requirements } from '../../src/lab/requirements.js';
import type { Lab } from '../../src/lab/state.js';

export const HOME = resolve(import.meta.dirname, '../..');

/** Why lab tests cannot run here; undefined when they can. */
export async function whyNoLab(): Promise<string | undefined> {
  const { what } = missing(await requirements());
  return what.length === 0 ? undefined : `the lab needs: ${what.join('; ')}`;
}

export interface Ran {
  readonly code: number;
  readonly out: string;
  readonly err: string;
}

/** Runs a program to its end. */
export function runProgram(
  argv: readonly string[],
  options: { readonly cwd?: string; readonly input?: string; readonly env?: NodeJS.ProcessEnv } = {},
): Promise<Ran> {
  return new Promise((done, reject) => {
    const child = spawn(argv[0]!, argv.slice(1), {
      cwd: options.cwd ?? HOME,
      env: { ...process.env, NO_COLOR: '1', FORCE_COLOR: '', ...options.env },
      stdio: [options.input === undefined ? 'ignore' : 'pipe', 'pipe', 'pipe'],
    });
    let out = '';
    let err = '';
    child.stdout!.on('data', (chunk: Buffer) => (out += chunk));
    child.stderr!.on('data', (chunk: Buffer) => (err += chunk));
    child.on('error', reject);
    child.on('close', code => done({ code: code ?? -1, out, err }));
    // A program may end without reading all it was given; what it says of that is in its code.
    child.stdin?.on('error', (error: NodeJS.ErrnoException) => {
      if (error.code !== 'EPIPE') reject(error);
    });
    child.stdin?.end(options.input);
  });
}

/** The built program, as a user has it. */
export const ringmaster = (args: readonly string[], options: Parameters<typeof runProgram>[1] = {}): Promise<Ran> =>
  runProgram([process.execPath, `${HOME}/dist/main.js`, ...args], options);

/** A lab of its own for a test file. It ends with the test process, even when that is killed. */
export class TestLab {
  private constructor(readonly lab: Lab) {}

  /** Without names of hosts it has the usual four. */
  static async up(id: string, hosts?: readonly string[]): Promise<TestLab> {
    const usual = usualLab(() => {}, 'with-owner');
    const made = await up({ ...usual, id: `${id}-${process.pid}`, hosts: hosts ?? usual.hosts });
    if (!made.ok) throw new Error(made.error.map(d => `${d.message} ${d.hint ?? ''}`).join('\n'));
    return new TestLab(made.value);
  }

  async down(): Promise<void> {
    await down(this.lab.id, () => {});
  }

  get inventory(): string {
    return this.lab.inventory.yaml;
  }

  /** ringmaster where the controller stands. */
  ringmaster(args: readonly string[], options: Parameters<typeof runProgram>[1] = {}): Promise<Ran> {
    return runProgram(controller(this.lab, [process.execPath, `${HOME}/dist/main.js`, ...args]), options);
  }

  /** A run whose events are wanted: its exit code and the event stream. */
  async events(
    args: readonly string[],
    options: Parameters<typeof runProgram>[1] = {},
  ): Promise<{ readonly ran: Ran; readonly events: readonly Event[] }> {
    const ran = await this.ringmaster(['run', '--output', 'jsonl', ...args], options);
    const events = ran.out
      .split('\n')
      .filter(line => line.startsWith('{'))
      .map(line => JSON.parse(line) as Event);
    return { ran, events };
  }

  /** A command on a host, with the host's own tools, by the machine's own ssh. */
  on(host: string, command: string): Promise<Ran> {
    return runProgram(shell(this.lab, host, [command]));
  }

  address(host: string): string {
    return this.lab.hosts.find(one => one.name === host)!.address;
  }
}

/** `host → task names` of what changed, or would. */
export function changedTasks(events: readonly Event[]): ReadonlyMap<string, readonly string[]> {
  const changed = new Map<string, string[]>();
  for (const event of events) {
    if (event.kind !== 'task-finished' || event.outcome.kind !== 'changed') continue;
    changed.set(event.host, [...(changed.get(event.host) ?? []), `${event.task.role ?? ''}: ${event.task.name}`]);
  }
  return changed;
}

/** Round trips by play and host. */
export function tripsByPlay(events: readonly Event[]): ReadonlyMap<string, number> {
  const trips = new Map<string, number>();
  let play = '';
  for (const event of events) {
    if (event.kind === 'play-started') play = event.play;
    if (event.kind === 'round-trip')
      trips.set(`${play} on ${event.host}`, (trips.get(`${play} on ${event.host}`) ?? 0) + 1);
  }
  return trips;
}

/** The numbers of one host's line in the recap. */
export function recap(out: string, host: string): Readonly<Record<string, number>> {
  const line = out.split('\n').findLast(one => one.startsWith(`${host} `) && one.includes(' : ok='));
  if (line === undefined) throw new Error(`no recap of ${host} in:\n${out.slice(-2000)}`);
  return Object.fromEntries([...line.matchAll(/(\w+)=(\d+)/g)].map(([, name, number]) => [name, Number(number)]));
}

export const read = (path: string): string => readFileSync(path, 'utf8');
