import { describe, expect, it } from 'vitest';
import { sh } from '../../../src/core/sh.js';
import { parentOf, parentWord, throughLink, tidy, word } from '../../../src/modules/looks/word.js';
import { run } from '../doing.js';
import { GROUNDS, HOSTILE, scenes } from '../rig.js';

describe.each(GROUNDS)('the word of a path on %s', (_name, ground) => {
  const said = (path: string) =>
    run(sh`p=${word(path)}; printf %s "$p"; set -- ${word(path)}; printf ' %s' $#`, {
      ...ground(),
      env: { ...ground().env, HOME: '/home/me' },
    }).stdout;

  it.each([
    ['~', '/home/me 1'],
    ['~/a b', '/home/me/a b 1'],
    ['$HOME/$x', '/home/me/$x 1'],
    ['${HOME}/x', '/home/me/x 1'],
    ['~root/x', '/root/x 1'],
    ['~$(id)/x', '~$(id)/x 1'],
    ['-rf', './-rf 1'],
    ['/a/$HOME/~', '/a/$HOME/~ 1'],
  ])('%j is %j', (path, words) => expect(said(path)).toBe(words));

  it.each(HOSTILE)('%j below a directory is itself', name => expect(said(`/d/${name}`)).toBe(`/d/${name} 1`));

  it('knows the directory above, and follows links to their end', () => {
    const scene = scenes(ground)({ 'd/l': { link: 'm' }, 'd/m': { link: '../e/n' }, 'e/n': { link: 'gone' } });
    const { stdout } = run(
      sh`p=${word(scene.path('d/l'))}; ${throughLink}; ${parentWord}; printf '%s\n' "$p" "$d"`,
      scene.ground,
    );
    expect(stdout.replaceAll(scene.root, '@')).toBe('link\n@/d/../e/gone\n@/d/../e\n');
  });
});

describe('a path', () => {
  it.each([
    ['/a/b//', '/a/b', '/a'],
    ['/', '/', '/'],
    ['a', 'a', '.'],
    ['/a', '/a', '/'],
  ])('%j is tidied', (path, tidied, parent) => {
    expect([tidy(path), parentOf(tidy(path))]).toEqual([tidied, parent]);
  });
});
