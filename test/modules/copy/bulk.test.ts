import { execFileSync } from 'node:child_process';
import { chmodSync, chownSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { type Blob, blobOf } from '../../../src/core/blob.js';
import { isBlocked, type Plan } from '../../../src/core/change.js';
import type { Found, Given } from '../../../src/core/module.js';
import copy from '../../../src/modules/copy.js';
import { argsOf, type Ground, run } from '../doing.js';
import { GROUNDS, HOSTILE, type Prop, Scene } from '../rig.js';

/** So many files that they go as one archive. */
const MANY = 30;

type Files = { readonly [path: string]: string };

const many = (more: Files = {}): Files => ({
  ...Object.fromEntries(Array.from({ length: MANY }, (_, i) => [`f${String(i).padStart(2, '0')}`, `text ${i}`])),
  ...more,
});

function tree(files: Files, directories: readonly string[] = [], mode = 0o640): Given {
  const found: Found = {
    kind: 'tree',
    path: '/source',
    directories,
    files: Object.entries(files).map(([path, text]) => ({ path, blob: blobOf(text), mode })),
  };
  return { found: [found] };
}

async function bytesOf(blob: Blob): Promise<Buffer> {
  const pieces: Uint8Array[] = [];
  for await (const piece of blob.open()) pieces.push(piece);
  return Buffer.concat(pieces);
}

interface Copied {
  readonly plan: Plan;
  readonly status: number;
  readonly stderr: string;
  readonly again: Plan;
}

/** Looks, plans, puts the archive where the lane would, acts, and looks again. */
async function copied(scene: Scene, given: Given, wish: object = {}, ground: Ground = scene.ground): Promise<Copied> {
  const args = argsOf(copy, { src: 'source/', dest: `${scene.root}/d`, ...wish });
  const look = () => {
    const probe = copy.probe(args, given);
    return copy.plan(args, probe.parse(run(probe.script, ground)), given);
  };
  const plan = look();
  if (isBlocked(plan)) return { plan, status: 0, stderr: '', again: plan };
  const blobs = mkdtempSync(join(tmpdir(), 'blobs-'));
  chmodSync(blobs, 0o755);
  try {
    for (const change of plan) {
      for (const blob of change.needs ?? []) {
        const bytes = await bytesOf(blob);
        expect(bytes).toHaveLength(blob.size);
        writeFileSync(join(blobs, blob.digest), bytes);
      }
      const { status, stderr } = run(change.apply, { ...ground, blobs });
      if (status !== 0) return { plan, status, stderr, again: look() };
    }
  } finally {
    rmSync(blobs, { recursive: true });
  }
  return { plan, status: 0, stderr: '', again: look() };
}

const whats = (plan: Plan) => (isBlocked(plan) ? plan.blocked : plan.map(({ what }) => what));

describe.each(GROUNDS)('a tree of many files on %s', (_name, ground) => {
  const given = (props: { readonly [path: string]: Prop } = {}) => new Scene(props, ground());

  it('is one change, and none the second time', async () => {
    const scene = given();
    const files = many({ 'sub/deep/a': 'A', 'sub/b': '' });
    const done = await copied(scene, tree(files, ['empty', 'sub', 'sub/deep']));
    expect(done).toMatchObject({ status: 0, stderr: '', again: [] });
    expect(whats(done.plan)).toEqual([`${scene.root}/d (4 new directories, 32 new files)`]);
    for (const [path, text] of Object.entries(files)) expect(scene.text(`d/${path}`)).toBe(text);
    expect(scene.all()).toHaveLength(4 + 32);
    expect([scene.mode('d/f00'), scene.mode('d/sub')]).toEqual(['0644', '0755']);
  });

  it('tells what would be, and no more of it than a reader can take', async () => {
    const scene = given({ 'd/f00': 'old' });
    const { plan } = await copied(scene, tree(many(), []));
    const [change] = plan as Exclude<Plan, { blocked: string }>;
    expect(change).toMatchObject({
      what: `${scene.root}/d (29 new files, 1 changed file)`,
      before: expect.stringMatching(/^f00 «3 bytes, sha256 [0-9a-f]{12}…»\n$/),
      after: expect.stringMatching(/^f00 «6 bytes, sha256 [0-9a-f]{12}…»\nf01 «6 bytes/),
    });
    const files = Object.fromEntries(Array.from({ length: 500 }, (_, i) => [`n${i}`, 'x']));
    const more = copy.plan(argsOf(copy, { src: 's/', dest: '/d' }), stateOf(tree(files)), tree(files));
    expect(String((more as Exclude<Plan, { blocked: string }>)[0]!.after).split('\n')).toHaveLength(102);
    expect(String((more as Exclude<Plan, { blocked: string }>)[0]!.after)).toContain('… and 401 more');
  });

  it('gives owner and mode as wished, to all or as the source has them', async () => {
    const scene = given();
    const wish = { owner: 'daemon', group: '2', mode: '0600', directory_mode: '0750' };
    const done = await copied(scene, tree(many({ 'sub/x': 'x' }), ['sub']), wish);
    expect(done).toMatchObject({ status: 0, stderr: '', again: [] });
    expect(stat(scene, 'd', 'd/f03', 'd/sub', 'd/sub/x')).toEqual(['750 1:2', '600 1:2', '750 1:2', '600 1:2']);
    const preserved = await copied(scene, tree(many({ 'sub/x': 'x' }), ['sub'], 0o4755), { mode: 'preserve' });
    expect(preserved).toMatchObject({ status: 0, stderr: '', again: [] });
    expect(stat(scene, 'd/f03', 'd/sub')).toEqual(['4755 1:2', '750 1:2']);
    const owned = await copied(scene, tree(many({ 'sub/x': 'x' }), ['sub']), { owner: 'root' });
    // A directory of it belongs to somebody else: there each is changed by itself.
    expect(whats(owned.plan)).toHaveLength(32);
    expect(owned).toMatchObject({ status: 0, stderr: '', again: [] });
    expect(stat(scene, 'd/f03', 'd/sub')).toEqual(['4755 0:2', '750 0:2']);
  });

  it('keeps owner and mode of what it replaces, where no others are wished', async () => {
    const scene = given({ 'd/f00': { text: 'old', mode: 0o4711, uid: 1, gid: 2 } });
    chownSync(scene.path('d/f00'), 1, 2);
    chmodSync(scene.path('d/f00'), 0o4711);
    const done = await copied(scene, tree(many()));
    expect(done).toMatchObject({ status: 0, again: [] });
    expect(stat(scene, 'd/f00', 'd/f01')).toEqual(['4711 1:2', '644 0:0']);
    expect(scene.text('d/f00')).toBe('text 0');
    const newer = execFileSync('find', [scene.path('d/f00'), '-newer', scene.path('d')], { encoding: 'utf8' });
    expect(newer === '' || newer.includes('f00')).toBe(true);
  });

  it('gives new files the group of a directory with the setgid bit, as any new file gets it', async () => {
    const scene = given({ 'd/shared': { directory: 0o755 } });
    chownSync(scene.path('d/shared'), 0, 2);
    chmodSync(scene.path('d/shared'), 0o2775);
    const done = await copied(scene, tree(many({ 'shared/a': 'a', 'shared/new/b': 'b' }), ['shared', 'shared/new']));
    expect(done).toMatchObject({ status: 0, stderr: '', again: [] });
    expect(stat(scene, 'd/f00', 'd/shared/a', 'd/shared/new/b', 'd/shared/new')).toEqual([
      '644 0:0',
      '644 0:2',
      '644 0:2',
      '2755 0:2',
    ]);
  });

  it('moves more files of one directory than one process is told', async () => {
    const scene = given();
    const files = Object.fromEntries(Array.from({ length: 1200 }, (_, i) => [`n${i}`, `${i}`]));
    expect(await copied(scene, tree(files))).toMatchObject({ status: 0, stderr: '', again: [] });
    expect(scene.all()).toHaveLength(1201);
    expect(scene.text('d/n1199')).toBe('1199');
  });

  it('replaces a link, and never writes through it', async () => {
    const scene = given({ real: 'untouched', 'd/f00': { link: '../real' } });
    expect(await copied(scene, tree(many()))).toMatchObject({ status: 0, again: [] });
    expect([scene.text('real'), scene.text('d/f00'), scene.kind('d/f00')]).toEqual(['untouched', 'text 0', 'file']);
  });

  it('leaves alone what is not in the source, and with force off what is there', async () => {
    const scene = given({ 'd/other': 'mine', 'd/f00': 'mine too' });
    expect(await copied(scene, tree(many()), { force: false })).toMatchObject({ status: 0, again: [] });
    expect([scene.text('d/other'), scene.text('d/f00'), scene.text('d/f01')]).toEqual(['mine', 'mine too', 'text 1']);
  });

  it('does not go into a directory that took the name of a file, and leaves nothing half done', async () => {
    const scene = given();
    const found = tree(many({ 'sub/x': 'x' }), ['sub']);
    const args = argsOf(copy, { src: 'source/', dest: `${scene.root}/d` });
    const probe = copy.probe(args, found);
    const plan = copy.plan(args, probe.parse(run(probe.script, scene.ground)), found);
    const [change] = plan as Exclude<Plan, { blocked: string }>;
    mkdirSync(scene.path('d/f07'), { recursive: true });
    mkdirSync(scene.path('blobs'));
    for (const blob of change!.needs!) writeFileSync(scene.path(`blobs/${blob.digest}`), await bytesOf(blob));
    const { status } = run(change!.apply, { ...scene.ground, blobs: scene.path('blobs') });
    expect(status).not.toBe(0);
    expect(scene.kind('d/f07')).toBe('directory');
    expect(scene.all().filter(path => path.includes('.ringmaster') || path.startsWith('d/f07/'))).toEqual([]);
  });

  it('takes hostile names byte for byte', async () => {
    const scene = given();
    const files = many(
      Object.fromEntries([...HOSTILE, ...HOSTILE.map(name => `sub/${name}`)].map(name => [name, name])),
    );
    const done = await copied(scene, tree(files, ['sub']));
    expect(done).toMatchObject({ status: 0, stderr: '', again: [] });
    expect(scene.all()).toEqual(['d', 'd/sub', ...Object.keys(files).map(name => `d/${name}`)].sort());
    const changed = Object.fromEntries(Object.keys(files).map(name => [name, `new ${name}`]));
    expect(await copied(scene, tree(changed, ['sub']))).toMatchObject({ status: 0, again: [] });
    for (const name of HOSTILE) expect(scene.text(`d/sub/${name}`)).toBe(`new sub/${name}`);
  });

  it('removes what a killed act left', async () => {
    const scene = given({ 'd/.ringmaster-tree.999999999.abc/tree/f00': 'half' });
    expect(await copied(scene, tree(many()))).toMatchObject({ status: 0, again: [] });
    expect(scene.all().some(path => path.includes('.ringmaster'))).toBe(false);
  });
});

describe('a tree of many files', () => {
  it('says so where there is no tar', async () => {
    const bin = mkdtempSync(join(tmpdir(), 'bin-'));
    for (const applet of ['find', 'xargs', 'stat', 'cut', 'sha256sum', 'mkdir'])
      execFileSync('ln', ['-s', '/bin/busybox', join(bin, applet)]);
    const scene = new Scene({}, { shell: ['/bin/dash'], env: { PATH: bin } });
    const done = await copied(scene, tree(many()));
    rmSync(bin, { recursive: true });
    expect(done.status).not.toBe(0);
    expect(done.stderr).toMatch(/a tree of many files needs tar/);
    expect(scene.all()).toEqual([]);
  });

  it('writes into what is mounted below it, too', async () => {
    const scene = new Scene({ 'd/mounted': { directory: 0o755 } }, { shell: ['dash'] });
    try {
      execFileSync('mount', ['-t', 'tmpfs', 'none', scene.path('d/mounted')], { stdio: 'pipe' });
    } catch {
      console.warn('SKIPPED: nothing can be mounted here');
      return;
    }
    try {
      const files = many({ 'mounted/a': 'a', "mounted/it's": 'b' });
      expect(await copied(scene, tree(files, ['mounted']))).toMatchObject({ status: 0, stderr: '', again: [] });
      expect(scene.text("d/mounted/it's")).toBe('b');
      expect(scene.all().filter(path => path.includes('.ringmaster'))).toEqual([]);
    } finally {
      execFileSync('umount', [scene.path('d/mounted')]);
    }
  });

  it('keeps access control lists', async () => {
    const scene = new Scene({ 'd/f00': 'old' }, { shell: ['dash'] });
    try {
      execFileSync('setfacl', ['-m', 'u:daemon:r', scene.path('d/f00')], { stdio: 'pipe' });
    } catch {
      console.warn('SKIPPED: no access control lists here');
      return;
    }
    expect(await copied(scene, tree(many()))).toMatchObject({ status: 0, again: [] });
    expect(execFileSync('getfacl', ['-p', scene.path('d/f00')], { encoding: 'utf8' })).toContain('user:daemon:r--');
  });

  it('goes file by file where each is to be checked or kept', async () => {
    const scene = new Scene({}, { shell: ['dash'] });
    const { plan } = await copied(scene, tree(many()), { validate: 'test -f %s' });
    expect(whats(plan)).toHaveLength(MANY + 1);
  });
});

const stat = (scene: Scene, ...names: readonly string[]): readonly string[] =>
  execFileSync('stat', ['-c', '%a %u:%g', ...names.map(name => scene.path(name))], { encoding: 'utf8' })
    .trim()
    .split('\n');

/** What the look says where there is nothing yet. */
function stateOf(given: Given) {
  const args = argsOf(copy, { src: 's/', dest: '/nowhere/at/all' });
  return copy.probe(args, given).parse({ stdout: 'gone here\numask 0022\n', stderr: '', status: 0 });
}
