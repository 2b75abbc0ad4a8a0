import { describe, expect, test } from 'vitest';
import type { TemplateOptions } from '../../src/core/module.js';
import type { Value } from '../../src/core/value.js';
import { compileExpression, compileFile, compileText, hasTemplate, locator } from '../../src/template/compile.js';
import { RoleFolder } from './folder.js';
import { expand, placed, scopeOf } from './scope.js';

type Vars = { readonly [name: string]: Value };

function file(text: string, vars: Vars = {}, options?: TemplateOptions): Value {
  const compiled = compileFile(text, 't.j2', options);
  if (!compiled.ok) throw new Error(compiled.error.map(one => one.message).join('; '));
  return compiled.value.render(scopeOf(vars));
}

describe('a text keeps the type of a lone value, and is text otherwise', () => {
  test.each<[string, unknown]>([
    ['{{ n }}', 5],
    ['{{ n }}\n', 5],
    ['{{ s }}\n', 'x\n'],
    ['{{ s }}\n\n', 'x\n\n'],
    [' {{ n }}', ' 5'],
    ['{{ n }}{{ n }}', '55'],
    ['{{ l }}', [1]],
    ['{{ l }} ', '[1] '],
    ['{% if true %}{{ l }}{% endif %}', [1]],
    ['{% set v = l %}{{ v }}', [1]],
    ['{% for x in l %}{{ x }}{% endfor %}', '1'],
    ['{% if false %}x{% endif %}', ''],
    ['{{ none }}', null],
    ['a{{ none }}b', 'ab'],
    ['{{ none }}{{ none }}', ''],
    ['{% for x in [none, 1] %}{{ x }},{% endfor %}', ',1,'],
    ['{% macro m(x) %}<{{ x }}>{% endmacro %}{{ m(none) }}', '<>'],
    ['{% set q %}{{ none }}{% endset %}[{{ q }}]', '[]'],
    ['{% filter upper %}{{ none }}{% endfilter %}', ''],
    // Only what is printed is nothing: wherever else Python makes text of None, it is its name.
    ["a{{ 'b' ~ none }}", 'abNone'],
    ["a{{ [none, 'b'] | join('-') }}", 'aNone-b'],
    ["a{{ '%s' | format(none) }}", 'aNone'],
    ["a{{ '{}'.format(none) }}", 'aNone'],
    ['a{{ none | string }}', 'aNone'],
    ['a{{ [none] }}', 'a[None]'],
    ['{{ true }}', true],
    ['{{ d }}', { a: 1 }],
    ['plain', 'plain'],
    ['', ''],
    ['{{ "a" }}{# note #}', 'a'],
    ['{%- set l2 = [] -%}\n{%- for x in l -%}\n{%- set _ = l2.append(x + 1) -%}\n{%- endfor -%}\n{{ l2 }}', [2]],
  ])('%j', (text, value) => {
    expect(expand(text, { n: 5, s: 'x', l: [1], d: { a: 1 } })).toEqual(value);
  });

  test('a file is always text', () => {
    expect(file('{{ n }}', { n: 5 })).toBe('5');
    expect(file('{{ none }}')).toBe('');
  });

  test('hasTemplate', () => {
    expect(['a', '{ a }', '{{ a }}', '{% a %}', '{# a #}'].map(hasTemplate)).toEqual([false, false, true, true, true]);
  });
});

describe('backslashes', () => {
  test('in {{ }} of a playbook they stay, in tags and in files they escape', () => {
    expect(expand("{{ 'a\\nb' }}")).toBe('a\\nb');
    expect(expand("{{ 'a1' | regex_replace('(\\d)', '<\\1>') }}")).toBe('a<1>');
    expect(expand("{% set x = 'a\\nb' %}{{ x }}")).toBe('a\nb');
    expect(file("{{ 'a\\nb\\x41\\u00e9\\101\\q\\\\' }}")).toBe('a\nbAéA\\q\\');
    expect(expand("{{ 'it\\'s' }}")).toBe("it's");
  });
});

