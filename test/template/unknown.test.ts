import { describe, expect, test } from 'vitest';
import { Unknown, type Value } from '../../src/core/value.js';
import { evaluate, expand } from './scope.js';

const a = new Unknown(['fact:os']);
const b = new Unknown(['task:site.yml:3']);
const vars = { a, b, yes: true, no: false, list: [1, a], dict: { known: 1, x: a } as Value, text: 'x' };

describe('what touches an unknown is unknown', () => {
  test.each([
    ['a', ['fact:os']],
    ['a.b.c', ['fact:os']],
    ["a['x']", ['fact:os']],
    ['a + 1', ['fact:os']],
    ['a == b', ['fact:os', 'task:site.yml:3']],
    ['(a + 1) ~ (b + 1)', ['fact:os', 'task:site.yml:3']],
    ['not a', ['fact:os']],
    ['a and yes', ['fact:os']],
    ['yes and a', ['fact:os']],
    ['a is defined', ['fact:os']],
    ['a | default(1)', ['fact:os']],
    ['a | upper', ['fact:os']],
    ['a()', ['fact:os']],
    ["text.replace(a, 'y')", ['fact:os']],
    ['text | replace(a, b)', ['fact:os', 'task:site.yml:3']],
    ['list | sum', ['fact:os']],
    ["list | join(',')", ['fact:os']],
    ['list | map("string") | list', ['fact:os']],
    ['list == [1, 2]', ['fact:os']],
    ['2 in list', ['fact:os']],
    ['dict.x.y', ['fact:os']],
    ['dict | to_json', ['fact:os']],
    ['[1][a]', ['fact:os']],
    ['1 if a else 2', ['fact:os']],
    ["'%s' % a", ['fact:os']],
    ["lookup('vars', 'b')", ['task:site.yml:3']],
  ])('%s', (text, because) => {
    const value = evaluate(text, vars);
    expect(value).toBeInstanceOf(Unknown);
    expect([...(value as Unknown).because].sort()).toEqual(because);
  });
});

describe('what goes round an unknown is known', () => {
  test.each<[string, unknown]>([
    ['no and a', false],
    ['yes or a', true],
    ['1 if yes else a', 1],
    ['1 in list', true],
    ['list | length', 2],
    ['list[0]', 1],
    ['dict.known', 1],
    ['text | default(a)', 'x'],
    ['yes | ternary(1, a)', 1],
    ['dict.keys()', ['known', 'x']],
  ])('%s', (text, value) => {
    expect(evaluate(text, vars)).toEqual(value);
  });

  test('a list or dictionary may hold unknowns, and hands them on', () => {
    expect(evaluate('[1, a]', vars)).toEqual([1, a]);
    expect(evaluate('dict', vars)).toEqual({ known: 1, x: a });
    expect(evaluate("dict | combine({'y': 1})", vars)).toEqual({ known: 1, x: a, y: 1 });
  });
});

describe('texts', () => {
  test('one unknown makes the whole text unknown, for all reasons', () => {
    expect(expand('x{{ a }}y{{ b }}z', vars)).toEqual(new Unknown(['fact:os', 'task:site.yml:3']));
    expect(expand('{{ a }}', vars)).toBe(a);
    expect(expand('{{ list }}.', vars)).toEqual(new Unknown(['fact:os']));
  });

  test('an unknown condition or loop makes it unknown, whatever stands inside', () => {
    expect(expand('{% if a %}{% set v = 1 %}{% endif %}{{ v }}', vars)).toEqual(new Unknown(['fact:os']));
    expect(expand('{% for x in a %}{{ missing }}{% endfor %}', vars)).toEqual(new Unknown(['fact:os']));
    expect(expand('{{ b }}{% if a %}{% endif %}', vars)).toEqual(new Unknown(['task:site.yml:3', 'fact:os']));
  });

  test('what a macro or a block prints is unknown as a whole', () => {
    expect(expand('{% macro m(x) %}<{{ x }}>{% endmacro %}{% if m(a) %}y{% endif %}', vars)).toBeInstanceOf(Unknown);
    expect(expand('{% set t %}{{ a }}{% endset %}{{ t | length }}', vars)).toBeInstanceOf(Unknown);
    expect(expand('{% macro m(x) %}<{{ x }}>{% endmacro %}{{ m(1) }}', vars)).toBe('<1>');
  });

  test('a branch that is not taken does not count', () => {
    expect(expand('{% if no %}{{ a }}{% else %}k{% endif %}', vars)).toBe('k');
  });
});
