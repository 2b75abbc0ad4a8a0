import { spawn } from 'node:child_process';
import { existsSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { endOnKill } from '../../src/cli/end.js';
import { OpenConnections } from '../../src/connect/end.js';
import type { Event } from '../../src/core/event.js';
import { isAlive, kill, until } from '../connect/processes.js';
import { Desk, MAIN } from './rig.js';

const desk = new Desk();
const file = (name: string) => join(desk.folder, name);
const NAMES = ['h1.pid', 'h2.pid', 'go', 'next'];
beforeEach(() => {
  for (const name of NAMES) rmSync(file(name), { force: true });
});
const play = (first: string) => `- hosts: all
  gather_facts: no
  tasks:
    - name: first
      shell: |
        ${first}
    - name: second
      command: touch ${file('next')}
`;
const own = file('{{ inventory_hostname }}.pid');
desk.write({
  hosts: '[all]\nh1\nh2\n[all:vars]\nansible_connection=local\n',
  'waits.yml': play(`echo $$ >${own}; until [ -e ${file('go')} ]; do sleep 0.05; done`),
  'sleeps.yml': play(`echo $$ >${own}; sleep 1000; :`),
  'stubborn.yml': play(`trap '' TERM; echo $$ >${own}; while :; do sleep 1; done`),
});
afterAll(() => desk.remove());

/** The program in the midst of the first task on both hosts. */
async function begun(playbook: string, ...args: readonly string[]) {
  const env = { ...process.env, NO_COLOR: '1' };
  const child = spawn(process.execPath, [MAIN, 'run', playbook, '-i', 'hosts', ...args], { cwd: desk.folder, env });
  const said = { out: '', err: '' };
  child.stdout.on('data', (chunk: Buffer) => {
    said.out += chunk.toString();
  });
  child.stderr.on('data', (chunk: Buffer) => {
    said.err += chunk.toString();
  });
  const ended = new Promise<number | string>(resolve => child.on('close', (code, signal) => resolve(code ?? signal!)));
  const pid = (host: string) =>
    existsSync(file(`${host}.pid`)) ? Number(readFileSync(file(`${host}.pid`), 'utf8')) : 0;
  expect(await until(() => pid('h1') > 0 && pid('h2') > 0, 30), said.err).toBe(true);
  return { child, said, ended, pids: [pid('h1'), pid('h2')] };
}

describe('a signal', () => {
  it.each([
    ['SIGINT', 130, 'Interrupted: waiting for running tasks. Press Ctrl-C again to stop them now.'],
    ['SIGTERM', 143, 'Terminated: waiting for running tasks. Send the signal again to stop them now.'],
    ['SIGHUP', 129, 'Hung up: waiting for running tasks. Send the signal again to stop them now.'],
  ] as const)(
    '%s waits for the running tasks, begins none, and exits with %i behind the recap',
    async (signal, code, words) => {
      const { child, said, ended } = await begun('waits.yml');
      child.kill(signal);
      expect(await until(() => said.err.includes(words), 20)).toBe(true);
      expect(said.out).not.toContain('PLAY RECAP');
      desk.write({ go: '' });
      expect(await ended).toBe(code);
      expect(said.out).toMatch(/PLAY RECAP\nh1 .*\nh2 .*\n\n! interrupted/);
      expect(existsSync(file('next'))).toBe(false);
    },
  );

  it('twice ends what runs, tells each host, and exits behind the recap', async () => {
    const { child, said, ended, pids } = await begun('sleeps.yml');
    child.kill('SIGINT');
    await until(() => said.err.includes('Interrupted'), 20);
    child.kill('SIGINT');
    expect(await ended).toBe(130);
    expect(pids.map(isAlive)).toEqual([false, false]);
    expect(said.err).toContain('Stopping the running tasks. Press Ctrl-C again to leave at once');
    for (const host of ['h1', 'h2']) expect(said.out).toContain(`! ${host}: it was ended with SIGTERM\n`);
    expect(said.out.indexOf('PLAY RECAP')).toBeGreaterThan(said.out.lastIndexOf('it was ended'));
    expect(existsSync(file('next'))).toBe(false);
  });

  it('twice is told in the event stream too', async () => {
    const { child, said, ended } = await begun('stubborn.yml', '--output', 'jsonl');
    child.kill('SIGTERM');
    await until(() => said.err.includes('Terminated'), 20);
    child.kill('SIGINT');
    expect(await ended).toBe(143);
    const events = said.out
      .trimEnd()
      .split('\n')
      .map(line => JSON.parse(line) as Event);
    const fates = events.flatMap(event => (event.kind === 'host-ended' ? [event] : []));
    expect(fates.map(({ host, fate }) => [host, fate.kind, 'by' in fate && fate.by]).sort()).toEqual([
      ['h1', 'ended', 'SIGKILL'],
      ['h2', 'ended', 'SIGKILL'],
    ]);
    expect(events.at(-1)).toMatchObject({ kind: 'run-finished', how: 'interrupted' });
  });

  it('three times exits at once', async () => {
    const { child, said, ended, pids } = await begun('stubborn.yml');
    child.kill('SIGINT');
    await until(() => said.err.includes('Interrupted'), 20);
    child.kill('SIGINT');
    await until(() => said.err.includes('Stopping'), 20);
    child.kill('SIGINT');
    expect(await ended).toBe(130);
    expect(said.out).not.toContain('PLAY RECAP');
    for (const pid of pids) kill(pid, 'SIGKILL');
  });

  it('of a closed terminal or an early reader does not end the run', async () => {
    const { child, ended } = await begun('waits.yml');
    child.stdout.destroy();
    child.stderr.destroy();
    desk.write({ go: '' });
    expect(await ended).toBe(0);
    expect(existsSync(file('next'))).toBe(true);
  });
});

describe('a run that does not end by itself', () => {
  it('is cut off with its recap', async () => {
    vi.useFakeTimers();
    const exit = vi.spyOn(process, 'exit').mockReturnValue(undefined as never);
    try {
      const [told, controller] = [[] as string[], new AbortController()];
      const reporters = [
        { on: ({ kind }: Event) => void told.push(kind), close: async () => void told.push('closed') },
      ];
      const { emit } = endOnKill({
        kill: controller.signal,
        code: () => 130,
        mask: text => text,
        open: new OpenConnections(),
        reporters,
      });
      emit({ at: 1, kind: 'run-started', mode: 'apply', diff: false, hosts: [] });
      controller.abort();
      await vi.advanceTimersByTimeAsync(6_000);
      expect([told, exit.mock.calls]).toEqual([['run-started'], []]);
      await vi.advanceTimersByTimeAsync(1_000);
      expect(told).toEqual(['run-started', 'run-finished', 'closed']);
      expect(exit).toHaveBeenCalledWith(130);
    } finally {
      exit.mockRestore();
      vi.useRealTimers();
    }
  });
});
