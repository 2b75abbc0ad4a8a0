import { existsSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { expect } from 'vitest';
import type { Event } from '../../src/core/event.js';
import type { Result } from '../../src/core/result.js';
import { cacheFolder } from '../../src/lab/places.js';
import { filesOf, type Shape } from '../../src/lab/vm/shape.js';
import { cable, down, type Fresh, type Frozen, freeze, shell, up, type Vm } from '../../src/lab/vm/vm.js';
import { HOME, type Ran, ringmaster, runProgram } from '../e2e/rig.js';

/** How often each scene is played: a swap that goes well once may be luck. */
export const TIMES = Array.from({ length: Number(process.env.VM_TIMES || 3) }, (_, i) => i + 1);

/** A checkout of PF_RING to take the place of the stand-ins. */
export const FRESH: Fresh = { kind: 'fresh', checkout: process.env.PFRING_SRC || undefined };

export const playbook = (name: string): string => join(HOME, 'test', 'vm', name);

/** A figure for whoever reads the output. */
export const figure = (what: string, since: number): void =>
  console.log(`vm    ${what}: ${((Date.now() - since) / 1000).toFixed(1)} s`);

function must<T>(result: Result<T>): T {
  if (!result.ok) expect.fail(result.error.map(({ code, message }) => `${code}: ${message}`).join('\n'));
  return result.value;
}

export interface Events {
  readonly ran: Ran;
  readonly events: readonly Event[];
}

/** A folder for frozen machines, on the machines' own disk; those of test processes that were killed are removed. */
export function frozenFolder(): string {
  for (const name of readdirSync(cacheFolder()).filter(one => one.startsWith('frozen-')))
    if (!existsSync(`/proc/${name.slice('frozen-'.length)}`)) rmSync(join(cacheFolder(), name), { recursive: true });
  return join(cacheFolder(), `frozen-${process.pid}`);
}

let made = 0;

/** A machine for some scenes. It ends with the test process, even when that is killed. */
export class Machine {
  private constructor(readonly vm: Vm) {}

  static async up(shape: Shape, from: Fresh | Frozen = FRESH): Promise<Machine> {
    const began = Date.now();
    const id = `test-${process.pid}-${made++}`;
    const vm = must(await up({ id, shape, life: 'with-owner', say: line => console.log(line), from }));
    figure(`a machine managed by ${shape} is up (${from.kind})`, began);
    return new Machine(vm);
  }

  async down(): Promise<void> {
    must(await down(this.vm.id));
  }

  async freeze(into: string): Promise<Frozen> {
    return must(await freeze(this.vm, into));
  }

  async cable(state: 'up' | 'down'): Promise<void> {
    must(await cable(this.vm, state));
  }

  /** A run, with its events. */
  async run(name: string, ...args: readonly string[]): Promise<Events> {
    const began = Date.now();
    const ran = await ringmaster(['run', '--output', 'jsonl', '-i', this.vm.inventory, playbook(name), ...args]);
    figure(`${name} ${args.join(' ')} ended with ${ran.code}`, began);
    const lines = ran.out.split('\n').filter(line => line.startsWith('{'));
    return { ran, events: lines.map(line => JSON.parse(line) as Event) };
  }

  /** What a command there prints, trimmed; each over a connection of its own. */
  async says(command: string): Promise<string> {
    const { code, out, err } = await runProgram(shell(this.vm, [command]));
    expect(code, `${command}\n${out}${err}`).toBe(0);
    return out.trim();
  }

  /** Can one log in, by a new connection, within so many seconds? */
  async answers(seconds: number): Promise<boolean> {
    for (const end = Date.now() + seconds * 1000; Date.now() < end; await wait(500))
      if ((await runProgram(shell(this.vm, ['true']))).code === 0) return true;
    return false;
  }

  /** Waits until the kernel has said this on its console `times` times since the machine was resumed. */
  async console(said: RegExp, times: number, seconds: number): Promise<void> {
    const file = filesOf(this.vm.folder).console;
    for (const end = Date.now() + seconds * 1000; Date.now() < end; await wait(50)) {
      const text = existsSync(file) ? readFileSync(file, 'utf8') : '';
      if ((text.match(new RegExp(said, 'g')) ?? []).length >= times) return;
    }
    expect.fail(`the console does not say ${said} ${times} times within ${seconds} s`);
  }
}

/** Failed tasks and why. */
export const failures = (events: readonly Event[]): readonly string[] =>
  events.flatMap(event =>
    event.kind === 'task-finished' && event.outcome.kind === 'failed'
      ? [`${event.task.name}: ${JSON.stringify(event.outcome)}`]
      : [],
  );

/** `role: task` of what changed, in order. */
export const changes = (events: readonly Event[]): readonly string[] =>
  events.flatMap(event =>
    event.kind === 'task-finished' && event.outcome.kind === 'changed'
      ? [`${event.task.role ?? ''}: ${event.task.name}`]
      : [],
  );

/** The driver that is loaded: the kernel's own igb has no version. */
export const LOADED = 'if [ -e /sys/module/igb/version ]; then echo ours; else echo stock; fi';
