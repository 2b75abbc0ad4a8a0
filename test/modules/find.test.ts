import { createHash } from 'node:crypto';
import { utimesSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import find from '../../src/modules/find.js';
import { GROUNDS, HOSTILE, scenes } from './rig.js';

describe.each(GROUNDS)('find on %s', (_name, ground) => {
  const given = scenes(ground);
  const props = {
    'd/a.log': { text: 'one\nwally\n', mode: 0o600 },
    'd/b.conf': 'x'.repeat(3000),
    'd/.hidden': 'x',
    'd/sub/c.log': 'wally was here\n',
    'd/sub/deep/e.log': '',
    'd/l.log': { link: 'a.log' },
  };
  const found = (args: object) => {
    const scene = given(props);
    const old = new Date(Date.now() - 3 * 86_400_000);
    utimesSync(scene.path('d/b.conf'), old, old);
    const { seen } = scene.task(find, { paths: '@/d', ...args }).ok();
    const root = `${scene.path('d')}/`;
    const names: readonly string[] = seen.result.files.map((file: { path: string }) => file.path.slice(root.length));
    return { names, result: seen.result };
  };

  it.each([
    [{}, ['a.log', 'b.conf']],
    [{ hidden: true }, ['.hidden', 'a.log', 'b.conf']],
    [{ patterns: '*.log' }, ['a.log']],
    [{ patterns: '*.log,*.conf', excludes: 'a*' }, ['b.conf']],
    [{ patterns: ['[!a]*'] }, ['b.conf']],
    [{ patterns: '^[ab]\\.(log|conf)$', use_regex: true, excludes: 'b' }, ['a.log']],
    [{ patterns: 'log', use_regex: true }, []],
    [{ patterns: '*.log', recurse: true }, ['a.log', 'sub/c.log', 'sub/deep/e.log']],
    [{ patterns: '*.log', recurse: true, depth: 2 }, ['a.log', 'sub/c.log']],
    [{ patterns: '*.log', recurse: true, limit: 1 }, ['a.log']],
    [{ file_type: 'directory', recurse: true }, ['sub', 'sub/deep']],
    [{ file_type: 'link' }, ['l.log']],
    [{ file_type: 'any' }, ['a.log', 'b.conf', 'l.log', 'sub']],
    [{ size: '2k' }, ['b.conf']],
    [{ size: '-2k' }, ['a.log']],
    [{ age: '2d' }, ['b.conf']],
    [{ age: '-2d' }, ['a.log']],
    [{ mode: '0600' }, ['a.log']],
    [{ mode: 'u=rw,g=r,o=r' }, ['b.conf']],
    [{ mode: '0044', exact_mode: false }, ['b.conf']],
    [{ contains: 'wally' }, ['a.log']],
    [{ contains: 'w.*here', recurse: true }, ['sub/c.log']],
    [{ contains: 'one\\nw', read_whole_file: true, recurse: true }, ['a.log']],
    [{ contains: 'ally' }, []],
  ])('%j', (args, names) => {
    expect(found(args).names).toEqual(names);
  });

  it('gives what stat gives, and counts', () => {
    const { files, matched, examined, skipped_paths } = found({ patterns: '*.log', get_checksum: true }).result;
    expect(files[0]).toMatchObject({
      mode: '0600',
      size: 10,
      isreg: true,
      uid: 0,
      pw_name: 'root',
      checksum: createHash('sha1').update('one\nwally\n').digest('hex'),
    });
    expect({ matched, examined, skipped_paths }).toEqual({ matched: 1, examined: 5, skipped_paths: {} });
  });

  it('names what it had to skip', () => {
    const scene = given({ d: { directory: 0o755 }, f: '' });
    const { result } = scene.task(find, { paths: ['@/d', '@/f'] }).ok().seen;
    expect(result.skipped_paths).toEqual({ [scene.path('f')]: `'${scene.path('f')}' is not a directory` });
    expect(result.msg).toBe('Not all paths examined, check warnings for details');
  });

  it.each(HOSTILE)('finds the name %j', name => {
    const scene = given({ [`d/${name}`]: name, 'd/other': '' });
    const { result } = scene
      .task(find, { paths: ['@/d'], patterns: [name.replace(/[*?[]/g, '[$&]')], get_checksum: true, contains: '' })
      .ok().seen;
    expect(result.files.map((file: { path: string }) => file.path)).toEqual([scene.path(`d/${name}`)]);
  });
});

describe('find refuses', () => {
  it.each([
    [{}, 'paths'],
    [{ paths: '/x', age: 'old' }, 'age'],
    [{ paths: '/x', size: '1x' }, 'size'],
    [{ paths: '/x', patterns: '(', use_regex: true }, 'a parenthesis is not closed'],
    [{ paths: '/x', limit: 0 }, 'limit must be positive'],
  ])('%j', (args, why) => {
    const parsed = find.args.safeParse(args);
    expect(parsed.success ? 'accepted' : parsed.error.message).toContain(why);
  });
});
