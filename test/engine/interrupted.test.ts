import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Event } from '../../src/core/event.js';
import { Recap } from '../../src/report/summary.js';
import { Scratch, type Told, type Wish } from './rig.js';

const TASKS = 20;

/** Tasks that change something, those that change nothing, files, a result that is read and a handler. Each that acts notes it. */
const note = (i: number): string => `echo t${i} >>{{ root }}/witness`;
const task = (i: number): string => {
  const name = `    - name: t${i}\n`;
  if (i % 5 === 4) return `${name}      copy: {dest: "{{ root }}/t${i}", content: x}\n      notify: handle\n`;
  if (i % 5 === 3) return `${name}      shell: ${note(i)}; echo {{ r2.rc }}\n      changed_when: false\n`;
  return `${name}      shell: ${note(i)}\n      register: r${i}\n${i % 5 === 1 ? '      notify: handle\n' : ''}`;
};
const site = (more: string): string =>
  `- hosts: all\n  gather_facts: false\n${more}  tasks:\n${Array.from({ length: TASKS }, (_, i) => task(i)).join('')}  handlers:\n    - {name: handle, shell: "${note(TASKS)}"}\n`;
const files = Array.from({ length: TASKS }, (_, i) => i).filter(i => i % 5 === 4);
const isOk = (i: number): boolean => i < TASKS && i % 5 === 3;

let scratch: Scratch;
beforeEach(() => {
  scratch = new Scratch();
});
afterEach(() => scratch.remove());

/** Numbers of the tasks that were done on a host, as seen there; the handler is the last. */
function done(host: string): readonly number[] {
  const path = join(scratch.root, host, 'witness');
  const noted = existsSync(path) ? readFileSync(path, 'utf8').trimEnd().split('\n') : [];
  const written = files.filter(i => existsSync(join(scratch.root, host, `t${i}`)));
  return [...noted.map(line => Number(line.slice(1))), ...written].sort((a, b) => a - b);
}

/** Runs it, and interrupts it when the `nth` event is told. */
async function interrupted(nth: number, more: string, wish: Wish): Promise<{ told: Told; isInterrupted: boolean }> {
  const stop = new AbortController();
  let count = 0;
  const told = await scratch.run(site(more), {
    ...wish,
    options: { ...wish.options, signal: stop.signal },
    hear() {
      if (++count === nth) stop.abort();
    },
  });
  return { told, isInterrupted: stop.signal.aborted };
}

const numberOf = (name: string): number => (name === 'handle' ? TASKS : Number(name.slice(1)));

/** What is told of a host is what its witness saw. */
function check(events: readonly Event[], host: string, at: string): void {
  const recap = new Recap();
  for (const event of events) recap.on(event);
  const tally = recap.summary.hosts.get(host);
  const seen = done(host);
  // Nothing is done that those before it were not done for.
  expect(seen, at).toEqual(Array.from(seen, (_, i) => i));
  const changed = seen.filter(i => !isOk(i));
  expect([tally?.ok ?? 0, tally?.changed ?? 0, tally?.failed ?? 0], at).toEqual([seen.length, changed.length, 0]);
  const told = events.flatMap(event => (event.kind === 'task-finished' && event.host === host ? [event] : []));
  const ran = told.filter(({ outcome }) => outcome.kind === 'changed' || outcome.kind === 'ok');
  expect(
    ran.map(({ task: { name } }) => numberOf(name)),
    at,
  ).toEqual(seen);
  const cut = told.filter(({ outcome }) => outcome.kind !== 'changed' && outcome.kind !== 'ok');
  for (const { outcome } of cut)
    expect(outcome, at).toMatchObject({ kind: 'failed', failure: { reason: 'interrupted' } });
  expect(cut.length, at).toBeLessThanOrEqual(1);
}

describe('a run that is interrupted at any of its events tells what was done', () => {
  const ways: readonly (readonly [name: string, more: string, wish: Wish, step: number])[] = [
    ['one host', '', { reach: 'ssh' }, 4],
    ['one host, sequentially', '', { options: { sequential: true } }, 12],
    ['two hosts under linear', '', { hosts: 2, reach: 'ssh' }, 16],
    ['two hosts under free', '  strategy: free\n', { hosts: 2, reach: 'ssh' }, 12],
  ];
  it.each(ways)(
    '%s',
    async (_, more, wish, step) => {
      // Every event has its turn in the slow form; else every so many from a fresh one on, which a failure names.
      const isSlow = process.env.WITNESS_SECONDS !== undefined;
      let nth = isSlow ? 1 : 1 + Math.floor(Math.random() * step);
      for (; ; nth += isSlow ? 1 : step) {
        scratch.remove();
        const { told, isInterrupted } = await interrupted(nth, more, wish);
        for (let h = 1; h <= (wish.hosts ?? 1); h++) check(told.events, `h${h}`, `interrupted at event ${nth}`);
        if (!isInterrupted) break;
      }
      // Each task has a start and an end, and there is one run that nothing ended.
      expect(nth).toBeGreaterThan(2 * TASKS);
      expect(done('h1')).toHaveLength(TASKS + 1);
    },
    1_800_000,
  );
});
