import { execFileSync, spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import knownHosts from '../../src/modules/known_hosts.js';
import { fingerprintsFor, hashed, isAbout, knownEdited, knownGiven, knownHostOf } from '../../src/modules/ssh/known.js';
import { argsOf, SHELLS, task, whats } from './doing.js';
import { scratch } from './rig.js';

const folder = scratch();
const made = (name: string, type = 'ed25519'): string => {
  const path = join(folder, name);
  execFileSync('ssh-keygen', ['-q', '-t', type, '-C', 'x', '-N', '', '-f', path]);
  return readFileSync(`${path}.pub`, 'utf8').split(' ').slice(0, 2).join(' ');
};
const [K, OTHER, RSA] = [made('k'), made('other'), made('rsa', 'rsa')];
/** What ssh-keygen finds for a host. */
const found = (file: string, host: string) =>
  spawnSync('ssh-keygen', ['-F', host, '-f', file], { encoding: 'utf8' })
    .stdout.split('\n')
    .filter(line => line !== '' && !line.startsWith('#'));
const edit = (
  before: string,
  name: string,
  key: string | undefined,
  more: { hash?: boolean; state?: 'present' | 'absent' } = {},
) => {
  const given = key === undefined ? { keys: [] } : knownGiven(key, name);
  if ('wrong' in given) throw new Error(given.wrong);
  const wish = { name, keys: given.keys, state: 'present' as const, hash: false, ...more };
  const after = knownEdited(before, wish);
  expect(knownEdited(after, wish)).toBe(after);
  return after;
};

describe.each(SHELLS.map(shell => [shell.join(' '), shell] as const))('a file, under %s', (_, shell) => {
  it('is made, with its directory, and ssh-keygen finds the host', () => {
    const home = scratch();
    const env = { HOME: home };
    const seen = task(knownHosts, { name: 'Node1', key: `node1,192.0.2.11 ${K}` }, { shell, env });
    expect(seen.outputs.map(({ status, stderr }) => [status, stderr])).toEqual([[0, '']]);
    expect(whats(seen.plan)).toEqual(['~/.ssh/known_hosts']);
    expect(seen.again).toEqual([]);
    const file = join(home, '.ssh/known_hosts');
    expect(statSync(join(home, '.ssh')).mode & 0o777).toBe(0o700);
    expect(found(file, 'node1')).toEqual([`node1,192.0.2.11 ${K}`]);
    expect(found(file, '192.0.2.11')).toHaveLength(1);
  });

  it('shows fingerprints of the old and the new key', () => {
    const file = join(scratch(), 'known');
    writeFileSync(file, `# c\nnode1 ${OTHER}\nnode2 ${OTHER}\n`);
    const seen = task(knownHosts, { name: 'node1', key: `node1 ${K}`, path: file }, { shell });
    const print = (key: string) =>
      execFileSync('ssh-keygen', ['-l', '-f', '-'], { input: key, encoding: 'utf8' }).split(' ')[1];
    expect(seen.plan).toMatchObject([
      { before: `node1 ssh-ed25519 ${print(OTHER)}`, after: `node1 ssh-ed25519 ${print(K)}` },
    ]);
    expect(readFileSync(file, 'utf8')).toBe(`# c\nnode2 ${OTHER}\nnode1 ${K}\n`);
    expect(seen.again).toEqual([]);
  });

  it('can be hashed', () => {
    const file = join(scratch(), 'known');
    const args = { name: 'node1', key: `node1,192.0.2.11 ${K}`, path: file, hash_host: true };
    const seen = task(knownHosts, args, { shell });
    expect(seen.again).toEqual([]);
    expect(readFileSync(file, 'utf8')).not.toContain('node1');
    expect(found(file, 'node1')).toHaveLength(1);
    expect(found(file, '192.0.2.11')).toHaveLength(1);
    expect(found(file, 'node2')).toEqual([]);
  });
});

describe('hashed names', () => {
  it('of ssh-keygen -H are found', () => {
    const file = join(scratch(), 'known');
    writeFileSync(file, `node1 ${K}\n[node1]:2222 ${RSA}\n`);
    execFileSync('ssh-keygen', ['-H', '-f', file], { stdio: 'ignore' });
    const lines = readFileSync(file, 'utf8')
      .trim()
      .split('\n')
      .map(line => knownHostOf(line)!);
    expect(lines.map(line => isAbout(line, 'node1'))).toEqual([true, false]);
    expect(lines.map(line => isAbout(line, '[node1]:2222'))).toEqual([false, true]);
    expect(task(knownHosts, { name: 'node1', key: `node1 ${K}`, path: file }).plan).toEqual([]);
    task(knownHosts, { name: 'node1', path: file, state: 'absent' });
    expect(found(file, 'node1')).toEqual([]);
    expect(found(file, '[node1]:2222')).toHaveLength(1);
  });
  it('are the same each time a plan is drawn', () => {
    const key = knownHostOf(`node1 ${K}`)!;
    expect(hashed('node1', key)).toBe(hashed('node1', key));
    expect(hashed('node1', key)).not.toBe(hashed('node2', key));
  });
});

describe('lines', () => {
  it.each<[string, string, string, string | undefined, object, string]>([
    ['another type is another key', `a ${RSA}\n`, 'a', `a ${K}`, {}, `a ${RSA}\na ${K}\n`],
    ['two types at once', '', 'a', `a ${RSA}\na ${K}\n`, {}, `a ${RSA}\na ${K}\n`],
    ['a name more for a known key', `a ${K}\n`, 'a', `a,b ${K}`, {}, `a ${K}\nb ${K}\n`],
    ['names of others stay at a wrong key', `a,b ${OTHER}\n`, 'a', `a ${K}`, {}, `b ${OTHER}\na ${K}\n`],
    ['a pattern stays', `*.x ${OTHER}\n`, 'a.x', `a.x ${K}`, {}, `*.x ${OTHER}\na.x ${K}\n`],
    ['a pattern with the right key will do', `*.x ${K}\n`, 'a.x', `a.x ${K}`, {}, `*.x ${K}\n`],
    ['a revoked key stays revoked', `@revoked a ${OTHER}\n`, 'a', `a ${K}`, {}, `@revoked a ${OTHER}\na ${K}\n`],
    [
      'an authority is a line of its own',
      `a ${OTHER}\n`,
      'a',
      `@cert-authority a ${K}`,
      {},
      `a ${OTHER}\n@cert-authority a ${K}\n`,
    ],
    [
      'a plain line becomes hashed',
      `a ${K}\n`,
      'a',
      `a ${K}`,
      { hash: true },
      `${hashed('a', knownHostOf(`a ${K}`)!)} ${K}\n`,
    ],
    ['a host goes', `a ${K}\nb ${K}\na,c ${RSA}\n`, 'a', undefined, { state: 'absent' }, `b ${K}\nc ${RSA}\n`],
    ['one key of a host goes', `a ${K}\na ${RSA}\n`, 'a', `a ${K}`, { state: 'absent' }, `a ${RSA}\n`],
    ['another key does not', `a ${OTHER}\n`, 'a', `a ${K}`, { state: 'absent' }, `a ${OTHER}\n`],
    ['a comment at the end does not matter', `a ${K} hello\n`, 'a', `a ${K}`, {}, `a ${K} hello\n`],
  ])('%s', (_, before, name, key, more, after) => {
    expect(edit(before, name, key, more)).toBe(after);
  });
  it('are about a host unless it is negated', () => {
    const line = knownHostOf(`*.x,!b.x ${K}`)!;
    expect([isAbout(line, 'a.x'), isAbout(line, 'A.X'), isAbout(line, 'b.x'), isAbout(line, 'axx')]).toEqual([
      true,
      true,
      false,
      false,
    ]);
  });
  it('have fingerprints for a reader', () => {
    expect(fingerprintsFor('', ['a'])).toBe('');
  });
});

describe('arguments', () => {
  it.each([
    [{ name: 'a' }, /key is required/],
    [{ name: 'a', key: `b ${K}` }, /not for a/],
    [{ name: 'a', key: K }, /not a line of known_hosts/],
    [{ name: 'a', key: `a ssh-rsa ${K.split(' ')[1]}` }, /not a line of known_hosts/],
    [{ name: 'a,b', key: `a,b ${K}` }, /one name/],
    [{ name: 'a b', key: `a ${K}` }, /one name/],
  ])('%j are refused', (args, why) => {
    expect(() => argsOf(knownHosts, args)).toThrow(why);
  });
});

describe('nothing to do', () => {
  it('makes no file', () => {
    const root = scratch();
    mkdirSync(join(root, 'd'));
    const path = join(root, 'd/known');
    expect(task(knownHosts, { name: 'a', path, state: 'absent' }).plan).toEqual([]);
    expect(existsSync(path)).toBe(false);
  });
});