describe('white space', () => {
  test.each<[string, string, TemplateOptions | undefined]>([
    ['{% if 1 %}\na\n{% endif %}\nb\n', 'a\nb\n', undefined],
    ['{% if 1 %}\na\n{% endif %}\nb\n', '\na\n\nb\n', { trimBlocks: false }],
    ['  {% if 1 %}\n  a\n  {% endif %}\nb', '    a\n  b', undefined],
    ['  {% if 1 %}\n  a\n  {% endif %}\nb', '  a\nb', { lstripBlocks: true }],
    ['  {%+ if 1 %}\n  a\n  {% endif %}\nb', '    a\nb', { lstripBlocks: true }],
    ['a {%- if 1 -%} b {%- endif -%} c', 'abc', undefined],
    ['{% if 1 +%}\na\n{% endif %}', '\na\n', undefined],
    ['a\n{# note #}\nb', 'a\nb', undefined],
    ['a\n  {#- note -#}\n  b', 'ab', undefined],
    ['x\n{{ 1 }}\ny', 'x\n1\ny', undefined],
    ['x {{- 1 -}} y', 'x1y', undefined],
    ['{% raw %}\n{{ x }}\n{% endraw %}\n!', '\n{{ x }}\n!', undefined],
    ['{% raw -%}\n{{ x }}\n{%- endraw %}\n!', '{{ x }}!', undefined],
    ['a\r\nb\r\n', 'a\nb\n', undefined],
    ['a\nb\n', 'a\r\nb\r\n', { newlineSequence: '\r\n' }],
    ['a', 'a', undefined],
    ['a\n\n', 'a\n\n', undefined],
    ['{% if 1 %}a{% endif %}\n', 'a\n', undefined],
    ['', '', undefined],
    ['\n', '\n', undefined],
    ['<< 1 >>{{ no }}', '1{{ no }}', { variableStart: '<<', variableEnd: '>>' }],
    ['<% if 1 %>a<% endif %>', 'a', { blockStart: '<%', blockEnd: '%>' }],
  ])('%j gives %j', (text, result, options) => {
    expect(file(text, {}, options)).toBe(result);
  });
});

describe('the #jinja2 header', () => {
  test('sets options, and is not printed', () => {
    expect(
      file(
        "#jinja2: variable_start_string: '[%', variable_end_string: '%]', trim_blocks: False\n[% 1 %]{{ x }}\n{% if 1 %}\n{% endif %}",
      ),
    ).toBe('1{{ x }}\n\n');
    expect(file('#jinja2:lstrip_blocks: True\n  {% if 1 %}\na\n  {% endif %}\n')).toBe('a\n');
    expect(file("#jinja2: newline_sequence:'\\r\\n'\na\nb")).toBe('a\r\nb');
  });
  test('lines behind it are counted right', () => {
    const compiled = compileFile('#jinja2: trim_blocks: True\na\n{{ x }}', 't.j2');
    expect(compiled.ok && placed(compiled.value.reads[0]!.place)).toBe('t.j2:3:4');
  });
  test('an unknown option is an error with a place', () => {
    const compiled = compileFile('#jinja2: trim_block: True\n', 't.j2');
    expect(compiled).toMatchObject({
      ok: false,
      error: [{ place: { line: 1, column: 10 }, hint: 'did you mean `trim_blocks`?' }],
    });
  });
});

