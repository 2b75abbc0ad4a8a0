import { execFileSync } from 'node:child_process';
import { chownSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { blobOf } from '../../src/core/blob.js';
import { isBlocked } from '../../src/core/change.js';
import { flush } from '../../src/core/draft.js';
import type { Given } from '../../src/core/module.js';
import copy from '../../src/modules/copy.js';
import { argsOf, run } from './doing.js';
import { GROUNDS, HOSTILE, scenes } from './rig.js';

const source = (path: string, text: string | Uint8Array, mode = 0o644): Given => ({
  found: [{ kind: 'file', path, blob: blobOf(text), mode }],
});
const tree = (
  path: string,
  files: { readonly [name: string]: string },
  directories: readonly string[] = [],
): Given => ({
  found: [
    {
      kind: 'tree',
      path,
      directories,
      files: Object.entries(files).map(([name, text]) => ({ path: name, blob: blobOf(text), mode: 0o640 })),
    },
  ],
});

describe.each(GROUNDS)('copy on %s', (_name, ground) => {
  const given = scenes(ground);

  it('writes a new file', () => {
    given()
      .task(copy, { content: 'hello\n', dest: '@/motd' })
      .changes('@/motd')
      .shows(null, 'hello\n')
      .text('motd', 'hello\n')
      .mode('motd', '0644')
      .result({
        dest: '@/motd',
        checksum: 'f572d396fae9206628714fb2ce00f72e94f2258f',
        md5sum: 'b1946ac92492d2347c6235b4d2611184',
        size: 6,
        mode: '0644',
        state: 'file',
        owner: 'root',
        group: 'root',
        uid: 0,
        gid: 0,
      });
  });

  it('leaves a file that is as wished', () => {
    given({ motd: 'hello\n' })
      .task(copy, { content: 'hello\n', dest: '@/motd' })
      .ok()
      .result({ dest: '@/motd', size: 6 });
    given({ empty: '' }).task(copy, { content: '', dest: '@/empty' }).ok();
  });

  it('shows old and new text', () => {
    given({ motd: 'old\n' }).task(copy, { content: 'new\n', dest: '@/motd' }).changes('@/motd').shows('old\n', 'new\n');
    given({ motd: 'same size, other\n' })
      .task(copy, { content: 'same size, OTHER\n', dest: '@/motd' })
      .changes('@/motd');
  });

  it('shows sizes of what is no text', () => {
    given({ bin: { text: Buffer.from([0, 1, 2, 255]) } })
      .task(copy, { content: 'x', dest: '@/bin' })
      .changes('@/bin')
      .shows('«4 bytes»', 'x');
  });

  it('keeps the mode that the task does not name, and sets the one it does', () => {
    given({ key: { text: 'a', mode: 0o600 } })
      .task(copy, { content: 'b', dest: '@/key' })
      .changes('@/key')
      .mode('key', '0600');
    given({ key: { text: 'a', mode: 0o600 } })
      .task(copy, { content: 'b', dest: '@/key', mode: 'u=rw,g=r' })
      .changes('@/key', 'mode')
      .mode('key', '0640');
    given({ key: { text: 'b', mode: 0o600 } })
      .task(copy, { content: 'b', dest: '@/key', mode: '0640' })
      .changes('mode')
      .mode('key', '0640');
    given({ tool: 'b' })
      .task(copy, { content: 'c', dest: '@/tool', mode: '4755' })
      .changes('@/tool', 'mode')
      .mode('tool', '4755');
  });

  it('sets owner and group, by name and by number', () => {
    const scene = given();
    scene
      .task(copy, { content: 'b', dest: '@/f', owner: 'daemon', group: '2' })
      .changes('@/f')
      .result({ owner: 'daemon', uid: 1, gid: 2 });
    scene.task(copy, { content: 'b', dest: '@/f', owner: '1', group: 'bin' }).ok();
    scene
      .task(copy, { content: 'b', dest: '@/f', owner: 'root', group: 'daemon' })
      .changes('owner', 'group')
      .result({ owner: 'root', gid: 1 });
  });

  it('says what is lacking, and what would be done', () => {
    const done = given().task(copy, { content: 'b', dest: '@/no/such/f' });
    done.blocked('the directory @/no/such does not exist').shows(null, 'b');
    given()
      .task(copy, { content: 'b', dest: '@/f', owner: 'nobody-at-all' })
      .blocked('there is no user nobody-at-all')
      .shows(null, 'b');
    given({ f: 'b' })
      .task(copy, { content: 'b', dest: '@/f', group: 'no-group' })
      .blocked('there is no group no-group')
      .shows('root', 'no-group');
    given({ f: 'b' }).task(copy, { content: 'b', dest: '@/f/g' }).blocked('@/f is not a directory');
    given({ d: { directory: 0o755 } })
      .task(copy, { content: 'b', dest: '@/d' })
      .blocked('@/d is a directory, not a file');
  });

  it('does not wait for a fifo', () => {
    const scene = given();
    execFileSync('mkfifo', [scene.path('pipe')]);
    scene.task(copy, { content: 'b', dest: '@/pipe' }).blocked('@/pipe is a fifo, not a file');
  });

  it('replaces a link, and follows it only when told', () => {
    const replaced = given({ real: 'old', l: { link: '@/real' } }).task(copy, { content: 'new', dest: '@/l' });
    replaced.changes('@/l (instead of the link)').text('real', 'old').text('l', 'new');
    expect(replaced.scene.kind('l')).toBe('file');
    const followed = given({ real: 'old', l: { link: 'real' } }).task(copy, {
      content: 'new',
      dest: '@/l',
      follow: true,
    });
    followed.changes('@/l').text('real', 'new');
    expect(followed.scene.kind('l')).toBe('link');
    given({ l: { link: 'nothing' } })
      .task(copy, { content: 'new', dest: '@/l', follow: true })
      .changes('@/l')
      .text('nothing', 'new');
    given({ l: { link: 'm' }, m: { link: 'l' } })
      .task(copy, { content: 'new', dest: '@/l', follow: true })
      .blocked(/circle of links/);
  });

  it('names a file in a directory after its source', () => {
    const scene = given({ d: { directory: 0o755 } });
    scene
      .task(copy, { src: 'a.conf', dest: '@/d' }, source('/role/files/a.conf', 'x'))
      .changes('@/d/a.conf')
      .result({ dest: '@/d/a.conf', src: '/role/files/a.conf' });
    scene.task(copy, { src: 'a.conf', dest: '@/d/' }, source('/role/files/a.conf', 'x')).ok();
    given()
      .task(copy, { src: 'a.conf', dest: '@/new/deep/' }, source('/role/files/a.conf', 'x'))
      .changes('@/new/deep/a.conf')
      .text('new/deep/a.conf', 'x');
  });

  it('preserves the mode of the source', () => {
    given()
      .task(copy, { src: 'tool', dest: '@/tool', mode: 'preserve' }, source('/tool', 'x', 0o750))
      .changes('@/tool')
      .mode('tool', '0750');
  });

  it('leaves what is there without force', () => {
    given({ f: 'old' })
      .task(copy, { content: 'new', dest: '@/f', force: false, mode: '0600' })
      .ok()
      .text('f', 'old')
      .result({ size: 3 });
    given().task(copy, { content: 'new', dest: '@/f', force: false }).changes('@/f').text('f', 'new');
  });

  it('keeps a backup under the name Ansible gives it', () => {
    const done = given({ f: { text: 'old', mode: 0o640 } }).task(copy, { content: 'new', dest: '@/f', backup: true });
    done.changes('@/f');
    const name: string = done.seen.result.backup_file;
    expect(name).toMatch(/\/f\.\d+\.\d{4}-\d\d-\d\d@\d\d:\d\d:\d\d~$/);
    const base = name.slice(done.scene.root.length + 1);
    done.text(base, 'old').mode(base, '0640');
  });

  it('validates before it replaces', () => {
    const scene = given({ f: 'old' });
    scene.task(copy, { content: 'good', dest: '@/f', validate: 'grep -q "go*d" %s' }).changes('@/f').text('f', 'good');
    const failing = scene.task(copy, { content: 'bad', dest: '@/f', validate: 'grep -q good %s' });
    failing.failed(/^failed to validate: rc:1 error:/).text('f', 'good');
    scene.task(copy, { content: 'bad', dest: '@/f', validate: 'true %s; touch @/PWNED' });
    expect(scene.all()).toEqual(['f']);
  });

  it('makes JSON of a dictionary, as Ansible does', () => {
    given()
      .task(copy, { content: { a: [1, true, null, 'é'], b: {} }, dest: '@/f' })
      .text('f', '{"a": [1, true, null, "\\u00e9"], "b": {}}');
  });

  it('checks the checksum of its source', () => {
    given()
      .task(
        copy,
        { src: 'x', dest: '@/f', checksum: 'f572d396fae9206628714fb2ce00f72e94f2258f' },
        source('/x', 'hello\n'),
      )
      .changes('@/f');
    given()
      .task(copy, { src: 'x', dest: '@/f', checksum: '0000' }, source('/x', 'hello\n'))
      .blocked(/checksum/);
  });

  it('copies a tree in one look', () => {
    const files = { 'a.txt': 'a', 'sub/b.txt': 'b', 'sub/deep/c.txt': 'c' };
    const found = tree('/role/files/conf', files, ['sub', 'sub/deep', 'empty']);
    const scene = given();
    scene
      .task(copy, { src: 'conf/', dest: '@/d', mode: '0600', directory_mode: '0750' }, found)
      .changes('@/d', '@/d/sub', '@/d/sub/deep', '@/d/empty', '@/d/a.txt', '@/d/sub/b.txt', '@/d/sub/deep/c.txt')
      .text('d/sub/deep/c.txt', 'c')
      .mode('d/sub', '0750')
      .mode('d/a.txt', '0600');
    scene.task(copy, { src: 'conf/', dest: '@/d' }, found).ok();
    scene.task(copy, { src: 'conf', dest: '@/d', mode: 'preserve' }, found);
    expect(scene.all()).toContain('d/conf/sub/deep/c.txt');
    expect(scene.mode('d/conf/a.txt')).toBe('0640');
    scene
      .task(copy, { src: 'conf/', dest: '@/d', mode: '0644' }, tree('/conf', { ...files, 'sub/b.txt': 'B' }, ['sub']))
      .changes('@/d/a.txt mode', '@/d/sub/b.txt', '@/d/sub/b.txt mode', '@/d/sub/deep/c.txt mode');
    scene
      .task(copy, { src: 'conf/', dest: '@/d', force: false }, tree('/conf', { 'a.txt': 'other' }))
      .ok()
      .text('d/a.txt', 'a');
    scene
      .task(copy, { src: 'conf/', dest: '@/d', owner: 'daemon' }, tree('/conf', { 'a.txt': 'a' }, ['sub']))
      .changes('@/d/sub owner', '@/d/a.txt owner');
  });

  it('will not make a file of a directory in a tree, nor a directory of a file', () => {
    given({ 'd/a': { directory: 0o755 } })
      .task(copy, { src: 'c/', dest: '@/d' }, tree('/c', { a: 'x' }))
      .blocked(/@?\/d\/a is there, but is not a file/);
    given({ 'd/a': 'x' })
      .task(copy, { src: 'c/', dest: '@/d' }, tree('/c', {}, ['a']))
      .blocked(/is not a directory/);
    given({ d: 'x' })
      .task(copy, { src: 'c/', dest: '@/d' }, tree('/c', { a: 'x' }))
      .blocked('@/d is a file, not a directory');
  });

  it('copies what is on the target already', () => {
    const scene = given({ src: { text: 'x', mode: 0o700 }, d: { directory: 0o755 } });
    scene
      .task(copy, { src: '@/src', dest: '@/dst', remote_src: true })
      .changes('@/dst')
      .text('dst', 'x')
      .result({ checksum: '11f6ad8ec52a2984abaafd7c3b516503785c2072', size: 1 });
    scene
      .task(copy, { src: '@/src', dest: '@/dst', remote_src: true, mode: 'preserve' })
      .changes('mode')
      .mode('dst', '0700');
    scene.task(copy, { src: '@/src', dest: '@/d', remote_src: true }).changes('@/d/src');
    scene.task(copy, { src: '@/none', dest: '@/dst', remote_src: true }).blocked('the source @/none does not exist');
  });

  it('keeps the modes of directories that are on the target already', () => {
    const scene = given({ 's/closed': { directory: 0o700 }, 's/open': { directory: 0o1777 }, 's/open/f': 'x' });
    scene.task(copy, { src: '@/s/', dest: '@/t', remote_src: true }).changes('@/t');
    expect([scene.mode('t/closed'), scene.mode('t/open'), scene.text('t/open/f')]).toEqual(['0700', '1777', 'x']);
  });

  it('takes setuid only from a source that nobody else could have put there', () => {
    const scene = given({ 'own/f': { text: 'x', mode: 0o4755 }, 'hers/f': { text: 'x', mode: 0o4755 } });
    chownSync(scene.path('hers'), 65534, 65534);
    for (const from of ['own', 'hers'])
      scene.task(copy, { src: `@/${from}/f`, dest: `@/${from}2`, remote_src: true, mode: 'preserve' });
    expect([scene.mode('own2'), scene.mode('hers2')]).toEqual(['4755', '0755']);
  });

  it('gives a file that replaces a link the mode of what the link leads to, as Ansible does', () => {
    const scene = given({ f: { text: 'old', mode: 0o664 }, l: { link: 'f' } });
    scene.task(copy, { content: 'new', dest: '@/l' }).changes('@/l (instead of the link)');
    expect([scene.kind('l'), scene.mode('l'), scene.text('f')]).toEqual(['file', '0664', 'old']);
  });

  it('copies directories that are on the target already', () => {
    const scene = given({ 's/a': 'a', 's/sub/b': { text: 'b', mode: 0o750 }, 's/l': { link: 'a' } });
    scene
      .task(copy, { src: '@/s/', dest: '@/t', remote_src: true })
      .changes('@/t')
      .shows(null, '@/t/\na\nl\nsub\nsub/b');
    expect(scene.all().filter(path => path.startsWith('t'))).toEqual(['t', 't/a', 't/l', 't/sub', 't/sub/b']);
    expect([scene.text('t/sub/b'), scene.mode('t/sub/b'), scene.linkText('t/l')]).toEqual(['b', '0750', 'a']);
    scene.task(copy, { src: '@/s', dest: '@/t', remote_src: true }).changes('@/t/s');
    scene.task(copy, { src: '@/s/', dest: '@/t', remote_src: true, owner: 'daemon' }).changes('owner below @/t');
    scene.task(copy, { content: 'A', dest: '@/s/a' });
    scene.task(copy, { src: '@/s/', dest: '@/t', remote_src: true }).changes('@/t').text('t/a', 'A');
  });

  it.each(HOSTILE)('takes the name %j byte for byte', name => {
    const scene = given();
    scene.task(copy, { content: 'x', dest: `@/${name}` }).changes(`@/${name}`);
    expect(scene.all()).toEqual([name]);
    expect(scene.text(name)).toBe('x');
    const inTree = given();
    inTree.task(copy, { src: 't/', dest: '@/d' }, tree('/t', { [name]: 'x' })).changes('@/d', `@/d/${name}`);
    expect(inTree.all()).toEqual(['d', `d/${name}`]);
    const remote = given({ [`s/${name}`]: 'x' });
    remote.task(copy, { src: '@/s/', dest: '@/d', remote_src: true }).changes('@/d');
    expect(remote.all()).toEqual(['d', `d/${name}`, 's', `s/${name}`].sort());
  });
});

describe('copy keeps files whole', () => {
  const given = scenes(() => ({}));

  it('keeps the old file when the disk is full, and says how much is free', () => {
    const scene = given({ small: { directory: 0o755 } });
    const disk = scene.path('small');
    execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=1m', 'tmpfs', disk]);
    try {
      scene.task(copy, { content: 'old', dest: '@/small/f' }).changes('@/small/f');
      const big = 'x'.repeat(2_000_000);
      scene
        .task(copy, { content: big, dest: '@/small/f' })
        .failed(/cannot write .*\/small\/f: .*No space left on device \(\d+ bytes free in .*\/small\)/)
        .text('small/f', 'old');
      expect(scene.all()).toEqual(['small', 'small/f']);
    } finally {
      execFileSync('umount', [disk]);
    }
  });

  it('keeps ACLs and extended attributes', () => {
    const scene = given({ f: 'old' });
    execFileSync('setfacl', ['-m', 'u:daemon:r', scene.path('f')]);
    scene.task(copy, { content: 'new', dest: '@/f' }).changes('@/f').text('f', 'new');
    expect(execFileSync('getfacl', ['-c', '-p', scene.path('f')], { encoding: 'utf8' })).toContain('user:daemon:r--');
  });

  it('says that hard links are broken', () => {
    const scene = given({ f: 'old' });
    execFileSync('ln', [scene.path('f'), scene.path('g')]);
    scene.task(copy, { content: 'new', dest: '@/f' }).changes('@/f (breaks 1 hard links)').text('g', 'old');
  });

  it('removes what a killed act left, and only that', () => {
    const scene = given();
    scene.task(copy, { content: 'a', dest: '@/f' }).changes('@/f');
    const key = /\.ringmaster-[0-9a-f]{8}/.exec(planText(scene.root))![0];
    for (const pid of ['4194999', String(process.pid)]) execFileSync('touch', [scene.path(`${key}.${pid}.abcdef`)]);
    const { plan } = scene.task(copy, { content: 'b', dest: '@/f' }).changes('@/f');
    if (isBlocked(plan)) throw new Error(plan.blocked);
    run(flush(plan.map(change => change.flush!)), scene.ground);
    expect(scene.all()).toEqual([`${key}.${process.pid}.abcdef`, 'f']);
  });

  const planText = (root: string): string => {
    const args = argsOf(copy, { content: 'b', dest: `${root}/f` });
    const plan = copy.plan(
      args,
      copy.probe(args, { found: [] }).parse({ stdout: 'gone here\n', stderr: '', status: 0 }),
      { found: [] },
    );
    return isBlocked(plan) ? '' : plan[0]!.apply.text;
  };
});

describe('copy refuses', () => {
  it.each([
    [{ dest: '/x' }, 'give one of src and content'],
    [{ dest: '/x', src: 'a', content: 'b' }, 'give one of src and content'],
    [{ dest: '/x/', content: 'b' }, 'content makes a file'],
    [{ dest: '/x', content: 'b', mode: 'rw' }, 'octal'],
    [{ dest: '/x', content: 'b', validate: 'true' }, 'validate needs a %s'],
    [{ dest: '/x', content: 'b', attributes: '+i' }, 'cannot be set'],
    [{ dest: '/x', content: 'b', setype: 'etc_t' }, 'cannot be set'],
    [{ dest: '/x\0', content: 'b' }, 'NUL'],
    [{ desst: '/x', content: 'b' }, 'desst'],
  ])('%j', (args, why) => {
    const parsed = copy.args.safeParse(args);
    expect(parsed.success ? 'accepted' : parsed.error.message).toContain(why);
  });
});
