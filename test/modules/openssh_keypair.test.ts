import { execFileSync, spawnSync } from 'node:child_process';
import { existsSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { isBlocked } from '../../src/core/change.js';
import { Unknown } from '../../src/core/value.js';
import openssh from '../../src/modules/openssh_keypair.js';
import { argsOf, type Seen, SHELLS, task, whats } from './doing.js';
import { scratch } from './rig.js';

const whyOf = (seen: Seen) => (isBlocked(seen.plan) ? seen.plan.blocked : undefined);
const mode = (path: string) => (statSync(path).mode & 0o7777).toString(8);
const key = (name: string, type: string, passphrase = '', more: string[] = []) => {
  const path = join(scratch(), name);
  execFileSync('ssh-keygen', ['-q', '-t', type, '-C', 'old', '-N', passphrase, '-f', path, ...more]);
  return path;
};
const PASS = `p'a "s$s`;

describe.each(SHELLS.map(shell => [shell.join(' '), shell] as const))('a pair, under %s', (_, shell) => {
  it.each([
    ['ed25519', {}, 256],
    ['rsa', { size: 2048 }, 2048],
    ['ecdsa', { size: 384 }, 384],
  ])('of %s is made once', (type, more, size) => {
    const path = join(scratch(), 'id x');
    const args = { path, type, comment: 'it is $me', owner: '4711', group: '4712', ...more };
    const seen = task(openssh, args, { shell });
    expect(seen.outputs.map(({ status, stderr }) => [status, stderr])).toEqual([[0, '']]);
    expect(seen.again).toEqual([]);
    expect(seen.foreseen.public_key).toBeInstanceOf(Unknown);
    const said = execFileSync('ssh-keygen', ['-l', '-f', path], { encoding: 'utf8' }).trim();
    expect(said).toBe(`${size} ${seen.result.fingerprint} it is $me (${type.toUpperCase()})`);
    expect(seen.result).toMatchObject({ filename: path, type, size, comment: 'it is $me' });
    expect(readFileSync(`${path}.pub`, 'utf8').trim()).toBe(seen.result.public_key);
    expect([mode(path), mode(`${path}.pub`), statSync(path).uid, statSync(`${path}.pub`).gid]).toEqual([
      '600',
      '644',
      4711,
      4712,
    ]);
    const again = task(openssh, args, { shell });
    expect(again.plan).toEqual([]);
    expect(again.result).toEqual(seen.result);
    // Nothing of the private half is ever printed.
    for (const { stdout, stderr } of seen.outputs) expect(stdout + stderr).not.toContain('PRIVATE');
  });

  it('with a passphrase is made and found', () => {
    const path = join(scratch(), 'id');
    const args = { path, type: 'ed25519', passphrase: PASS };
    const seen = task(openssh, args, { shell });
    expect(seen.outputs.map(({ status }) => status)).toEqual([0]);
    expect(seen.again).toEqual([]);
    expect(spawnSync('ssh-keygen', ['-y', '-P', PASS, '-f', path]).status).toBe(0);
    expect(spawnSync('ssh-keygen', ['-y', '-P', '', '-f', path]).status).not.toBe(0);
    const [change] = seen.plan as any;
    expect(change.apply.shown).not.toContain(PASS);
    expect(whyOf(task(openssh, { ...args, passphrase: 'other' }, { shell }))).toMatch(
      /protected by another passphrase/,
    );
    expect(whyOf(task(openssh, { path, type: 'ed25519' }, { shell }))).toMatch(/protected by another passphrase/);
  });

  it('gets another comment', () => {
    const path = key('id', 'ed25519', PASS);
    const seen = task(openssh, { path, type: 'ed25519', comment: 'new', passphrase: PASS }, { shell });
    expect(whats(seen.plan)).toEqual(['comment']);
    expect(seen.outputs.map(({ status }) => status)).toEqual([0]);
    expect(seen.again).toEqual([]);
    expect(readFileSync(`${path}.pub`, 'utf8')).toMatch(/ new\n$/);
  });

  it('gets its public half back', () => {
    const path = key('id', 'ed25519');
    const before = readFileSync(`${path}.pub`, 'utf8');
    writeFileSync(`${path}.pub`, `${readFileSync(`${key('x', 'ed25519')}.pub`, 'utf8')}`);
    const seen = task(openssh, { path, type: 'ed25519' }, { shell });
    expect(whats(seen.plan)).toEqual([`${path}.pub`]);
    expect(seen.again).toEqual([]);
    expect(readFileSync(`${path}.pub`, 'utf8')).toBe(before);
  });
});

describe('a key that is there', () => {
  it.each([
    ['of another type', 'ed25519', { type: 'rsa' }, /is of type ed25519, not rsa; it is not replaced/],
    ['of another size', 'rsa', { type: 'rsa', size: 4096 }, /has 2048 bits, not 4096/],
    ['without the passphrase', 'ed25519', { type: 'ed25519', passphrase: 'xxxx' }, /not protected by a passphrase/],
  ])('%s is kept', (_, type, args, why) => {
    const path = key('id', type, '', type === 'rsa' ? ['-b', '2048'] : []);
    const before = readFileSync(path, 'utf8');
    expect(whyOf(task(openssh, { path, ...args }))).toMatch(why);
    expect(whyOf(task(openssh, { path, regenerate: 'fail', ...args }))).toMatch(why);
    expect(readFileSync(path, 'utf8')).toBe(before);
  });
  it.each([
    ['partial_idempotence', { type: 'ecdsa' }],
    ['full_idempotence', { type: 'ed25519', passphrase: 'xxxx' }],
    ['always', { type: 'ed25519' }],
  ])('is replaced with regenerate: %s', (regenerate, args) => {
    const path = key('id', 'ed25519');
    const before = readFileSync(path, 'utf8');
    const seen = task(openssh, { path, regenerate, ...args });
    expect(seen.status).toBe(0);
    expect(readFileSync(path, 'utf8')).not.toBe(before);
    if (regenerate !== 'always') expect(seen.again).toEqual([]);
  });
  it('that is none is not replaced', () => {
    const path = join(scratch(), 'id');
    writeFileSync(path, 'precious');
    expect(whyOf(task(openssh, { path, regenerate: 'partial_idempotence' }))).toMatch(/it is no key/);
    expect(readFileSync(path, 'utf8')).toBe('precious');
  });
  it('is let be with never', () => {
    expect(task(openssh, { path: key('id', 'ed25519'), type: 'rsa', regenerate: 'never' }).plan).toEqual([]);
  });
  it('goes, with its public half', () => {
    const path = key('id', 'ed25519');
    const seen = task(openssh, { path, state: 'absent' });
    expect(seen.again).toEqual([]);
    expect([existsSync(path), existsSync(`${path}.pub`)]).toEqual([false, false]);
  });
});

describe('what is not there', () => {
  it('a directory: foreseen', () => {
    const { plan } = task(openssh, { path: '/no/such/id' });
    expect(plan).toMatchObject({
      blocked: 'the directory /no/such does not exist',
      foreseen: [{ what: '/no/such/id' }],
    });
  });
  it('an owner: foreseen', () => {
    const { plan } = task(openssh, { path: join(scratch(), 'id'), owner: 'nobody-such' });
    expect(plan).toMatchObject({ blocked: 'there is no user nobody-such', foreseen: [{}] });
  });
});

describe('arguments', () => {
  it.each([{ type: 'ecdsa', size: 2048 }, { size: 12 }, { comment: 'a\nb' }, { type: 'x' }])('%j are refused', args => {
    expect(() => argsOf(openssh, { path: '/x', ...args })).toThrow();
  });
});
