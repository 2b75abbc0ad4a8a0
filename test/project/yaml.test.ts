import { describe, expect, it } from 'vitest';
import { keysIn } from '../../src/core/keys.js';
import { Float, type Vars } from '../../src/core/value.js';
import { Mistakes } from '../../src/project/mistakes.js';
import type { Node, ScalarNode } from '../../src/project/node.js';
import { plainOf } from '../../src/project/source.js';
import { Text } from '../../src/project/text.js';
import { parseYaml } from '../../src/project/yaml.js';
import { lines } from './scene.js';

function read(content: string) {
  const mistakes = new Mistakes();
  const node = parseYaml(new Text('f', '/f', content), mistakes);
  return { node, mistakes: lines(mistakes.errors) };
}
const meant = (content: string) => {
  const { node, mistakes } = read(content);
  expect(mistakes).toEqual([]);
  return node && plainOf(node);
};
const scalarAt = (node: Node | undefined, key: string) =>
  (node?.kind === 'map' ? node.get(key) : undefined) as ScalarNode;

describe('plain words (F67): as PyYAML, less its traps', () => {
  it.each([
    ['yes', true],
    ['Yes', true],
    ['NO', false],
    ['on', true],
    ['Off', false],
    ['true', true],
    ['False', false],
    ['y', 'y'],
    ['n', 'n'],
    ['tRue', 'tRue'],
    ['0644', 420],
    ['0o644', '0o644'],
    ['0x1F', 31],
    ['-0x1f', -31],
    ['0b101', 5],
    ['1_000', 1000],
    ['+5', 5],
    ['-0', 0],
    ['08', '08'],
    ['1e3', '1e3'],
    ['1.5e3', '1.5e3'],
    ['12:30', '12:30'],
    ['12:30:45', '12:30:45'],
    ['2024-01-01', '2024-01-01'],
    ['~', null],
    ['null', null],
    ['', null],
    ['!!str 5', '5'],
    ['"5"', '5'],
    ["'yes'", 'yes'],
    ['1.2.3', '1.2.3'],
    ['9007199254740991', 9007199254740991],
  ])('%s is %j', (written, value) => expect(meant(`a: ${written}`)).toEqual({ a: value }));

  it.each([
    ['1.0', 1],
    ['5.', 5],
    ['.5', 0.5],
    ['1.0e+3', 1000],
    ['-.inf', -Infinity],
  ])('%s is the float %d', (written, meant) => {
    const { node } = read(`a: ${written}`);
    const { value } = scalarAt(node, 'a');
    expect(value).toBeInstanceOf(Float);
    expect((value as Float).value).toBe(meant);
  });

  it('keeps dangerous keys as data (F68)', () => {
    const value = meant('__proto__: { polluted: 1 }\nconstructor: 2') as Record<string, unknown>;
    expect(Object.keys(value)).toEqual(['__proto__', 'constructor']);
    expect(({} as { polluted?: unknown }).polluted).toBeUndefined();
  });
});

describe('structure', () => {
  it.each([
    ['nothing', '', undefined],
    ['a comment', '# only\n', undefined],
    ['a byte order mark and CRLF', '\ufeffa: 1\r\nb: |\r\n  x\r\n  y\r\n'.slice(1), { a: 1, b: 'x\ny\n' }],
    ['a document mark', '---\na: 1\n...\n', { a: 1 }],
    ['merge keys', 'x: &x {a: 1, b: 2}\ny: {<<: *x, b: 3}', { x: { a: 1, b: 2 }, y: { b: 3, a: 1 } }],
    [
      'merged lists, the first winning',
      'x: &x {a: 1}\ny: &y {a: 2, c: 3}\nz: {<<: [*x, *y]}',
      { x: { a: 1 }, y: { a: 2, c: 3 }, z: { a: 1, c: 3 } },
    ],
    ['aliases', 'a: &a [1]\nb: *a', { a: [1], b: [1] }],
    ['JSON', '{"a": [1, "b", null], "c": {"d": false}}', { a: [1, 'b', null], c: { d: false } }],
    ['a list at the indentation of its key', 'a:\n- b\nc: d', { a: ['b'], c: 'd' }],
  ])('%s', (_what, content, value) => expect(meant(content)).toEqual(value));

  it('keeps the type of keys, and their order', () => {
    expect(keysIn(meant('b: w\n80: x\nyes: y\n~: z\n"9": v') as Vars)).toEqual(['b', 80, true, null, '9']);
  });

  it('marks what is below !unsafe', () => {
    const { node } = read('a: !unsafe "{{ x }}"\nb: !unsafe [ "{{ y }}" ]');
    expect(scalarAt(node, 'a').isUnsafe).toBe(true);
    const list = node?.kind === 'map' ? node.get('b') : undefined;
    expect(list?.kind === 'seq' && list.items[0]!.isUnsafe).toBe(true);
  });

  it('points to where an anchored value stands, not to its use (F66)', () => {
    const { node } = read('a: &x\n  k: v\nb:\n  <<: *x');
    const merged = node?.kind === 'map' ? node.get('b') : undefined;
    expect(scalarAt(merged, 'k').place).toMatchObject({ line: 2, column: 6 });
  });
});

