import { chmodSync, mkdirSync, rmSync, symlinkSync } from 'node:fs';
import { dirname } from 'node:path';
import { describe, expect, it } from 'vitest';
import type { Task } from '../../src/core/play.js';
import { bad, good, lines, load, loadFrom, said, tasksOf, write } from './scene.js';

const site = (roles: string, rest = '') => ({ 'site.yml': `- hosts: localhost\n  roles: ${roles}\n${rest}` });
const echo = (name: string) => ({ [`roles/${name}/tasks/main.yml`]: `- command: echo ${name}` });
const ran = async (...given: Parameters<typeof good>) =>
  tasksOf(await good(...given)).map(task => String((task.args as { cmd?: unknown }).cmd).replace('echo ', ''));

describe('roles of a play', () => {
  it('run before its tasks, with what they publish', async () => {
    const project = await good({
      ...site(
        '[a, { role: b, vars: { v: 1 }, n: 2, tags: [t], when: ansible_x, become: true }]',
        '  tasks:\n    - command: echo own\n',
      ),
      ...echo('a'),
      ...echo('b'),
      'roles/a/defaults/main.yml': 'd: "{{ e }}"\ne: 1',
      'roles/a/vars/main.yml': 'w: 1',
      'roles/a/handlers/main.yml': '- name: h\n  ping:\n  listen: [t, "u"]',
      'roles/b/defaults/main/one.yml': 'x: 1\ny: 1',
      'roles/b/defaults/main/two.yml': 'y: 2',
    });
    const [a, b, own] = tasksOf(project);
    expect(said(a!.role!.defaults)).toEqual({ d: '‹{{ e }}›', e: 1 });
    expect(a!.role).toMatchObject({ name: 'a', vars: { w: 1 }, isPrivate: false });
    expect(b!.role!.defaults).toEqual({ x: 1, y: 2 });
    expect(b!.role!.vars).toMatchObject({ v: 1 });
    expect(b!.keywords).toMatchObject({ vars: [], params: [{ n: 2 }], tags: ['t'], become: [true] });
    expect(said(b!.keywords.when)).toEqual(['‹ansible_x›']);
    expect(own!.role).toBeUndefined();
    expect(project.plays[0]!.roles).toEqual([a!.role, b!.role]);
    expect(project.plays[0]!.handlers).toMatchObject([{ task: { name: 'h' }, listen: ['t', 'u'] }]);
  });

  it('whose name is a broken template are one mistake, and so is an import of one', async () => {
    expect(await bad({ ...site(`["{{ a", b]`), ...echo('b') })).toHaveLength(1);
    const files = { 'site.yml': '- hosts: localhost\n  tasks:\n    - import_tasks: "{{ a"\n' };
    expect(await bad(files)).toHaveLength(1);
  });

  it('bring their dependencies first, under the same keywords', async () => {
    const project = await good({
      ...site('[{ role: a, tags: t, p: 1 }]'),
      ...echo('a'),
      ...echo('b'),
      ...echo('c'),
      'roles/a/meta/main.yml': 'dependencies:\n  - b\n  - { role: c, tags: u, q: 2 }',
    });
    expect(tasksOf(project).map(task => task.role!.name)).toEqual(['b', 'c', 'a']);
    expect(tasksOf(project)[1]!.keywords).toMatchObject({ tags: ['t', 'u'], params: [{ p: 1 }, { q: 2 }] });
  });

  it.each([
    // What is marked is run only if the other use has not run by then.
    ['the same twice', '[a, a]', {}, ['a', 'a again']],
    ['other params', '[{ role: a, n: 1 }, { role: a, n: 2 }, { role: a, n: 1 }]', {}, ['a', 'a', 'a again']],
    ['other tags', '[{ role: a, tags: t }, { role: a, tags: u }]', {}, ['a', 'a']],
    ['allow_duplicates', '[a, a]', { 'roles/a/meta/main.yml': 'allow_duplicates: true' }, ['a', 'a']],
    [
      'a shared dependency',
      '[{ role: b, when: ansible_x, tags: t }, c]',
      {
        ...echo('b'),
        ...echo('c'),
        'roles/b/meta/main.yml': 'dependencies: [a]',
        'roles/c/meta/main.yml': 'dependencies: [a]',
      },
      ['a', 'b', 'a again', 'c'],
    ],
  ])('%s', async (_what, roles, files, order) => {
    const tasks = tasksOf(await good({ ...site(roles), ...echo('a'), ...files }));
    const again = ({ use }: Task): string => (use?.isRepeat && !use.isAlways ? ' again' : '');
    expect(tasks.map(task => task.role!.name + again(task))).toEqual(order);
  });

  it('gives tasks that stand twice different ids', async () => {
    const project = await good({ ...site('[{ role: a, n: 1 }, { role: a, n: 2 }]'), ...echo('a') });
    expect(tasksOf(project).map(task => task.id)).toEqual(['roles/a/tasks/main.yml:1', 'roles/a/tasks/main.yml:1#2']);
  });

  it('are found on the roles path, beside each other, and by path', async () => {
    const files = {
      'elsewhere/a/tasks/main.yml': '- command: echo a',
      'elsewhere/b/tasks/main.yml': '- command: echo b',
      'elsewhere/a/meta/main.yml': 'dependencies: [b]',
    };
    expect(await ran({ ...site('[a]'), ...files }, { rolesPath: ['elsewhere'] })).toEqual(['b', 'a']);
    expect(await ran({ ...site('[elsewhere/a]'), ...files })).toEqual(['b', 'a']);
  });

  it('of a collection are found beside each other, and in collections/', async () => {
    const galaxy = {
      'galaxy.yml': 'namespace: n\nname: c\n',
      ...echo('a'),
      ...echo('b'),
      'roles/a/meta/main.yml': 'dependencies: [n.c.b]',
    };
    expect(await ran({ ...site('[a]'), ...galaxy })).toEqual(['b', 'a']);
    expect(
      await ran({
        ...site('[n.c.x]'),
        'collections/ansible_collections/n/c/roles/x/tasks/main.yml': '- command: echo x',
      }),
    ).toEqual(['x']);
  });

  it('may be named by what is known before the run', async () => {
    expect(
      await ran(
        { ...site('["{{ which }}"]', '  vars: { which: "{{ other }}" }\n'), ...echo('a') },
        { extraVars: ['other=a'] },
      ),
    ).toEqual(['a']);
  });

  it('check their arguments first', async () => {
    const project = await good({
      ...site('[{ role: a, tags: t }]'),
      ...echo('a'),
      'roles/a/meta/argument_specs.yml':
        'argument_specs:\n  main:\n    short_description: What it is\n    options:\n      n: { type: int, required: true, default: "{{ x }}" }\n',
    });
    const [check] = tasksOf(project);
    expect(check).toMatchObject({
      module: 'validate_argument_spec',
      name: "Validating arguments against arg spec 'main' - What it is",
      args: {
        role: 'a',
        entry_point: 'main',
        argument_spec: { n: { type: 'int', required: true, default: '{{ x }}' } },
      },
      keywords: { tags: ['t', 'always'] },
    });
  });

  it.each([
    [site('[nix]'), ['site.yml:2:11 unknown-role: there is no role `nix`']],
    [
      { ...site('[webb]'), ...echo('web') },
      ['site.yml:2:11 unknown-role: there is no role `webb` — did you mean `web`?'],
    ],
    [
      site('[ns.coll.web]'),
      ['site.yml:2:11 unknown-role: there is no role `ns.coll.web` — roles of collections are not found here'],
    ],
    [
      {
        ...site('[a]'),
        ...echo('a'),
        'roles/a/meta/main.yml': 'dependencies: [b]',
        ...echo('b'),
        'roles/b/meta/main.yml': 'dependencies: [a]',
      },
      ['roles/b/meta/main.yml:1:16 circle: a role needs itself: a → b → a'],
    ],
    [site('[{ tags: x }]'), ['site.yml:2:11 bad-value: this entry names no role']],
    [site('{ a: 1 }'), ['site.yml:2:10 bad-value: `roles` is a list, not a dictionary']],
    [
      {
        ...site('[a]'),
        ...echo('a'),
        'roles/a/meta/main.yml': 'argument_specs:\n  main:\n    options:\n      n: { type: strr, requird: true }',
      },
      [
        'roles/a/meta/main.yml:4:18 bad-value: there is no type `strr` — did you mean `str`?',
        'roles/a/meta/main.yml:4:24 unknown-keyword: the description of an option has no `requird` — did you mean `required`?',
      ],
    ],
    [
      {
        ...site('[a]'),
        'roles/a/tasks/main.yml': '- own_thing:\n',
        'roles/a/library/own_thing.py': '#!/usr/bin/python\n',
      },
      [
        "roles/a/tasks/main.yml:1:3 unsupported-module: `own_thing` is a module of the role's own (roles/a/library/own_thing.py) — such modules need Python",
      ],
    ],
  ])('mistakes: %j', async (files, mistakes) => {
    const found = await bad(files);
    expect(found).toHaveLength(mistakes.length);
    for (const [i, mistake] of mistakes.entries()) expect(found[i]).toContain(mistake);
  });
});

