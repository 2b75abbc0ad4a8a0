import { describe, expect, test } from 'vitest';
import { Lazy, RenderError, Secret, type Value } from '../../src/core/value.js';
import { compileExpression, compileText, locator } from '../../src/template/compile.js';
import { OMIT, withoutOmitted } from '../../src/template/omit.js';
import { render } from '../../src/template/render.js';
import { evaluate, expand, scopeOf } from './scope.js';

const vars: { readonly [name: string]: Value } = { text: 'x', list: [1], dict: { a: 1 }, n: 1 };

describe('nothing of JavaScript can be reached', () => {
  const words = [
    'constructor',
    '__proto__',
    'prototype',
    'toString',
    'valueOf',
    'hasOwnProperty',
    'call',
    'apply',
    'length',
  ];
  const roots = [
    'text',
    'list',
    'dict',
    'n',
    '{}',
    '[]',
    "''",
    '()',
    'range',
    'lookup',
    'text.upper',
    'dict.items',
    'none',
    'true',
  ];
  test.each(roots.flatMap(root => words.flatMap(word => [`(${root}).${word}`, `(${root})['${word}']`])))('%s', text => {
    expect(() => evaluate(text, vars)).toThrow(RenderError);
    expect(evaluate(`${text} is defined`, vars)).toBe(false);
  });

  test.each([
    "text.constructor.constructor('return process')()",
    "dict['__proto__']['polluted']",
    "''.__class__.__mro__",
    "[] | map('constructor') | list",
    "[] | select('__proto__') | list",
    "x | map(attribute='constructor') | list",
    "'{0.constructor}'.format(text)",
    "'{0.__class__}'.format(text)",
    "'%(constructor)s' % dict",
    "'x' | password_hash('constructor')",
    "'x' | hash('__proto__')",
    "'x' | b64encode('constructor')",
    "'x' | comment('constructor')",
    "'10.0.0.1' | ipaddr('constructor')",
    "'http://x' | urlsplit('constructor')",
    "lookup('constructor')",
    "lookup('__proto__', 1)",
    'now().constructor',
    'cycler(1).constructor',
    'namespace(a=1).constructor',
    'constructor',
    '__proto__',
    'toString',
  ])('%s', text => {
    const compiled = compileExpression(text, locator(text, 'x'));
    if (compiled.ok) expect(() => compiled.value.render(scopeOf({ ...vars, x: [{}] }))).toThrow(RenderError);
  });

  test('__proto__ is a key like any other', () => {
    const made = evaluate("{'__proto__': {'polluted': 1}, 'a': 2}");
    expect(Object.keys(made as object)).toEqual(['__proto__', 'a']);
    expect(({} as { polluted?: number }).polluted).toBeUndefined();
    expect(Object.getPrototypeOf(made)).toBe(Object.prototype);
    expect(evaluate("{'__proto__': {'p': 1}} | combine({'__proto__': {'q': 2}}, recursive=true) | to_json")).toBe(
      '{"__proto__": {"p": 1, "q": 2}}',
    );
    expect(evaluate(`'{"__proto__": {"p": 1}}' | from_json | to_json`)).toBe('{"__proto__": {"p": 1}}');
    expect(evaluate("dict([['__proto__', 1]]).keys()")).toEqual(['__proto__']);
    const text = "{% set d = {} %}{% set _ = d.update({'__proto__': {'polluted': 1}}) %}{{ d.polluted is defined }}";
    expect(expand(text)).toBe(false);
  });
});

describe('what a host said stays data', () => {
  const evil = '{{ lookup("env", "HOME") }}{% for x in range(9) %}x{% endfor %}';
  test.each([
    '{{ said }}',
    '{{ said }}!',
    '{{ [said] }}',
    "{{ {'a': said} }}",
    '{% set v %}{{ said }}{% endset %}{{ v }}',
  ])('%s', text => {
    expect(JSON.stringify(expand(text, { said: evil }))).toContain('lookup(\\');
  });
  test('through filters, macros and loops too', () => {
    expect(evaluate("said | replace('x', 'y') | upper", { said: '{{ x }}' })).toBe('{{ Y }}');
    expect(expand('{% macro m(a) %}{{ a }}{% endmacro %}{{ m(said) }}', { said: '{{ 1 }}' })).toBe('{{ 1 }}');
    expect(evaluate("'{{ 1 }}' ~ '{% raw %}'")).toBe('{{ 1 }}{% raw %}');
    expect(evaluate('said | from_json', { said: '["{{ 1 }}"]' })).toEqual(['{{ 1 }}']);
    expect(evaluate("'$1 $& {0}' | regex_replace('x', 'y')")).toBe('$1 $& {0}');
    expect(evaluate("'axb' | regex_replace('x', '$&$1')")).toBe('a$&$1b');
  });
  test('deep rendering does not look into values', () => {
    const compiled = compileText('{{ said }}', locator('', 'x'));
    if (!compiled.ok) throw new Error('does not compile');
    expect(render({ a: ['{{ no }}', compiled.value], '{{ key }}': 1 }, scopeOf({ said: '{{ x }}' }))).toEqual({
      a: ['{{ no }}', '{{ x }}'],
      '{{ key }}': 1,
    });
  });
});

