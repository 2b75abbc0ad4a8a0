import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { runWithAnsible } from './meaning/oracle.js';
import { Scratch, type Wish } from './rig.js';
import { CASES, type StaleCase, siteOf } from './stale-cases.js';

let scratch: Scratch;
beforeEach(() => {
  scratch = new Scratch();
});
afterEach(() => scratch.remove());

interface Way {
  readonly name: string;
  /** Keywords of the play. */
  readonly more?: string;
  readonly wish: Wish;
}
/** On one host chains may run on; where the controller is not what they act on, behind what reads its files too. */
const WAYS: readonly Way[] = [
  { name: 'the fast walk', wish: { reach: 'ssh' } },
  { name: 'the sequential walk', wish: { options: { sequential: true } } },
];
const FREE: Way = { name: 'strategy free', more: '  strategy: free\n', wish: {} };

const read = (name: string): string | undefined => {
  const path = join(scratch.root, name);
  return existsSync(path) ? readFileSync(path, 'utf8') : undefined;
};
/** What a case left, as it says it. */
const left = ({ leaves, hosts }: StaleCase) =>
  Object.fromEntries(Object.keys(leaves).map(name => [name, read(hosts ? name : `h1/${name}`)]));

const wishOf = ({ hosts = 1, inventory }: StaleCase, wish: Wish): Wish => ({
  ...wish,
  hosts,
  ...(inventory === undefined ? {} : { inventory }),
});

for (const [kind, cases] of Object.entries(CASES))
  describe(`what ${kind} changes is read at the turn of whoever reads it`, () => {
    for (const one of cases)
      for (const way of one.hosts ? WAYS : [...WAYS, FREE])
        it(`${one.name}: ${way.name}`, async () => {
          scratch.write(one.files ?? {});
          await scratch.run(siteOf(one, way.more), wishOf(one, way.wish));
          expect(left(one)).toEqual(one.leaves);
        });
  });

/** The oracle takes seconds for each: `STALE_ORACLE=1 npx vitest run test/engine/stale.test.ts`. */
if (process.env.STALE_ORACLE === '1')
  describe('ansible-core leaves the same', () => {
    for (const [kind, cases] of Object.entries(CASES))
      it.each(cases)(`${kind}: $name`, one => {
        scratch.prepare(siteOf(one), wishOf(one, {}));
        scratch.write(one.files ?? {});
        // Where a host of several fails, what was left is what counts.
        try {
          runWithAnsible(scratch);
        } catch (error) {
          if (one.hosts === undefined) throw error;
        }
        expect(left(one)).toEqual(one.leaves);
      });
  });
