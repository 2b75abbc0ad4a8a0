import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import replace from '../../src/modules/replace.js';
import { type Recorded, replayed } from './recorded.js';
import { GROUNDS, scenes } from './rig.js';

/** Runs of ansible-core's own module, drawn at random. */
const recorded: readonly Recorded[] = JSON.parse(
  readFileSync(new URL('recorded/replace.json', import.meta.url), 'utf8'),
);

describe('replace does what Ansible does', () => {
  it.each(recorded)('$args with $before', run => {
    const { before: _before, args: _args, ...came } = run;
    expect(replayed(replace, run)).toMatchObject(came);
  });
});

describe.each(GROUNDS)('replace on %s', (_name, ground) => {
  const given = scenes(ground);

  it('replaces every match', () => {
    const scene = given({ f: 'a=1\nb=1\n' });
    scene
      .task(replace, { path: '@/f', regexp: '^(\\w)=1$', replace: '\\1=2' })
      .changes('@/f')
      .text('f', 'a=2\nb=2\n')
      .result({ msg: '2 replacements made' });
    scene.task(replace, { path: '@/f', regexp: 'nothing' }).ok().result({ msg: '' });
    scene.task(replace, { path: '@/none', regexp: 'x' }).blocked('@/none does not exist');
    scene.task(replace, { path: '@/f', regexp: '2', replace: '3', after: 'b' }).changes('@/f').text('f', 'a=2\nb=3\n');
  });

  it('works on bytes where the file is no UTF-8', () => {
    const scene = given({ f: { text: Buffer.from('caf\xe9 a\n', 'latin1') } });
    scene.task(replace, { path: '@/f', regexp: 'a$', replace: 'ü' }).changes('@/f');
    expect(readFileSync(scene.path('f')).toString('latin1')).toBe('caf\xe9 \xc3\xbc\n');
    given({ f: { text: Buffer.from('\xe9\n', 'latin1') } })
      .task(replace, { path: '@/f', regexp: '\\u00e9', replace: 'e', encoding: 'latin-1' })
      .changes('@/f')
      .text('f', 'e\n');
  });
});

describe('replace refuses', () => {
  it.each([
    [{ path: '/f' }, 'regexp'],
    [{ path: '/f', regexp: '(' }, 'a parenthesis is not closed'],
    [{ path: '/f', regexp: 'a', replace: '\\1' }, 'regexp has no group 1'],
    [{ path: '/f', regexp: 'a', after: '[' }, 'a [ is not closed'],
    [{ path: '/f', regexp: 'a', encoding: 'utf-16' }, 'encoding'],
  ])('%j', (args, why) => {
    const parsed = replace.args.safeParse(args);
    expect(parsed.success ? 'accepted' : parsed.error.message).toContain(why);
  });
});
