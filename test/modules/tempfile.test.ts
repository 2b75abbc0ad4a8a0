import { describe, expect, it } from 'vitest';
import tempfile from '../../src/modules/tempfile.js';
import { GROUNDS, scenes } from './rig.js';

describe.each(GROUNDS)('tempfile on %s', (_name, ground) => {
  const given = scenes(ground);

  it.each([
    [{ path: '@' }, /^ansible\.\w{8}$/, 'file', '0600'],
    [{ path: '@', suffix: ' a.b' }, /^ansible\.\w{8} a\.b$/, 'file', '0600'],
    [{ path: '@', state: 'directory', prefix: '$(x)' }, /^\$\(x\)\w{8}$/, 'directory', '0700'],
    [{ path: '@', state: 'directory', suffix: '.d' }, /^ansible\.\w{8}\.d$/, 'directory', '0700'],
  ] as const)('%j', (args, name, kind, mode) => {
    const { scene, seen } = given().task(tempfile, args).changesEachTime(`temporary ${kind}`);
    const [made, ...more] = scene.all();
    expect(made).toMatch(name);
    expect(more).toEqual([]);
    expect([scene.kind(made!), scene.mode(made!), seen.result.path]).toEqual([kind, mode, scene.path(made!)]);
  });

  it('needs its directory', () => {
    given().task(tempfile, { path: '@/none' }).blocked('the directory @/none does not exist');
  });
});