describe('nothing runs for ever or eats all memory', () => {
  test.each([
    ['range(10 ** 9)'],
    ["'x' * 10 ** 9"],
    ['[1] * 10 ** 9'],
    ["'x' | center(10 ** 9)"],
    ["'%0999999999d' % 1"],
    ["'{:>999999999}'.format(1)"],
    ["'x'.ljust(10 ** 9)"],
    ['9 ** 9 ** 9'],
    ["query('sequence', '1-999999999')"],
    ['range(30) | permutations | list'],
    ['range(40) | combinations(20) | list'],
    ['range(1000) | product(range(1000), range(1000)) | list'],
    ["'a' | indent(10 ** 9)"],
  ])('%s', text => {
    const started = performance.now();
    try {
      evaluate(text);
    } catch (error) {
      expect(error).toBeInstanceOf(RenderError);
    }
    expect(performance.now() - started).toBeLessThan(5000);
  });

  test.each([
    '{% for a in range(1000000) %}{% for b in range(1000000) %}{% endfor %}{% endfor %}',
    '{% macro m() %}{{ m() }}{% endmacro %}{{ m() }}',
    '{% for x in [1] recursive %}{{ loop([1]) }}{% endfor %}',
    "{% set ns = namespace(s='x') %}{% for i in range(64) %}{% set ns.s = ns.s ~ ns.s %}{% endfor %}{{ ns.s }}",
    '{% set l = [1] %}{% for i in range(64) %}{% set _ = l.extend(l) %}{% endfor %}',
    '{% set l = [] %}{% set _ = l.append(l) %}{{ l }}',
    '{% for i in range(100000) %}{% for x in "y" * 1000 %}{{ x }}{% endfor %}{% endfor %}',
  ])('%s', text => {
    expect(() => expand(text)).toThrow(RenderError);
  });

  test('a pattern that goes back and forth for ever does not', () => {
    const started = performance.now();
    expect(evaluate(`('a' * 60 ~ 'b') is match('^(a+)+$')`)).toBe(false);
    expect(evaluate(`('a' * 60 ~ 'é') is search('(a|a)*$')`)).toBe(true);
    expect(performance.now() - started).toBeLessThan(5000);
  });

  test('a template nested too deeply is an error, not a crash', () => {
    const deep = `${'('.repeat(100_000)}1${')'.repeat(100_000)}`;
    expect(compileExpression(deep, locator('', 'x')).ok).toBe(false);
    const long = `1${' + 1'.repeat(50_000)}`;
    const compiled = compileExpression(long, locator(long, 'x'));
    if (compiled.ok) expect(() => compiled.value.render(scopeOf({}))).toThrow(RenderError);
  });
});

test('omit cannot be said by data, and is taken out at any depth', () => {
  expect(evaluate('missing | default(omit)')).toBe(OMIT);
  expect(withoutOmitted({ a: OMIT, b: [OMIT, 1, { c: OMIT }], d: 2 })).toEqual({ b: [1, {}], d: 2 });
  expect(withoutOmitted(OMIT)).toBeUndefined();
  expect(withoutOmitted({ a: 'omit' })).toEqual({ a: 'omit' });
});

test('a secret is text to operations, and stays a secret where it is only handed on', () => {
  const secret = new Secret('hunter2');
  expect(evaluate('s', { s: secret })).toBe(secret);
  expect(evaluate("s | default('x')", { s: secret })).toBe(secret);
  expect(expand('password={{ s }}', { s: secret })).toBe('password=hunter2');
  expect(evaluate("s ~ '!'", { s: secret })).toBe('hunter2!');
  expect(evaluate('[s] | to_json', { s: secret })).toBe('["hunter2"]');
  expect(evaluate("s is string and s == 'hunter2' and s.startswith('h') and 'unt' in s", { s: secret })).toBe(true);
});

test('a lazy dictionary is asked for what is read, and cannot be changed', () => {
  const asked: string[] = [];
  class Hosts extends Lazy {
    override get(key: string): Value | undefined {
      asked.push(key);
      return key.startsWith('web') ? { addr: `10.0.0.${key.slice(3)}` } : undefined;
    }
    override keys(): readonly string[] {
      return ['web1', 'web2'];
    }
  }
  const scope = { hostvars: new Hosts() };
  expect(evaluate("hostvars.web1.addr ~ hostvars['web2'].addr", scope)).toBe('10.0.0.110.0.0.2');
  expect(asked).toEqual(['web1', 'web2']);
  expect(evaluate("'web1' in hostvars and 'db' not in hostvars and hostvars | length == 2", scope)).toBe(true);
  expect(asked).toEqual(['web1', 'web2']);
  expect(evaluate("hostvars.items() | map('last') | map(attribute='addr') | list", scope)).toEqual([
    '10.0.0.1',
    '10.0.0.2',
  ]);
  expect(evaluate("hostvars.db | default('none')", scope)).toBe('none');
  expect(() => evaluate("hostvars.update({'a': 1})", scope)).toThrow('cannot be changed');
  expect(evaluate('hostvars', scope)).toBe(scope.hostvars);
});

test('methods that change a list or dictionary never change the variables', () => {
  const scope = { list: [1], deep: { l: [1] } as Value };
  expect(expand('{% set _ = list.append(2) %}{% set _ = deep.l.append(2) %}{{ list }}{{ deep.l }}', scope)).toBe(
    '[1, 2][1, 2]',
  );
  expect(evaluate('list.append(3)', scope)).toBe(null);
  expect(scope).toEqual({ list: [1], deep: { l: [1] } });
});
