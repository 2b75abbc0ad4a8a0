import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { HostConnection } from '../../src/connect/connection.js';
import { unreachable } from '../../src/connect/failures.js';
import { localTransport } from '../../src/connect/local.js';
import type { Connection } from '../../src/core/connection.js';
import { isAlive, kill, until } from './processes.js';
import { canServe, lostBy, Rig, scripts } from './rig.js';
import { localBy, SHELLS } from './shells.js';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'rmtest-'));
});
afterEach(() => rmSync(folder, { recursive: true }));
const file = (name: string) => join(folder, name);
const pidIn = (name: string) => Number(readFileSync(file(name), 'utf8'));
/** A program that never ends, and whose number is in a file. */
const runs = (name: string, how = '') => `sh -c '${how} echo $$ >${file(name)}; while :; do sleep 1; done'`;

/** Asks, and waits for the file that shows that the snippet runs; not for the answer. */
async function begun(connection: Connection, script: string, name: string) {
  const answer = connection.ask(undefined, { how: 'chain', snippets: scripts([script, `touch ${file('next')}`]) });
  expect(await until(() => existsSync(file(name)) && readFileSync(file(name), 'utf8') !== '', 20)).toBe(true);
  return { answer };
}

describe.each(SHELLS)('ending what runs in %s', (_name, shell) => {
  let connection: Connection;
  beforeEach(async () => {
    connection = await localBy(shell);
  });
  afterEach(() => connection.close());

  it('where nothing runs', async () => {
    expect(await connection.end()).toEqual({ kind: 'nothing ran' });
    const idle = await localBy(shell);
    await idle.ask(undefined, { how: 'each', snippets: scripts([':']) });
    expect(await idle.end()).toEqual({ kind: 'nothing ran' });
    await idle.close();
  });

  it('with SIGTERM, and confirms it; nothing more is sent', async () => {
    const { answer } = await begun(connection, `${runs('other')} & ${runs('pid')}`, 'pid');
    const waiting = connection.ask(undefined, { how: 'chain', snippets: scripts([`touch ${file('next')}`]) });
    expect(await connection.end()).toMatchObject({ kind: 'ended', by: 'SIGTERM' });
    expect([isAlive(pidIn('pid')), isAlive(pidIn('other'))]).toEqual([false, false]);
    expect(lostBy(await answer)).toMatchObject({
      reason: 'interrupted',
      why: expect.stringContaining('script 1 of 2 was ended on this machine'),
    });
    expect(lostBy(await waiting)).toMatchObject({ reason: 'interrupted' });
    expect(lostBy(await connection.ask(undefined, { how: 'each', snippets: scripts([':']) }))).toBeDefined();
    expect(existsSync(file('next'))).toBe(false);
  });

  it('counts the processes', async () => {
    const one = await begun(connection, `echo $$ >${file('pid')}; exec sleep 1000`, 'pid');
    const fate = await connection.end();
    expect(fate).toEqual({ kind: 'ended', processes: 1, by: 'SIGTERM' });
    expect(await connection.end()).toBe(fate);
    await one.answer;
  });

  it('with SIGKILL what does not heed SIGTERM', async () => {
    await begun(connection, runs('pid', 'trap "" TERM;'), 'pid');
    expect(await connection.end()).toMatchObject({ kind: 'ended', by: 'SIGKILL' });
    expect(isAlive(pidIn('pid'))).toBe(false);
  });

  it('and names what has detached itself but holds our output', async () => {
    // The parent of the detached one ends at once.
    const away = `sh -c 'setsid sh -c "echo \\$\\$ >${file('away')}; exec sleep 1000" &'`;
    await begun(connection, `${away}; ${runs('pid')}`, 'pid');
    await until(() => existsSync(file('away')) && pidIn('away') > 0, 20);
    const fate = await connection.end();
    try {
      expect(fate).toMatchObject({
        kind: 'left',
        left: [{ pid: pidIn('away'), command: 'sleep 1000' }],
      });
      expect(isAlive(pidIn('pid'))).toBe(false);
    } finally {
      kill(pidIn('away'), 'SIGKILL');
    }
  });

  it('and says where it is not known', async () => {
    const link = localTransport(shell);
    let mayOpen = true;
    const host = new HostConnection(
      {
        ...link,
        open: async () => (mayOpen ? link.open() : { ok: false, failure: unreachable('timeout', 'away') }),
      },
      10,
    );
    await begun(host, runs('pid'), 'pid');
    mayOpen = false;
    expect(await host.end()).toEqual({ kind: 'unknown', why: 'no second session could be opened to end it' });
    mayOpen = true;
    await host.close();
    expect(await until(() => !isAlive(pidIn('pid')), 20)).toBe(true);
  });
});

describe.skipIf(!canServe)('ending what runs over ssh', () => {
  it('as several accounts at once', async () => {
    const rig = new Rig();
    try {
      const sshd = await rig.sshd();
      const alice = rig.account({ sudoers: 'Defaults:USER use_pty\nUSER ALL=(ALL) NOPASSWD: ALL\n' });
      const connection = await rig.connect({ port: sshd.port, user: alice.name });

      const sleeping = (suffix: string) => scripts([`echo $$ >/tmp/${alice.name}.${suffix}; sleep 1000; :`]);
      const pid = (suffix: string) => {
        try {
          return readFileSync(`/tmp/${alice.name}.${suffix}`, 'utf8');
        } catch {
          return '';
        }
      };
      rig.onEnd(() => {
        for (const suffix of ['login', 'root']) rmSync(`/tmp/${alice.name}.${suffix}`, { force: true });
      });
      void connection.ask(undefined, { how: 'chain', snippets: sleeping('login') });
      void connection.ask({ user: 'root', method: 'sudo' }, { how: 'chain', snippets: sleeping('root') });
      expect(await until(() => pid('login') !== '' && pid('root') !== '', 30)).toBe(true);
      const pids = [Number(pid('login')), Number(pid('root'))];
      expect(await connection.end()).toEqual({ kind: 'ended', processes: expect.any(Number), by: 'SIGTERM' });
      expect(pids.map(isAlive)).toEqual([false, false]);
    } finally {
      await rig.end();
    }
  });
});
