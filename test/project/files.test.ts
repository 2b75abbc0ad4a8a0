import { createHash, randomBytes } from 'node:crypto';
import { chmodSync, mkdirSync, readFileSync, statSync, symlinkSync, writeFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import type { Standing } from '../../src/core/files.js';
import { RenderError } from '../../src/core/value.js';
import { FileStore, Files } from '../../src/project/files.js';
import { Texts } from '../../src/project/texts.js';
import { write } from './scene.js';

const filesIn = (cwd: string, standing: Partial<Standing> = {}) =>
  new Files(new FileStore(new Texts(cwd), { HOME: '/home/x' }), { here: cwd, playbook: cwd, ...standing });
const inRole = (cwd: string) => filesIn(cwd, { role: `${cwd}/roles/a`, here: `${cwd}/roles/a/tasks` });

describe('search', () => {
  it.each([
    ['roles/a/files/x', ['roles/a/files/x', 'roles/a/x', 'roles/a/tasks/x', 'files/x', 'x']],
    ['roles/a/x', ['roles/a/x', 'files/x']],
    ['roles/a/tasks/files/x', ['roles/a/tasks/files/x', 'files/x']],
    ['files/x', ['files/x', 'x']],
    ['x', ['x']],
  ])('finds %s first', (first, all) => {
    const cwd = write(Object.fromEntries(all.map(name => [name, name])));
    expect(inRole(cwd).find('x', 'files')).toBe(`${cwd}/${first}`);
  });

  it('looks for task files beside the file that names them', () => {
    const cwd = write({ 'roles/a/tasks/sub/x.yml': '', 'roles/a/tasks/x.yml': '' });
    const files = filesIn(cwd, { role: `${cwd}/roles/a`, here: `${cwd}/roles/a/tasks/sub` });
    expect(files.find('x.yml', 'tasks')).toBe(`${cwd}/roles/a/tasks/sub/x.yml`);
  });

  it('takes absolute paths as they are, and says what it tried', () => {
    const cwd = write({ y: '' });
    expect(inRole(cwd).find(`${cwd}/y`, 'templates')).toBe(`${cwd}/y`);
    expect(inRole(cwd).find('nix', 'templates')).toBeUndefined();
    expect(inRole(cwd).tried('nix', 'templates')).toEqual(
      [
        'roles/a/templates/nix',
        'roles/a/nix',
        'roles/a/tasks/templates/nix',
        'roles/a/tasks/nix',
        'templates/nix',
        'nix',
      ].map(one => `${cwd}/${one}`),
    );
    expect(inRole(cwd).tried('templates/nix', 'templates')[0]).toBe(`${cwd}/roles/a/templates/nix`);
  });

  it('globs files, sorted', () => {
    const cwd = write({
      'files/d/b.txt': '',
      'files/d/a.txt': '',
      'files/d/.h.txt': '',
      'files/d/c.md': '',
      'files/d/e.txt/x': '',
    });
    expect(filesIn(cwd).glob('d/*.txt', 'files')).toEqual([`${cwd}/files/d/a.txt`, `${cwd}/files/d/b.txt`]);
    expect(filesIn(cwd).glob('nix/*', 'files')).toEqual([]);
  });
});

describe('reading and writing', () => {
  it('keeps bytes, and makes secrets unreadable for others', () => {
    const cwd = write({});
    const files = filesIn(cwd);
    files.write(`${cwd}/a/b/secret`, 'x');
    expect(statSync(`${cwd}/a/b/secret`).mode & 0o777).toBe(0o600);
    expect(Buffer.from(files.read(`${cwd}/a/b/secret`)).toString()).toBe('x');
    expect(() => files.read(`${cwd}/nix`)).toThrow(RenderError);
    expect(files.env('HOME')).toBe('/home/x');
  });

  it('compiles a template once, and again after it changed', () => {
    const cwd = write({ 'a.j2': 'one {{ x }}\n', 'b.j2': 'line\n{{ x' });
    const files = filesIn(cwd);
    const template = files.template(`${cwd}/a.j2`);
    expect(template.render({ get: () => 1, names: () => [] })).toBe('one 1\n');
    expect(files.template(`${cwd}/a.j2`)).toBe(template);
    expect(template.reads[0]!.place).toMatchObject({ file: 'a.j2', line: 1, column: 8 });
    writeFileSync(`${cwd}/a.j2`, 'another {{ x }}\n');
    expect(files.template(`${cwd}/a.j2`).text).toContain('another');
    expect(() => files.template(`${cwd}/b.j2`)).toThrow(RenderError);
    try {
      files.template(`${cwd}/b.j2`);
    } catch (error) {
      expect((error as RenderError).place).toMatchObject({ file: 'b.j2', line: 2 });
    }
  });
});

describe('what modules need', () => {
  const need = (path: string) => ({ kind: 'file' as const, path });
  const drain = async (blob: { open(): AsyncIterable<Uint8Array> }) => {
    const parts: Uint8Array[] = [];
    for await (const part of blob.open()) parts.push(Buffer.from(part));
    return Buffer.concat(parts);
  };

  it('small files are held, large ones streamed', async () => {
    const cwd = write({ 'files/small': 'abc' });
    const large = randomBytes(3 * 1024 * 1024);
    writeFileSync(`${cwd}/files/large`, large);
    chmodSync(`${cwd}/files/large`, 0o751);
    const small = await filesIn(cwd).resolve(need('small'));
    expect(small).toMatchObject({
      kind: 'file',
      path: `${cwd}/files/small`,
      blob: { size: 3, bytes: Buffer.from('abc') },
    });
    const found = await filesIn(cwd).resolve(need('large'));
    if (found.kind !== 'file') throw new Error('not a file');
    expect(found.mode).toBe(0o751);
    expect(found.blob).toMatchObject({ size: large.length, digest: createHash('sha256').update(large).digest('hex') });
    expect(found.blob.bytes).toBeUndefined();
    expect((await drain(found.blob)).equals(large)).toBe(true);
    expect((await drain(found.blob)).equals(large)).toBe(true);
  });

  const linkIn = (cwd: string, name: string, target: string) => {
    mkdirSync(`${cwd}/files/x`, { recursive: true });
    symlinkSync(target, `${cwd}/files/x/${name}`);
  };

  it('trees come sorted, parents first, links followed', async () => {
    const cwd = write({ 'files/t/b/2': 'x', 'files/t/b/c/3': '', 'files/t/a': 'a', 'files/t/ä $(x)': 'y' });
    mkdirSync(`${cwd}/files/t/empty`);
    symlinkSync('a', `${cwd}/files/t/link`);
    const found = await filesIn(cwd).resolve(need('t/'));
    if (found.kind !== 'tree') throw new Error('not a tree');
    expect(found.directories).toEqual(['b', 'b/c', 'empty']);
    expect(found.files.map(file => file.path)).toEqual(['a', 'b/2', 'b/c/3', 'link', 'ä $(x)']);
    expect(readFileSync(`${cwd}/files/t/link`, 'utf8')).toBe('a');
  });

  it.each([
    ['a missing file', (_cwd: string) => {}, /there is no file `x`/],
    ['a circle of links', (cwd: string) => linkIn(cwd, 'again', '.'), /a folder it lies in/],
    ['a link to nothing', (cwd: string) => linkIn(cwd, 'l', 'nix'), /a symbolic link to nothing/],
  ])('refuses %s', async (_what, make, message) => {
    const cwd = write({});
    make(cwd);
    await expect(filesIn(cwd).resolve(need('x'))).rejects.toThrow(message);
    await expect(filesIn(cwd).resolve(need('x'))).rejects.toBeInstanceOf(RenderError);
  });

  it('does not follow a link out of a role', async () => {
    const cwd = write({ 'roles/a/files/.keep': '', secret: 'x' });
    symlinkSync(`${cwd}/secret`, `${cwd}/roles/a/files/x`);
    await expect(inRole(cwd).resolve(need('x'))).rejects.toThrow(/out of its role/);
  });
});