describe('statements', () => {
  test.each<[string, string]>([
    ['{% if a > 1 %}x{% elif a == 1 %}y{% else %}z{% endif %}', 'y'],
    ['{% for x in l %}{{ x }}{% else %}none{% endfor %}{% for x in [] %}{% else %}none{% endfor %}', '123none'],
    ['{% for x in l if x > 1 %}{{ loop.index }}/{{ loop.length }}={{ x }} {% endfor %}', '1/2=2 2/2=3 '],
    ['{% for k, v in d.items() %}{{ k }}{{ v }}{% endfor %}', 'a1b2'],
    ['{% for a, (b, c) in [[1, [2, 3]]] %}{{ a }}{{ b }}{{ c }}{% endfor %}', '123'],
    ['{% for x in l %}{{ loop.previtem | default("-") }}{{ loop.nextitem | default("-") }} {% endfor %}', '-2 13 2- '],
    ['{% for x in [1, 1, 2] %}{{ loop.changed(x) }} {% endfor %}', 'True False True '],
    ['{% for x in l %}{{ loop.cycle("a", "b") }}{{ loop.revindex0 }}{% endfor %}', 'a2b1a0'],
    ['{% for x in [1, [2, [3]]] recursive %}{{ loop(x) if x is iterable else x ~ loop.depth }}{% endfor %}', '112233'],
    ['{% set x = 1 %}{% for i in l %}{% set x = 9 %}{% endfor %}{{ x }}', '1'],
    ['{% set x = 1 %}{% if true %}{% set x = 2 %}{% endif %}{{ x }}', '2'],
    ['{% set ns = namespace(n=0) %}{% for i in l %}{% set ns.n = ns.n + i %}{% endfor %}{{ ns.n }}', '6'],
    ['{% set a, b = 1, 2 %}{{ b }}{{ a }}', '21'],
    ['{% set t | upper | trim %} x {% endset %}[{{ t }}]', '[X]'],
    ['{% with a = 7, b = a %}{{ a }}{{ b }}{% endwith %}{{ a }}', '711'],
    ['{% filter upper | replace("A", "b") %}a{{ a }}{% endfilter %}', 'b1'],
    ['{% macro m(x, y=2, *z) %}{% endmacro %}', "error: expected a name, got '*'"],
    [
      '{% macro m(x, y=x) %}{{ x }}{{ y }}{{ varargs }}{{ kwargs }}{% endmacro %}{{ m(1) }}{{ m(1, 2, 3, k=4) }}',
      "11(){}12(3,){'k': 4}",
    ],
    ['{% macro m(x) %}{{ x }}{% endmacro %}{{ m() is defined }}', "error: 'x'"],
    [
      '{% macro w(t) %}<{{ t }}>{{ caller(1) }}</{{ t }}>{% endmacro %}{% call(n) w("b") %}in{{ n }}{% endcall %}',
      '<b>in1</b>',
    ],
    ['{% set l2 = [] %}{% do l2.append(1) %}{{ l2 }}.', '[1].'],
    ['{% print a %}', '1'],
    ['{% autoescape true %}<{% endautoescape %}', '<'],
    ['{% set c = cycler("a", "b") %}{{ c.next() }}{{ c.next() }}{{ c.next() }}{{ c.current }}', 'abab'],
    ['{% set j = joiner("|") %}{% for x in l %}{{ j() }}{{ x }}{% endfor %}', '1|2|3'],
    ['{{ x | default("d") }}{% if x is defined %}{{ x }}{% endif %}', 'd'],
    ['{% block a %}x{% endblock %}{% block b scoped %}y{% endblock b %}', 'xy'],
    ['{{ d.items() | list }} {{ (1, ) }}', "[('a', 1), ('b', 2)] (1,)"],
  ])('%s', (text, result) => {
    const vars: Vars = { a: 1, l: [1, 2, 3], d: { a: 1, b: 2 } };
    if (result.startsWith('error')) expect(() => file(text, vars)).toThrow(result.slice('error: '.length));
    else expect(file(text, vars)).toBe(result);
  });
});

