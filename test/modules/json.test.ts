import { expect, it } from 'vitest';
import { pythonJson } from '../../src/modules/json.js';

it.each([
  [{ a: [1, 2.5, null, true] }, '{"a": [1, 2.5, null, true]}'],
  [{}, '{}'],
  [[], '[]'],
  ['é"\n☃😀', '"\\u00e9\\"\\n\\u2603\\ud83d\\ude00"'],
])('%j is written as Python writes it', (value, text) => expect(pythonJson(value)).toBe(text));
