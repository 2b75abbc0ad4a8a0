import { mkdirSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { parseAllYamlData, parseYamlData } from '../../src/project/yaml-data.js';
import { registerYaml } from '../../src/template/yaml.js';
import { Scratch } from '../engine/rig.js';

/* What has no end, or would have none within a life, is refused, and the place is told where it goes round. */

registerYaml({ parse: parseYamlData, parseAll: parseAllYamlData });

let scratch: Scratch;
beforeEach(() => {
  scratch = new Scratch();
});
afterEach(() => scratch.remove());

const play = (rest: string): string => `- hosts: all\n  gather_facts: no\n${rest}`;
/** The failure of the last task that failed, as text. */
async function failureOf(site: string): Promise<string> {
  const told = await scratch.run(site);
  expect(told.standing()).toBe('failed');
  return JSON.stringify(told.events.filter(event => JSON.stringify(event).includes('diagnostics')).at(-1));
}
/** The mistakes of a project that is not run. */
const mistakeOf = (site: string): Promise<string> =>
  scratch.run(site).then(
    () => 'none',
    (error: Error) => error.message,
  );

describe('files and roles that include each other at run time', () => {
  const kinds = {
    'a file, itself': ['- include_tasks: t/a.yml', { 't/a.yml': '- include_tasks: a.yml' }],
    'a file, by a template': ['- include_tasks: t/a.yml', { 't/a.yml': '- include_tasks: "{{ \'a\' }}.yml"' }],
    'two files': [
      '- include_tasks: t/a.yml',
      { 't/a.yml': '- include_tasks: b.yml', 't/b.yml': '- import_tasks: a.yml' },
    ],
    'in a loop': ['- include_tasks: t/a.yml', { 't/a.yml': '- include_tasks: a.yml\n  loop: [1]' }],
    'a role': ['- include_role: {name: r}', { 'roles/r/tasks/main.yml': '- include_role: {name: r}' }],
    'two roles': [
      '- include_role: {name: r}',
      {
        'roles/r/tasks/main.yml': '- include_role: {name: s}',
        'roles/s/tasks/main.yml': '- include_role: {name: r}',
      },
    ],
  } as const;
  it.each(Object.entries(kinds))('%s', async (_, [task, files]) => {
    scratch.write(files);
    const told = await failureOf(play(`  tasks:\n    ${task}`));
    expect(told).toContain('nested more than 300 deep');
    expect(told).toMatch(/"place":\{"file":"(?:t\/[ab]|roles\/[rs]\/tasks\/main)\.yml","line":1,"column":3/);
    expect(told).toContain('needs a `when` that becomes false');
  });

  it('in a handler', async () => {
    scratch.write({ 't/a.yml': '- include_tasks: a.yml' });
    const told = await failureOf(
      play('  tasks: [{command: "true", notify: h}]\n  handlers: [{name: h, include_tasks: t/a.yml}]'),
    );
    expect(told).toContain('nested more than 300 deep');
  });

  it('an end by `when` is no mistake', async () => {
    scratch.write({
      't/a.yml': '- set_fact: {n: "{{ n|int + 1 }}"}\n- include_tasks: a.yml\n  when: n|int < 200',
    });
    const told = await scratch.run(
      play('  vars: {n: 0}\n  tasks: [{include_tasks: t/a.yml}, {debug: {msg: "{{ n }}"}}]'),
    );
    expect(told.messages()).toEqual(['200']);
  });

  it('a run is interrupted between includes that ask nothing of a host', async () => {
    const doubled = Object.fromEntries(
      Array.from({ length: 40 }, (_, i) => [`t/${i}.yml`, `- include_tasks: ${i + 1}.yml\n`.repeat(2)]),
    );
    scratch.write({ ...doubled, 't/40.yml': '- meta: noop' });
    const stop = new AbortController();
    setTimeout(() => stop.abort(), 300);
    const told = await scratch.run(play('  tasks: [{include_tasks: t/0.yml}]'), { options: { signal: stop.signal } });
    // It came back at all, and not by the limit.
    expect(told.standing()).not.toBe('failed');
  });
});

describe('files and roles that are read before the run', () => {
  it('imports that double at each level are too many', async () => {
    const doubled = Object.fromEntries(
      Array.from({ length: 40 }, (_, i) => [`t/${i}.yml`, `- import_tasks: ${i + 1}.yml\n`.repeat(2)]),
    );
    scratch.write({ ...doubled, 't/40.yml': '- meta: noop' });
    expect(await mistakeOf(play('  tasks: [{import_tasks: t/0.yml}]'))).toMatch(
      /^t\/\d+\.yml:1 .*more than 100000 tasks/,
    );
  });

  it('roles that need two others, which need two others …', async () => {
    const doubled = Object.fromEntries(
      Array.from({ length: 40 }, (_, i) => [
        `roles/r${i}/meta/main.yml`,
        `allow_duplicates: yes\ndependencies: [r${i + 1}, r${i + 1}]`,
      ]),
    );
    scratch.write({ ...doubled, 'roles/r40/tasks/main.yml': '- meta: noop' });
    expect(await mistakeOf(play('  roles: [r0]'))).toMatch(/^roles\/r\d+\/meta\/main\.yml:2 .*more than 100000 tasks/);
  });

  it('a chain of imports that is too deep', async () => {
    scratch.write(
      Object.fromEntries(Array.from({ length: 500 }, (_, i) => [`t/${i}.yml`, `- import_tasks: ${i + 1}.yml\n`])),
    );
    expect(await mistakeOf(play('  tasks: [{import_tasks: t/0.yml}]'))).toMatch(
      /^t\/19\d\.yml:1 .*nested more than 200 deep/,
    );
  });

  it('guesses at files that a template may name cost no task of the project', async () => {
    const doubled = Object.fromEntries(
      Array.from({ length: 40 }, (_, i) => [`t/${i}.yml`, `- import_tasks: ${i + 1}.yml\n`.repeat(2)]),
    );
    scratch.write({ ...doubled, 't/40.yml': '- meta: noop', 't/last.yml': '- debug: {msg: done}' });
    const told = await scratch.run(
      play('  vars: {which: 40}\n  tasks: [{include_tasks: "t/{{ which }}.yml"}, {include_tasks: t/last.yml}]'),
    );
    expect(told.messages()).toEqual(['done']);
  });

  it('a folder of variables with links to itself is read once', async () => {
    scratch.write({ 'group_vars/all/a.yml': 'x: 1' });
    for (const link of ['l', 'm']) symlinkSync('.', join(scratch.folder, 'group_vars/all', link));
    mkdirSync(join(scratch.folder, 'group_vars/all/deep'));
    symlinkSync('..', join(scratch.folder, 'group_vars/all/deep/up'));
    expect((await scratch.run(play('  tasks: [{debug: {msg: "{{ x }}"}}]'))).messages()).toEqual(['1']);
  });

  it.each([
    ['a block sequence', (deep: number) => `${'- '.repeat(deep)}x`],
    ['a flow sequence', (deep: number) => '['.repeat(deep) + ']'.repeat(deep)],
    [
      'a block mapping',
      (deep: number) => Array.from({ length: deep }, (_, i) => `${' '.repeat(i)}k:`).join('\n      '),
    ],
    ['a flow mapping', (deep: number) => '{a: '.repeat(deep) + '}'.repeat(deep)],
    ['keys', (deep: number) => `${'? '.repeat(deep)}x`],
  ])('YAML that is nested too deep: %s', async (_, nested) => {
    const site = (deep: number) => play(`  vars:\n    a:\n      ${nested(deep)}\n  tasks: []`);
    expect(await mistakeOf(site(3000))).toMatch(/^site\.yml:\d+ nested deeper than 200 levels/);
    expect(await mistakeOf(site(150))).not.toContain('nested');
  });

  it.each([
    ['brackets', '('.repeat(5000) + ')'.repeat(5000), 'nested more than 150 deep'],
    ['lists', '['.repeat(5000) + ']'.repeat(5000), 'nested more than 150 deep'],
    ['signs', `${'-'.repeat(5000)}1`, 'nested more than 150 deep'],
    ['not', `${'not '.repeat(5000)}1`, 'nested more than 150 deep'],
    ['choices', `1${' if 1 else 2'.repeat(5000)}`, 'nested more than 150 deep'],
    ['sums', `1${'+1'.repeat(5000)}`, 'longer than 1000 operators'],
    ['filters', `1${'|int'.repeat(5000)}`, 'longer than 1000 operators'],
    ['members', `hostvars${'.b'.repeat(5000)}`, 'longer than 1000 operators'],
    ['conditions', `1${' and 1'.repeat(5000)}`, 'longer than 1000 operators'],
  ])('expressions that are nested too deep: %s', async (_, expression, message) => {
    expect(await mistakeOf(play(`  tasks:\n    - debug: {msg: "{{ ${expression} }}"}`))).toMatch(
      new RegExp(`^site\\.yml:4 the expression is ${message}`),
    );
    expect(await mistakeOf(play(`  tasks:\n    - debug: {msg: x}\n      when: "${expression}"`))).toContain(message);
  });

  it('many short expressions in one list are not deep', async () => {
    const list = Array.from({ length: 2000 }, () => '1+1').join(',');
    const told = await scratch.run(play(`  tasks: [{debug: {msg: "{{ [${list}] | sum }}"}}]`));
    expect(told.messages()).toEqual(['4000']);
  });

  it('tags inside tags', async () => {
    const tags = '{% if 1 %}'.repeat(3000) + '{% endif %}'.repeat(3000);
    expect(await mistakeOf(play(`  tasks:\n    - debug:\n        msg: "${tags}"`))).toMatch(
      /^site\.yml:5 tags are nested more/,
    );
  });
});

describe('values and templates that hold themselves', () => {
  it.each([
    ['a variable', 'a: "{{ a }}"', 'circle: a → a'],
    ['two', 'a: "{{ b }}"\n    b: "{{ a }}"', 'circle: a → b → a'],
    ['in a list', 'a: ["{{ a }}"]', 'circle: a → a'],
    ['by a lookup', "a: \"{{ lookup('vars', 'a') }}\"", 'circle: a → a'],
    ['all variables in one', 'a: "{{ vars }}"', 'nested more than'],
  ])('%s', async (_, vars, message) => {
    const told = await failureOf(play(`  vars:\n    ${vars}\n  tasks:\n    - debug: {msg: "{{ a }}"}`));
    expect(told).toContain(message);
    expect(told).toContain('"place":{"file":"site.yml"');
  });

  it.each([
    ['include', '{% include "a.j2" %}'],
    ['import', '{% import "a.j2" as a %}'],
    ['extends', '{% extends "a.j2" %}'],
    ['lookup', '{{ lookup("template", "a.j2") }}'],
    ['macro', '{% macro m() %}{{ m() }}{% endmacro %}{{ m() }}'],
    ['loop', '{% for i in [1] recursive %}{{ loop([1]) }}{% endfor %}'],
  ])('a template: %s', async (_, text) => {
    scratch.write({ 'templates/a.j2': text });
    const told = await failureOf(play("  tasks:\n    - debug: {msg: \"{{ lookup('template', 'a.j2') }}\"}"));
    expect(told).toContain('more than 150 deep');
    expect(told).toContain('"place":{"file":"templates/a.j2"');
  });

  it('templates that include two others, which include two others …', async () => {
    scratch.write(
      Object.fromEntries(
        Array.from({ length: 40 }, (_, i) => [`templates/${i}.j2`, `{% include "${i + 1}.j2" %}`.repeat(2)]),
      ),
    );
    scratch.write({ 'templates/40.j2': '' });
    const told = await failureOf(play("  tasks:\n    - debug: {msg: \"{{ lookup('template', '0.j2') }}\"}"));
    expect(told).toContain('rendering took more than');
  });
});

describe('groups that are their own children', () => {
  it('of an INI inventory', async () => {
    expect(await mistakeOf2('[a:children]\nb\n[b:children]\na\n')).toMatch(/hosts:\d+ .*its own ancestor/);
  });
  const mistakeOf2 = (inventory: string): Promise<string> =>
    scratch.run(play('  tasks: []'), { inventory }).then(
      () => 'none',
      (error: Error) => error.message,
    );
});
