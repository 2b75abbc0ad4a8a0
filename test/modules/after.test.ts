import { describe, expect, it } from 'vitest';
import { isBlocked } from '../../src/core/change.js';
import { Effects } from '../../src/core/effect.js';
import type { AnyModule } from '../../src/core/module.js';
import blockinfile from '../../src/modules/blockinfile.js';
import copy from '../../src/modules/copy.js';
import file from '../../src/modules/file.js';
import lineinfile from '../../src/modules/lineinfile.js';
import { argsOf, run, type Seen, task } from './doing.js';
import { GROUNDS, type Prop, type Scene, scenes } from './rig.js';

type Step = readonly [AnyModule, { readonly [name: string]: unknown }];

const placed = ([module, args]: Step, scene: Scene): Step => [
  module,
  JSON.parse(JSON.stringify(args).replaceAll('@', scene.root)),
];
const look = ([module, args]: Step, scene: Scene) =>
  run(module.probe(argsOf(module, args), { found: [] }).script, scene.ground);

/** Does the first task, and compares what is then seen for the second with what was told of it before. */
function told(scene: Scene, first: Step, second: Step) {
  const [doing, looking] = [placed(first, scene), placed(second, scene)];
  const before = look(looking, scene);
  const done: Seen = task(doing[0], doing[1], scene.ground);
  if (isBlocked(done.plan)) throw new Error(done.plan.blocked);
  expect(done.plan.length).toBeGreaterThan(0);
  const effects = new Effects();
  for (const change of done.plan) for (const effect of change.leaves ?? []) effects.add(effect);
  const probe = looking[0].probe(argsOf(looking[0], looking[1]), { found: [] });
  return { told: probe.after!(before, effects.since(0))?.stdout, seen: look(looking, scene).stdout };
}

const root = { owner: 'root', group: 'root' };
const put = (path: string, more: object = {}): Step => [
  copy,
  { dest: path, content: 'one\ntwo\n', mode: '0640', ...root, ...more },
];
const line = (path: string, more: object = {}): Step => [
  lineinfile,
  { path, line: 'three', create: true, mode: '0640', ...root, ...more },
];
const directory = (path: string): Step => [file, { path, state: 'directory', mode: '0750', ...root }];

/** What stands there, what is done first, and what is looked at then: all of it is told byte for byte. */
const TOLD: readonly (readonly [string, { readonly [path: string]: Prop }, Step, Step])[] = [
  ['a file in a new directory', {}, directory('@/d'), put('@/d/f')],
  ['a line in a new directory', {}, directory('@/d'), line('@/d/f')],
  ['a directory in a new directory', {}, directory('@/d'), directory('@/d/e')],
  ['a link to a new directory', {}, directory('@/d'), [file, { src: '@/d', dest: '@/l', state: 'link' }]],
  ['a link in a new directory', {}, directory('@/d'), [file, { src: '/etc', dest: '@/d/l', state: 'link' }]],
  ['a line in a new file', {}, put('@/f'), line('@/f')],
  [
    'a block in a changed file',
    { f: { text: 'x\n', mode: 0o640 } },
    line('@/f'),
    [blockinfile, { path: '@/f', block: 'b' }],
  ],
  [
    'a line in a file kept as it is',
    { f: { text: 'x\n', mode: 0o4711, uid: 1, gid: 2 } },
    [lineinfile, { path: '@/f', line: 'y' }],
    [lineinfile, { path: '@/f', line: 'z' }],
  ],
  ['the same content again', {}, put('@/f'), put('@/f')],
  ['other content', {}, put('@/f'), put('@/f', { content: 'y' })],
  ['long content', {}, put('@/f', { content: 'long line\n'.repeat(900) }), line('@/f')],
  ['another owner', {}, put('@/f'), put('@/f', { owner: 'daemon' })],
  ['other rights', { f: 'one\ntwo\n' }, put('@/f'), [file, { path: '@/f', mode: '0600' }]],
  ['a file that was removed', { f: 'x' }, [file, { path: '@/f', state: 'absent' }], put('@/f')],
  ['a new file of the umask', {}, [copy, { dest: '@/f', content: 'x' }], line('@/f')],
  ['an empty file', {}, [file, { path: '@/f', state: 'touch', mode: '0640', ...root }], line('@/f')],
  [
    'a removed one that shall be absent',
    { f: 'x' },
    [file, { path: '@/f', state: 'absent' }],
    [file, { path: '@/f', state: 'absent' }],
  ],
];

describe.each(GROUNDS)('what a look will see behind another task on %s', (_name, ground) => {
  const given = scenes(ground);

  it.each(TOLD)('%s', (_case, props, first, second) => {
    const { told: foretold, seen } = told(given(props), first, second);
    expect(foretold).toBe(seen);
  });

  it('is what it was, where the other is none of its business', () => {
    const scene = given({ other: 'x', f: 'y' });
    const { told: foretold, seen } = told(scene, put('@/other'), line('@/f'));
    expect(foretold).toBe(seen);
  });

  it('cannot be told through a link that has just been made, nor below what was removed', () => {
    const link: Step = [file, { src: '@/real', dest: '@/l', state: 'link' }];
    expect(told(given({ 'real/f': 'x' }), link, line('@/l/f')).told).toBeUndefined();
    expect(told(given({ 'd/f': 'x' }), [file, { path: '@/d', state: 'absent' }], line('@/d/f')).told).toBeUndefined();
  });
});
