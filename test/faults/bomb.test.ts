import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { parseAllYamlData, parseYamlData } from '../../src/project/yaml-data.js';
import { registerYaml } from '../../src/template/yaml.js';
import { Scratch } from '../engine/rig.js';

/* Nine levels of nine aliases are a few hundred bytes, and 387 million values: refused where they are read, whatever reads them. */

registerYaml({ parse: parseYamlData, parseAll: parseAllYamlData });

let scratch: Scratch;
beforeEach(() => {
  scratch = new Scratch();
});
afterEach(() => scratch.remove());

const levels = (first: string, level: (i: number) => string): string =>
  [`a0: &a0 ${first}`, ...Array.from({ length: 9 }, (_, i) => `a${i + 1}: &a${i + 1} ${level(i)}`), ''].join('\n');
const nine = (part: (i: number) => string): string => Array.from({ length: 9 }, (_, i) => part(i)).join(', ');
const bombs = {
  lists: levels(`[${nine(() => 'x')}]`, i => `[${nine(() => `*a${i}`)}]`),
  dictionaries: levels(`{${nine(k => `k${k}: x`)}}`, i => `{${nine(k => `k${k}: *a${i}`)}}`),
  merges: levels(`{${nine(k => `k${k}: x`)}}`, i => `{${nine(k => `k${k}: {<<: *a${i}, x: 1}`)}}`),
  'merges of one dictionary': levels(
    `{${Array.from({ length: 500 }, (_, k) => `k${k}: x`).join(', ')}}`,
    i => `{<<: [${Array.from({ length: 1000 }, () => `*a${i}`).join(', ')}]}`,
  ),
};
const bomb = bombs.lists;
const indented = (text: string, by: number): string => text.replace(/^(?=.)/gm, ' '.repeat(by));
const play = (rest: string): string => `- hosts: all\n  gather_facts: no\n${rest}`;
const REFUSED = /aliases add more than 100000 values/;
const ping = '  tasks: [{debug: {msg: x}}]';

/** Mistakes before the run, or what the run told, as text. */
const saidOf = (site: string, wish: Parameters<Scratch['run']>[1] = {}): Promise<string> =>
  scratch.run(site, wish).then(
    told => JSON.stringify(told.events),
    (error: Error) => error.message,
  );

describe('before the run', () => {
  it.each(Object.entries(bombs))('a playbook with a bomb of %s', async (_, text) => {
    expect(await saidOf(play(`  vars:\n${indented(text, 4)}${ping}`))).toMatch(REFUSED);
  });

  const files = {
    'a task file': ['t.yml', `- debug: {msg: x}\n  vars:\n${indented(bomb, 4)}`, '  tasks: [{import_tasks: t.yml}]'],
    vars_files: ['v.yml', bomb, `  vars_files: [v.yml]\n${ping}`],
    group_vars: ['group_vars/all.yml', bomb, ping],
    host_vars: ['host_vars/h1.yml', bomb, ping],
    'defaults of a role': ['roles/r/defaults/main.yml', bomb, '  roles: [r]'],
    'variables of a role': ['roles/r/vars/main.yml', bomb, '  roles: [r]'],
    'tasks of a role': ['roles/r/tasks/main.yml', `- debug: {msg: x}\n  vars:\n${indented(bomb, 4)}`, '  roles: [r]'],
    'handlers of a role': [
      'roles/r/handlers/main.yml',
      `- debug: {msg: x}\n  vars:\n${indented(bomb, 4)}`,
      '  roles: [r]',
    ],
    'dependencies of a role': ['roles/r/meta/main.yml', bomb, '  roles: [r]'],
    'argument specs': [
      'roles/r/meta/argument_specs.yml',
      `argument_specs:\n  main:\n    options:\n${indented(bomb, 6)}`,
      '  roles: [r]',
    ],
  } as const;
  it.each(Object.entries(files))('%s', async (_, [name, text, rest]) => {
    scratch.write({ [name]: text });
    expect(await saidOf(play(rest))).toMatch(new RegExp(`^${name}:\\d+ ${REFUSED.source}`, 'm'));
  });

  it('-e @file', async () => {
    scratch.write({ 'v.yml': bomb });
    expect(await saidOf(play(ping), { extraVars: ['@v.yml'] })).toMatch(REFUSED);
  });
});

describe('while it runs', () => {
  it.each([
    ['include_tasks', '  vars: {w: t}\n  tasks: [{include_tasks: "{{ w }}.yml"}]'],
    ['include_vars', '  vars: {w: v}\n  tasks: [{include_vars: "{{ w }}.yml"}]'],
    ['include_vars of a folder', '  vars: {w: d}\n  tasks: [{include_vars: {dir: "{{ w }}"}}]'],
    ['vars_files', `  vars: {w: v}\n  vars_files: ["{{ w }}.yml"]\n${ping}`],
    ['from_yaml', "  tasks: [{set_fact: {x: \"{{ lookup('file', 'v.yml') | from_yaml }}\"}}]"],
    ['from_yaml_all', "  tasks: [{set_fact: {x: \"{{ lookup('file', 'v.yml') | from_yaml_all }}\"}}]"],
  ])('%s', async (_, rest) => {
    scratch.write({ 'v.yml': bomb, 't.yml': `- debug: {msg: x}\n  vars:\n${indented(bomb, 4)}`, 'd/v.yml': bomb });
    expect(await saidOf(play(rest))).toMatch(REFUSED);
  });

  it('a file of which nobody knows what it defines makes no name undefined', async () => {
    scratch.write({ 'd/v.yml': bomb });
    expect(await saidOf(play('  tasks: [{include_vars: {dir: d}}, {debug: {msg: "{{ a8 }}"}}]'))).toMatch(REFUSED);
  });

  it('facts that are made of each other cost a budget', async () => {
    const facts = Array.from({ length: 10 }, (_, i) => `    - set_fact: {a${i + 1}: "{{ [${nine(() => `a${i}`)}] }}"}`);
    const said = await saidOf(play(`  tasks:\n    - set_fact: {a0: [1]}\n${facts.join('\n')}`));
    expect(said).toContain('rendering took more than');
  });
});

describe('what is no bomb', () => {
  it('anchors that are named often, and large data with one anchor', async () => {
    const often = `base: &base {a: 1, b: 2}\nall: [${Array.from({ length: 2000 }, () => '*base').join(', ')}]\n`;
    const large = `one: &one 1\ntwo: *one\nlist: [${Array.from({ length: 120_000 }, (_, i) => i).join(',')}]\n`;
    scratch.write({ 'often.yml': often, 'large.yml': large });
    const site = play(
      '  vars_files: [often.yml, large.yml]\n  tasks: [{debug: {msg: "{{ all | length }} {{ list | length }}"}}]',
    );
    expect((await scratch.run(site)).messages()).toEqual(['2000 120000']);
  });
});
