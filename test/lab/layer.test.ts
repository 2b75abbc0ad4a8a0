import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { layer, prune, recipeDigest } from '../../src/lab/layer.js';
import { cacheFolder } from '../../src/lab/places.js';

let home: string;
beforeEach(() => {
  home = mkdtempSync(join(tmpdir(), 'rm-cache-'));
  vi.stubEnv('XDG_CACHE_HOME', home);
});
afterEach(() => {
  vi.unstubAllEnvs();
  rmSync(home, { recursive: true });
});

const fill = (text: string) => async (folder: string) => {
  mkdirSync(folder);
  writeFileSync(join(folder, 'a'), text);
};

describe('layer', () => {
  it('is built once, even when two want it at the same time', async () => {
    let built = 0;
    const build = async (folder: string) => {
      built++;
      await fill('x')(folder);
    };
    const both = await Promise.all([1, 2].map(() => layer({ kind: 'root', digest: 'd1', build }, () => {})));
    expect(built).toBe(1);
    expect(both[0]).toEqual(both[1]);
    expect(readFileSync(join(both[0]!.folder, 'a'), 'utf8')).toBe('x');
  });
  it('that failed leaves nothing, and what a kill left half is removed by the next', async () => {
    const failing = async (folder: string) => {
      await fill('half')(folder);
      throw new Error('no disk');
    };
    await expect(layer({ kind: 'root', digest: 'd1', build: failing }, () => {})).rejects.toThrow('no disk');
    expect(readdirSync(cacheFolder())).toEqual([]);
    mkdirSync(join(cacheFolder(), 'half-root-d0'));
    mkdirSync(join(cacheFolder(), 'half-other-d0'));
    const made = await layer({ kind: 'root', digest: 'd1', build: fill('whole') }, () => {});
    expect(existsSync(made.folder)).toBe(true);
    expect(readdirSync(cacheFolder()).sort()).toEqual(['half-other-d0', 'root-d1']);
  });
});

describe('prune', () => {
  it('removes what nobody wanted for a week, unless a lab stands on it', async () => {
    const make = (digest: string) => layer({ kind: 'root', digest, build: fill(digest) }, () => {});
    const [old, used, now] = [await make('old'), await make('used'), await make('now')];
    prune([old, used, now], []);
    const longAgo = new Date(Date.now() - 8 * 86_400_000);
    for (const { folder } of [old, used]) utimesSync(`${folder}.used`, longAgo, longAgo);
    prune([now], [used.folder]);
    expect(
      readdirSync(cacheFolder())
        .filter(name => !name.endsWith('.used'))
        .sort(),
    ).toEqual(['root-now', 'root-used']);
  });
});

describe('recipeDigest', () => {
  it('tells parts apart', () => {
    expect(recipeDigest('ab', 'c')).not.toBe(recipeDigest('a', 'bc'));
    expect(recipeDigest('ab', 'c')).toBe(recipeDigest('ab', 'c'));
  });
});
