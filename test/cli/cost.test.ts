import { afterAll, beforeAll, expect, it } from 'vitest';
import { Desk, MAIN } from './rig.js';

const desk = new Desk();
beforeAll(() => {
  desk.write({ 'empty.mjs': '' });
});
afterAll(() => desk.remove());

/** CPU of a Node program, user and system, in milliseconds. */
async function cpu(...args: readonly string[]): Promise<number> {
  const { err } = await desk.run([
    'bash',
    '-c',
    'TIMEFORMAT="%3U %3S"; time "$@" >/dev/null',
    'time',
    process.execPath,
    ...args,
  ]);
  return err
    .trim()
    .split(' ')
    .reduce((sum, seconds) => sum + Number(seconds) * 1000, 0);
}

/** The least of several tries is what the program itself costs; the rest is what else the machine was doing. */
it('--help costs at most 20 ms CPU more than an empty program', { retry: 2 }, async () => {
  let [empty, help] = [Number.POSITIVE_INFINITY, Number.POSITIVE_INFINITY];
  for (let i = 0; i < 15; i++) {
    empty = Math.min(empty, await cpu('empty.mjs'));
    help = Math.min(help, await cpu(MAIN, '--help'));
  }
  expect(empty).toBeGreaterThan(5);
  expect(help - empty, `${help} ms against ${empty} ms`).toBeLessThanOrEqual(20);
});
