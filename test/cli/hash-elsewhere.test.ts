import { resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { expect, it } from 'vitest';
import { hashInThread } from '../../src/cli/hash-elsewhere.js';

const entry = pathToFileURL(resolve(import.meta.dirname, '../../dist/cli/hash-thread.js'));

it('hashes in a thread, while this one goes on', async () => {
  const hash = hashInThread(entry);
  let isDone = false;
  const line = hash({ scheme: 'sha512', password: 'x', salt: 'salt', rounds: 100_000 }).finally(() => {
    isDone = true;
  });
  await new Promise(setImmediate);
  expect(isDone).toBe(false);
  // By crypt(3) of glibc.
  expect(await hash({ scheme: 'sha512', password: 'x', salt: 'salt', rounds: 10_000 })).toBe(
    '$6$rounds=10000$salt$GkTdLe25dDZSkQkHzEE/ws3.6rd0zcv/WQ1ivwy28BzzjrSqliZn2PKecEzaV307o6SuQ6ZxlpE0LA8RgSbC.1',
  );
  expect(await line).toMatch(/^\$6\$rounds=100000\$salt\$/);
});

it('says so where there is no thread to be had', async () => {
  const hash = hashInThread(new URL('./nowhere.js', entry));
  await expect(hash({ scheme: 'sha512', password: 'x', rounds: 10_000 })).rejects.toThrow();
});
