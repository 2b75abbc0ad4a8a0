import { describe, expect, test } from 'vitest';
import { RenderError, type Scope, Unknown, type Value } from '../../src/core/value.js';
import { compileCondition, locator } from '../../src/template/compile.js';
import { scopeOf } from './scope.js';

const ours: { readonly [name: string]: Value } = {
  x: 1,
  y: 1,
  s: 'hello',
  t: 'true',
  f: 'False',
  claim: 'x == 2',
  right: 'x == 1',
  list: [1],
  nothing: null,
  empty: '',
  no: false,
  yesno: 'yes',
  words: 'two words',
  claims: ['x == 1', 'x == 2'],
};
const theirs: { readonly [name: string]: Value } = {
  out: 'x == 1',
  two: '2',
  rc: 0,
  evil: "lookup('file', '/etc/passwd') or true",
  answers: { stdout: '2', rc: 0 },
};
const u = new Unknown(['fact:os']);
const scope: Scope = {
  ...scopeOf({ ...ours, ...theirs, u }),
  isOfProject: name => Object.hasOwn(ours, name),
};

function hold(text: string, form: 'condition' | 'claims' = 'condition', within = scope): Value {
  const compiled = compileCondition(text, locator(text, 'site.yml'), form);
  if (!compiled.ok) throw new Error(compiled.error[0]!.message);
  return compiled.value.render(within);
}

describe('a condition with tags is rendered, and the text evaluated, as by ansible-core 2.14', () => {
  test.each<[string, boolean]>([
    ['{{ x }} == 2', false],
    ['{{ x }} == 1', true],
    ['{{ x }} == {{ y }}', true],
    ['1 == 1 and {{ x }} == 1', true],
    ['{{ x }} in [1, 2]', true],
    ['{{ claim }}', false],
    ['{{ right }}', true],
    ['{{ claim }} and {{ claim }}', false],
    ["'{{ s }}' == 'hello'", true],
    ["'{{ s }}' == 'x'", false],
    ['{{ s }} is defined', false],
    ['{{ t }}', true],
    ['{{ f }}', false],
    ["{{ 'x == 1' }}", true],
    ["{{ 'x == 2' }}", false],
    ['{{ x == 1 }}', true],
    ['{{ no }}', false],
    ['{{ list }}', true],
    ['{{ nothing }}', false],
    ['{{ empty }}', false],
    ['{{ 0 }}', false],
    ['{% if x == 1 %}true{% else %}false{% endif %}', true],
    ['{% if x == 2 %}true{% else %}false{% endif %}', false],
    ['{{ rc }} == 0', true],
    ['{{ answers.rc }} == 1', false],
  ])('%s is %s', (text, value) => {
    expect(hold(text)).toBe(value);
  });

  test('a text that is a variable without tags is only a text', () => {
    expect(hold('claim')).toBe('x == 2');
  });

  test.each<[string, string]>([
    ["{{ yesno }} == 'yes'", "'yes' is undefined"],
    ["{{ s }} == 'hello'", "'hello' is undefined"],
    ['{{ nosuch }} == 1', "'nosuch' is undefined"],
    ['{{ words }}', 'the condition was rendered to `two words`'],
  ])('%s fails', (text, message) => {
    expect(() => hold(text)).toThrow(message);
  });

  test('claims may come as a list', () => {
    expect(hold('{{ claims }}', 'claims')).toEqual([true, false]);
    expect(hold('{{ claims }}')).toBe(true);
  });

  test('what is not known yet makes it unknown', () => {
    expect(hold('{{ u }} == 2')).toEqual(u);
    expect(hold('{{ x }} == u')).toEqual(u);
    expect(hold('{{ u }}')).toEqual(u);
  });
});

describe('text that is not of the project never becomes an expression', () => {
  test.each<[string, string]>([
    ['{{ out }}', '`out`'],
    ['{{ two }} == 2', '`two`'],
    ["'{{ two }}' == '2'", '`two`'],
    ['{{ answers.stdout }} == 2', '`answers`'],
    ['{{ [answers.stdout] }} == 2', '`answers`'],
    ['{{ evil }}', '`evil`'],
    ["{{ lookup('vars', 'evil') }}", '`evil`'],
    ["{{ vars['evil'] }}", '`evil`'],
    ['{{ x }} == 1 or {{ evil }}', '`evil`'],
    ['{% if two == "2" %}true{% endif %}', '`two`'],
  ])('%s', (text, name) => {
    let error: unknown;
    try {
      hold(text);
    } catch (caught) {
      error = caught;
    }
    expect(error).toBeInstanceOf(RenderError);
    expect((error as RenderError).message).toContain(`not the project's own (of ${name})`);
  });

  test('nothing is of the project where nobody says so', () => {
    expect(() => hold('{{ s }} == 1', 'condition', scopeOf(ours))).toThrow("not the project's own (of `s`)");
    expect(hold('{{ x }} == 1', 'condition', scopeOf(ours))).toBe(true);
  });
});