describe('mistakes, each at its place', () => {
  it.each([
    ['a: {{ b }}', '1:4 unquoted-template', 'quote this template'],
    ['a: {{ b }}/x', '1:4 unquoted-template', 'quote this template'],
    ['- a: {% if x %}y', '1:6 unquoted-template', 'quote this template'],
    ['a: [ {{ x }}, 1 ]', '1:6 unquoted-template', 'quote this template'],
    ['msg: {{ x }} is', '1:6 unquoted-template', 'quote this template'],
    ['a: "{{ x }}" y', '1:14 yaml', 'put the whole value in quotes'],
    ['when: "foo" in bar', '1:13 yaml', 'put the whole value in quotes'],
    ['- name: foo: bar', '1:9 yaml', 'quote the value'],
    ['a:\n\tb: 1', '2:1 yaml', 'use spaces'],
    ['- x\nb: 3', '2:1 yaml', 'check the indentation'],
    ['a: 1\nb: 2\na: 3', '3:1 duplicate-key', 'the first is at f:1:1'],
    ['a: 1\n---\nb: 2', '2:1 yaml', 'a file of its own'],
    ['a: !foo 3', '1:9 unknown-tag', ''],
    ['a: !!js/function "x"', '1:18 unknown-tag', ''],
    ['a: !!python/object:os.system [x]', '1:30 unknown-tag', ''],
    ['a: !vault |\n  $ANSIBLE', '1:11 vault', ''],
    ['a: *b', '1:4 yaml', 'asterisk'],
    ['a: &x [*x]', '1:8 yaml', ''],
    ['a: %foo', '1:4 yaml', 'quote the value'],
    ['a: @foo', '1:4 yaml', 'quote the value'],
    ['<<: 3', '1:5 yaml', ''],
    ['? [a]\n: 1', '1:3 yaml', ''],
    ['a: 99999999999999999999', '1:4 big-integer', 'quote it'],
    ['a: "foo\nb: 1\nc: 2', '1:4 yaml', ''],
    ['a: [1,2\nb: 3', '2:1 yaml', ''],
  ])('%j', (content, where, hint) => {
    const { mistakes } = read(content);
    expect(mistakes).toHaveLength(1);
    expect(mistakes[0]).toContain(`f:${where}:`);
    expect(mistakes[0]).toContain(hint);
  });

  it.each([
    ['20 000 brackets', '['.repeat(20_000)],
    ['20 000 dashes', `${'- '.repeat(20_000)}a`],
    ['20 000 braces', `a: ${'{b: '.repeat(20_000)}`],
  ])('refuses %s at once', (_what, content) => {
    const began = Date.now();
    expect(read(content).mistakes).toEqual([expect.stringContaining('nested deeper than 200 levels')]);
    expect(Date.now() - began).toBeLessThan(5_000);
  });

  it('refuses a bomb of aliases without walking it', () => {
    const rows = ['a: &a [x,x,x,x,x,x,x,x,x,x]'];
    for (let i = 1; i < 12; i++) {
      const [name, of] = [String.fromCharCode(97 + i), String.fromCharCode(96 + i)];
      rows.push(`${name}: &${name} [${Array(10).fill(`*${of}`).join(',')}]`);
    }
    const began = Date.now();
    expect(read(rows.join('\n')).mistakes).toEqual([expect.stringMatching(/f:5:\d+ yaml: aliases add more than/)]);
    expect(Date.now() - began).toBeLessThan(2_000);
  });
});

describe('where a character of a value stands', () => {
  it.each([
    ['plain', 'a: x {{ y }}', 'x {{ y }}', '{{', 1, 6],
    ['double quotes', 'a: "x {{ y }}"', 'x {{ y }}', '{{', 1, 7],
    ['an escape before it', 'a: "\\t\\"x {{ y }}"', '\t"x {{ y }}', '{{', 1, 11],
    ['a wide escape', 'a: "\\u00e9{{ y }}"', 'é{{ y }}', '{{', 1, 11],
    ['single quotes with a doubled one', "a: 'it''s {{ y }}'", "it's {{ y }}", '{{', 1, 11],
    ['a literal block', 'a: |\n    x\n      {{ y }}\n', 'x\n  {{ y }}\n', '{{', 3, 7],
    ['a literal block with header and comment', 'a: |2- # c\n    {{ y }}', '  {{ y }}', '{{', 2, 5],
    ['a folded block', 'a: >\n  x\n  z {{ y }}\n', 'x z {{ y }}\n', '{{', 3, 5],
    ['a folded paragraph', 'a: >-\n  x\n\n  z\n  {{ y }}', 'x\nz {{ y }}', '{{', 5, 3],
    ['a plain scalar over lines', 'a: x\n  z\n  {{ y }}', 'x z {{ y }}', '{{', 3, 3],
    ['a quoted scalar over lines', 'a: "x\n  z\n\n  {{ y }}"', 'x z\n{{ y }}', '{{', 4, 3],
    ['tabs in front of a quoted line', "a: 'x\n\t\tz {{ y }}'", 'x z {{ y }}', '{{', 2, 5],
    ['an escaped line end', 'a: "x\\\n   {{ y }}"', 'x{{ y }}', '{{', 2, 4],
    ['CRLF in a block', 'a: |\r\n  x\r\n  {{ y }}\r\n', 'x\n{{ y }}\n', '{{', 3, 3],
  ])('%s', (_what, content, value, needle, line, column) => {
    const { node, mistakes } = read(content);
    expect(mistakes).toEqual([]);
    const scalar = scalarAt(node, 'a');
    expect(scalar.value).toBe(value);
    expect(scalar.locate(value.indexOf(needle), 2)).toEqual({ file: 'f', line, column, length: 2 });
  });
});
