import { describe, expect, test } from 'vitest';
import { teachYaml } from '../../src/cli/yaml.js';
import { keysIn, withKeys } from '../../src/core/keys.js';
import { plain, type Value, type Vars } from '../../src/core/value.js';
import { withoutOmitted } from '../../src/template/omit.js';
import { dictOf } from '../../src/template/terms.js';
import { evaluate, expand } from './scope.js';

teachYaml();

const vars: { readonly [name: string]: Value } = {
  d: dictOf([
    [1, 'a'],
    [2, 'b'],
  ]) as Vars,
  e: dictOf([
    [true, 'x'],
    [false, 'y'],
  ]) as Vars,
  o: dictOf([
    ['b', 1],
    [80, 2],
    [9, 3],
  ]) as Vars,
  m: dictOf([
    [80, 'http'],
    ['a', 'b'],
  ]) as Vars,
};

/** What ansible-core 2.14 makes of them. */
test.each<[string, string]>([
  ['{{ d }}', "{1: 'a', 2: 'b'}"],
  ['{{ e }}', "{True: 'x', False: 'y'}"],
  ['{{ o }}', "{'b': 1, 80: 2, 9: 3}"],
  ["{{ d[1] }} {{ d['1'] is defined }} {{ d.get(1) }} {{ d.get('1', 'no') }}", 'a False a no'],
  ["{{ 1 in d }} {{ '1' in d }} {{ true in e }} {{ 'True' in e }}", 'True False True False'],
  ["{{ {'1': 'a'}[1] is defined }} {{ {1: 'a'}[1.0] }}", 'False a'],
  ['{{ d.1 }} {{ m.80 }} {{ 80 | extract(m) }}', 'a http http'],
  ["{{ [{'p': 80}] | map(attribute='p') | map('extract', m) | list }}", "['http']"],
  ['{{ o | dict2items }}', "[{'key': 'b', 'value': 1}, {'key': 80, 'value': 2}, {'key': 9, 'value': 3}]"],
  ['{{ e | dict2items }}', "[{'key': True, 'value': 'x'}, {'key': False, 'value': 'y'}]"],
  ['{{ d.items() | list }} {{ d | list }} {{ d.keys() | sort(reverse=true) }}', "[(1, 'a'), (2, 'b')] [1, 2] [2, 1]"],
  ['{% for k, v in d.items() %}{{ k }}:{{ k is integer }};{% endfor %}', '1:True;2:True;'],
  [
    '{{ d | to_json }} {{ e | to_json }} {{ o | to_json }}',
    '{"1": "a", "2": "b"} {"true": "x", "false": "y"} {"b": 1, "80": 2, "9": 3}',
  ],
  ["{{ {none: 'x', 1.5: 2} | to_json }}", '{"null": "x", "1.5": 2}'],
  ['{{ d | to_nice_json }}', '{\n    "1": "a",\n    "2": "b"\n}'],
  ['{{ e | to_yaml }}{{ m | to_yaml }}', '{false: y, true: x}\n{80: http, a: b}\n'],
  ["{{ {'a': 1, 2: 3} | to_yaml }}", '{a: 1, 2: 3}\n'],
  ["{{ {10: 'y', 2: 'x'} | to_yaml }}", '{2: x, 10: y}\n'],
  ["{{ d | combine({'x': 1}) }} {{ d | combine({1: 'z'}) }}", "{1: 'a', 2: 'b', 'x': 1} {1: 'z', 2: 'b'}"],
  ["{{ [{'key': 1, 'value': 2}] | items2dict }} {{ dict([[1, 2], ['a', 3]]) }}", "{1: 2} {1: 2, 'a': 3}"],
  ["{{ {'10': 1, '9': 2, 'a': 3} }} {{ {2: 1, 1: 2} | list }}", "{'10': 1, '9': 2, 'a': 3} [2, 1]"],
  ["{{ d == {1: 'a', 2: 'b'} }} {{ d == {'1': 'a', '2': 'b'} }}", 'True False'],
  ["{{ {none: 'x', true: 1, 2.5: 3} }}", "{None: 'x', True: 1, 2.5: 3}"],
  ["{{ {10: 'y', 2: 'x'} | dictsort }}", "[(2, 'x'), (10, 'y')]"],
  ["{{ [{'n': 1}] | rekey_on_member('n') }}", "{1: {'n': 1}}"],
  ['{{ \'{"10": 1, "9": 2}\' | from_json }}', "{'10': 1, '9': 2}"],
  ["{{ '{10: 1, 9: 2, true: x}' | from_yaml }}", "{10: 1, 9: 2, True: 'x'}"],
  ['{% set x = dict(d) %}{{ x.update({3: 1}) }}{{ x.pop(1) }}{{ x }}', "a{2: 'b', 3: 1}"],
])('%s', (text, printed) => {
  expect(expand(`[${text}]`, vars)).toBe(`[${printed}]`);
});

test('numbers and texts have no order to sort JSON by', () => {
  expect(() => evaluate('m | to_nice_json', vars)).toThrow("'<' not supported between instances of");
});

describe('the keys of a dictionary', () => {
  test('survive what copies it, and members that come and go', () => {
    const { o } = vars as { o: Vars };
    expect(keysIn({ ...o })).toEqual(['b', 80, 9]);
    expect(keysIn({ ...o, c: 1 })).toEqual(['b', 80, 9, 'c']);
    const { b: _, ...rest } = { ...o };
    expect(keysIn(rest)).toEqual([80, 9]);
    expect(keysIn(withoutOmitted(o) as Vars)).toEqual(['b', 80, 9]);
  });

  test('are text as in JSON for modules', () => {
    expect(plain(vars.e!)).toEqual({ true: 'x', false: 'y' });
    expect(JSON.stringify(vars.d)).toBe('{"1":"a","2":"b"}');
  });

  test('are noted only where it matters', () => {
    expect(Object.getOwnPropertySymbols(withKeys({ a: 1 }, ['a']))).toEqual([]);
    expect(Object.getOwnPropertySymbols(withKeys({ 1: 1 }, [1]))).toHaveLength(1);
  });
});
