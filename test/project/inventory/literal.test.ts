import { describe, expect, it } from 'vitest';
import { Float, Tuple } from '../../../src/core/value.js';
import { literal } from '../../../src/project/inventory/literal.js';

describe('values of an INI inventory (language page, 4.39): as ast.literal_eval, else text', () => {
  it.each([
    ['5', 5],
    ['-5', -5],
    ['+5', 5],
    ['1_000', 1000],
    ['0x1F', 31],
    ['0o17', 15],
    ['0b11', 3],
    ['0', 0],
    ['00', 0],
    ['0644', '0644'],
    ['True', true],
    ['False', false],
    ['None', null],
    ['true', 'true'],
    ['yes', 'yes'],
    ['"text"', 'text'],
    ["'it'", 'it'],
    ['"a\\tb"', 'a\tb'],
    ['hello', 'hello'],
    ['hello world', 'hello world'],
    ['10.0.0.1', '10.0.0.1'],
    ['1.2.3', '1.2.3'],
    ['[1, "a", True]', [1, 'a', true]],
    ['[1, 2,]', [1, 2]],
    ['[]', []],
    ['[a]', '[a]'],
    ["{'a': 1, 'b': [2]}", { a: 1, b: [2] }],
    ['{}', {}],
    ['(3)', 3],
    ['5 # a comment', 5],
    ['text # no comment', 'text # no comment'],
    ['5m', '5m'],
    ['', ''],
    ['{{ x }}', '{{ x }}'],
  ])('%s is %j', (written, meant) => expect(literal(written)).toEqual(meant));

  it.each([
    ['1.5', 1.5],
    ['1e3', 1000],
    ['5.', 5],
    ['.5', 0.5],
    ['-1.5e-3', -0.0015],
  ])('%s is a float', (written, meant) => {
    const value = literal(written);
    expect(value).toBeInstanceOf(Float);
    expect((value as Float).value).toBe(meant);
  });

  it('keeps large integers exactly', () => expect(literal('12345678901234567890')).toBe(12345678901234567890n));

  it('keeps tuples', () => {
    expect(literal('(1, 2)')).toBeInstanceOf(Tuple);
    expect(literal('(1,)')).toBeInstanceOf(Tuple);
  });
});
