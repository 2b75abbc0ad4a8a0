import { afterAll, describe, expect, test } from 'vitest';
import { teachYaml } from '../../src/cli/yaml.js';
import type { Impurity, Scope, Value } from '../../src/core/value.js';
import { compileExpression, compileText, locator } from '../../src/template/compile.js';
import { globalNames } from '../../src/template/globals.js';
import { filterNames, testNames } from '../../src/template/language.js';
import { lookupNames } from '../../src/template/lookups/registry.js';
import { loopItems } from '../../src/template/loops.js';
import { RoleFolder } from './folder.js';
import { FILTERS, GLOBALS, LOOKUPS, OTHERS, plainly, REFUSED_TESTS, type Sample, TESTS } from './samples.js';
import { FILE } from './scope.js';

teachYaml();

const folder = new RoleFolder({
  'files/motd': 'welcome\n',
  'files/a.conf': 'a',
  'files/t.csv': 'a,1\n',
  'files/t.ini': '[s]\na = 1\n',
  'files/kept': 'secret\n',
  'templates/t.j2': 'for {{ who }}, {{ extra | default("-") }}\n',
  'templates/dice.j2': '{{ 6 | random }}',
  'templates/macros.j2': '{% macro roll() %}{{ 6 | random }}{% endmacro %}{% macro flat() %}1{% endmacro %}',
  'templates/plain.j2': 'x',
});
afterAll(() => folder[Symbol.dispose]());

/** Variables of which one is a template in turn, as those of the engine are. */
class NotedScope implements Scope {
  readonly noted = new Set<Impurity>();
  readonly files = folder;
  get(name: string): Value | undefined {
    if (name === 'who') return 'ada';
    if (name === 'groups') return { all: ['w1'], web: ['w1'] };
    return name === 'dice' ? compiled('6 | random').render(this) : undefined;
  }
  names(): readonly string[] {
    return ['who', 'groups', 'dice'];
  }
  note(what: Impurity): void {
    this.noted.add(what);
  }
}

function compiled(text: string) {
  const result = compileExpression(text, locator(text, FILE));
  if (!result.ok) throw new Error(result.error.map(one => one.message).join('; '));
  return result.value;
}

const notedBy = (use: (scope: Scope) => unknown): string => {
  const scope = new NotedScope();
  use(scope);
  return [...scope.noted].sort().reverse().join(' ') || 'pure';
};

describe('everything that the language has is listed', () => {
  const names = (samples: readonly Sample[]) => samples.map(({ name }) => name).sort();
  test.each<[string, readonly string[], readonly string[]]>([
    ['filters', filterNames(), names(FILTERS)],
    ['tests', testNames(), [...names(TESTS), ...REFUSED_TESTS]],
    ['lookups', lookupNames(), names(LOOKUPS)],
    ['globals', globalNames(), names(GLOBALS)],
  ])('%s', (_, known, listed) => {
    expect([...listed].sort()).toEqual([...known].sort());
  });
});

describe('what depends on more than variables says so, and nothing else does', () => {
  const kinds = { filter: FILTERS, test: TESTS, lookup: LOOKUPS, global: GLOBALS, other: OTHERS };
  for (const [kind, samples] of Object.entries(kinds))
    test.each(samples)(`${kind} $name is $purity`, ({ text, purity }) => {
      expect(notedBy(scope => compiled(plainly(text)).render(scope))).toBe(purity);
    });

  test.each<[string, string]>([
    ['{% macro roll() %}{{ 6 | random }}{% endmacro %}{{ roll() }}', 'random'],
    ['{% macro roll() %}{{ 6 | random }}{% endmacro %}x', 'pure'],
    ["{% include 'plain.j2' %}", 'controller'],
    ["{% include 'gone.j2' ignore missing %}", 'controller'],
    ["{% include 'dice.j2' without context %}", 'random controller'],
    ["{% import 'macros.j2' as m %}{{ m.flat() }}", 'controller'],
    ["{% import 'macros.j2' as m %}{{ m.roll() }}", 'random controller'],
    ["{% from 'macros.j2' import roll with context %}{{ roll() }}", 'random controller'],
    ["{% extends 'plain.j2' %}", 'controller'],
    ['{% filter upper %}{{ now() }}{% endfilter %}', 'random'],
    ['{% set x = 6 | random %}', 'random'],
    ['{% for x in [1, 2] | shuffle %}{% endfor %}', 'random'],
    ["{{ vars['dice'] }}", 'random'],
    ["{% if false %}{{ lookup('file', 'motd') }}{% endif %}", 'pure'],
    ['{{ true or 6 | random }}', 'pure'],
  ])('%s: %s', (text, purity) => {
    const result = compileText(text, locator(text, FILE));
    if (!result.ok) throw new Error(result.error[0]!.message);
    expect(notedBy(scope => result.value.render(scope))).toBe(purity);
  });

  test.each<[string, Value, string]>([
    ['items', [1], 'pure'],
    ['random_choice', [1], 'random'],
    ['first_found', ['motd'], 'controller'],
    ['fileglob', '*.conf', 'controller'],
  ])('with_%s over %j is %s', (kind, over, purity) => {
    expect(notedBy(scope => loopItems(kind, over, scope))).toBe(purity);
  });
});
