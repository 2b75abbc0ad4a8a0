import { describe, expect, it } from 'vitest';
import { blobOf } from '../../src/core/blob.js';
import type { Given } from '../../src/core/module.js';
import assemble from '../../src/modules/assemble.js';
import { GROUNDS, HOSTILE, scenes } from './rig.js';

describe.each(GROUNDS)('assemble on %s', (_name, ground) => {
  const given = scenes(ground);
  const fragments = { 'd/b': 'two', 'd/a': 'one\n', 'd/.c': 'hidden', 'd/sub/x': 'no', 'd/z.bak': 'old\n' };

  it.each([
    [{}, 'hidden\none\ntwo\nold\n'],
    [{ ignore_hidden: true }, 'one\ntwo\nold\n'],
    [{ regexp: '^\\w$' }, 'one\ntwo'],
    [{ regexp: '^\\w$', delimiter: '--' }, 'one\n--\ntwo'],
    [{ regexp: '^\\w$', delimiter: '\\t#\\x21\\n' }, 'one\n\t#!\ntwo'],
    [{ regexp: 'none' }, ''],
  ])('%j', (args, text) => {
    const done = given(fragments).task(assemble, { src: '@/d', dest: '@/f', ...args });
    done.changes('@/f').shows(null, text).text('f', text).result({ src: '@/d', dest: '@/f', msg: 'OK' });
  });

  it('keeps what is the same and changes what is not', () => {
    const scene = given({ 'd/a': 'x\n', f: 'x\n' });
    scene
      .task(assemble, { src: '@/d', dest: '@/f' })
      .ok()
      .result({ checksum: '6fcf9dfbd479ed82697fee719b9f8c610a11ff2a' });
    scene.task(assemble, { src: '@/d/', dest: '@/f', mode: '0600', delimiter: 'y' }).changes('mode');
    given({ 'd/a': 'y\n', f: 'x\n' })
      .task(assemble, { src: '@/d', dest: '@/f', validate: 'grep -q x %s' })
      .failed(/failed to validate/)
      .text('f', 'x\n');
  });

  it('takes fragments of the controller', () => {
    const file = (path: string, text: string) => ({ path, blob: blobOf(text), mode: 0o644 });
    const found: Given = {
      found: [
        {
          kind: 'tree',
          path: '/role/files/d',
          directories: ['sub'],
          files: [file('b', '2\n'), file('a', '1\n'), file('sub/c', '3\n')],
        },
      ],
    };
    given().task(assemble, { src: 'd', dest: '@/f', remote_src: false }, found).changes('@/f').text('f', '1\n2\n');
  });

  it('says what is lacking', () => {
    given().task(assemble, { src: '@/d', dest: '@/f' }).blocked('the directory @/d does not exist');
    given({ 'd/a': 'x'.repeat(1_048_577) })
      .task(assemble, { src: '@/d', dest: '@/f' })
      .blocked(/too large to assemble/);
    given({ d: { directory: 0o755 } })
      .task(assemble, { src: '@/d', dest: '@/f' })
      .changes('@/f')
      .text('f', '');
  });

  it.each(HOSTILE)('takes a fragment named %j', name => {
    const scene = given({ [`d/${name}`]: `${name}\n` });
    scene.task(assemble, { src: '@/d', dest: '@/f' }).changes('@/f').text('f', `${name}\n`);
    expect(scene.all()).toEqual(['d', `d/${name}`, 'f']);
  });
});
