import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Scratch } from '../../engine/rig.js';

/* Round trips of copies through the whole of the engine and a lane: what a copy costs must not grow with its size. */

const scratch = new Scratch();
afterAll(() => scratch.remove());
const root = join(scratch.root, 'h1');
const sum = (path: string) => createHash('sha256').update(readFileSync(path)).digest('hex');

describe('a tree of two thousand files', () => {
  const FILES = 2000;
  const names = Array.from({ length: FILES }, (_, i) => `part ${i % 20}/deep${i % 3}/file'${i}.txt`);
  const site = (keys = '') => `- hosts: all
  gather_facts: false
  tasks:
    - name: tree
      copy: {src: tree/, dest: '{{ root }}/tree', mode: '0640'${keys}}`;
  beforeAll(() => {
    scratch.write(
      Object.fromEntries(names.map((name, i) => [`files/tree/${name}`, `file ${i}\n`.repeat(1 + (i % 50))])),
    );
  });

  it('is told by a dry run, which writes nothing', async () => {
    const told = await scratch.run(site(), { options: { mode: 'check' } });
    const outcome = told.outcome('tree');
    expect(outcome).toMatchObject({ kind: 'changed', changes: [{ what: expect.stringContaining('2000 new files)') }] });
    expect(told.trips()).toBe(1);
    expect(existsSync(join(root, 'tree'))).toBe(false);
  });

  it('comes in three trips: a look, the archive, the act', async () => {
    const told = await scratch.run(site());
    expect(told.tasks()).toEqual(['tree: changed']);
    expect(told.trips()).toBe(3);
    for (const name of names.slice(0, 50))
      expect(sum(join(root, 'tree', name))).toBe(sum(join(scratch.folder, 'files/tree', name)));
    expect(names.every(name => (statSync(join(root, 'tree', name)).mode & 0o7777) === 0o640)).toBe(true);
    expect(readdirSync(join(root, 'tree')).filter(name => name.startsWith('.'))).toEqual([]);
  });

  it('is looked at in one trip when it is there', async () => {
    const told = await scratch.run(site());
    expect(told.tasks()).toEqual(['tree: ok']);
    expect(told.trips()).toBe(1);
  });

  it('brings what differs, and only that', async () => {
    const before = statSync(join(root, 'tree', names[100]!)).ino;
    for (const name of names.slice(0, 30)) writeFileSync(join(scratch.folder, 'files/tree', name), 'changed\n');
    const told = await scratch.run(site());
    expect(told.outcome('tree')).toMatchObject({ changes: [{ what: expect.stringContaining('(30 changed files)') }] });
    expect(told.trips()).toBe(3);
    expect(readFileSync(join(root, 'tree', names[7]!), 'utf8')).toBe('changed\n');
    expect(statSync(join(root, 'tree', names[100]!)).ino).toBe(before);
  });
});

describe('a large file', () => {
  const content = Buffer.alloc(20 * 1024 * 1024, 'large ');
  const large = join(scratch.folder, 'files/large');
  const site = (more = '') => `- hosts: all
  gather_facts: false
  tasks:
    - name: large
      copy: {src: large, dest: '{{ root }}/large', mode: '0600'}
${more}`;
  beforeAll(() => {
    mkdirSync(join(scratch.folder, 'files'), { recursive: true });
    writeFileSync(large, content);
  });

  it('comes in three trips: a look, the content, the act', async () => {
    const told = await scratch.run(site());
    expect(told.tasks()).toEqual(['large: changed']);
    expect(told.trips()).toBe(3);
    expect(sum(join(root, 'large'))).toBe(sum(large));
    expect(statSync(join(root, 'large')).mode & 0o7777).toBe(0o600);
    expect(readdirSync(root).filter(name => name.startsWith('.'))).toEqual([]);
    expect((await scratch.run(site())).trips()).toBe(1);
  });

  it('keeps the attributes of the file it replaces', async () => {
    writeFileSync(join(root, 'large'), 'old', { mode: 0o600 });
    const told = await scratch.run(site().replace(", mode: '0600'", ''));
    expect(told.tasks()).toEqual(['large: changed']);
    expect([sum(join(root, 'large')), statSync(join(root, 'large')).mode & 0o7777]).toEqual([sum(large), 0o600]);
  });

  it('travels once for two goals', async () => {
    const twin = `    - name: twin
      copy: {src: large, dest: '{{ root }}/twin'}
`;
    writeFileSync(join(root, 'large'), 'old');
    // Not on this machine itself: there the first could write what the second reads, and they are not chained.
    const told = await scratch.run(site(twin), { reach: 'ssh' });
    expect(told.tasks()).toEqual(['large: changed', 'twin: changed']);
    expect(told.trips()).toBe(3);
    expect([sum(join(root, 'large')), sum(join(root, 'twin'))]).toEqual([sum(large), sum(large)]);
    expect(readdirSync(root).filter(name => name.startsWith('.'))).toEqual([]);
  });

  it('goes into a directory that a task before it makes', async () => {
    const told = await scratch.run(`- hosts: all
  gather_facts: false
  tasks:
    - name: directory
      file: {path: '{{ root }}/new', state: directory}
    - name: large
      copy: {src: large, dest: '{{ root }}/new/large'}`);
    expect(told.tasks()).toEqual(['directory: changed', 'large: changed']);
    expect(sum(join(root, 'new/large'))).toBe(sum(large));
    expect(readdirSync(join(root, 'new'))).toEqual(['large']);
  });
});

describe('a small tree', () => {
  it('makes a directory that is named with a slash at its end, and those above it', async () => {
    scratch.write({ 'files/few/a': 'a\n', 'files/few/sub/b': 'b\n' });
    const site = `- hosts: all
  gather_facts: false
  tasks:
    - name: few
      copy: {src: few/, dest: '{{ root }}/one/two/', directory_mode: '0750'}`;
    expect((await scratch.run(site)).tasks()).toEqual(['few: changed']);
    expect(readFileSync(join(root, 'one/two/sub/b'), 'utf8')).toBe('b\n');
    expect(statSync(join(root, 'one/two')).mode & 0o7777).toBe(0o750);
    expect((await scratch.run(site)).tasks()).toEqual(['few: ok']);
  });
});
