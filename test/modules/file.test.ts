import { statSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import file from '../../src/modules/file.js';
import { GROUNDS, HOSTILE, scenes } from './rig.js';

describe.each(GROUNDS)('file on %s', (_name, ground) => {
  const given = scenes(ground);

  it('makes directories, each with the attributes', () => {
    const done = given().task(file, { path: '@/a/b/c', state: 'directory', mode: '2750', group: 'daemon' });
    done.changes('@/a/b/c').mode('a', '2750').mode('a/b/c', '2750');
    done.result({
      path: '@/a/b/c',
      state: 'directory',
      mode: '2750',
      group: 'daemon',
      diff: { before: { state: 'absent' }, after: { state: 'directory' } },
    });
    given({ a: { directory: 0o755 } })
      .task(file, { path: '@/a', state: 'directory' })
      .ok()
      .result({ state: 'directory', mode: '0755' });
    given().task(file, { path: '@/a/', state: 'directory' }).changes('@/a/').mode('a', '0755');
  });

  it('takes setgid off a directory, which chmod alone would keep', () => {
    given({ a: { directory: 0o2755 } })
      .task(file, { path: '@/a', state: 'directory', mode: '0755' })
      .changes('mode')
      .mode('a', '0755');
  });

  it('makes a directory where a link leads', () => {
    const done = given({ l: { link: '@/real' } }).task(file, { path: '@/l', state: 'directory' });
    done.changes('@/l');
    expect([done.scene.kind('l'), done.scene.kind('real')]).toEqual(['link', 'directory']);
    given({ real: { directory: 0o700 }, l: { link: 'real' } })
      .task(file, { path: '@/l', state: 'directory', mode: '0750' })
      .changes('mode')
      .mode('real', '0750');
  });

  it.each([
    ['a file where a directory is wished', { path: '@/f', state: 'directory' }, '@/f is there already, as a file'],
    ['a file above', { path: '@/f/d', state: 'directory' }, '@/f is not a directory'],
    ['no file', { path: '@/none', state: 'file', mode: '0600' }, '@/none does not exist'],
    ['no file, no state', { path: '@/none', mode: '0600' }, '@/none does not exist'],
    ['a directory where a file is wished', { path: '@/d', state: 'file' }, '@/d is a directory, not a file'],
    ['a link without source', { path: '@/new', state: 'link' }, 'src is required for creating new symlinks'],
    [
      'a link to nothing',
      { path: '@/new', state: 'link', src: '@/none' },
      'src file does not exist, use force to link to it all the same: @/none',
    ],
    [
      'a file where a link is wished',
      { path: '@/f', state: 'link', src: '@/d' },
      'refusing to make a link of the file @/f; force would',
    ],
    [
      'a full directory where a link is wished',
      { path: '@/d', state: 'link', src: '@/f', force: true },
      'the directory @/d is not empty, refusing to make a link of it',
    ],
    ['a hard link without source', { path: '@/new', state: 'hard', src: '@/none' }, 'src does not exist: @/none'],
    [
      'a file where a hard link is wished',
      { path: '@/f', state: 'hard', src: '@/d/g' },
      'cannot link: a file is at @/f; force would replace it',
    ],
    ['a touch in no directory', { path: '@/no/f', state: 'touch' }, 'the directory @/no does not exist'],
    [
      'the home of no one',
      { path: '~no-one/.ssh', state: 'directory' },
      'there is no user whose home is meant by ~no-one/.ssh',
    ],
    ['the home of no one', { path: '~no-one/f', state: 'touch' }, 'there is no user whose home is meant by ~no-one/f'],
    [
      'the home of no one',
      { path: '~no-one/l', state: 'link', src: '/etc' },
      'there is no user whose home is meant by ~no-one/l',
    ],
    ['an unknown owner', { path: '@/d', state: 'directory', owner: 'no-one' }, 'there is no user no-one'],
  ])('is blocked by %s', (_case, args, why) => {
    given({ f: 'text', 'd/g': 'text' }).task(file, args).blocked(why);
  });

  it('foresees what a missing prerequisite holds up', () => {
    given().task(file, { path: '@/l', state: 'link', src: '@/none' }).shows(null, 'link to @/none');
    given().task(file, { path: '@/no/f', state: 'touch' }).shows(null, 'file');
    given().task(file, { path: '@/d', state: 'directory', owner: 'no-one' }).shows(null, 'directory');
  });

  it('sets attributes of what is there, whatever it is', () => {
    given({ f: 'x' })
      .task(file, { path: '@/f', mode: 'u=rw,go=' })
      .changes('mode')
      .mode('f', '0600')
      .result({ path: '@/f', state: 'file', size: 1, mode: '0600' });
    given({ d: { directory: 0o700 } })
      .task(file, { dest: '@/d', mode: 'a+rX' })
      .changes('mode')
      .mode('d', '0755');
    given({ f: 'x' })
      .task(file, { path: '@/f', owner: 'daemon', group: 'bin' })
      .changes('owner', 'group')
      .result({ owner: 'daemon', uid: 1, group: 'bin', gid: 2 });
    given({ f: { text: 'x', mode: 0o4755 } })
      .task(file, { path: '@/f', owner: 'daemon' })
      .changes('owner')
      .mode('f', '4755');
    given({ f: 'x', l: { link: 'f' } })
      .task(file, { path: '@/l', owner: 'daemon' })
      .changes('owner');
    const own = given({ f: 'x', l: { link: 'f' } }).task(file, {
      path: '@/l',
      owner: 'daemon',
      mode: '0600',
      follow: false,
    });
    own.changes('owner').mode('f', '0644');
    expect(statSync(own.scene.path('f')).uid).toBe(0);
  });

  it('sets attributes below', () => {
    const scene = given({
      'd/x': { text: '', mode: 0o755 },
      'd/y': '',
      'd/sub/z': { text: '', mode: 0o600 },
      'd/l': { link: '/etc/passwd' },
    });
    scene
      .task(file, { path: '@/d', state: 'directory', recurse: true, mode: 'u=rwX,g=rX,o=', owner: 'daemon' })
      .changes('owner', 'mode', 'owner below', 'mode below');
    expect(['d', 'd/x', 'd/y', 'd/sub', 'd/sub/z'].map(path => scene.mode(path))).toEqual([
      '0750',
      '0750',
      '0640',
      '0750',
      '0640',
    ]);
    expect(statSync('/etc/passwd').uid).toBe(0);
    scene.task(file, { path: '@/d', recurse: true, mode: '0700' }).changes('mode', 'mode below').mode('d/y', '0700');
  });

  it('does not change twice what its first change makes like another', () => {
    const scene = given({ 'd/a': { text: '', mode: 0o600 }, 'd/b': { text: '', mode: 0o700 } });
    scene
      .task(file, { path: '@/d', recurse: true, mode: 'u=rwx,u+s' })
      .changes('mode', 'mode below')
      .mode('d/a', '4700')
      .mode('d/b', '4700');
  });

  it('makes, changes and keeps links', () => {
    const scene = given({ a: 'x', b: 'y' });
    scene
      .task(file, { src: '@/a', dest: '@/l', state: 'link' })
      .changes('@/l')
      .shows(null, 'link to @/a')
      .result({ dest: '@/l', src: '@/a', state: 'link' });
    scene.task(file, { src: '@/a', dest: '@/l', state: 'link' }).ok();
    scene.task(file, { src: 'b', dest: '@/l', state: 'link' }).changes('@/l').shows('link to @/a', 'link to b');
    expect(scene.linkText('l')).toBe('b');
    scene.task(file, { src: 'none', dest: '@/l', state: 'link', force: true }).changes('@/l');
    scene.task(file, { src: 'b', dest: '@/a', state: 'link', force: true }).changes('@/a').shows('file', 'link to b');
    scene.task(file, { path: '@/a', state: 'link', mode: '0600' }).changes('mode').mode('b', '0600');
    scene.task(file, { path: '@/no/l', src: '@/b', state: 'link' }).blocked('the directory @/no does not exist');
  });

  it('replaces an empty directory by a link', () => {
    const scene = given({ d: { directory: 0o755 }, f: 'x' });
    scene
      .task(file, { src: '../f', dest: '@/d', state: 'link', force: true })
      .changes('@/d')
      .shows('directory', 'link to ../f');
    expect(scene.linkText('d')).toBe('../f');
  });

  it('makes hard links', () => {
    const scene = given({ a: 'x', b: 'y', d: { directory: 0o755 } });
    scene.task(file, { src: '@/a', dest: '@/h', state: 'hard' }).changes('@/h').result({ dest: '@/h', state: 'hard' });
    scene.task(file, { src: '@/a', dest: '@/h', state: 'hard', mode: '0600' }).changes('mode');
    scene.task(file, { src: '@/a', dest: '@/b', state: 'hard', force: true }).changes('@/b').text('b', 'x');
    scene.task(file, { src: '@/a', dest: '@/d', state: 'hard' }).changes('@/d/a');
    expect(statSync(scene.path('a')).nlink).toBe(4);
  });

  it('touches', () => {
    const scene = given();
    scene
      .task(file, { path: '@/f', state: 'touch', mode: '0600' })
      .changesEachTime('@/f')
      .mode('f', '0600')
      .result({ dest: '@/f', state: 'file', size: 0 });
    scene.task(file, { path: '@/f', state: 'touch' }).changesEachTime('times');
    scene.task(file, { path: '@/f', state: 'touch', access_time: 'preserve', modification_time: 'preserve' }).ok();
    scene
      .task(file, { path: '@/f', state: 'touch', access_time: 'preserve', modification_time: '200102030405.06' })
      .changes('modification time');
    expect(new Date(statSync(scene.path('f')).mtimeMs).getFullYear()).toBe(2001);
    scene.task(file, { path: '@/f', state: 'file', access_time: '200102030405.06' }).changes('access time');
  });

  it('removes files, links and trees, and never what a link leads to', () => {
    const scene = given({ f: 'x', 'd/sub/g': 'y', 'keep/h': 'z', l: { link: 'keep' } });
    scene
      .task(file, { path: '@/f', state: 'absent' })
      .changes('@/f')
      .shows('file', null)
      .result({ path: '@/f', state: 'absent' });
    scene.task(file, { path: '@/d', state: 'absent' }).changes('@/d').shows('directory', null);
    scene.task(file, { path: '@/l/', state: 'absent' }).changes('@/l/').shows('link', null);
    scene.task(file, { path: '@/l', state: 'absent' }).ok();
    scene.task(file, { path: '@/no/such/thing', state: 'absent' }).ok();
    expect(scene.all()).toEqual(['keep', 'keep/h']);
  });

  it.each(HOSTILE)('takes the name %j byte for byte', name => {
    const scene = given({ keep: 'x' });
    scene.task(file, { path: `@/${name}`, state: 'directory', mode: '0700' }).changes(`@/${name}`);
    expect(scene.all()).toEqual(['keep', name].sort());
    scene.task(file, { path: `@/${name}`, state: 'absent' }).changes(`@/${name}`);
    scene.task(file, { path: '@/l', src: name, state: 'link', force: true, follow: false }).changes('@/l');
    scene.task(file, { path: '@/l', src: name, state: 'link', force: true, follow: false }).ok();
    expect(scene.linkText('l')).toBe(name === '~' || name === '$HOME' ? '/root' : name);
    scene.task(file, { path: `@/${name}`, state: 'touch' }).changesEachTime(`@/${name}`);
    scene.task(file, { path: `@/${name}`, state: 'hard', src: '@/keep', force: true }).changes(`@/${name}`);
    scene.task(file, { path: '@', recurse: true, owner: 'daemon' });
    expect(scene.all()).toEqual(['keep', 'l', name].sort());
  });
});

describe('file refuses', () => {
  it.each([
    [{ path: '/', state: 'absent' }, 'this would remove everything'],
    [{ path: '/srv/..', state: 'absent' }, 'this would remove everything'],
    [{ path: '.', state: 'absent' }, 'this would remove everything'],
    [{ path: '/x', state: 'file', recurse: true }, 'recurse is for state: directory'],
    [{ path: '/x', src: '/y' }, 'src is for state: link'],
    [{ path: '/x', state: 'touch', modification_time: 'yesterday' }, 'YYYYMMDDhhmm.ss'],
    [{ path: '/x', mode: 'preserve' }, 'no source'],
    [{ state: 'directory' }, 'path'],
    [{ path: '/x', state: 'dir' }, 'state'],
  ])('%j', (args, why) => {
    const parsed = file.args.safeParse(args);
    expect(parsed.success ? 'accepted' : parsed.error.message).toContain(why);
  });
});