describe('syntax errors have a place', () => {
  test.each([
    ['a\n{% if %}\nx', "Expected an expression, got 'end of statement block'", '2:7'],
    ['a\nb {{ foo | ', "expected a name, got 'end of template'", '2:12'],
    ['{{ foo', 'the tag is never closed', '1:4'],
    ['{% if x %}\n{% for y in z %}\n', "'for' is never ended: 'endfor' or 'else' is missing", '2:1'],
    ['x\n{% endfor %}', "Encountered unknown tag 'endfor'", '2:1'],
    ['{% fro x in y %}', "Encountered unknown tag 'fro'", '1:1'],
    ['{{ (1 }}', "unexpected '}', expected ')'", '1:7'],
    ["{{ 'abc }}", "the text that starts with ' is never closed", '1:4'],
    ['{{ a ? b }}', "unexpected char '?'", '1:6'],
    ['{{ a b }}', "unexpected 'b'", '1:6'],
    ['{# open', 'Missing end of comment tag', '1:1'],
    ['{% raw %} x', 'Missing end of raw directive', '1:1'],
    ['{{ x | upcase }}', "there is no filter 'upcase'", '1:8'],
    ['{{ x is defned }}', "there is no test 'defned'", '1:9'],
    ["{{ x | map('uper') }}", "there is no filter 'uper'", '1:13'],
    ["{{ x | json_query('a') }}", "the filter 'json_query' is not supported", '1:8'],
    ['{% set true = 1 %}', "can't assign to 'true'", '1:8'],
    ['{% macro m(a=1, b) %}{% endmacro %}', 'non-default argument follows default argument', '1:17'],
    ['{{ f(a=1, 2) }}', 'a positional argument cannot follow a named one', '1:11'],
    ['{{ x is divisibleby is odd }}', 'You cannot chain multiple tests with is', '1:21'],
    ['{{ }}', "Expected an expression, got 'end of print statement'", '1:4'],
  ])('%j', (text, message, place) => {
    const compiled = compileFile(text, 't.j2');
    expect(compiled.ok).toBe(false);
    if (compiled.ok) return;
    expect(compiled.error[0]!.message).toBe(message);
    expect(placed(compiled.error[0]!.place)).toBe(`t.j2:${place}`);
  });

  test('all unknown filters and tests at once, with hints', () => {
    const compiled = compileText(
      '{{ x | uper }}\n{{ y | lwer is strng }}',
      locator('{{ x | uper }}\n{{ y | lwer is strng }}', 'a.yml'),
    );
    expect(compiled).toMatchObject({
      ok: false,
      error: [
        { code: 'unknown-filter', hint: 'did you mean `upper`?', place: { line: 1, column: 8 } },
        { code: 'unknown-test', hint: 'did you mean `string`?', place: { line: 2, column: 16 } },
        { code: 'unknown-filter', hint: 'did you mean `lower`?', place: { line: 2, column: 8 } },
      ],
    });
  });

  test('full names are taken by their last word', () => {
    expect(
      expand(
        "{{ 'a' | ansible.builtin.upper }}{{ '::1' | ansible.utils.ipwrap }}{{ 'a' is ansible.builtin.match('a') }}",
      ),
    ).toBe('A[::1]True');
  });
});

describe('templates that reach for others', () => {
  const role = {
    'templates/part.j2': 'part {{ who }} {{ local | default("-") }}\n',
    'templates/lib.j2':
      '{% macro hi(x) %}hi {{ x }}{% endmacro %}{% set answer = 42 %}{% set _hidden = 1 %}{{ who | default("no context") }}',
    'templates/base.j2': 'A {% block body %}base{% endblock %} Z{% block foot %}{% endblock %}\n',
    'templates/child.j2': '{% extends "base.j2" %}ignored{% block body %}child of {{ super() }}{% endblock %}',
    'templates/grand.j2':
      '{% extends "child.j2" %}{% set v = 1 %}{% block body %}[{{ super() }}]{% endblock %}{% block foot %}!{% endblock %}',
    'templates/loop.j2': '{% include "loop.j2" %}',
    'templates/broken.j2': 'x\n{{ oops }}\n',
    'templates/sub/near.j2': '{% include "other.j2" %}',
    'templates/sub/other.j2': 'other',
  };
  const run = (text: string, vars: Vars = { who: 'ada' }) => {
    using folder = new RoleFolder(role);
    const compiled = compileFile(text, '/main.j2');
    if (!compiled.ok) throw new Error(compiled.error[0]!.message);
    return compiled.value.render(scopeOf(vars, folder));
  };

  test.each<[string, string]>([
    ['{% include "part.j2" %}!', 'part ada -!'],
    ['{% set local = 1 %}{% include "part.j2" %}', 'part ada 1'],
    ['{% for local in [1, 2] %}{% include "part.j2" %};{% endfor %}', 'part ada 1;part ada 2;'],
    ['{% include "gone.j2" ignore missing %}ok', 'ok'],
    ['{% include ["gone.j2", "part.j2"] %}', 'part ada -'],
    ['{% import "lib.j2" as lib %}{{ lib.hi(1) }} {{ lib.answer }} {{ lib._hidden is defined }}', 'hi 1 42 False'],
    ['{% from "lib.j2" import hi, answer as a %}{{ hi(2) }}{{ a }}', 'hi 242'],
    ['{% from "lib.j2" import hi with context %}{{ hi(who) }}', 'hi ada'],
    ['{% extends "base.j2" %}', 'A base Z'],
    ['{% extends "child.j2" %}', 'A child of base Z'],
    ['{% extends "grand.j2" %}', 'A [child of base] Z!'],
    ['{% include "sub/near.j2" %}', 'other'],
  ])('%s', (text, result) => {
    expect(run(text)).toBe(result);
  });

  test.each<[string, string]>([
    ['{% include "gone.j2" %}', 'template not found: gone.j2'],
    ['{% include "part.j2" without context %}', "'who' is undefined"],
    ['{% from "lib.j2" import nope %}{{ nope }}', "does not export 'nope'"],
    ['{% include "loop.j2" %}', 'deep'],
  ])('%s fails', (text, message) => {
    expect(() => run(text)).toThrow(message);
  });

  test('an error inside an included file has its place there', () => {
    try {
      run('{% include "broken.j2" %}');
      expect.unreachable();
    } catch (error) {
      expect(error).toMatchObject({ undefinedName: 'oops', place: { line: 2, column: 4 } });
      expect((error as { place: { file: string } }).place.file).toMatch(/broken\.j2$/);
    }
  });
});

