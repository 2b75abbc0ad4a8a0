import { execFileSync, spawn } from 'node:child_process';
import { chownSync, mkdirSync, readFileSync, statSync, watch, writeFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { blobOf } from '../../src/core/blob.js';
import { flush } from '../../src/core/draft.js';
import { join, sh } from '../../src/core/sh.js';
import { acting } from '../../src/core/writer.js';
import { type Writing, writeFile } from '../../src/modules/atomic.js';
import { run } from './doing.js';
import { GROUNDS, type Scene, scenes } from './rig.js';

/** Writes as the lane would have it done: the content lies in the directory of blobs. */
function write(scene: Scene, writing: Omit<Writing, 'content'> & { content: string }, through: readonly string[] = []) {
  const { apply, needs } = writeFile({ ...writing, path: scene.path(writing.path), content: blobOf(writing.content) });
  mkdirSync(scene.path('blobs'), { recursive: true });
  for (const blob of needs) writeFileSync(scene.path(`blobs/${blob.digest}`), blob.bytes!);
  return run(apply, { ...scene.ground, through, blobs: scene.path('blobs') });
}

describe.each(GROUNDS)('writing a file on %s', (_name, ground) => {
  const given = scenes(ground);

  it('says how the file stands then', () => {
    expect(write(given(), { path: 'f', content: 'text', tell: 'status' })).toEqual({
      stdout: 'status 81a4 0 0 4 1:root:root\n',
      stderr: '',
      status: 0,
    });
  });

  it('leaves a new file as the umask says, and an old one as it was', () => {
    const scene = given({ old: { text: 'a', mode: 0o4751, uid: 1, gid: 2 } });
    write(scene, { path: 'new', content: '' });
    write(scene, { path: 'old', content: 'b' });
    expect([scene.mode('new'), scene.mode('old'), scene.text('old')]).toEqual(['0644', '4751', 'b']);
    expect([statSync(scene.path('old')).uid, statSync(scene.path('old')).gid]).toEqual([1, 2]);
  });

  it('gives a file that it empties a new time', () => {
    const scene = given({ f: 'text' });
    execFileSync('touch', ['-d', '2001-01-01', scene.path('f')]);
    write(scene, { path: 'f', content: '' });
    expect(statSync(scene.path('f')).mtime.getFullYear()).toBeGreaterThan(2001);
  });

  it('may take all rights away', () => {
    const scene = given();
    expect(write(scene, { path: 'f', content: 'x', attributes: { mode: 0 } }).status).toBe(0);
    expect(scene.mode('f')).toBe('0000');
  });

  it('writes any bytes, in the script itself or from a blob', () => {
    const scene = given();
    const bytes = Buffer.from(Array.from({ length: 256 }, (_, i) => i));
    for (const content of [bytes, Buffer.concat(Array<Buffer>(64).fill(bytes)), Buffer.from("-n '%s' \\\\1\n")]) {
      const { apply, needs } = writeFile({ path: scene.path('f'), content: blobOf(content) });
      expect(needs.length).toBe(content.length > 8192 ? 1 : 0);
      mkdirSync(scene.path('blobs'), { recursive: true });
      for (const blob of needs) writeFileSync(scene.path(`blobs/${blob.digest}`), blob.bytes!);
      expect(run(apply, { ...scene.ground, blobs: scene.path('blobs') })).toMatchObject({ status: 0, stderr: '' });
      expect(readFileSync(scene.path('f')).equals(content)).toBe(true);
    }
  });

  it('gives a new file away only where it is not its maker’s already', () => {
    const scene = given();
    const wished = [
      { owner: 'daemon', group: 'root', mode: 0o640, uid: 1, gid: 0 },
      { owner: 'root', group: 'root', mode: 0o640, uid: 0, gid: 0 },
    ];
    for (const attributes of wished)
      for (const id of [undefined, '0:0']) {
        const name = `${attributes.owner} ${id}`;
        const { apply } = writeFile({ path: scene.path(name), content: blobOf('x'), attributes });
        const env = id === undefined ? {} : { env: { RM_ID: id } };
        expect(run(apply, { ...scene.ground, ...env })).toEqual({ status: 0, stdout: '', stderr: '' });
        expect([statSync(scene.path(name)).uid, scene.mode(name)]).toEqual([attributes.uid, '0640']);
      }
  });

  it('takes no file of others for its own', () => {
    const scene = given({ target: 'theirs' });
    const { apply } = writeFile({ path: scene.path('f'), content: blobOf('x') });
    const key = /\.ringmaster-[0-9a-f]{8}/.exec(apply.text)![0];
    const trap = sh`ln -s target ${scene.path(key)}.$$.0; : >${scene.path(key)}.$$.1`;
    expect(run(join([trap, apply], '\n'), scene.ground)).toMatchObject({ status: 0 });
    expect([scene.text('f'), scene.text('target')]).toEqual(['x', 'theirs']);
  });

  it('fails for a content that is not the one named, and keeps the old file', () => {
    const scene = given({ f: 'old' });
    const { apply, needs } = writeFile({ path: scene.path('f'), content: blobOf('new'.repeat(5000)) });
    mkdirSync(scene.path('blobs'));
    writeFileSync(scene.path(`blobs/${needs[0]!.digest}`), 'torn');
    const { status, stderr } = run(apply, { ...scene.ground, blobs: scene.path('blobs') });
    expect(status).toBe(1);
    expect(stderr).toMatch(/cannot write .*\/f: it does not read as it was written/);
    expect([scene.text('f'), scene.all().filter(name => !name.startsWith('blobs'))]).toEqual(['old', ['f']]);
  });

  it('does not take a directory for the place to put the file in', () => {
    const scene = given({ d: { directory: 0o755 } });
    expect(write(scene, { path: 'd', content: 'x' }).status).toBe(1);
    expect(scene.all().filter(name => !name.startsWith('blobs'))).toEqual(['d']);
  });
});

describe('writing a file', () => {
  const given = scenes(() => ({}));

  it('is done by an ordinary user in a directory of their own', () => {
    const scene = given({ d: { directory: 0o755 }, 'd/f': { text: 'old', mode: 0o200, uid: 65534, gid: 65534 } });
    for (const name of ['.', 'd']) chownSync(scene.path(name), 65534, 65534);
    mkdirSync(scene.path('blobs'), { mode: 0o755 });
    const { status, stderr } = write(scene, { path: 'd/f', content: 'new' }, [
      'setpriv',
      '--reuid=65534',
      '--regid=65534',
      '--clear-groups',
    ]);
    expect([status, stderr.replace(/^sync: .*\n/m, '')]).toEqual([0, '']);
    expect([scene.text('d/f'), scene.mode('d/f'), statSync(scene.path('d/f')).uid]).toEqual(['new', '0200', 65534]);
  });

  it('writes over a file that is a mount, when told', () => {
    const scene = given({ f: 'old', other: 'mounted' });
    execFileSync('mount', ['--bind', scene.path('other'), scene.path('f')]);
    try {
      expect(write(scene, { path: 'f', content: 'new' }).stderr).toMatch(/Device or resource busy/);
      expect(scene.text('f')).toBe('mounted');
      expect(write(scene, { path: 'f', content: 'new', fallback: 'in-place' }).status).toBe(0);
      expect(scene.text('other')).toBe('new');
    } finally {
      execFileSync('umount', [scene.path('f')]);
    }
    expect(scene.all().filter(name => !name.startsWith('blobs'))).toEqual(['f', 'other']);
  });

  it('names the path that a read-only disk or an immutable file keeps it from', () => {
    const scene = given({ 'd/f': 'old', 'e/f': 'old' });
    execFileSync('mount', ['--bind', scene.path('d'), scene.path('d')]);
    execFileSync('mount', ['-o', 'remount,bind,ro', scene.path('d')]);
    execFileSync('chattr', ['+i', scene.path('e/f')]);
    try {
      expect(write(scene, { path: 'd/f', content: 'new' }).stderr).toMatch(
        /cannot write .*\/d\/f: .*Read-only file system/,
      );
      expect(write(scene, { path: 'e/f', content: 'new' }).stderr).toMatch(/\/e\/f.*Operation not permitted/);
    } finally {
      execFileSync('chattr', ['-i', scene.path('e/f')]);
      execFileSync('umount', [scene.path('d')]);
    }
    expect([scene.text('d/f'), scene.text('e/f'), scene.all().filter(name => /ringmaster/.test(name))]).toEqual([
      'old',
      'old',
      [],
    ]);
  });

  it('never shows the content to those who may not read it', async () => {
    const scene = given({ f: { text: 'old', mode: 0o644 }, blobs: { directory: 0o700 } });
    const modes = new Set<string>();
    const watcher = watch(scene.root, (_event, name) => {
      const found = name?.startsWith('.ringmaster') && statSync(scene.path(name), { throwIfNoEntry: false });
      if (found && found.size > 0) modes.add((found.mode & 0o777).toString(8));
    });
    const { apply, needs } = writeFile({
      path: scene.path('f'),
      content: blobOf('x'.repeat(8_000_000)),
      attributes: { mode: 0o600 },
    });
    writeFileSync(scene.path(`blobs/${needs[0]!.digest}`), needs[0]!.bytes!);
    const shell = spawn('dash', ['-c', `${acting.text}\n${apply.text}`], {
      env: { ...process.env, RM_BLOBS: scene.path('blobs') },
    });
    await new Promise(resolve => shell.on('exit', resolve));
    watcher.close();
    expect([...modes]).toEqual(['600']);
  });

  it('leaves the old file or the new one when it is killed at any moment', async () => {
    const scene = given({ f: 'old', blobs: { directory: 0o700 } });
    const text = 'new'.repeat(1_000_000);
    const { apply, needs } = writeFile({ path: scene.path('f'), content: blobOf(text) });
    writeFileSync(scene.path(`blobs/${needs[0]!.digest}`), needs[0]!.bytes!);
    for (let ms = 0; ms < 60; ms += 3) {
      writeFileSync(scene.path('f'), 'old');
      const shell = spawn('setsid', ['dash', '-c', `${acting.text}\n${apply.text}`], {
        env: { ...process.env, RM_BLOBS: scene.path('blobs') },
        stdio: 'ignore',
      });
      await new Promise(resolve => setTimeout(resolve, ms));
      const ended = new Promise(resolve => (shell.exitCode === null ? shell.on('exit', resolve) : resolve(0)));
      try {
        process.kill(-shell.pid!, 'SIGKILL');
      } catch {
        shell.kill('SIGKILL');
      }
      await ended;
      expect(['old', text]).toContain(readFileSync(scene.path('f'), 'utf8'));
    }
    expect(write(scene, { path: 'f', content: 'last' }).status).toBe(0);
    // As the chain does when its files are written.
    expect(run(flush([sh`${scene.root}`])).status).toBe(0);
    expect(scene.all().filter(name => name.startsWith('.ringmaster'))).toEqual([]);
  });
});
