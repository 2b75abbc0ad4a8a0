import { describe, expect, it } from 'vitest';
import { blobOf } from '../../src/core/blob.js';
import type { Given } from '../../src/core/module.js';
import template from '../../src/modules/template.js';
import { argsOf } from './doing.js';
import { GROUNDS, scenes } from './rig.js';

const rendered = (text: string, mode = 0o644): Given => ({
  found: [{ kind: 'file', path: '/role/templates/a.conf.j2', blob: blobOf(text), mode }],
});

describe.each(GROUNDS)('template on %s', (_name, ground) => {
  const given = scenes(ground);

  it('writes what was rendered', () => {
    const scene = given({ d: { directory: 0o755 } });
    const args = { src: 'a.conf.j2', dest: '@/d/a.conf', mode: 'preserve' };
    scene
      .task(template, args, rendered('x=1\n', 0o640))
      .changes('@/d/a.conf')
      .shows(null, 'x=1\n')
      .mode('d/a.conf', '0640')
      .result({ src: 'a.conf.j2', dest: '@/d/a.conf', size: 4 });
    scene.task(template, args, rendered('x=1\n', 0o640)).ok();
    scene.task(template, args, rendered('x=2\n', 0o640)).changes('@/d/a.conf').shows('x=1\n', 'x=2\n');
    scene.task(template, { ...args, dest: '@/d' }, rendered('x')).changes('@/d/a.conf.j2');
    scene
      .task(template, { ...args, dest: '@/d/', force: false }, rendered('y'))
      .ok()
      .text('d/a.conf.j2', 'x');
    scene.task(template, { ...args, dest: '@/none/' }, rendered('y')).blocked('the directory @/none does not exist');
  });
});

describe('template', () => {
  it('asks for its source with the options', () => {
    const args = argsOf(template, {
      src: 'a.j2',
      dest: '/x',
      trim_blocks: 'no',
      variable_start_string: '[[',
      newline_sequence: '\\r\\n',
    });
    expect(template.needs!(args)).toMatchObject([
      { kind: 'template', path: 'a.j2', options: { trimBlocks: false, variableStart: '[[', newlineSequence: '\r\n' } },
    ]);
  });

  it.each([
    [{ dest: '/x' }, 'src'],
    [{ src: 'a', dest: '/x', comment_start_string: '#=' }, 'only {# can be served'],
    [{ src: 'a', dest: '/x', output_encoding: 'utf-16' }, 'only utf-8 can be served'],
  ])('refuses %j', (args, why) => {
    const parsed = template.args.safeParse(args);
    expect(parsed.success ? 'accepted' : parsed.error.message).toContain(why);
  });
});