test('what a template reads', () => {
  const names = (text: string) => {
    const compiled = compileText(text, locator(text, 'a.yml'));
    if (!compiled.ok) throw new Error(compiled.error[0]!.message);
    return compiled.value.reads.map(read => `${read.name}${read.guarded ? '?' : ''}`).join(' ');
  };
  expect(names('{{ a.b[c] | default(d) }}')).toBe('a? c? d');
  expect(names('{{ a is defined and a.b and c }}')).toBe('a? a? c');
  expect(names('{{ a is not defined or a.b }}')).toBe('a? a?');
  expect(names('{{ a if a is defined else b }}')).toBe('a? a? b');
  expect(names('{% if a is defined %}{{ a }}{% else %}{{ a }}{% endif %}{{ a }}')).toBe('a? a? a a');
  expect(names('{% for x in xs %}{{ x }}{{ loop.index }}{{ y }}{% endfor %}{{ x }}')).toBe('xs y x');
  expect(names('{% set a = b %}{{ a }}{% macro m(p, q=a) %}{{ p }}{{ q }}{{ r }}{{ caller() }}{% endmacro %}')).toBe(
    'b r',
  );
  expect(
    names(
      "{{ lookup('vars', 'z') }}{{ lookup('vars', 'y', default=1) }}{{ lookup('vars', p) }}{{ lookup('file', f) }}",
    ),
  ).toBe('z y? vars? p f');
  expect(names('{{ hostvars[h].x }}{{ range(3) }}{{ omit }}')).toBe('hostvars h');
  expect(names('{% include "x.j2" %}')).toBe('vars?');
  expect(names('no tags')).toBe('');
});

