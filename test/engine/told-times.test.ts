import { spawn } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Event } from '../../src/core/event.js';
import { Scratch, type Told, type Wish } from './rig.js';

/** How long the long task lasts; 30 in the slow form. */
const SECONDS = Number(process.env.WITNESS_SECONDS ?? 3);
/** Milliseconds between what is told and what the witness saw, at most. */
const APART = 300;
const TASKS = 40;
const LONG = 19;

/** Each task notes in the witness's file, by the clock of its host, when it is started and when it ends. */
const task = (i: number): string =>
  `    - name: t${i}
      shell: |
        echo "t${i} start $(date +%s.%N)" >>{{ root }}/witness
        ${i === LONG ? `sleep ${SECONDS}` : ':'}
        echo "t${i} end $(date +%s.%N)" >>{{ root }}/witness
`;
const site = (more: string): string =>
  `- hosts: all\n  gather_facts: false\n${more}  tasks:\n    - command: "true" # the connection is opened for it\n${Array.from({ length: TASKS }, (_, i) => task(i)).join('')}`;

type Of<K extends Event['kind']> = Event & { readonly kind: K };

let scratch: Scratch;
beforeEach(() => {
  scratch = new Scratch();
});
afterEach(() => scratch.remove());

/** What the witness of a host saw: when each task started and ended, in milliseconds since 1970. */
function witness(host: string): ReadonlyMap<string, number> {
  const path = join(scratch.root, host, 'witness');
  const lines = existsSync(path) ? readFileSync(path, 'utf8').trimEnd().split('\n') : [];
  return new Map(lines.map(line => [line.slice(0, line.lastIndexOf(' ')), Number(line.split(' ').at(-1)) * 1000]));
}

const TICK = 20;

/** Milliseconds for which the machine kept this process waiting at a stretch, at most: what passed, but for what it computed itself. */
function withheldDuring(): { end(): number } {
  let last = performance.now();
  let spent = process.cpuUsage();
  let most = 0;
  const timer = setInterval(() => {
    const now = performance.now();
    const { user, system } = process.cpuUsage(spent);
    most = Math.max(most, now - last - TICK - (user + system) / 1000);
    last = now;
    spent = process.cpuUsage();
  }, TICK);
  return {
    end() {
      clearInterval(timer);
      return most;
    },
  };
}

/** Milliseconds by which the machine held up this process, or a shell that does nothing but tell the time, at most: its load is not ours. */
function loadDuring(): { end(): number } {
  const withheld = withheldDuring();
  const child = spawn('sh', ['-c', 'while :; do date +%s.%N; sleep 0.05; done'], {
    stdio: ['ignore', 'pipe', 'ignore'],
  });
  let said = '';
  child.stdout.on('data', (chunk: Buffer) => {
    said += chunk.toString();
  });
  return {
    end() {
      child.kill();
      const times = said
        .trimEnd()
        .split('\n')
        .map(line => Number(line) * 1000);
      return Math.max(withheld.end(), ...times.slice(1).map((time, i) => time - times[i]! - 50));
    },
  };
}

const finished = (told: Told, host: string): readonly Of<'task-finished'>[] =>
  told.events.filter((event): event is Of<'task-finished'> => event.kind === 'task-finished' && event.host === host);

describe('every task starts and ends when it is told to', () => {
  const ways: readonly (readonly [name: string, more: string, wish: Wish])[] = [
    ['one host', '', { reach: 'ssh' }],
    ['one host, sequentially', '', { options: { sequential: true } }],
    ['four hosts under linear', '', { hosts: 4, reach: 'ssh' }],
    ['four hosts under free', '  strategy: free\n', { hosts: 4, reach: 'ssh' }],
  ];
  it.each(ways)(
    '%s',
    async (_, more, wish) => {
      const load = loadDuring();
      const told = await scratch.run(site(more), wish);
      const held = load.end();
      const starts = new Map<string, number>();
      for (const event of told.events)
        if (event.kind === 'task-started') starts.set(`${event.host} ${event.task.name}`, event.at);
      for (let h = 1; h <= (wish.hosts ?? 1); h++) {
        const host = `h${h}`;
        const seen = witness(host);
        expect(seen.size).toBe(2 * TASKS);
        const tasks = finished(told, host).slice(1);
        expect(tasks.map(({ task: { name } }) => name)).toEqual(Array.from({ length: TASKS }, (_, i) => `t${i}`));
        const apart = tasks.flatMap(({ task: { name }, start, end, at }) =>
          [
            [`${name} start`, start] as const,
            [`${name} start`, starts.get(`${host} ${name}`)!] as const,
            [`${name} end`, end] as const,
            [`${name} end`, at] as const,
          ].map(([what, when]) => ({ what, ms: Math.round(when - seen.get(what)!) })),
        );
        expect(apart.filter(({ ms }) => Math.abs(ms) > APART + held)).toEqual([]);
        const long = tasks[LONG]!;
        expect(long.ms).toBeGreaterThanOrEqual(SECONDS * 1000 - APART - held);
        // What stands behind a long task was not started while it ran.
        for (const { start } of tasks.slice(LONG + 1)) expect(start).toBeGreaterThanOrEqual(long.end - APART);
      }
    },
    60_000 + 2 * SECONDS * 1000,
  );
});

describe('linear', () => {
  it.each([false, true])('releases all hosts that wait at once, sequential: %s', async sequential => {
    const told = await scratch.run(
      `- hosts: all
  gather_facts: false
  tasks:
    - command: "true"
      when: inventory_hostname == 'h2'
    - name: both
      shell: |
        touch {{ root }}/started
        for i in $(seq 600); do
          [ -e {{ hostvars.h1.root }}/started ] && [ -e {{ hostvars.h2.root }}/started ] && exit 0
          sleep 0.05
        done
        exit 1
`,
      { hosts: 2, reach: 'ssh', options: { sequential } },
    );
    // Each waits for the other's start.
    for (const host of ['h1', 'h2']) expect(told.outcome('both', host).kind).toBe('changed');
    const order = told.events.flatMap(event =>
      (event.kind === 'task-started' || event.kind === 'task-finished') && event.task.name === 'both'
        ? [event.kind]
        : [],
    );
    expect(order).toEqual(['task-started', 'task-started', 'task-finished', 'task-finished']);
  });
});
