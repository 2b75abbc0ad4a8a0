import { readFileSync } from 'node:fs';
import { beforeAll, describe, expect, test } from 'vitest';
import { parse, parseAllDocuments } from 'yaml';
import { Float, RenderError, Tuple, type Value, type Vars } from '../../src/core/value.js';
import { floatText } from '../../src/template/text.js';
import { registerYaml } from '../../src/template/yaml.js';
import { evaluate } from './scope.js';

interface Case {
  readonly src: string;
  readonly value?: unknown;
  readonly error?: string;
}
/** Recorded from ansible-core 2.14 by record.py. */
const book: { vars: Vars; cases: readonly Case[] } = JSON.parse(
  readFileSync(new URL('filters.json', import.meta.url), 'utf8'),
);

/** Where this engine is meant to differ, and why. */
const OURS: Readonly<Record<string, unknown>> = {
  // 2.14 stumbles over its own mark-up type.
  "'<a>' | e": '&lt;a&gt;',
  "'[NaN, Infinity, -Infinity]' | from_json | to_json": '[NaN, Infinity, -Infinity]',
  // Of a collection that was not there when these were recorded.
  "query('flattened', [1, [2, [3]]], 4)": [1, 2, 3, 4],
};

function marked(value: Value): unknown {
  if (value instanceof Float) return { float: floatText(value.value) };
  if (typeof value === 'number' && !Number.isInteger(value)) return { float: floatText(value) };
  if (typeof value === 'bigint') return Number(value);
  if (value instanceof Tuple) return { tuple: Array.from(value as readonly Value[], marked) };
  if (Array.isArray(value)) return Array.from(value as readonly Value[], marked);
  if (typeof value === 'object' && value !== null)
    return Object.fromEntries(Object.entries(value).map(([key, member]) => [key, marked(member as Value)]));
  return value;
}

beforeAll(() => {
  // strftime prints local time; the records were made in this zone.
  process.env.TZ = 'UTC';
  const options = { version: '1.1', schema: 'yaml-1.1' } as const;
  registerYaml({
    parse: text => parse(text, options) as Value,
    parseAll: text => parseAllDocuments(text, options).map(one => one.toJS() as Value),
  });
});

const files = {
  find: () => undefined,
  tried: (path: string) => [path],
  mode: () => 0o644,
  glob: () => [],
  read: () => new Uint8Array(),
  write: () => undefined,
  template: () => {
    throw new RenderError('no templates here');
  },
  env: () => undefined,
  resolve: async () => {
    throw new RenderError('nothing here');
  },
};

describe('filters, tests and lookups as ansible-core has them', () => {
  test.each(book.cases)('$src', ({ src, value, error }) => {
    if (src in OURS) expect(marked(evaluate(src, book.vars, files))).toEqual(OURS[src]);
    else if (error === undefined) expect(marked(evaluate(src, book.vars, files))).toEqual(value);
    else expect(() => evaluate(src, book.vars, files)).toThrow();
  });
});

// The hashes are those of `openssl passwd -1`.
test.each([
  ["'secret' | password_hash('md5', 'abcdefgh')", '$1$abcdefgh$cHJi5PXp/ki/ktXzqlk6I1'],
  [
    "'a much longer password, of more than sixteen bytes ä' | password_hash('md5_crypt', 'x')",
    '$1$x$eeewVlJ5v7PSGm1dlbv9K/',
  ],
])('%s', (text, value) => {
  expect(evaluate(text)).toBe(value);
});

test('MD5-crypt with a salt by chance, and one that is too long', () => {
  expect(evaluate("'secret' | password_hash('md5')")).toMatch(/^\$1\$[./0-9A-Za-z]{8}\$[./0-9A-Za-z]{22}$/);
  expect(() => evaluate("'secret' | password_hash('md5', 'abcdefghi')")).toThrow('1 to 8');
});

test.each<[string, unknown]>([
  ['range(1000000000) | length', 1000000000],
  ['range(5, 5000000000, 5) | last', 4999999995],
  ['range(1000000000) | first', 0],
  ['999999999 in range(1000000000)', true],
  ['1000000000 in range(1000000000)', false],
  ['7 in range(0, 1000000000, 2)', false],
  ['range(1000000000)[17]', 17],
  ['range(1000000000)[-1]', 999999999],
  ['range(1000000000)[1000000000] is defined', false],
  ["range(1000000000) | random(seed='x')", 677303156],
])('%s makes no list', (text, value) => {
  expect(evaluate(text)).toBe(value);
});

test('of a long range a number is chosen by chance, but it cannot be gone through', () => {
  expect(evaluate('range(1000000000) | random')).toBeLessThan(1000000000);
  expect(() => evaluate('range(1000000000) | list')).toThrow('a range of 1000000000 is longer than the 1000000');
  expect(() => evaluate('range(1000000000) | sum')).toThrow('longer than the 1000000');
});