describe('import_role', () => {
  it('is static, publishes, and brings handlers behind those of the play', async () => {
    const project = await good({
      'site.yml': `
- hosts: localhost
  tasks:
    - import_role: { name: a, tasks_from: other, vars_from: more }
      vars: { v: 1 }
      tags: t
      when: ansible_x
    - import_role: name=a
    - import_role: name=a
  handlers:
    - { name: p, ping: }
`,
      ...echo('a'),
      'roles/a/tasks/other.yml': '- command: echo other',
      'roles/a/vars/more.yml': 'm: 1',
      'roles/a/handlers/main.yml': '- { name: h, ping: }',
    });
    const tasks = tasksOf(project);
    expect(tasks.map(task => (task.args as { cmd: string }).cmd)).toEqual(['echo other', 'echo a', 'echo a']);
    expect(tasks[0]!.keywords).toMatchObject({ vars: [{ v: 1 }], params: [], tags: ['t'] });
    expect(tasks[0]!.role!.vars).toEqual({ v: 1, m: 1 });
    expect(project.plays[0]!.handlers.map(({ task }) => task.name)).toEqual(['p', 'h', 'h']);
    expect(project.plays[0]!.roles).toHaveLength(2);
  });

  it.each([
    ['- import_role: { name: a, tasks_from: nix }', 'there is no'],
    [
      '- import_role: { name: a, task_from: x }',
      'unknown-parameter: `import_role` has no parameter `task_from` — did you mean `tasks_from`?',
    ],
    [
      '- import_role: { name: a }\n      loop: [1]',
      'keyword-on-import: `loop` cannot stand on import_role, which is read before the run — use include_role',
    ],
    ['- import_role: { name: "{{ ansible_x }}" }', 'not-static'],
  ])('%s', async (task, mistake) => {
    const found = await bad({ 'site.yml': `- hosts: localhost\n  tasks:\n    ${task}\n`, ...echo('a') });
    expect(found[0]).toContain(mistake === 'there is no' ? 'missing-file: role `a` has no tasks/nix' : mistake);
  });
});

