import { existsSync, readFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { blobOf } from '../../src/core/blob.js';
import { Secret } from '../../src/core/secret.js';
import { isAlive, kill, until } from './processes.js';
import { proxyTo } from './proxy.js';
import { type Account, ask, canServe, has, lostBy, outputs, Rig, type Sshd, scripts } from './rig.js';

const QUICK = { keepalive: { seconds: 0.4, count: 3 } };

describe.skipIf(!canServe)('the laws of house.md, section 5, over a real sshd', () => {
  let rig: Rig;
  let sshd: Sshd;
  let alice: Account;
  beforeAll(async () => {
    rig = new Rig();
    alice = rig.account({ sudoers: 'USER ALL=(ALL:ALL) ALL\n' });
    sshd = await rig.sshd();
  });
  afterAll(() => rig.end());

  it('1: a session killed on the server is lost, never ok, and the next question gets a new connection', async () => {
    const connection = await rig.connect({ port: sshd.port, user: alice.name });
    const asked = connection.ask(undefined, {
      how: 'each',
      snippets: scripts(['echo first', 'sleep 100', 'echo third']),
    });
    expect(await until(() => sshd.sessions(alice.name).length > 0)).toBe(true);
    await new Promise(resolve => setTimeout(resolve, 300));
    const started = Date.now();
    for (const pid of sshd.sessions(alice.name)) kill(pid, 'SIGKILL');
    const answer = await asked;
    expect(Date.now() - started).toBeLessThan(1500);
    expect(answer.outputs).toEqual([{ stdout: 'first\n', stderr: '', status: 0 }]);
    expect(lostBy(answer)).toMatchObject({ reason: 'lost', why: expect.stringContaining('script 2 of 3') });
    expect((await ask(connection, 'echo back'))[0]?.stdout).toBe('back\n');
  });

  it('2: only `exec /bin/sh` is on a command line; scripts, secrets and the password of sudo are in no process list', async () => {
    const connection = await rig.connect({ port: sshd.port, user: alice.name });
    const as = { user: 'root', method: 'sudo', password: new Secret(alice.password) } as const;
    const look = 'cat /proc/[0-9]*/cmdline /proc/[0-9]*/environ 2>/dev/null | tr "\\0" "\\n"';
    const asLogin = connection.ask(undefined, { how: 'each', snippets: scripts([': my-canary-secret; sleep 1']) });
    const [seen] = outputs(
      await connection.ask(as, { how: 'each', snippets: scripts([`: my-canary-secret; ${look}`]) }),
    );
    await asLogin;
    expect(seen?.stdout).toContain('sudo');
    expect(seen?.stdout).not.toContain('my-canary-secret');
    expect(seen?.stdout).not.toContain(alice.password);
  });

  it.each([
    ['bash with noisy rc files', '/bin/bash', { '.bashrc': 'echo noise; echo loud >&2; printf "no newline"\n' }],
    ['fish', '/usr/bin/fish', { '.config/fish/config.fish': 'echo noise\n' }],
    ['tcsh', '/usr/bin/tcsh', { '.tcshrc': 'echo noise\necho "!" ; alias sh echo\n' }],
  ] as const)('3: whatever %s prints before our start mark is dropped', async (_name, shell, files) => {
    if (!has(shell)) return;
    const noisy = rig.account({ shell, files });
    const connection = await rig.connect({ port: sshd.port, user: noisy.name });
    const [first, second] = await ask(connection, 'echo "it\'s $USER"; pwd; echo e >&2', "printf '%s' 'a!b'");
    expect(first).toEqual({ stdout: `it's ${noisy.name}\n${noisy.home}\n`, stderr: 'e\n', status: 0 });
    expect(second?.stdout).toBe('a!b');
  });

  it('3: a login that cannot run a shell is told in its own words', async () => {
    const none = rig.account({ shell: '/usr/sbin/nologin' });
    const connection = await rig.connect({ port: sshd.port, user: none.name });
    const answer = await connection.ask(undefined, { how: 'each', snippets: scripts(['echo a']) });
    expect(lostBy(answer)).toMatchObject({
      reason: 'unreachable',
      code: 'no-shell',
      why: expect.stringContaining('not available'),
    });
    const exits = rig.account({ files: { '.bashrc': 'exit 0\n' } });
    const other = await rig.connect({ port: sshd.port, user: exits.name });
    const ended = lostBy(await other.ask(undefined, { how: 'each', snippets: scripts(['echo a']) }));
    expect(ended).toMatchObject({ code: 'no-shell', hint: expect.stringContaining('rc file') });
  });

  it('3: an rc file that waits is not waited for without end', async () => {
    const slow = rig.account({ files: { '.bashrc': 'sleep 30\n' } });
    const connection = await rig.connect({ port: sshd.port, user: slow.name }, { shellTimeout: 1 });
    const answer = await connection.ask(undefined, { how: 'each', snippets: scripts(['echo a']) });
    expect(lostBy(answer)).toMatchObject({ code: 'no-shell', why: expect.stringContaining('within 1 s') });
  });

  it('4: a silent link is noticed by the keepalive', async () => {
    const proxy = await proxyTo(rig, sshd.port);
    const connection = await rig.connect({ port: proxy.port, user: alice.name, checkHostKey: false }, QUICK);
    await ask(connection, 'echo warm');
    const asked = connection.ask(undefined, { how: 'each', snippets: scripts(['echo a', 'sleep 100']) });
    await new Promise(resolve => setTimeout(resolve, 200));
    const started = Date.now();
    proxy.stall();
    const answer = await asked;
    expect(lostBy(answer)).toMatchObject({ reason: 'lost', why: expect.stringContaining('nothing was heard') });
    expect(answer.outputs).toHaveLength(1);
    expect(Date.now() - started).toBeLessThan(3000);
  });

  it('4: a stopped session is noticed too, and a long quiet script on a living link is not', async () => {
    const connection = await rig.connect({ port: sshd.port, user: alice.name }, QUICK);
    expect((await ask(connection, 'sleep 2.5; echo still here'))[0]?.stdout).toBe('still here\n');
    const asked = connection.ask(undefined, { how: 'each', snippets: scripts(['sleep 100']) });
    await new Promise(resolve => setTimeout(resolve, 200));
    const stopped = sshd.sessions(alice.name);
    for (const pid of stopped) kill(pid, 'SIGSTOP');
    const answer = await asked;
    for (const pid of stopped) kill(pid, 'SIGKILL');
    expect(lostBy(answer)).toMatchObject({ reason: 'lost', why: expect.stringContaining('nothing was heard') });
  });

  it('5: a child that holds the streams delays no answer, and its noise is in none', async () => {
    const connection = await rig.connect({ port: sshd.port, user: alice.name });
    await ask(connection, 'echo warm');
    const started = Date.now();
    const answer = await connection.ask(undefined, {
      how: 'chain',
      snippets: scripts(['(sleep 1.5; echo noise) & echo started']),
    });
    expect(outputs(answer)).toEqual([{ stdout: 'started\n', stderr: '', status: 0 }]);
    expect(Date.now() - started).toBeLessThan(1200);
    expect((await ask(connection, 'sleep 1.7; echo a'))[0]).toEqual({ stdout: 'a\n', stderr: '', status: 0 });
  });

  it.each([
    ['the login', undefined],
    ['root through sudo', 'root'],
  ])('6: what takes too long is ended with its process group, through a second channel, as %s', async (_name, user) => {
    const connection = await rig.connect({ port: sshd.port, user: alice.name });
    const as =
      user === undefined ? undefined : ({ user, method: 'sudo', password: new Secret(alice.password) } as const);
    const file = `${alice.home}/pids.${user ?? 'login'}`;
    const script = `sleep 1000 & echo $! >${file}; sh -c 'echo $$ >>${file}; sleep 1000; :'; touch ${file}.reached`;
    const answer = await connection.ask(as, {
      how: 'chain',
      timeout: 0.5,
      snippets: scripts([script, `touch ${file}.next`]),
    });
    expect(lostBy(answer)).toMatchObject({ reason: 'timeout', seconds: 0.5, why: expect.stringContaining('SIGTERM') });
    for (const pid of readFileSync(file, 'utf8').trim().split('\n')) expect(isAlive(Number(pid))).toBe(false);
    const [left] = outputs(await connection.ask(as, { how: 'each', snippets: scripts([`ls ${file}.*`]) }));
    expect(left?.stdout).toBe('');
  });

  it('6: what ignores TERM is killed after five seconds', async () => {
    const connection = await rig.connect({ port: sshd.port, user: alice.name });
    const file = `${alice.home}/stubborn`;
    const answer = await connection.ask(undefined, {
      how: 'chain',
      timeout: 0.5,
      snippets: scripts([`sh -c 'trap "" TERM; echo $$ >${file}; while :; do sleep 1; done'`]),
    });
    expect(lostBy(answer)).toMatchObject({ reason: 'timeout', why: expect.stringContaining('SIGKILL') });
    expect(isAlive(Number(readFileSync(file, 'utf8')))).toBe(false);
  });

  it.each([
    ['the login', undefined],
    ['root through sudo', 'root'],
  ])(
    '6: a cut link ends a chain after the running link at the latest, and leaves no directory, as %s',
    async (_name, user) => {
      const proxy = await proxyTo(rig, sshd.port);
      const connection = await rig.connect({ port: proxy.port, user: alice.name, checkHostKey: false });
      const as =
        user === undefined ? undefined : ({ user, method: 'sudo', password: new Secret(alice.password) } as const);
      const file = `${alice.home}/cut.${user ?? 'login'}`;
      const asked = connection.ask(as, {
        how: 'chain',
        blobs: [blobOf('x')],
        snippets: scripts([
          `echo $RM_BLOBS >${file}.dir`,
          `touch ${file}.running; sleep 1; touch ${file}.done`,
          `touch ${file}.next`,
        ]),
      });
      expect(await until(() => existsSync(`${file}.running`))).toBe(true);
      proxy.cut();
      expect(lostBy(await asked).reason).toBe('lost');
      const directory = readFileSync(`${file}.dir`, 'utf8').trim();
      expect(directory).toMatch(/^\/(run|tmp)\/ringmaster\./);
      expect(await until(() => !existsSync(directory))).toBe(true);
      expect(existsSync(`${file}.next`)).toBe(false);
    },
  );

  it('6: a connection that is closed ends what runs', async () => {
    const connection = await rig.connect({ port: sshd.port, user: alice.name });
    const file = `${alice.home}/closed`;
    const asked = connection.ask(undefined, {
      how: 'chain',
      snippets: scripts([`sh -c 'echo $$ >${file}; sleep 1000; :'`]),
    });
    await until(() =>
      (() => {
        try {
          return readFileSync(file, 'utf8') !== '';
        } catch {
          return false;
        }
      })(),
    );
    await connection.close();
    expect(lostBy(await asked).reason).toBe('lost');
    expect(await until(() => !isAlive(Number(readFileSync(file, 'utf8'))))).toBe(true);
    expect(lostBy(await connection.ask(undefined, { how: 'each', snippets: [] })).reason).toBe('lost');
  });

  // A sudo of ours stands first in the PATH of the login: it tells what it is given, and when.
  const spy = (asks: boolean) => `#!/bin/bash
if read -r -t 0.7 early; then echo "early: $early" >>~/heard; fi
while [ $# -gt 0 ]; do case $1 in -p) token=$2; shift ;; /bin/sh) break ;; esac; shift; done
${asks ? 'printf %s "$token" >&2; read -r password; echo "password: $password" >>~/heard; sleep 0.3' : ':'}
if read -r -t 0.7 more; then echo "more: $more" >>~/heard; fi
exec "$@"
`;

  it.each([
    ['asks', true, (password: string) => `password: ${password}\n`],
    ['does not ask', false, () => ''],
  ])('7: where sudo %s, it is given the password after its prompt only, and no payload', async (_name, asks, heard) => {
    const watched = rig.account({ files: { '.bashrc': 'PATH=~/bin:$PATH\n', 'bin/sudo': spy(asks), heard: '' } });
    const password = 'the "pass" word$';
    const connection = await rig.connect({ port: sshd.port, user: watched.name });
    await ask(connection, 'chmod 755 ~/bin/sudo');
    const as = { user: 'root', method: 'sudo', password: new Secret(password) } as const;
    const [answer] = outputs(await connection.ask(as, { how: 'each', snippets: scripts(['cat; echo payload']) }));
    expect(answer?.stdout).toBe('payload\n');
    expect(readFileSync(`${watched.home}/heard`, 'utf8')).toBe(heard(password));
  });

  it('opens a second connection where sshd allows one session on each', async () => {
    const single = await rig.sshd('MaxSessions 1');
    const connection = await rig.connect({ port: single.port, user: alice.name });
    const as = { user: 'root', method: 'sudo', password: new Secret(alice.password) } as const;
    const who = (become: typeof as | undefined) =>
      connection.ask(become, { how: 'each', snippets: scripts(['id -un']) });
    const answers = await Promise.all([who(undefined), who(as), who(undefined), who(as)]);
    expect(answers.map(answer => outputs(answer)[0]?.stdout.trim())).toEqual([alice.name, 'root', alice.name, 'root']);
    expect(single.sessions(alice.name)).toHaveLength(2);
  });

  it('takes 100 MB of output in bounded memory', async () => {
    const connection = await rig.connect({ port: sshd.port, user: alice.name });
    await ask(connection, 'echo warm');
    global.gc?.();
    const before = process.memoryUsage().rss;
    let peak = before;
    const timer = setInterval(() => {
      peak = Math.max(peak, process.memoryUsage().rss);
    }, 20);
    const [answer] = await ask(connection, 'echo begin; head -c 104857600 /dev/zero | tr "\\0" z; echo; echo end');
    clearInterval(timer);
    expect(answer?.stdout).toMatch(/^begin\nz+\n\[… 10472\d{4} bytes left out …\]\nz+\nend\n$/);
    // 64 MiB are kept until it is clear that there is more.
    expect((peak - before) / 2 ** 20).toBeLessThan(128);
  });
});
