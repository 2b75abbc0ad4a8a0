import { describe, expect, test } from 'vitest';
import { RenderError, type Scope, type Value } from '../../src/core/value.js';
import { compileExpression, locator } from '../../src/template/compile.js';
import { evaluate, expand, placed, scopeOf } from './scope.js';

const vars: { readonly [name: string]: Value } = {
  users: [{ name: 'ada', uid: 1 }],
  ntp: { servers: ['a'], enabled: true },
  hostname: 'probe',
};

function failure(work: () => unknown): RenderError {
  try {
    work();
  } catch (error) {
    expect(error).toBeInstanceOf(RenderError);
    return error as RenderError;
  }
  throw new Error('it did not fail');
}

describe('using the undefined fails with its name, its place and a hint', () => {
  test.each([
    ['hostnam', "'hostnam' is undefined", 'hostnam', '1:1', 'did you mean `hostname`?'],
    ['1 + hostnam', "'hostnam' is undefined", 'hostnam', '1:5', 'did you mean `hostname`?'],
    [
      'ntp.server',
      "'dict object' has no attribute 'server' (looked for in ntp)",
      'ntp.server',
      '1:1',
      'did you mean `servers`?',
    ],
    [
      "ntp['zz']",
      "'dict object' has no attribute 'zz' (looked for in ntp)",
      'ntp.zz',
      '1:1',
      'it has servers, enabled',
    ],
    [
      'users[0].nmae | upper',
      "'dict object' has no attribute 'nmae' (looked for in users[0])",
      'users[0].nmae',
      '1:1',
      'did you mean `name`?',
    ],
    ['users[3].name', 'list object has no element 3 (looked for in users)', 'users.3', '1:1', 'it has 1 elements'],
    ['hostnam.a.b.c', "'hostnam' is undefined", 'hostnam', '1:1', 'did you mean `hostname`?'],
    ["'a' in hostnam", "'hostnam' is undefined", 'hostnam', '1:8', 'did you mean `hostname`?'],
    ['ntp[hostnam]', "'hostnam' is undefined", 'hostnam', '1:5', 'did you mean `hostname`?'],
    ['[hostnam]', "'hostnam' is undefined", 'hostnam', '1:2', 'did you mean `hostname`?'],
    ["{'k': [hostnam]}", "'hostnam' is undefined", 'hostnam', '1:8', 'did you mean `hostname`?'],
    ["users | map(attribute='zz') | list", "'dict object' has no attribute 'zz'", 'zz', '1:1', 'it has name, uid'],
    ['[] | first', 'No first item, sequence was empty.', 'No first item, sequence was empty.', '1:1', undefined],
  ])('%s', (text, message, name, place, hint) => {
    const error = failure(() => evaluate(text, vars));
    expect(error.message).toBe(message);
    expect(error.undefinedName).toBe(name);
    expect(placed(error.place)).toBe(`site.yml:${place}`);
    expect(error.hint).toBe(hint);
  });

  test('in a text the place is that of the name', () => {
    const error = failure(() => expand('one\n  two {{ ntp.zz }}\n', vars));
    expect(placed(error.place)).toBe('site.yml:2:10');
    expect(error.place?.length).toBe('ntp.zz'.length);
  });
});

test.each<[string, Value]>([
  ['hostnam is defined', false],
  ['hostnam.a.b is not defined', true],
  ['ntp.zz.y is undefined', true],
  ["ntp.zz.y | default('d')", 'd'],
  ["hostnam | default('d')", 'd'],
  ["ntp.zz | d('', true)", ''],
  ["'' | d('x', true)", 'x'],
  ['hostnam is defined and hostnam > 1', false],
  ["('a' if false) | default('z')", 'z'],
  ["users | map(attribute='zz', default=0) | list", [0]],
  ['ntp.enabled is defined', true],
  // What is asked for by an undefined name is that undefined name.
  ["ntp[nokey] | default('x')", 'x'],
  ["users[nokey] | default('x')", 'x'],
  ["hostname[nokey] | default('x')", 'x'],
  ["ntp[nokey].b.c | default('x')", 'x'],
  ["ntp[no.key].b | default('x')", 'x'],
  ['ntp[nokey] is defined', false],
])('%s does not fail', (text, value) => {
  expect(evaluate(text, vars)).toEqual(value);
});

describe('a variable whose own template misses something', () => {
  const inner = compileExpression('other | upper', locator('other | upper', 'vars.yml'));
  if (!inner.ok) throw new Error('does not compile');
  const scope: Scope = {
    get: name => (name === 'derived' ? inner.value.render(scopeOf({})) : undefined),
    names: () => ['derived'],
  };
  const render = (text: string) => {
    const compiled = compileExpression(text, locator(text, 'site.yml'));
    if (!compiled.ok) throw new Error('does not compile');
    return compiled.value.render(scope);
  };

  test('is undefined in turn, and fails with the inner place', () => {
    const error = failure(() => render('derived'));
    expect(error).toMatchObject({
      message: "'other' is undefined",
      undefinedName: 'other',
      place: { file: 'vars.yml' },
    });
  });

  test('can be helped by default', () => {
    expect(render("derived | default('d')")).toBe('d');
    expect(render('derived is defined')).toBe(false);
  });
});

describe('errors of operations have the place of the operation', () => {
  test.each([
    ["1 + 'a'", "unsupported operand type(s) for +: 'int' and 'str'", '1:1'],
    ["x ~ (1 + 'a')", "unsupported operand type(s) for +: 'int' and 'str'", '1:5'],
    ["'a' < 1", "'<' not supported between instances of 'str' and 'int'", '1:1'],
    ['1 / 0', 'division by zero', '1:1'],
    ['5()', "'int' object is not callable", '1:1'],
    ["'a' | int(junk=1)", "int got an unexpected keyword argument 'junk'", '1:1'],
    ["'a' | replace('b')", "replace needs the argument 'new'", '1:1'],
    ["'a' | regex_replace('(')", 'not a valid regular expression: ( (', '1:1'],
  ])('%s', (text, message, place) => {
    const error = failure(() => evaluate(text, { x: 1 }));
    expect(error.message).toContain(message);
    expect(placed(error.place)).toBe(`site.yml:${place}`);
  });
});
