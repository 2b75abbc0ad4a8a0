import { execFileSync, spawn } from 'node:child_process';
import { chmodSync, copyFileSync, readFileSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Target } from '../../src/core/connection.js';
import { Secret } from '../../src/core/secret.js';
import { kill, until } from './processes.js';
import { type Account, ask, canServe, Rig, type Sshd } from './rig.js';

describe.skipIf(!canServe)('logging in', () => {
  let rig: Rig;
  let sshd: Sshd;
  let alice: Account;
  beforeAll(async () => {
    rig = new Rig();
    alice = rig.account();
    sshd = await rig.sshd('KbdInteractiveAuthentication no\nPasswordAuthentication yes\nMaxAuthTries 6');
  });
  afterAll(() => rig.end());

  let n = 0;
  /** A key; the account takes it if `fits`. */
  const key = (how: { fits?: boolean; passphrase?: string; type?: string; format?: string }): string => {
    const file = join(rig.dir, `key_${n++}`);
    const format = how.format === undefined ? [] : ['-m', how.format];
    execFileSync('ssh-keygen', [
      '-q',
      '-t',
      how.type ?? 'ed25519',
      ...format,
      '-N',
      how.passphrase ?? '',
      '-f',
      file,
      '-C',
      file,
    ]);
    if (how.fits) writeFileSync(join(alice.home, '.ssh/authorized_keys'), readFileSync(`${file}.pub`), { flag: 'a' });
    return file;
  };
  /** A home without default keys. */
  const bare = () => join(rig.dir, 'bare');
  const as = (more: Partial<Target>): Partial<Target> => ({
    port: sshd.port,
    user: alice.name,
    knownHostsFile: join(rig.home, '.ssh/known_hosts'),
    ...more,
  });
  const agent = async (...keys: string[]): Promise<string> => {
    const socket = join(rig.dir, `agent_${n++}`);
    const child = spawn('ssh-agent', ['-D', '-a', socket], { stdio: 'ignore' });
    rig.onEnd(() => kill(child.pid!, 'SIGTERM'));
    const add = (...args: string[]) => {
      try {
        execFileSync('ssh-add', args, { env: { ...process.env, SSH_AUTH_SOCK: socket }, stdio: 'pipe' });
        return true;
      } catch (error) {
        return (error as { status: number }).status === 1;
      }
    };
    await until(() => add('-l'));
    for (const one of keys) add('-q', one);
    return socket;
  };
  const works = async (more: Partial<Target>, options = {}) => {
    const connection = await rig.connect(as(more), { home: bare(), ...options });
    expect((await ask(connection, 'id -un'))[0]?.stdout).toBe(`${alice.name}\n`);
    await connection.close();
  };
  const refused = (more: Partial<Target>, options = {}) => rig.refusal(as(more), { home: bare(), ...options });

  it.each(['ed25519', 'ecdsa', 'rsa'])('with a key of type %s', async type => {
    await works({ privateKeyFile: key({ fits: true, type }) });
  });

  it('with a default key of the home', async () => {
    const connection = await rig.connect(as({}));
    expect(await ask(connection, 'true')).toHaveLength(1);
  });

  it.each([
    ['a new format', {}],
    ['PEM', { type: 'rsa', format: 'PEM' }],
  ])('with an encrypted key in %s: passphrase given, asked for once, wrong, missing', async (_name, how) => {
    const file = key({ fits: true, passphrase: 'secret words', ...how });
    await works({ privateKeyFile: file, passphrase: new Secret('secret words') });
    const asked: string[] = [];
    const askPassphrase = async (path: string) => {
      asked.push(path);
      return new Secret('secret words');
    };
    const connect = rig.connector({ home: bare(), askPassphrase });
    for (let i = 0; i < 2; i++) {
      const reached = await connect({
        host: 'h' as never,
        connection: 'ssh',
        address: '127.0.0.1',
        ...as({ privateKeyFile: file }),
      });
      expect(reached.ok).toBe(true);
      if (reached.ok) await reached.connection.close();
    }
    expect(asked).toEqual([file]);
    const log = sshd.log().length;
    const wrong = await refused({ privateKeyFile: file, passphrase: new Secret('other') });
    expect(wrong).toMatchObject({
      code: 'auth',
      why: expect.stringContaining(`passphrase does not fit the key ${file}`),
    });
    const missing = await refused({ privateKeyFile: file });
    expect(missing).toMatchObject({
      code: 'auth',
      why: expect.stringContaining('is encrypted'),
      hint: expect.stringContaining('ssh-add'),
    });
    // Neither of the two has bothered the host.
    expect(sshd.log().slice(log)).not.toContain('Connection from');
  });

  it('not with a key that others can read, that is missing, or that is none', async () => {
    const file = key({ fits: true });
    chmodSync(file, 0o644);
    expect(await refused({ privateKeyFile: file })).toMatchObject({ why: expect.stringContaining('chmod 600') });
    expect(await refused({ privateKeyFile: '/nonexistent' })).toMatchObject({
      why: expect.stringContaining('does not exist'),
    });
    const junk = join(rig.dir, 'junk');
    writeFileSync(junk, 'junk', { mode: 0o600 });
    expect(await refused({ privateKeyFile: junk })).toMatchObject({ why: expect.stringContaining('cannot be used') });
    copyFileSync(`${file}.pub`, junk);
    chmodSync(junk, 0o600);
    expect(await refused({ privateKeyFile: junk })).toMatchObject({ why: expect.stringContaining('no private key') });
  });

  it('the wrong key is refused once, with what was tried and what is allowed', async () => {
    const file = key({});
    const failure = await refused({ privateKeyFile: file });
    expect(failure.code).toBe('auth');
    expect(failure.why).toContain(`tried key ${file}`);
    expect(failure.why).toContain('the server allows publickey, password');
  });

  it('with nothing to offer says so', async () => {
    expect(await refused({})).toMatchObject({
      code: 'auth',
      why: expect.stringContaining('no key, no agent, no password'),
    });
  });

  it('with a real agent: alone, with an encrypted key it holds, and past seven others', async () => {
    const mine = key({ fits: true });
    await works({}, { agentSocket: await agent(mine) });
    const others = Array.from({ length: 7 }, () => key({}));
    const full = await agent(...others, mine);
    const failure = await refused({}, { agentSocket: full });
    expect(failure).toMatchObject({
      code: 'auth',
      why: expect.stringMatching(/too many/i),
      hint: expect.stringContaining('IdentityFile'),
    });
    await works({ privateKeyFile: mine }, { agentSocket: full });
    const config = join(rig.dir, 'only');
    writeFileSync(config, `Host *\n  IdentityFile ${mine}\n  IdentitiesOnly yes\n`);
    await works({}, { agentSocket: full, sshConfig: [config] });
    const locked = key({ fits: true });
    const holds = await agent(locked);
    execFileSync('ssh-keygen', ['-q', '-p', '-P', '', '-N', 'secret', '-f', locked]);
    await works({ privateKeyFile: locked }, { agentSocket: holds });
  });

  it('an agent that is absent, empty or dumb is left out, with a note where it matters', async () => {
    const mine = key({ fits: true });
    const dumb = join(rig.dir, 'dumb');
    const server = createServer(() => {}).listen(dumb);
    rig.onEnd(() => server.close());
    for (const agentSocket of ['/nonexistent/agent', await agent()])
      await works({ privateKeyFile: mine }, { agentSocket });
    const started = Date.now();
    const [, failure] = await Promise.all([
      works({ privateKeyFile: mine }, { agentSocket: dumb }),
      refused({ privateKeyFile: key({}) }, { agentSocket: dumb }),
    ]);
    expect(failure.why).toContain('no answer within 5 s');
    expect(Date.now() - started).toBeLessThan(7000);
  });

  it('with a password, in both ways, tried once', async () => {
    await works({ password: new Secret(alice.password) });
    const dialogue = await rig.sshd('PasswordAuthentication no\nKbdInteractiveAuthentication yes');
    await works({ port: dialogue.port, password: new Secret(alice.password) });
    for (const { port, log } of [sshd, dialogue]) {
      const before = log().length;
      const failure = await refused({ port, password: new Secret('wrong') });
      expect(failure).toMatchObject({ code: 'auth', why: expect.stringContaining('tried the password') });
      expect(
        log()
          .slice(before)
          .match(/authentication failure|Failed (password|keyboard)/g)?.length ?? 0,
      ).toBeLessThanOrEqual(2);
    }
  });

  it('with key and password where both are wanted', async () => {
    const both = await rig.sshd('AuthenticationMethods publickey,password\nPasswordAuthentication yes');
    const mine = key({ fits: true });
    await works({ port: both.port, privateKeyFile: mine, password: new Secret(alice.password) });
    expect(await refused({ port: both.port, privateKeyFile: mine })).toMatchObject({ code: 'auth' });
  });
});
