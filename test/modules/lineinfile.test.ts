import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import lineinfile from '../../src/modules/lineinfile.js';
import { type Recorded, replayed } from './recorded.js';
import { GROUNDS, HOSTILE, scenes } from './rig.js';

/** Runs of ansible-core's own module, drawn at random. Left out: where it glues the new line to one without an end. */
const recorded: readonly Recorded[] = JSON.parse(
  readFileSync(new URL('recorded/lineinfile.json', import.meta.url), 'utf8'),
);

describe('lineinfile does what Ansible does', () => {
  it.each(recorded)('$args with $before', run => {
    const { before: _before, args: _args, ...came } = run;
    expect(replayed(lineinfile, run)).toMatchObject(came);
  });
});

describe.each(GROUNDS)('lineinfile on %s', (_name, ground) => {
  const given = scenes(ground);

  it('adds, replaces and keeps a line', () => {
    const scene = given({ hosts: 'a\nb\n' });
    scene
      .task(lineinfile, { path: '@/hosts', line: 'c' })
      .changes('@/hosts')
      .shows('a\nb\n', 'a\nb\nc\n')
      .result({ msg: 'line added', backup: '' });
    scene
      .task(lineinfile, { dest: '@/hosts', regexp: '^b', line: 'B' })
      .changes('@/hosts')
      .text('hosts', 'a\nB\nc\n')
      .result({ msg: 'line replaced' });
    scene.task(lineinfile, { name: '@/hosts', regex: '^b', value: 'B' }).ok();
    scene
      .task(lineinfile, { path: '@/hosts', search_string: 'a', state: 'absent' })
      .changes('@/hosts')
      .text('hosts', 'B\nc\n')
      .result({ found: 1, msg: '1 line(s) removed' });
  });

  it('makes a file, and the directory above it, only when told', () => {
    given()
      .task(lineinfile, { path: '@/new', line: 'x' })
      .blocked(/does not exist/);
    given()
      .task(lineinfile, { path: '@/d/e/new', line: 'x', create: true, mode: '0600' })
      .changes('@/d/e/new')
      .shows(null, 'x\n')
      .mode('d/e/new', '0600');
    given()
      .task(lineinfile, { path: '@/new', line: 'x', state: 'absent' })
      .ok()
      .result({ msg: 'file not present', found: 0 });
    given({ d: { directory: 0o755 } })
      .task(lineinfile, { path: '@/d', line: 'x' })
      .blocked('@/d is a directory, not a file');
  });

  it('keeps bytes that are no UTF-8, and line ends', () => {
    const scene = given({ f: { text: Buffer.from('caf\xe9\r\nold\0\r\nlast', 'latin1') } });
    scene.task(lineinfile, { path: '@/f', regexp: '^old', line: 'new' }).changes('@/f');
    expect(readFileSync(scene.path('f'), 'latin1')).toBe('caf\xe9\r\nnew\nlast');
  });

  it('changes what a link leads to', () => {
    const done = given({ real: 'a\n', l: { link: 'real' } }).task(lineinfile, {
      path: '@/l',
      line: 'b',
      owner: 'daemon',
    });
    done.changes('@/l', 'owner').text('real', 'a\nb\n');
    expect(done.scene.kind('l')).toBe('link');
  });

  it('says what became of attributes', () => {
    given({ f: 'a\n' })
      .task(lineinfile, { path: '@/f', line: 'a', mode: '0600' })
      .changes('mode')
      .result({ msg: 'ownership, perms or SE linux context changed' });
    given({ f: 'a\n' })
      .task(lineinfile, { path: '@/f', line: 'b', mode: '0600' })
      .result({ msg: 'line added and ownership, perms or SE linux context changed' });
  });

  it('validates and keeps a backup', () => {
    const scene = given({ f: 'a\n' });
    scene
      .task(lineinfile, { path: '@/f', line: 'b', validate: 'grep -q c %s' })
      .failed(/failed to validate/)
      .text('f', 'a\n');
    const done = scene
      .task(lineinfile, { path: '@/f', line: 'b', validate: 'grep -q b %s', backup: true })
      .changes('@/f');
    expect(done.seen.result.backup).toMatch(/f\.\d+\.\d{4}-\d\d-\d\d@\d\d:\d\d:\d\d~$/);
  });

  it('will not edit what is too large to bring here', () => {
    given({ f: 'x'.repeat(1_048_577) })
      .task(lineinfile, { path: '@/f', line: 'b' })
      .blocked('@/f is larger than 1048576 bytes, too large to edit');
  });

  it.each(HOSTILE)('takes the name and the line %j byte for byte', name => {
    const scene = given({ [name]: 'a\n' });
    const line = name.replaceAll('\n', ' ');
    scene.task(lineinfile, { path: `@/${name}`, line }).changes(`@/${name}`);
    expect([scene.all(), scene.text(name)]).toEqual([[name], `a\n${line}\n`]);
  });
});

describe('lineinfile refuses', () => {
  it.each([
    [{ path: '/f' }, 'line is required'],
    [{ path: '/f', state: 'absent' }, 'one of line, search_string and regexp'],
    [{ path: '/f', line: 'x', regexp: '(' }, 'not a Python regular expression: a parenthesis is not closed'],
    [{ path: '/f', line: 'x', insertafter: '[' }, 'a [ is not closed'],
    [{ path: '/f', line: '\\2', regexp: '(a)', backrefs: true }, 'regexp has no group 2'],
    [{ path: '/f', line: 'x', backrefs: true }, 'backrefs need regexp'],
    [{ path: '/f', line: 'x', regexp: 'a', search_string: 'b' }, 'exclude each other'],
    [{ path: '/f', line: 'x', insertafter: 'a', insertbefore: 'b' }, 'exclude each other'],
  ])('%j', (args, why) => {
    const parsed = lineinfile.args.safeParse(args);
    expect(parsed.success ? 'accepted' : parsed.error.message).toContain(why);
  });
});
