import { readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
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

/** A bundle and what it imports before it runs, in bytes; what it brings only when a verb is chosen does not count. */
function loadedAtStart(file: string, seen = new Set<string>()): number {
  if (seen.has(file)) return 0;
  seen.add(file);
  const text = readFileSync(file, 'utf8');
  const imports = [...text.matchAll(/(?:^|\n)(?:import|export)\s(?:[^'"`;]*?\sfrom\s)?"(\.\/[^"]+)"/g)];
  return imports.reduce((sum, [, path]) => sum + loadedAtStart(join(dirname(file), path!), seen), text.length);
}

it('--help loads the command line and nothing of what the verbs need', () => {
  expect(loadedAtStart(MAIN)).toBeLessThan(200_000);
});

/** A figure, not a promise: the least of several tries is what the program itself costs, the rest is what else the machine did. */
it('--help is measured against an empty program', async () => {
  let [empty, help] = [Number.POSITIVE_INFINITY, Number.POSITIVE_INFINITY];
  for (let i = 0; i < 15; i++) {
    empty = Math.min(empty, await cpu('empty.mjs'));
    help = Math.min(help, await cpu(MAIN, '--help'));
  }
  expect(empty).toBeGreaterThan(5);
  process.stdout.write(`--help: ${help.toFixed(0)} ms CPU, an empty program ${empty.toFixed(0)} ms\n`);
});
