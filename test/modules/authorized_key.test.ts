import { execFileSync } from 'node:child_process';
import { chownSync, lstatSync, mkdirSync, readFileSync, statSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { isBlocked } from '../../src/core/change.js';
import authorizedKey from '../../src/modules/authorized_key.js';
import { authorizedKeyOf, edited } from '../../src/modules/ssh/authorized.js';
import { bitsOf, fingerprint, isWhole } from '../../src/modules/ssh/keys.js';
import { argsOf, type Ground, type Seen, SHELLS, task, whats } from './doing.js';
import { scratch } from './rig.js';

/** Real keys of every kind, with what ssh-keygen says of them. */
const folder = scratch();
function made(type: string, bits: string, comment: string): string {
  const path = join(folder, `${type}${bits}${comment.replace(/\W/g, '')}`);
  execFileSync('ssh-keygen', ['-q', '-t', type, ...(bits ? ['-b', bits] : []), '-C', comment, '-N', '', '-f', path]);
  return readFileSync(`${path}.pub`, 'utf8').trim();
}
const A = made('ed25519', '', 'a@x');
const B = made('ed25519', '', 'b y');
const R = made('rsa', '2048', 'r');

/** An account whose home is a scratch folder: this machine's passwd is covered by another for as long as a task runs. */
function account(home = scratch()) {
  const passwd = join(scratch(), 'passwd');
  writeFileSync(passwd, `root:x:0:0:root:/root:/bin/sh\nbro:x:4711:4712:B:${home}:/bin/sh\n`);
  chownSync(home, 4711, 4712);
  const through = ['unshare', '-m', 'sh', '-c', `mount --bind ${passwd} /etc/passwd && exec "$@"`, 'sh'];
  const file = join(home, '.ssh/authorized_keys');
  return { home, file, through, text: () => readFileSync(file, 'utf8') };
}
const whyOf = (seen: Seen) => (isBlocked(seen.plan) ? seen.plan.blocked : undefined);
const failures = (seen: Seen) => seen.outputs.filter(({ status }) => status !== 0).map(({ stderr }) => stderr);

describe.each(SHELLS.map(shell => [shell.join(' '), shell] as const))('a user, under %s', (_, shell) => {
  it('gets a first key, in a directory and file of his own', () => {
    const bro = account();
    const ground: Ground = { through: bro.through, shell };
    const seen = task(authorizedKey, { user: 'bro', key: A }, ground);
    expect(failures(seen)).toEqual([]);
    expect(whats(seen.plan)).toEqual(['directory', bro.file]);
    expect(bro.text()).toBe(`${A}\n`);
    const [dir, file] = [statSync(join(bro.home, '.ssh')), statSync(bro.file)];
    expect([dir.uid, dir.gid, dir.mode & 0o7777]).toEqual([4711, 4712, 0o700]);
    expect([file.uid, file.gid, file.mode & 0o7777]).toEqual([4711, 4712, 0o600]);
    expect(seen.again).toEqual([]);
    expect(seen.result).toMatchObject({ user: 'bro', keyfile: bro.file, exclusive: false });
    expect(execFileSync('ssh-keygen', ['-l', '-f', bro.file], { encoding: 'utf8' })).toContain(
      fingerprint(authorizedKeyOf(A)!),
    );
  });

  it('keeps what else is in the file', () => {
    const bro = account();
    mkdirSync(join(bro.home, '.ssh'));
    writeFileSync(bro.file, `# ours\n\nssh-nonsense \xff\n${B}`, 'latin1');
    const ground: Ground = { through: bro.through, shell };
    const seen = task(authorizedKey, { user: 'bro', key: `${A}\n${R}\n`, comment: 'ü' }, ground);
    expect(failures(seen)).toEqual([]);
    const [a, r] = [A, R].map(key => `${key.split(' ').slice(0, 2).join(' ')} ü`);
    expect(readFileSync(bro.file)).toEqual(
      Buffer.concat([Buffer.from(`# ours\n\nssh-nonsense \xff\n`, 'latin1'), Buffer.from(`${B}\n${a}\n${r}\n`)]),
    );
    expect(seen.again).toEqual([]);
    const gone = task(authorizedKey, { user: 'bro', key: A, state: 'absent' }, ground);
    expect(gone.again).toEqual([]);
    expect(bro.text()).toContain(B);
    expect(bro.text()).not.toContain(a);
  });
});

describe('the file', () => {
  const keys = (text: string) =>
    text
      .trim()
      .split('\n')
      .map(line => authorizedKeyOf(line)!);
  const wish = (text: string, more = {}) => ({
    keys: keys(text),
    state: 'present' as const,
    exclusive: false,
    ...more,
  });
  const bare = (line: string) => line.split(' ').slice(0, 2).join(' ');
  it.each([
    ['has the key', `${A}\n`, wish(A), `${A}\n`],
    ['has it without an end of line', A, wish(A), A],
    [
      'has it with options in another order',
      `no-pty,from="a,b" ${A}\n`,
      wish(`from="a,b",no-pty ${A}`),
      `no-pty,from="a,b" ${A}\n`,
    ],
    [
      'gets other options',
      `no-pty ${A}\n${B}\n`,
      wish(`command="echo \\"x\\" y" ${A}`),
      `command="echo \\"x\\" y" ${A}\n${B}\n`,
    ],
    ['gets another comment', `${bare(A)} old\n${B}\n`, wish(A), `${A}\n${B}\n`],
    ['has it twice', `${A}\n${B}\n${A}\n`, wish(A), `${A}\n${B}\n`],
    ['gets two, in their order', `${B}\n`, wish(`${R}\n${A}`), `${B}\n${R}\n${A}\n`],
    ['gets one given twice only once', '', wish(`${A}\n${A}`), `${A}\n`],
    ['has none but these', `# c\n${B}\n${A}\nx\n`, wish(A, { exclusive: true }), `${A}\n`],
    ['loses one', `${A}\nno-pty ${B}\n`, wish(B, { state: 'absent' }), `${A}\n`],
    ['has none to lose', `${A}\n`, wish(B, { state: 'absent' }), `${A}\n`],
  ])('%s', (_, before, given, after) => {
    expect(edited(before, given)).toBe(after);
    expect(edited(after, given)).toBe(after);
  });
});

describe('a place of its own', () => {
  it('is written with key_options, and its owner let be while nothing is to do', () => {
    const path = join(scratch(), 'keys');
    const args = { user: 'root', key: A, path, manage_dir: false, key_options: 'from="192.0.2.1"' };
    const seen = task(authorizedKey, args);
    expect(whats(seen.plan)).toEqual([path]);
    expect(readFileSync(path, 'utf8')).toBe(`from="192.0.2.1" ${A}\n`);
    chownSync(path, 1, 1);
    expect(task(authorizedKey, args).plan).toEqual([]);
  });

  it('behind a link is not followed unless asked', () => {
    const root = scratch();
    const real = join(root, 'real');
    writeFileSync(real, '');
    symlinkSync(real, join(root, 'keys'));
    const args = { user: 'root', key: A, path: join(root, 'keys'), manage_dir: false };
    expect(whyOf(task(authorizedKey, args))).toMatch(/is a link/);
    const seen = task(authorizedKey, { ...args, follow: true });
    expect(seen.again).toEqual([]);
    expect(readFileSync(real, 'utf8')).toBe(`${A}\n`);
    expect(lstatSync(join(root, 'keys')).isSymbolicLink()).toBe(true);
  });

  it('in a directory that a user made a link to elsewhere is not touched', () => {
    const bro = account();
    const victim = scratch();
    symlinkSync(victim, join(bro.home, '.ssh'));
    expect(whyOf(task(authorizedKey, { user: 'bro', key: A }, { through: bro.through }))).toMatch(
      /the directory .* is a link/,
    );
    expect(statSync(victim).uid).toBe(0);
  });
});

describe('what is not there', () => {
  it('a user: foreseen', () => {
    const { plan } = task(authorizedKey, { user: 'nobody-such', key: A });
    expect(plan).toMatchObject({
      blocked: 'there is no user nobody-such',
      foreseen: [{ before: null, after: `${A}\n` }],
    });
    expect(task(authorizedKey, { user: 'nobody-such', key: A, state: 'absent' }).plan).toEqual([]);
  });
  it('a home: foreseen', () => {
    const bro = account();
    const passwd = join(scratch(), 'passwd');
    writeFileSync(passwd, 'bro:x:4711:4712::/no/such/home:/bin/sh\n');
    const through = ['unshare', '-m', 'sh', '-c', `mount --bind ${passwd} /etc/passwd && exec "$@"`, 'sh'];
    const { plan } = task(authorizedKey, { user: 'bro', key: A }, { through });
    expect(plan).toMatchObject({ blocked: 'the home /no/such/home of bro does not exist', foreseen: [{}, {}] });
    expect(bro.home).toBeTruthy();
  });
  it('a file to remove from', () => {
    const bro = account();
    expect(task(authorizedKey, { user: 'bro', key: A, state: 'absent' }, { through: bro.through }).plan).toEqual([]);
  });
});

describe('arguments', () => {
  it.each([
    [{ key: 'https://github.com/x.keys' }, /not fetched/],
    [{ key: 'file:///etc/x' }, /not fetched/],
    [{ key: 'ssh-rsa nonsense' }, /not a public key/],
    [{ key: A.replace('ssh-ed25519', 'ssh-rsa') }, /not a public key/],
    [{ key: '# only a comment' }, /no key/],
    [{ key: A, key_options: 'no-pty\nssh-rsa x' }, /one line/],
    [{ key: A, comment: 'a\nssh-rsa x' }, /one line/],
    [{ key: A, user: '-x' }, /user name/],
    [{ key: A, user: 'a:b' }, /user name/],
  ])('%j are refused', (args, why) => {
    expect(() => argsOf(authorizedKey, { user: 'root', ...args })).toThrow(why);
  });
});

describe('keys', () => {
  it.each([
    ['ed25519', '', 256],
    ['rsa', '2048', 2048],
    ['rsa', '3072', 3072],
    ['ecdsa', '384', 384],
    ['ecdsa', '521', 521],
  ])('%s %s are read as ssh-keygen reads them', (type, bits, size) => {
    const line = made(type, bits, `k${type}${bits}`);
    const key = authorizedKeyOf(line)!;
    expect(isWhole(key)).toBe(true);
    const said = execFileSync('ssh-keygen', ['-l', '-f', '-'], { input: line, encoding: 'utf8' }).split(' ');
    expect([String(bitsOf(key)), fingerprint(key)]).toEqual(said.slice(0, 2));
    expect(bitsOf(key)).toBe(size);
  });
});