describe('what a role may not hold (F97)', () => {
  it('links out of itself, setuid files', async () => {
    const cwd = write({
      ...site('[a]'),
      ...echo('a'),
      secret: 'x',
      'roles/a/files/inside': 'y',
      'roles/a/files/run*': '#!/bin/sh',
    });
    symlinkSync(`${cwd}/secret`, `${cwd}/roles/a/files/out`);
    symlinkSync('inside', `${cwd}/roles/a/files/fine`);
    symlinkSync('nowhere', `${cwd}/roles/a/files/dangling`);
    chmodSync(`${cwd}/roles/a/files/run`, 0o4755);
    const result = await loadFrom(cwd, []);
    expect(result.ok ? [] : lines(result.error)).toEqual([
      `roles/a/files/out:1:1 unsafe-role: a symbolic link out of the role, to ${cwd}/secret`,
      'roles/a/files/run:1:1 unsafe-role: a file with the setuid or setgid bit in a role',
    ]);
  });

  it('never shows what a refused link leads to', async () => {
    for (const link of ['tasks/main.yml', 'vars/main.yml', 'meta/main.yml', 'defaults', 'handlers/main.yml']) {
      const cwd = write({ ...site('[a]'), ...echo('a'), 'out/main.yml': 'crown: [hidden\n', 'roles/a/vars/.keep': '' });
      mkdirSync(dirname(`${cwd}/roles/a/${link}`), { recursive: true });
      rmSync(`${cwd}/roles/a/${link}`, { force: true, recursive: true });
      symlinkSync(link.endsWith('.yml') ? `${cwd}/out/main.yml` : `${cwd}/out`, `${cwd}/roles/a/${link}`);
      const result = await loadFrom(cwd, []);
      expect([link, lines(result.ok ? [] : result.error)]).toEqual([
        link,
        [expect.stringContaining('a symbolic link out of the role')],
      ]);
      expect([link, JSON.stringify(result)]).toEqual([link, expect.not.stringContaining('hidden')]);
    }
  });

  it('the role itself may be a link', async () => {
    const cwd = write({ ...site('[a]'), 'real/tasks/main.yml': '- ping:', 'roles/.keep': '' });
    symlinkSync('../real', `${cwd}/roles/a`);
    expect((await loadFrom(cwd, [])).ok).toBe(true);
    expect((await load({ ...site('[]') })).ok).toBe(true);
  });
});
