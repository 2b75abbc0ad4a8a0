import { describe, expect, it } from 'vitest';
import type { Task } from '../../src/core/play.js';
import type { Result } from '../../src/core/result.js';
import { good, lines, playOf, said, tasksOf } from './scene.js';

const value = <T>(result: Result<T>): T => (result.ok ? result.value : expect.fail(lines(result.error).join('\n')));
const standing = (task: Task, project: { plays: readonly { directory: string }[] }) => ({
  ...(task.role ? { role: task.role.path } : {}),
  here: task.here,
  playbook: project.plays[0]!.directory,
});

describe('include_tasks at run time', () => {
  it('gives children what is around the include, its vars as params, and apply', async () => {
    const project = await good({
      'site.yml': `
- hosts: localhost
  tasks:
    - block:
        - include_tasks:
            file: a.yml
            apply: { become: true, tags: [applied], when: ansible_z }
          vars: { v: 1 }
          tags: own
          when: ansible_y
      when: ansible_x
      tags: around
      vars: { b: 1 }
`,
      'a.yml': '- command: echo {{ v }}\n- include_tasks: b.yml\n',
    });
    const [include] = tasksOf(project);
    expect(said(include!.args)).toEqual({ file: 'a.yml' });
    const { steps } = value(await project.loader.includeTasks(include!, 'a.yml', standing(include!, project)));
    const [task] = steps as readonly Task[];
    expect(said(task!.keywords.when)).toEqual(['‹ansible_x›', '‹ansible_z›']);
    expect(task!.keywords).toMatchObject({
      tags: ['around', 'applied'],
      vars: [{ b: 1 }],
      params: [{ v: 1 }],
      become: [true],
    });
    expect(task!.id).toBe('a.yml:1 < site.yml:5');
    const again = value(
      await project.loader.includeTasks(
        { ...include!, id: `${include!.id}[2]` as never },
        'a.yml',
        standing(include!, project),
      ),
    );
    expect((again.steps[0] as Task).keywords.become).toEqual([true]);
  });

  it('answers the mistakes of the file', async () => {
    const project = await good(
      playOf('- include_tasks: "{{ ansible_x }}.yml"', {
        'a.yml': '- cpoy:\n- copy: { dest: /x, mode: 644, content: a }\n',
      }),
    );
    const [include] = tasksOf(project);
    const result = await project.loader.includeTasks(include!, 'a.yml', standing(include!, project));
    expect(result.ok ? [] : lines(result.error)).toEqual([
      'a.yml:1:3 unknown-module: there is no module `cpoy` — did you mean `copy`?',
      expect.stringContaining('a.yml:2:27 bad-mode'),
    ]);
    const missing = await project.loader.includeTasks(include!, 'nix.yml', standing(include!, project));
    expect(missing.ok ? [] : lines(missing.error)).toEqual([expect.stringContaining('site.yml:4:7 missing-file')]);
  });
});

describe('include_role at run time', () => {
  const files = {
    'roles/a/tasks/main.yml': '- command: echo a\n',
    'roles/a/tasks/other.yml': '- command: echo other\n',
    'roles/a/defaults/main.yml': 'd: 1',
    'roles/a/handlers/main.yml': '- { name: h, ping: }',
    'roles/a/meta/main.yml': 'dependencies: [b]',
    'roles/b/tasks/main.yml': '- command: echo b\n',
  };
  it.each([
    [{ name: 'a' }, ['echo b', 'echo a'], true],
    [{ name: 'a', public: true }, ['echo b', 'echo a'], false],
    [{ name: 'a', tasks_from: 'other.yml', public: 'no' }, ['echo b', 'echo other'], true],
  ])('%j', async (args, commands, isPrivate) => {
    const project = await good(playOf('- include_role: { name: "{{ ansible_r }}" }\n  vars: { v: 1 }', files));
    const [include] = tasksOf(project);
    const { steps, handlers, roles } = value(
      await project.loader.includeRole(include!, args, standing(include!, project)),
    );
    expect((steps as readonly Task[]).map(task => (task.args as { cmd: string }).cmd)).toEqual(commands);
    expect((steps[1] as Task).keywords.params).toEqual([{ v: 1 }]);
    expect(handlers.map(({ task }) => task.name)).toEqual(['h']);
    expect(roles.map(role => [role.name, role.isPrivate])).toEqual([
      ['b', isPrivate],
      ['a', isPrivate],
    ]);
  });
});

describe('the rest', () => {
  it('vars files, patterns, folders, and the texts for carets', async () => {
    const project = await good(
      playOf('- ping:', {
        hosts: '[web]\na\nb\n',
        'vars/d/2.yml': 'x: 1',
        'vars/d/1.json': '{}',
        'vars/d/note': '',
        'v.yml': 'x: "{{ y }}"',
        'w.yml': '- 1',
      }),
    );
    const here = standing(tasksOf(project)[0]!, project);
    const { loader, inventory } = project;
    expect(said(value(await loader.varsFile(`${here.here}/v.yml`)))).toEqual({ x: '‹{{ y }}›' });
    const wrong = await loader.varsFile(`${here.here}/w.yml`);
    expect(wrong.ok ? [] : lines(wrong.error)).toEqual([
      'w.yml:1:1 bad-value: this file must hold a dictionary, not a list',
    ]);
    expect(value(loader.match('web:!a', inventory))).toEqual(['b']);
    expect(loader.directory('d', 'vars', here)).toEqual([`${here.here}/vars/d/1.json`, `${here.here}/vars/d/2.yml`]);
    expect(loader.directory('nix', 'vars', here)).toBeUndefined();
    expect(project.sources('site.yml')).toContain('- ping:');
    expect(project.sources('v.yml')).toContain('{{ y }}');
  });
});