/** What ansible-core 2.14 makes of each where `no` is undefined; of those that are right there, no read may be called needed. */
describe('what is surely needed of a name that is not there', () => {
  const vars = { s: 'abc', l: ['a'], d: { a: 1 } };
  const needs = (text: string) => {
    const compiled = compileText(`{{ ${text} }}`, locator(text, 'a.yml'));
    if (!compiled.ok) throw new Error(compiled.error[0]!.message);
    return compiled.value.reads.some(read => read.name === 'no' && read.needed);
  };
  test.each([
    ...['no', '[no]', "{'a': no}", '[no] | first', "'x' in no", 'd[no]', 'range(no)', "lookup('file', no)"],
    ...[
      "lookup('first_found', [no, '/etc/passwd'])",
      'no()',
      '(no + 1) | default(2)',
      "no ~ 'a'",
      'no == 1',
      '1 == no',
    ],
    ...['no.a()', 'no | lower | default(1)', '{} | combine(no)', "'' | replace(no, 'a')", 'not no', '-no', 'l[no:]'],
    ...["'a' is match(no)", '1 is in no', 'no | bool', 'no or 1', 'no and 1', 'no.a.b', "no['a']", '1 if no else 2'],
  ])('%s', text => {
    const isOnlyInside = text === '[no] | first';
    expect(needs(text)).toBe(!isOnlyInside);
    using role = new RoleFolder({});
    expect(() => expand(`{{ ${text} }}`, vars, role)).toThrow("'no' is undefined");
  });

  test.each<[string, unknown]>([
    ['[no] | length', 1],
    ['no in []', false],
    ["l[no] | default('x')", 'x'],
    ["no[no].b | default('x')", 'x'],
    ['s | default(no)', 'abc'],
    ["no | default(no) | default('x')", 'x'],
    ["d.get('a', no)", 1],
    ["lookup('vars', 's', default=no)", 'abc'],
    ['s or no', 'abc'],
    ["('' or no) | default(3)", 3],
    ['(1, no) | length', 2],
    ['no if false', ''],
    ['[no, 1] | last', 1],
    ["[1, 2] | map('default', no) | list", [1, 2]],
    ["[] | selectattr('a', 'eq', no) | list", []],
    ['true | ternary(1, no)', 1],
    ['no | type_debug', 'AnsibleUndefined'],
    ['no is string', false],
    ['no is none', false],
    ['no is in []', false],
    ['1 < 0 < no', false],
    ['1 if true else no', 1],
  ])('not in %s', (text, value) => {
    expect(needs(text)).toBe(false);
    expect(expand(`{{ ${text} }}`, vars)).toEqual(value);
  });

  test.each([
    ['{% if s %}{{ no }}{% endif %}', false],
    ['{% if no %}{% endif %}', true],
    ['{% if s %}{% elif no %}{% endif %}', false],
    ['{% for x in [] %}{{ no }}{% endfor %}', false],
    ['{% for x in no %}{% endfor %}', true],
    ['{% set x = no %}', false],
    ['{% macro m() %}{{ no }}{% endmacro %}', false],
    ['{% if s %}a{% endif %}{{ no }}', true],
  ])('%s: %s', (text, isNeeded) => {
    const compiled = compileText(text, locator(text, 'a.yml'));
    if (!compiled.ok) throw new Error(compiled.error[0]!.message);
    expect(compiled.value.reads.some(read => read.needed && read.name === 'no')).toBe(isNeeded);
  });
});

test('places of reads are those of the names', () => {
  const text = "a is defined\n  and bb == 'x'";
  const compiled = compileExpression(text, locator(text, 'site.yml'));
  if (!compiled.ok) throw new Error('does not compile');
  expect(compiled.value.reads.map(({ name, place }) => [name, placed(place), place.length])).toEqual([
    ['a', 'site.yml:1:1', 1],
    ['bb', 'site.yml:2:7', 2],
  ]);
  expect(compiled.value.place).toEqual({ file: 'site.yml', line: 1, column: 1, length: text.length });
});

test('a variable is asked for once per render', () => {
  const asked: string[] = [];
  const compiled = compileText('{{ a }}{% for i in range(5) %}{{ a }}{% endfor %}', locator('', 'x'));
  if (!compiled.ok) throw new Error('does not compile');
  const value = compiled.value.render({
    get: name => {
      asked.push(name);
      return name === 'a' ? 'v' : undefined;
    },
    names: () => ['a'],
  });
  expect(value).toBe('vvvvvv');
  expect(asked).toEqual(['a', 'range']);
});

test('now() prints, and has parts', () => {
  expect(expand('{{ now() }}')).toMatch(/^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d\.\d{6}$/);
  expect(expand("{{ now(utc=true).strftime('%Y') == now(utc=true, fmt='%Y') and now(true).year > 2000 }}")).toBe(true);
});

test('a function is no data', () => {
  expect(() => expand('{{ d.items }}', { d: {} })).toThrow('the function items()');
  expect(expand("{{ d['items'] }}", { d: { items: 1 } })).toBe(1);
});
