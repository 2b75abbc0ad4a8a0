import { execFileSync } from 'node:child_process';
import { chownSync, existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { isBlocked } from '../../src/core/change.js';
import { Unknown } from '../../src/core/value.js';
import { sightOf } from '../../src/modules/git/sight.js';
import gitModule from '../../src/modules/git.js';
import { argsOf, type Ground, type Seen, SHELLS, task, whats } from './doing.js';
import { scratch } from './rig.js';

const CONFIG = { GIT_CONFIG_GLOBAL: '/dev/null', GIT_CONFIG_SYSTEM: '/dev/null' };
const NAMES = Object.fromEntries(
  ['AUTHOR', 'COMMITTER'].flatMap(who => [
    [`GIT_${who}_NAME`, 'x'],
    [`GIT_${who}_EMAIL`, 'x@x'],
  ]),
);
const git = (folder: string, ...args: string[]) =>
  execFileSync('git', ['-C', folder, '-c', 'protocol.file.allow=always', ...args], {
    encoding: 'utf8',
    env: { ...process.env, ...CONFIG, ...NAMES },
    stdio: ['ignore', 'pipe', 'pipe'],
  }).trim();
const ground = (shell: readonly string[] = ['dash']): Ground => ({ shell, env: CONFIG });

/** A repository with two commits on main, a branch, and both kinds of tag on the first commit. */
function upstream() {
  const repo = join(scratch(), 'up stream');
  mkdirSync(repo);
  git(repo, 'init', '-q', '-b', 'main');
  const commit = (text: string) => {
    writeFileSync(join(repo, 'file'), text);
    git(repo, 'add', '-A');
    git(repo, 'commit', '-q', '-m', text);
    return git(repo, 'rev-parse', 'HEAD');
  };
  const first = commit('one');
  git(repo, 'tag', 'light');
  git(repo, 'tag', '-a', '-m', 'x', 'v1.0');
  git(repo, 'branch', 'other');
  const second = commit('two');
  return { repo, first, second, commit };
}
const dest = () => join(scratch(), 'the dest');
const head = (folder: string) => git(folder, 'rev-parse', 'HEAD');
const whyOf = (seen: Seen) => (isBlocked(seen.plan) ? seen.plan.blocked : undefined);
const failures = (seen: Seen) => seen.outputs.filter(({ status }) => status !== 0).map(({ stderr }) => stderr);

describe.each(SHELLS.map(shell => [shell.join(' '), shell] as const))('a clone, under %s', (_, shell) => {
  it('is made, kept and brought forward', () => {
    const { repo, second, commit } = upstream();
    const path = dest();
    const seen = task(gitModule, { repo, dest: path }, ground(shell));
    expect(failures(seen)).toEqual([]);
    expect(seen.plan).toMatchObject([{ what: path, before: null, after: second }]);
    expect(seen.again).toEqual([]);
    expect(seen.foreseen).toMatchObject({ before: null, after: second });
    expect(seen.result).toEqual({ before: null, after: second, remote_url_changed: false });
    expect(git(path, 'symbolic-ref', '--short', 'HEAD')).toBe('main');
    const third = commit('three');
    const next = task(gitModule, { repo, dest: path }, ground(shell));
    expect(next.result).toEqual({ before: second, after: third, remote_url_changed: false });
    expect(next.again).toEqual([]);
    expect(readFileSync(join(path, 'file'), 'utf8')).toBe('three');
  });

  it.each([
    ['branch', 'other'],
    ['tag', 'light'],
    ['annotated tag', 'v1.0'],
  ])('at a %s', (_, version) => {
    const { repo, first, second } = upstream();
    const path = dest();
    const seen = task(gitModule, { repo, dest: path, version }, ground(shell));
    expect(failures(seen)).toEqual([]);
    expect(seen.result.after).toBe(first);
    expect(seen.again).toEqual([]);
    // And from there to main and back.
    expect(task(gitModule, { repo, dest: path, version: 'main' }, ground(shell)).result.after).toBe(second);
    const back = task(gitModule, { repo, dest: path, version }, ground(shell));
    expect(failures(back)).toEqual([]);
    expect(back.result).toMatchObject({ before: second, after: first });
    expect(back.again).toEqual([]);
  });
});

describe('a commit', () => {
  it('is checked out, and then the remote is not asked any more', () => {
    const { repo, first } = upstream();
    const path = dest();
    const seen = task(gitModule, { repo, dest: path, version: first }, ground());
    expect(seen.result.after).toBe(first);
    rmSync(repo, { recursive: true });
    expect(task(gitModule, { repo, dest: path, version: first }, ground()).plan).toEqual([]);
  });
  it('may be shortened', () => {
    const { repo, first } = upstream();
    const path = dest();
    const seen = task(gitModule, { repo, dest: path, version: first.slice(0, 10) }, ground());
    expect(failures(seen)).toEqual([]);
    expect(head(path)).toBe(first);
    expect(seen.again).toEqual([]);
  });
  it('that nobody has fails', () => {
    const { repo } = upstream();
    const seen = task(gitModule, { repo, dest: dest(), version: '1234567890123456789012345678901234567890' }, ground());
    expect(seen.status).not.toBe(0);
    expect(seen.outputs.at(-1)!.stderr).toMatch(/origin has no branch, tag or commit 123456/);
  });
  it('of a tag that was moved is followed', () => {
    const { repo, second } = upstream();
    const path = dest();
    task(gitModule, { repo, dest: path, version: 'light' }, ground());
    git(repo, 'tag', '-f', 'light', second);
    const seen = task(gitModule, { repo, dest: path, version: 'light' }, ground());
    expect(seen.result.after).toBe(second);
    expect(seen.again).toEqual([]);
  });
});

describe('local work', () => {
  const set = () => {
    const { repo, commit } = upstream();
    const path = dest();
    task(gitModule, { repo, dest: path }, ground());
    return { repo, path, commit };
  };
  it('in known files stops the task, with what git says', () => {
    const { repo, path } = set();
    writeFileSync(join(path, 'file'), 'mine');
    const seen = task(gitModule, { repo, dest: path }, ground());
    expect(whyOf(seen)).toBe(`Local modifications exist in the destination: ${path} (force=no).\n M file`);
    expect(readFileSync(join(path, 'file'), 'utf8')).toBe('mine');
    const forced = task(gitModule, { repo, dest: path, force: true }, ground());
    expect(forced.plan).toMatchObject([{ before: ' M file', after: '' }]);
    expect(forced.again).toEqual([]);
    expect(readFileSync(join(path, 'file'), 'utf8')).toBe('two');
  });
  it('in files that git does not know is none', () => {
    const { repo, path, commit } = set();
    writeFileSync(join(path, 'Makefile'), 'built');
    commit('three');
    const seen = task(gitModule, { repo, dest: path }, ground());
    expect(seen.again).toEqual([]);
    expect(readFileSync(join(path, 'Makefile'), 'utf8')).toBe('built');
  });
  it('that was committed is not thrown away', () => {
    const { repo, path, commit } = set();
    writeFileSync(join(path, 'mine'), 'mine');
    git(path, 'add', '-A');
    git(path, 'commit', '-q', '-m', 'mine');
    commit('three');
    expect(whyOf(task(gitModule, { repo, dest: path }, ground()))).toMatch(
      /has 1 commits on main that are nowhere else/,
    );
    const forced = task(gitModule, { repo, dest: path, force: true }, ground());
    expect(forced.again).toEqual([]);
    expect(existsSync(join(path, 'mine'))).toBe(false);
  });
  it('does not stop a branch that was rewritten upstream', () => {
    const { repo, path } = set();
    git(repo, 'commit', '-q', '--amend', '-m', 'other');
    const seen = task(gitModule, { repo, dest: path }, ground());
    expect(failures(seen)).toEqual([]);
    expect(seen.again).toEqual([]);
  });
});

describe('further ways', () => {
  it('a shallow clone', () => {
    const { repo, commit } = upstream();
    const path = dest();
    const args = { repo: `file://${repo}`, dest: path, depth: 1 };
    expect(task(gitModule, args, ground()).again).toEqual([]);
    expect(git(path, 'rev-list', '--count', 'HEAD')).toBe('1');
    const third = commit('three');
    const seen = task(gitModule, args, ground());
    expect(failures(seen)).toEqual([]);
    expect(head(path)).toBe(third);
    expect(task(gitModule, { ...args, version: 'v1.0' }, ground()).again).toEqual([]);
  });
  it('a bare one', () => {
    const { repo, commit } = upstream();
    const path = dest();
    expect(task(gitModule, { repo, dest: path, bare: true }, ground()).again).toEqual([]);
    const third = commit('three');
    const seen = task(gitModule, { repo, dest: path, bare: true }, ground());
    expect(failures(seen)).toEqual([]);
    expect(seen.again).toEqual([]);
    expect(head(path)).toBe(third);
  });
  it('another remote', () => {
    const one = upstream();
    const path = dest();
    task(gitModule, { repo: one.repo, dest: path, remote: 'up' }, ground());
    const moved = join(scratch(), 'moved');
    git(scratch(), 'clone', '-q', one.repo, moved);
    const seen = task(gitModule, { repo: moved, dest: path, remote: 'up' }, ground());
    expect(whats(seen.plan)).toEqual([`${path} remote up`]);
    expect(seen.result.remote_url_changed).toBe(true);
    expect(seen.again).toEqual([]);
  });
  it('submodules', () => {
    const inner = upstream();
    const outer = upstream();
    git(outer.repo, 'submodule', '-q', 'add', inner.repo, 'sub');
    git(outer.repo, 'commit', '-q', '-m', 'sub');
    const path = dest();
    const env = {
      ...CONFIG,
      GIT_CONFIG_COUNT: '1',
      GIT_CONFIG_KEY_0: 'protocol.file.allow',
      GIT_CONFIG_VALUE_0: 'always',
    };
    const seen = task(gitModule, { repo: outer.repo, dest: path }, { env });
    expect(failures(seen)).toEqual([]);
    expect(readFileSync(join(path, 'sub/file'), 'utf8')).toBe('two');
    git(join(path, 'sub'), 'checkout', '-q', 'v1.0');
    const again = task(gitModule, { repo: outer.repo, dest: path, force: true }, { env });
    expect(failures(again)).toEqual([]);
    expect(again.again).toEqual([]);
    expect(readFileSync(join(path, 'sub/file'), 'utf8')).toBe('two');
    const without = dest();
    task(gitModule, { repo: outer.repo, dest: without, recursive: false }, { env });
    expect(existsSync(join(without, 'sub/file'))).toBe(false);
  });
  it('into an empty directory, with a umask', () => {
    const { repo } = upstream();
    const path = scratch();
    const seen = task(gitModule, { repo, dest: path, umask: '0077' }, ground());
    expect(seen.again).toEqual([]);
    expect(execFileSync('stat', ['-c', '%a', join(path, 'file')], { encoding: 'utf8' })).toBe('600\n');
  });
  it('without update the remote is not asked', () => {
    const { repo } = upstream();
    const path = dest();
    task(gitModule, { repo, dest: path }, ground());
    rmSync(repo, { recursive: true });
    const seen = task(gitModule, { repo, dest: path, update: false }, ground());
    expect(seen.plan).toEqual([]);
    expect(seen.result).toMatchObject({ before: head(path), after: head(path) });
  });
  it('without a clone only the result tells', () => {
    const { repo, first } = upstream();
    const seen = task(gitModule, { repo, dest: dest(), clone: false, version: 'v1.0' }, ground());
    expect(seen.plan).toEqual([]);
    expect(seen.result).toMatchObject({ before: null, after: first });
  });
});

describe('what cannot be', () => {
  it('a remote that does not answer', () => {
    expect(whyOf(task(gitModule, { repo: '/no/such/repo', dest: dest() }, ground()))).toMatch(
      /^cannot ask \/no\/such\/repo: fatal: /,
    );
  });
  it('a version it does not have', () => {
    const { repo } = upstream();
    expect(whyOf(task(gitModule, { repo, dest: dest(), version: 'nosuch' }, ground()))).toMatch(
      /has no branch or tag nosuch/,
    );
  });
  it('a destination with other things in it', () => {
    const { repo } = upstream();
    const path = scratch();
    writeFileSync(join(path, 'x'), '');
    expect(whyOf(task(gitModule, { repo, dest: path }, ground()))).toBe(`${path} is there and is no git repository`);
  });
  it("somebody else's repository", () => {
    const { repo } = upstream();
    const path = dest();
    task(gitModule, { repo, dest: path }, ground());
    chownSync(path, 1, 1);
    expect(whyOf(task(gitModule, { repo, dest: path }, ground()))).toMatch(/belongs to daemon: .*become_user: daemon/);
  });
  it('a host without git', () => {
    expect(
      whyOf(task(gitModule, { repo: '/x', dest: '/y' }, { env: { PATH: '/nonexistent' }, shell: ['/bin/dash'] })),
    ).toBe('git is not installed');
  });
  it.each([
    [{ repo: '--upload-pack=x' }, /URL or path/],
    [{ repo: 'ext::sh -c x' }, /URL or path/],
    [{ version: '--output=x' }, /branch, tag or commit/],
    [{ accept_hostkey: true }, /known_hosts/],
    [{ accept_newhostkey: 'yes' }, /known_hosts/],
    [{ ssh_opts: '-o StrictHostKeyChecking=no' }, /known_hosts/],
    [{ depth: 0 }, /./],
  ])('%j', (args, why) => {
    expect(() => argsOf(gitModule, { repo: '/x', dest: '/y', ...args })).toThrow(why);
  });
});

describe('ssh', () => {
  it('is asked for nothing, with the key given', () => {
    const args = argsOf(gitModule, { repo: 'ssh://x/y', dest: '/y', key_file: "/k/a 'b", ssh_opts: '-p 22' });
    const { text } = gitModule.probe(args, { found: [] }).script;
    expect(text).toContain('BatchMode=yes');
    expect(
      execFileSync('sh', ['-c', `${/^export GIT_.*$/m.exec(text)?.[0]}; printf %s "$GIT_SSH_COMMAND"`], {
        encoding: 'utf8',
      }),
    ).toBe(`ssh -o BatchMode=yes -o IdentitiesOnly=yes -i '/k/a '\\''b' -p 22`);
  });
});

describe('reading', () => {
  const ref = (text: string) => sightOf({ stdout: `installed\nversion ${text}`, stderr: '', status: 0 }).remote;
  const [a, b] = ['a'.repeat(40), 'b'.repeat(40)];
  it.each([
    [`HEAD\nref ref: refs/heads/trunk\tHEAD\nref ${a}\tHEAD\n`, { kind: 'branch', name: 'trunk', commit: a }],
    [`HEAD\nref ${a}\tHEAD\n`, { kind: 'detached', name: 'HEAD', commit: a }],
    [`x\nref ${a}\trefs/heads/x\nref ${b}\trefs/tags/x\n`, { kind: 'branch', name: 'x', commit: a }],
    [`x\nref ${a}\trefs/tags/x\nref ${b}\trefs/tags/x^{}\n`, { kind: 'tag', name: 'x', commit: b }],
    ['x\n', { kind: 'unknown' }],
  ])('%j', (text, as) => {
    expect(ref(text)).toEqual(as);
  });
  it('an unknown version foresees nothing', () => {
    const { repo, first } = upstream();
    const seen = task(gitModule, { repo, dest: dest(), version: first.slice(0, 8) }, ground());
    expect(seen.foreseen.after).toBeInstanceOf(Unknown);
  });
});
