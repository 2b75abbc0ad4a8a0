import { execFileSync, spawnSync } from 'node:child_process';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { isBlocked } from '../../src/core/change.js';
import subversion from '../../src/modules/subversion.js';
import { argsOf, type Seen, SHELLS, task } from './doing.js';
import { scratch } from './rig.js';

const has =
  spawnSync('svn', ['--version', '-q']).status === 0 && spawnSync('svnadmin', ['--version', '-q']).status === 0;
const svn = (folder: string, ...args: string[]) =>
  execFileSync('svn', ['--non-interactive', ...args], { cwd: folder, encoding: 'utf8' }).trim();
const whyOf = (seen: Seen) => (isBlocked(seen.plan) ? seen.plan.blocked : undefined);
const failures = (seen: Seen) => seen.outputs.filter(({ status }) => status !== 0).map(({ stderr }) => stderr);

/** A repository with trunk and a branch; `commit` adds a revision to trunk. */
function upstream() {
  const root = scratch();
  execFileSync('svnadmin', ['create', join(root, 'repo')]);
  const base = `file://${root}/repo`;
  svn(root, 'mkdir', '-q', '-m', 'x', `${base}/trunk`, `${base}/branches`);
  svn(root, 'checkout', '-q', `${base}/trunk`, 'work');
  const work = join(root, 'work');
  let isNew = true;
  const commit = (text: string) => {
    writeFileSync(join(work, 'file'), text);
    if (isNew) svn(work, 'add', '-q', 'file');
    isNew = false;
    svn(work, 'commit', '-q', '-m', text);
    return svn(root, 'info', '--show-item', 'last-changed-revision', `${base}/trunk`);
  };
  const first = commit('one');
  svn(root, 'copy', '-q', '-m', 'b', `${base}/trunk`, `${base}/branches/b`);
  return { repo: `${base}/trunk`, branch: `${base}/branches/b`, first, commit };
}
const dest = () => join(scratch(), 'the dest@x');

describe.skipIf(!has).each(SHELLS.map(shell => [shell.join(' '), shell] as const))(
  'a working copy, under %s',
  (_, shell) => {
    it('is made, kept and brought forward', () => {
      const { repo, commit } = upstream();
      const path = dest();
      const seen = task(subversion, { repo, dest: path }, { shell });
      expect(failures(seen)).toEqual([]);
      expect(seen.again).toEqual([]);
      expect(seen.result).toMatchObject({
        before: null,
        after: [expect.stringMatching(/^Revision: \d+$/), `URL: ${repo}`],
      });
      const second = commit('two');
      const next = task(subversion, { repo, dest: path }, { shell });
      expect(failures(next)).toEqual([]);
      expect(next.result.after[0]).toBe(`Revision: ${second}`);
      expect(readFileSync(join(path, 'file'), 'utf8')).toBe('two');
      expect(next.again).toEqual([]);
    });
  },
);

describe.skipIf(!has)('ways', () => {
  it('a revision', () => {
    const { repo, first, commit } = upstream();
    commit('two');
    const path = dest();
    expect(task(subversion, { repo, dest: path, revision: first }).again).toEqual([]);
    expect(readFileSync(join(path, 'file'), 'utf8')).toBe('one');
  });
  it('another URL', () => {
    const { repo, branch } = upstream();
    const path = dest();
    task(subversion, { repo, dest: path });
    expect(whyOf(task(subversion, { repo: branch, dest: path, switch: false }))).toMatch(/switch=no/);
    const seen = task(subversion, { repo: branch, dest: path });
    expect(failures(seen)).toEqual([]);
    expect(seen.again).toEqual([]);
    expect(seen.result.after[1]).toBe(`URL: ${branch}`);
  });
  it('an export', () => {
    const { repo } = upstream();
    const path = dest();
    const seen = task(subversion, { repo, dest: path, export: true });
    expect(failures(seen)).toEqual([]);
    expect(existsSync(join(path, '.svn'))).toBe(false);
    expect(readFileSync(join(path, 'file'), 'utf8')).toBe('one');
    expect(seen.again).toEqual([]);
  });
  it('local modifications stop it', () => {
    const { repo } = upstream();
    const path = dest();
    task(subversion, { repo, dest: path });
    writeFileSync(join(path, 'unknown'), '');
    expect(task(subversion, { repo, dest: path }).plan).toEqual([]);
    writeFileSync(join(path, 'file'), 'mine');
    expect(whyOf(task(subversion, { repo, dest: path }))).toMatch(/Local modifications exist .*\nM +/);
    const forced = task(subversion, { repo, dest: path, force: true });
    expect(forced.again).toEqual([]);
    expect(readFileSync(join(path, 'file'), 'utf8')).toBe('one');
    expect(existsSync(join(path, 'unknown'))).toBe(true);
  });
  it('without update or checkout', () => {
    const { repo, commit } = upstream();
    const path = dest();
    expect(task(subversion, { repo, dest: path, checkout: false }).plan).toEqual([]);
    task(subversion, { repo, dest: path });
    commit('two');
    expect(task(subversion, { repo, dest: path, update: false }).plan).toEqual([]);
  });
});

describe('what cannot be', () => {
  it.skipIf(!has)('a repository that does not answer', () => {
    expect(whyOf(task(subversion, { repo: 'file:///no/such', dest: dest() }))).toMatch(
      /^cannot ask file:\/\/\/no\/such: svn: /,
    );
  });
  it.skipIf(!has)('a destination with other things in it', () => {
    const { repo } = upstream();
    const path = scratch();
    writeFileSync(join(path, 'x'), '');
    expect(whyOf(task(subversion, { repo, dest: path }))).toMatch(/is no working copy/);
  });
  it('a host without svn', () => {
    const seen = task(
      subversion,
      { repo: 'file:///x', dest: '/y' },
      { env: { PATH: '/nonexistent' }, shell: ['/bin/dash'] },
    );
    expect(whyOf(seen)).toMatch(/svn is not installed/);
  });
  it.each([{ repo: '--x' }, { repo: '/path' }, { revision: '-r 1' }, { validate_certs: false }, { dest: undefined }])(
    '%j',
    args => {
      expect(() => argsOf(subversion, { repo: 'file:///x', dest: '/y', ...args })).toThrow();
    },
  );
});

describe('a password', () => {
  it('is masked, and goes by stdin', () => {
    const args = argsOf(subversion, { repo: 'https://x/y', dest: '/y', username: 'u', password: 'canary' });
    const { script } = subversion.probe(args, { found: [] });
    expect(script.shown).not.toContain('canary');
    expect(script.text).toContain("printf '%s' canary | command svn");
  });
});
