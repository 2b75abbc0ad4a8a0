import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { performance } from 'node:perf_hooks';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { describe, expect, it } from 'vitest';
import { Random } from '../differential/random.js';
import { surfaces } from './surfaces.js';

/*
 * Input of anybody, bent in every way, into whatever reads it: no crash, no second without an answer, no memory that stays.
 * A few seconds in `npm test`; `FUZZ=1000000 npx vitest run test/faults/fuzz.test.ts` makes so many inputs. `FUZZ_SEED=n`
 * repeats a run, and `FUZZ_ONLY=name` one surface.
 */

const COUNT = Number(process.env.FUZZ ?? 2000);
const SEED = Number(process.env.FUZZ_SEED ?? Math.floor(Math.random() * 2 ** 31));
/** Milliseconds of processor, of this process: others may keep the machine busy. */
const LONGEST = 1000;
const MOST_GROWTH = 256 * 1024 * 1024;
const LARGEST = 20_000;

setFlagsFromString('--expose-gc');
const collect = runInNewContext('gc') as () => void;

const ROOT = join(import.meta.dirname, '../..');
/** Texts of the repository that people wrote, as seeds. */
const written = (folder: string, name: RegExp): readonly string[] =>
  (readdirSync(join(ROOT, folder), { recursive: true }) as string[])
    .filter(file => name.test(file) && !file.includes('node_modules'))
    .map(file => readFileSync(join(ROOT, folder, file), 'utf8'))
    .filter(text => text.length > 0 && text.length < LARGEST);
const SEEDS: readonly string[] = [
  ...written('playbooks', /\.(?:ya?ml|j2)$/),
  ...written('roles', /\.(?:ya?ml|j2)$/),
  ...written('inventory', /./),
];

const TOKENS = [
  ...'{{ }} {% %} {# #} {%- -%} [ ] ( ) { } : , - ? | > & * ! % @ ` # " \' \\ = ; ~ $ / . .. .* + ^ < <<: *a &a !!str !unsafe'.split(
    ' ',
  ),
  ...'if else endif for in endfor not and or is defined default() range(9) lookup( include set macro raw endraw'.split(
    ' ',
  ),
  ...'hosts: tasks: vars: - block: rescue: when: loop: with_items: import_tasks: include_role: Host Match Port Include @revoked |1|'.split(
    ' ',
  ),
  '\n',
  '\r\n',
  '\t',
  '\0',
  '\ufeff',
  '\u2028',
  '\udcff',
  '\ud800',
  '😀',
  '%YAML 1.2\n---\n',
  '---\n',
  '...\n',
  '99999999999999999999',
  '-1',
  '1e999',
  '0x',
  '0o9',
  'null',
  'true',
  '[1:9999999]',
  '[a:z]',
  '__proto__',
  'constructor',
];

/** One of the seeds, or of the surface's own, changed a few times. */
function bent(random: Random, own: readonly string[]): string {
  const seeds = random.chance(0.7) ? own : SEEDS;
  let text = random.pick(seeds);
  for (let n = random.whole(1, 6); n > 0; n--) {
    const at = random.whole(0, text.length);
    const to = Math.min(text.length, at + random.whole(0, random.chance(0.2) ? 500 : 10));
    const token = random.pick(TOKENS);
    text = random.pick([
      () => text.slice(0, at) + text.slice(to),
      () => text.slice(0, at) + token + text.slice(at),
      () => text.slice(0, at) + token + text.slice(to),
      () => text.slice(0, at) + text.slice(at, to).repeat(random.whole(2, 50)) + text.slice(to),
      () => text.slice(0, at) + token.repeat(random.whole(2, random.chance(0.1) ? 3000 : 20)) + text.slice(at),
      () => text.slice(0, at),
      () => text.slice(0, at) + random.pick(seeds).slice(random.whole(0, 200)),
      () => text.slice(0, at) + String.fromCharCode(random.whole(0, 255)) + text.slice(at + 1),
      () => text.replaceAll('\n', random.pick(['\r\n', '\n\n', ' ', '\n  '])),
    ])();
  }
  return text.slice(0, LARGEST);
}

describe(`bent input (seed ${SEED}, ${COUNT} inputs)`, () => {
  const chosen = surfaces.filter(({ name }) => process.env.FUZZ_ONLY === undefined || name === process.env.FUZZ_ONLY);
  it.each(chosen)(
    '$name',
    async ({ name, seeds, share, take }) => {
      const random = new Random(SEED);
      const found: string[] = [];
      collect();
      const before = process.memoryUsage();
      const count = Math.ceil(COUNT * share);
      for (let i = 0; i < count && found.length < 5; i++) {
        const text = bent(random, seeds);
        const resident = process.memoryUsage.rss();
        const [cpu, wall] = [process.cpuUsage(), performance.now()];
        try {
          await take(text, random);
        } catch (error) {
          found.push(`${name}: ${(error as Error).stack ?? error}\n  on ${JSON.stringify(text).slice(0, 2000)}`);
        }
        const { user } = process.cpuUsage(cpu);
        // What others of this process did meanwhile counts with the processor, and what others of the machine did with the clock.
        const took = Math.min(user / 1000, performance.now() - wall);
        if (took > LONGEST) found.push(`${name} took ${took} ms\n  on ${JSON.stringify(text).slice(0, 2000)}`);
        const grown = process.memoryUsage.rss() - resident;
        if (grown > MOST_GROWTH) found.push(`${name} grew by ${grown}\n  on ${JSON.stringify(text).slice(0, 2000)}`);
      }
      collect();
      expect(found).toEqual([]);
      expect(process.memoryUsage().heapUsed - before.heapUsed).toBeLessThan(MOST_GROWTH);
    },
    Math.max(60_000, COUNT * 100),
  );
});
