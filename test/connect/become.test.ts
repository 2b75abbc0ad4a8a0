import { readFileSync, rmSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Become, Connection } from '../../src/core/connection.js';
import { Secret } from '../../src/core/secret.js';
import { type Account, canServe, lostBy, outputs, Rig, type Sshd, scripts } from './rig.js';

describe.skipIf(!canServe)('becoming another account', () => {
  let rig: Rig;
  let sshd: Sshd;
  let bob: Account;
  beforeAll(async () => {
    rig = new Rig();
    bob = rig.account();
    sshd = await rig.sshd();
  });
  afterAll(() => rig.end());

  const who = async (connection: Connection, as: Become | undefined) =>
    connection.ask(as, { how: 'each', snippets: scripts(['id -un; echo "$HOME $USER"; cat']) });
  const sudo = (user: string, password?: string): Become => ({
    user,
    method: 'sudo',
    ...(password === undefined ? {} : { password: new Secret(password) }),
  });
  const su = (user: string, password?: string): Become => ({ ...sudo(user, password), method: 'su' });
  const login = (account: Account) => rig.connect({ port: sshd.port, user: account.name });

  it('sudo without a password where sudoers says so, to root and to others, whether one is given or not', async () => {
    const alice = rig.account({ sudoers: 'USER ALL=(ALL) NOPASSWD: ALL\n' });
    const connection = await login(alice);
    expect(outputs(await who(connection, sudo('root')))[0]?.stdout).toBe('root\n/root root\n');
    expect(outputs(await who(connection, sudo(bob.name)))[0]?.stdout).toBe(`${bob.name}\n${bob.home} ${bob.name}\n`);
    const other = await login(alice);
    expect(outputs(await who(other, sudo('root', 'needless')))[0]?.stdout).toBe('root\n/root root\n');
  });

  it('sudo with a password, through use_pty, a lecture, a prompt of its own and noise on stderr', async () => {
    const alice = rig.account({
      sudoers: 'Defaults:USER use_pty, lecture=always, passprompt="Kennwort bitte: "\nUSER ALL=(ALL) ALL\n',
      files: { '.bashrc': 'export LANG=de_DE.UTF-8 LC_ALL=de_DE.UTF-8; echo "Password: " >&2\n' },
    });
    const connection = await login(alice);
    const [output] = outputs(await who(connection, sudo('root', alice.password)));
    expect(output).toEqual({ stdout: 'root\n/root root\n', stderr: '', status: 0 });
    const zeros = 'head -c 3000000 /dev/zero | tr "\\0" "\\004"';
    const [binary] = outputs(
      await connection.ask(sudo('root', alice.password), { how: 'each', snippets: scripts([zeros]) }),
    );
    expect(binary?.stdout).toHaveLength(3_000_000);
  });

  it('sudo that wants a password and is given none', async () => {
    const alice = rig.account({ sudoers: 'USER ALL=(ALL) ALL\n' });
    expect(lostBy(await who(await login(alice), sudo('root')))).toMatchObject({
      reason: 'become',
      code: 'password-needed',
      hint: expect.stringContaining('--ask-become-pass'),
    });
  });

  it('a wrong password is tried once, and never again', async () => {
    const alice = rig.account({ sudoers: 'Defaults:USER logfile=/tmp/USER.log\nUSER ALL=(ALL) ALL\n' });
    const log = `/tmp/${alice.name}.log`;
    rig.onEnd(() => rmSync(log, { force: true }));
    const connection = await login(alice);
    const wrong = sudo('root', 'wrong');
    expect(lostBy(await who(connection, wrong))).toMatchObject({ reason: 'become', code: 'password-wrong' });
    const started = Date.now();
    expect(lostBy(await who(connection, wrong))).toMatchObject({ reason: 'become', code: 'password-wrong' });
    expect(Date.now() - started).toBeLessThan(1000);
    // Another password is another matter.
    expect(outputs(await who(connection, sudo('root', alice.password)))[0]?.stdout).toContain('root');
    expect(readFileSync(log, 'utf8').match(/incorrect password attempt/g)).toHaveLength(1);
    expect(readFileSync(log, 'utf8')).toMatch(/1 incorrect password attempt/);
  });

  it.each([
    ['not in sudoers', '', 'root', 'not-allowed', /sudoers|not allowed/],
    ['not allowed to become that one', 'USER ALL=(nobody) ALL\n', 'root', 'not-allowed', /not allowed/],
    ['a terminal required', 'Defaults:USER requiretty\nUSER ALL=(ALL) NOPASSWD: ALL\n', 'root', 'tty', /terminal|tty/],
    ['an account that does not exist', 'USER ALL=(ALL) NOPASSWD: ALL\n', 'no-such-user', 'broken', /no-such-user/],
    ['an account whose name is a trap', 'USER ALL=(ALL) NOPASSWD: ALL\n', '-s; id', 'broken', /./],
  ] as const)('sudo: %s', async (_name, sudoers, user, code, why) => {
    const alice = rig.account(sudoers === '' ? {} : { sudoers });
    const failure = lostBy(await who(await login(alice), sudo(user, alice.password)));
    expect(failure).toMatchObject({ reason: 'become', code, why: expect.stringMatching(why) });
    if (code === 'tty') expect(failure).toMatchObject({ hint: expect.stringContaining('!requiretty') });
  });

  it('sudo that is not installed', async () => {
    const alice = rig.account({
      files: { '.bashrc': 'PATH=~/bin\n', 'bin/env': '#!/bin/sh\nexec /usr/bin/env "$@"\n' },
    });
    const connection = await login(alice);
    await connection.ask(undefined, { how: 'each', snippets: scripts(['chmod 755 ~/bin/env']) });
    expect(lostBy(await who(connection, sudo('root')))).toMatchObject({
      reason: 'become',
      code: 'broken',
      why: expect.stringMatching(/sudo.*No such file/),
    });
  });

  it('su with the password of the other account, and without one', async () => {
    const alice = rig.account();
    const connection = await login(alice);
    const [output] = outputs(await who(connection, su(bob.name, bob.password)));
    expect(output).toEqual({ stdout: `${bob.name}\n${bob.home} ${bob.name}\n`, stderr: '', status: 0 });
    expect(lostBy(await who(await login(alice), su(bob.name)))).toMatchObject({
      reason: 'become',
      code: 'password-needed',
    });
    expect(lostBy(await who(await login(alice), su(bob.name, 'wrong')))).toMatchObject({ code: 'password-wrong' });
    expect(lostBy(await who(await login(alice), su('no-such-user', 'x')))).toMatchObject({ code: 'broken' });
  });

  it('from root, to anyone, without a password', async () => {
    const connection = await rig.connect({ port: sshd.port, user: 'root' });
    for (const as of [sudo(bob.name), su(bob.name)]) {
      expect(outputs(await who(connection, as))[0]?.stdout).toBe(`${bob.name}\n${bob.home} ${bob.name}\n`);
    }
  });

  it('the login itself needs neither', async () => {
    const alice = rig.account();
    const connection = await login(alice);
    expect(outputs(await who(connection, sudo(alice.name)))[0]?.stdout).toContain(alice.name);
    expect(sshd.sessions(alice.name).length).toBeGreaterThan(0);
  });

  it('a password that no line can hold is refused', async () => {
    const alice = rig.account();
    expect(lostBy(await who(await login(alice), sudo('root', 'a\nb')))).toMatchObject({
      reason: 'become',
      code: 'broken',
    });
  });

  it('identities queue by themselves and run beside each other', async () => {
    const alice = rig.account({ sudoers: 'USER ALL=(ALL) NOPASSWD: ALL\n' });
    const connection = await login(alice);
    await Promise.all([who(connection, undefined), who(connection, sudo('root'))]);
    const started = Date.now();
    const sleep = { how: 'each', snippets: scripts(['sleep 0.5']) } as const;
    await Promise.all([connection.ask(undefined, sleep), connection.ask(sudo('root'), sleep)]);
    expect(Date.now() - started).toBeLessThan(990);
    const both = Date.now();
    await Promise.all([connection.ask(undefined, sleep), connection.ask(undefined, sleep)]);
    expect(Date.now() - both).toBeGreaterThan(990);
    expect(connection.trips).toBe(6);
  });
});
