import { execFileSync } from 'node:child_process';
import { describe, expect, it } from 'vitest';
import stat from '../../src/modules/stat.js';
import { GROUNDS, HOSTILE, scenes } from './rig.js';

describe.each(GROUNDS)('stat on %s', (_name, ground) => {
  const given = scenes(ground);
  const members = (scene: ReturnType<typeof given>, args: object) => scene.task(stat, args).ok().seen.result.stat;

  it('tells of a file', () => {
    const scene = given({ f: { text: 'hello\n', mode: 0o4755, uid: 1, gid: 2 } });
    expect(members(scene, { path: '@/f' })).toMatchObject({
      exists: true,
      path: scene.path('f'),
      mode: '4755',
      isreg: true,
      isdir: false,
      islnk: false,
      uid: 1,
      gid: 2,
      pw_name: 'daemon',
      gr_name: 'bin',
      size: 6,
      nlink: 1,
      checksum: 'f572d396fae9206628714fb2ce00f72e94f2258f',
      readable: true,
      writeable: true,
      executable: true,
      xusr: true,
      woth: false,
      isuid: true,
      isgid: false,
    });
    expect(members(scene, { path: '@/f', checksum_algorithm: 'sha256' }).checksum).toHaveLength(64);
    expect(members(scene, { path: '@/f', get_checksum: false })).not.toHaveProperty('checksum');
  });

  it('tells that there is nothing', () => {
    expect(members(given(), { path: '@/f' })).toEqual({ exists: false });
    expect(members(given({ f: '' }), { path: '@/f/g' })).toEqual({ exists: false });
  });

  it('tells of links, themselves and what they lead to', () => {
    const scene = given({ 'd/f': 'x', l: { link: 'd/f' }, broken: { link: 'gone' } });
    expect(members(scene, { path: '@/l' })).toMatchObject({
      islnk: true,
      isreg: false,
      lnk_source: scene.path('d/f'),
      lnk_target: 'd/f',
    });
    expect(members(scene, { path: '@/l' })).not.toHaveProperty('checksum');
    expect(members(scene, { path: '@/l', follow: true })).toMatchObject({ islnk: false, isreg: true, size: 1 });
    expect(members(scene, { path: '@/broken' })).toMatchObject({ islnk: true, lnk_source: scene.path('gone') });
    expect(members(scene, { path: '@/broken', follow: true })).toEqual({ exists: false });
  });

  it('tells of directories and fifos, and does not wait', () => {
    const scene = given({ d: { directory: 0o1777 } });
    execFileSync('mkfifo', [scene.path('p')]);
    expect(members(scene, { path: '@/d' })).toMatchObject({ isdir: true, mode: '1777' });
    expect(members(scene, { path: '@/p' })).toMatchObject({ isfifo: true });
  });

  it.each(HOSTILE)('takes the name %j byte for byte', name => {
    const scene = given({ [name]: 'x', l: { link: name } });
    expect(members(scene, { path: `@/${name}` })).toMatchObject({ exists: true, size: 1 });
    expect(members(scene, { path: '@/l' })).toMatchObject({ lnk_target: name, lnk_source: scene.path(name) });
  });
});

describe('stat', () => {
  it('asks for the type of the content and the attributes when told', () => {
    const scene = scenes(() => ({}))({ f: 'text\n' });
    const { seen } = scene.task(stat, { path: '@/f', get_mime: true, get_attributes: true });
    expect(seen.result.stat.mimetype).toMatch(/^(text\/plain|unknown)$/);
    expect(seen.result.stat).toHaveProperty('attr_flags');
  });
});
