import {
  chmodSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { demand } from '../../src/lab/command.js';
import { standInLayer } from '../../src/lab/stand-ins.js';

let home: string;
let folder: string;
beforeEach(() => {
  home = mkdtempSync(join(tmpdir(), 'rm-stand-ins-'));
  vi.stubEnv('XDG_CACHE_HOME', join(home, 'cache'));
  folder = join(home, 'stand-ins');
  for (const made of ['thing', 'bin', 'root/etc']) mkdirSync(join(folder, made), { recursive: true });
  writeFileSync(join(folder, 'thing/VERSION'), '1.2\n');
  writeFileSync(join(folder, 'thing/configure'), '#!/bin/sh\n');
  chmodSync(join(folder, 'thing/configure'), 0o755);
  symlinkSync('configure', join(folder, 'thing/link'));
  writeFileSync(join(folder, 'bin/tool'), '#!/bin/sh\n', { mode: 0o600 });
  writeFileSync(join(folder, 'root/etc/thing.conf'), 'x\n', { mode: 0o600 });
});
afterEach(() => {
  vi.unstubAllEnvs();
  rmSync(home, { recursive: true });
});

const git = async (repository: string, ...argv: string[]) =>
  (await demand('git', ['git', `--git-dir=${repository}`, ...argv])).trim();

describe('stand-ins', () => {
  it('become a tagged git repository, programs and files that every user may read', async () => {
    const { folder: made } = await standInLayer(folder, () => {});
    const repository = join(made, 'srv/stand-ins/thing.git');
    expect(await git(repository, 'tag')).toBe('1.2\nv1.2');
    expect(await git(repository, 'ls-tree', '--format=%(objectmode) %(path)', 'main')).toBe(
      '100644 VERSION\n100755 configure\n120000 link',
    );
    expect(statSync(join(made, 'usr/local/sbin/tool')).mode & 0o777).toBe(0o755);
    expect(statSync(join(made, 'etc/thing.conf')).mode & 0o777).toBe(0o644);
    expect(readFileSync(join(made, 'etc/gitconfig'), 'utf8')).toContain('directory = /srv/stand-ins/thing.git');
  });
  it('are the same commit and the same layer for the same tree, whatever its times', async () => {
    const first = await standInLayer(folder, () => {});
    const commit = await git(join(first.folder, 'srv/stand-ins/thing.git'), 'rev-parse', 'v1.2');
    utimesSync(join(folder, 'thing/VERSION'), 0, 0);
    expect(await standInLayer(folder, () => {})).toEqual(first);
    rmSync(first.folder, { recursive: true });
    const again = await standInLayer(folder, () => {});
    expect(await git(join(again.folder, 'srv/stand-ins/thing.git'), 'rev-parse', 'v1.2')).toBe(commit);
    writeFileSync(join(folder, 'thing/VERSION'), '1.3\n');
    expect((await standInLayer(folder, () => {})).digest).not.toBe(first.digest);
  });
  it('may be none', async () => {
    expect((await standInLayer(undefined, () => {})).kind).toBe('stand-ins');
  });
});
