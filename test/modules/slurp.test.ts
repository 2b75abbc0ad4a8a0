import { execFileSync } from 'node:child_process';
import { describe, it } from 'vitest';
import slurp from '../../src/modules/slurp.js';
import { GROUNDS, HOSTILE, scenes } from './rig.js';

describe.each(GROUNDS)('slurp on %s', (_name, ground) => {
  const given = scenes(ground);

  it('brings bytes', () => {
    const bytes = Buffer.from(Array.from({ length: 1000 }, (_, i) => i % 256));
    given({ f: { text: bytes } })
      .task(slurp, { src: '@/f' })
      .ok()
      .result({ content: bytes.toString('base64'), source: '@/f', encoding: 'base64' });
    given({ f: '' }).task(slurp, { path: '@/f' }).ok().result({ content: '' });
  });

  it('says why there is nothing to bring', () => {
    const scene = given({ d: { directory: 0o755 } });
    execFileSync('mkfifo', [scene.path('p')]);
    scene.task(slurp, { src: '@/none' }).blocked('@/none does not exist');
    scene.task(slurp, { src: '@/d' }).blocked('@/d is a directory, not a file');
    scene.task(slurp, { src: '@/p' }).blocked('@/p is not a regular file');
  });

  it.each(HOSTILE)('takes the name %j byte for byte', name => {
    given({ [name]: name })
      .task(slurp, { src: `@/${name}` })
      .ok()
      .result({ content: Buffer.from(name).toString('base64') });
  });
});
