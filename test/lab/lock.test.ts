import { mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { afterAll, describe, expect, it } from 'vitest';
import { locked } from '../../src/lab/lock.js';
import { lives, processOf, self } from '../../src/lab/owner.js';

const folder = mkdtempSync(join(tmpdir(), 'rm-lock-'));
afterAll(() => rmSync(folder, { recursive: true }));

describe('locked', () => {
  it('lets one in at a time and leaves nothing', async () => {
    const file = join(folder, 'one');
    let inside = 0;
    let most = 0;
    let waited = 0;
    const work = async () => {
      most = Math.max(most, ++inside);
      await wait(20);
      inside--;
    };
    await Promise.all(Array.from({ length: 5 }, () => locked(file, () => waited++, work)));
    expect(most).toBe(1);
    expect(waited).toBeGreaterThan(0);
    expect(readdirSync(folder)).toEqual([]);
  });
  it.each([
    ['a dead process', JSON.stringify({ pid: 4_194_304, started: 1 })],
    ['a later process of the same number', JSON.stringify({ pid: process.pid, started: self().started - 1 })],
    ['nobody, being cut short', '{"pid":'],
  ])('takes over from %s', async (_, holder) => {
    const file = join(folder, 'stale');
    writeFileSync(file, holder);
    writeFileSync(`${file}.1.abc`, holder);
    expect(
      await locked(
        file,
        () => expect.fail('waited'),
        async () => 'in',
      ),
    ).toBe('in');
    expect(readdirSync(folder)).toEqual([]);
  });
  it('opens when the work throws', async () => {
    const file = join(folder, 'thrown');
    await expect(
      locked(
        file,
        () => {},
        async () => {
          throw new Error('no');
        },
      ),
    ).rejects.toThrow('no');
    expect(readdirSync(folder)).toEqual([]);
  });
});

describe('an owner', () => {
  it('is told from a later process of the same number', () => {
    expect(lives(self())).toBe(true);
    expect(lives({ ...self(), started: 1 })).toBe(false);
    expect(processOf(4_194_304)).toBeUndefined();
  });
});
