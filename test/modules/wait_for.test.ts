import { type ChildProcess, spawn } from 'node:child_process';
import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { isBlocked } from '../../src/core/change.js';
import { Unknown } from '../../src/core/value.js';
import ping from '../../src/modules/ping.js';
import wait_for from '../../src/modules/wait_for.js';
import { argsOf, SHELLS, task, whats } from './doing.js';

const dir = mkdtempSync(join(tmpdir(), 'ringmaster-wait-'));
const children: ChildProcess[] = [];
let greeter: Server;
let port = 0;
beforeAll(async () => {
  greeter = createServer(socket => socket.end('220 ready mail-7\r\n'));
  await new Promise<void>(resolve => greeter.listen(0, '127.0.0.1', resolve));
  port = (greeter.address() as { port: number }).port;
});
afterAll(() => {
  greeter.close();
  for (const child of children) child.kill();
  rmSync(dir, { recursive: true });
});
/** Does something a while later, while a test waits without yielding. */
const later = (script: string) => children.push(spawn('sh', ['-c', `sleep 0.5; ${script}`]));

describe.each(SHELLS)('under %s %s', (...shell) => {
  const on = { shell };
  const wait = (given: object) => task(wait_for, { timeout: 3, ...given }, on);

  it('has nothing to do for what is there already', () => {
    expect(wait({ path: '/etc/passwd' }).plan).toEqual([]);
    expect(wait({ port }).plan).toEqual([]);
    expect(wait({ port, host: 'localhost' }).plan).toEqual([]);
    expect(wait({ port, host: '0.0.0.0' }).plan).toEqual([]);
    expect(wait({ path: '/no/such', state: 'absent' }).plan).toEqual([]);
    expect(wait({ port: 1, state: 'stopped' }).plan).toEqual([]);
    expect(wait({ port: 1, state: 'drained' }).plan).toEqual([]);
    expect(wait({ port }).result).toMatchObject({ changed: false, elapsed: 0, port, state: 'started' });
  });

  it('waits for a file, and does not call that a change', () => {
    const path = join(dir, `made $(touch PWNED)'${shell[0]}`);
    later(`touch '${path.replaceAll("'", `'\\''`)}'`);
    const seen = wait({ path });
    expect(whats(seen.plan)).toEqual([`waiting for ${path}`]);
    expect(seen.status).toBe(0);
    expect(seen.result).toMatchObject({ changed: false });
    expect(seen.result.elapsed).toBeGreaterThanOrEqual(1);
    expect(seen.foreseen.elapsed).toBeInstanceOf(Unknown);
    expect(seen.foreseen.changed).toBe(false);
    expect(seen.again).toEqual([]);
    later(`rm '${path.replaceAll("'", `'\\''`)}'`);
    expect(wait({ path, state: 'absent' }).status).toBe(0);
    expect(existsSync('PWNED')).toBe(false);
  });

  it('gives up in time, and says for what', () => {
    const seen = wait({ path: '/no/such', timeout: 1 });
    expect(seen.status).toBe(1);
    expect(seen.result).toMatchObject({ msg: 'Timeout when waiting for file /no/such (1 s)' });
    expect(wait({ port: 1, timeout: 1, msg: "it's dead" }).result).toMatchObject({ msg: "it's dead" });
    expect(wait({ port, state: 'stopped', timeout: 1 }).result.msg).toBe(
      `Timeout when waiting for 127.0.0.1:${port} to be stopped (1 s)`,
    );
  });

  it('finds text in a file', () => {
    const path = join(dir, `log-${shell[0]}`);
    writeFileSync(path, 'a\nstarted in 12 ms\n');
    expect(wait({ path, search_regex: '^started' }).plan).toEqual([]);
    expect(wait({ path, search_regex: 'in (?P<time>[0-9]+) (s|ms)$' }).result).toMatchObject({
      match_groups: ['12', 'ms'],
      match_groupdict: { time: '12' },
    });
    later(`echo up >>'${path}'`);
    expect(wait({ path, search_regex: '^up$' }).status).toBe(0);
  });

  it('is told from a delay that what is up now does not count', () => {
    const seen = wait({ path: '/etc/passwd', delay: 1 });
    expect(seen.plan).toHaveLength(1);
    expect(seen.result).toMatchObject({ elapsed: 1, changed: false });
  });

  it('pauses where nothing is named', () =>
    expect(wait({ timeout: 1 }).result).toMatchObject({ elapsed: 1, changed: false }));

  it('needs no other than builtins for a port of its own', () => {
    expect(
      task(wait_for, { port }, { shell: [`/bin/${shell[0]}`, ...shell.slice(1)], env: { PATH: '/nonexistent' } }).plan,
    ).toEqual([]);
  });
});

describe('other hosts', () => {
  // A server that this process must answer cannot be asked while the test blocks: another process serves.
  it('connects, and reads a greeting', async () => {
    const script = `require('net').createServer(s=>s.end('220 ready mail-7\\r\\n')).listen(0,'0.0.0.0',function(){console.log(this.address().port)})`;
    const server = spawn(process.execPath, ['-e', script], { stdio: ['ignore', 'pipe', 'ignore'] });
    children.push(server);
    const other = Number(await new Promise<Buffer>(resolve => server.stdout!.once('data', resolve)));
    // A name of its own, so that it is not taken for the target itself.
    const host = 'ip6-localhost';
    expect(
      task(wait_for, { host: '127.0.0.1', port: other, search_regex: 'mail-(\\d)', timeout: 3 }, {}).result,
    ).toMatchObject({ match_groups: ['7'] });
    expect(task(wait_for, { host, port: 1, timeout: 1, connect_timeout: 1 }, {}).status).toBe(1);
  });

  it('says what it would need to connect', () => {
    const { plan } = task(
      wait_for,
      { host: '192.0.2.1', port: 1 },
      { shell: ['/bin/dash'], env: { PATH: '/nonexistent' } },
    );
    expect(isBlocked(plan) && plan.blocked).toMatch(/neither bash with timeout nor nc/);
  });
});

describe('arguments', () => {
  it.each([
    [{ port: 1, path: '/a' }, /either/],
    [{ port: 0 }, /port/],
    [{ host: 'a; touch x', port: 1 }, /no host/],
    [{ host: '-x', port: 1 }, /host/],
    [{ path: '/a', search_regex: '(' }, /regular expression/],
    [{ state: 'drained' }, /port/],
    [{ port: 1, active_connection_states: ['OPEN'] }, /some of/],
    [{ port: 1, exclude_hosts: ['$(x)'] }, /addresses/],
  ])('refuse %j', (given, why) => expect(() => argsOf(wait_for, given)).toThrow(why));
});

describe('ping', () => {
  it('answers, or crashes when told to', () => {
    expect(task(ping, {}).result).toEqual({ ping: 'pong' });
    expect(task(ping, { data: 'x' }).result).toEqual({ ping: 'x' });
    const { plan } = task(ping, { data: 'crash' });
    expect(isBlocked(plan) && plan.blocked).toBe('boom');
  });
});
