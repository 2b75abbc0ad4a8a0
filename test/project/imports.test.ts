import { describe, expect, it } from 'vitest';
import { bad, good, playOf, said, tasksOf } from './scene.js';

const commands = (tasks: ReturnType<typeof tasksOf>) => tasks.map(task => said((task.args as { cmd?: never }).cmd));

describe('import_tasks', () => {
  it('becomes the tasks of the file, under its keywords; its vars are plain ones (language page, 4.4)', async () => {
    const project = await good(
      playOf('- import_tasks: sub/a.yml\n  vars: { v: 1 }\n  when: ansible_x\n  tags: t\n  become: true', {
        'sub/a.yml': '- command: echo a\n- import_tasks: b.yml\n',
        'sub/b.yml': '- command: echo b\n  when: ansible_y\n',
      }),
    );
    const tasks = tasksOf(project);
    expect(commands(tasks)).toEqual(['echo a', 'echo b']);
    expect(tasks[1]!.keywords).toMatchObject({ vars: [{ v: 1 }], params: [], tags: ['t'], become: [true] });
    expect(said(tasks[1]!.keywords.when)).toEqual(['‹ansible_x›', '‹ansible_y›']);
    expect(tasks[1]!.here).toMatch(/\/sub$/);
    expect(tasks[1]!.place.file).toBe('sub/b.yml');
  });

  it('may be named by variables that are known', async () => {
    const files = {
      'site.yml': '- hosts: localhost\n  vars: { n: a }\n  tasks:\n    - import_tasks: "{{ n }}-{{ m }}.yml"\n',
      'a-b.yml': '- ping:',
    };
    expect(tasksOf(await good(files, { extraVars: ['m=b'] }))).toHaveLength(1);
  });

  it('the old include is static without templates and loops', async () => {
    const project = await good(
      playOf('- include: a.yml\n- include: "{{ ansible_x }}.yml"\n- include: a.yml\n  loop: [1]', {
        'a.yml': '- ping:',
      }),
    );
    expect(tasksOf(project).map(task => task.module)).toEqual(['ping', 'include_tasks', 'include_tasks']);
  });

  it('the old include takes variables behind the name', async () => {
    const [task] = tasksOf(await good(playOf('- include: a.yml who=me', { 'a.yml': '- command: echo {{ who }}' })));
    expect(task!.keywords.vars).toEqual([{ who: 'me' }]);
  });

  it.each([
    [
      '- import_tasks: nix.yml',
      'site.yml:4:21 missing-file: there is no task file `nix.yml` — looked for nix.yml, tasks/nix.yml',
    ],
    ['- import_tasks: "{{ ansible_x }}.yml"', 'site.yml:4:21 not-static: an import is read before the run, and'],
    [
      '- import_tasks: a.yml\n  with_items: [1]',
      'site.yml:5:7 keyword-on-import: `with_items` cannot stand on import_tasks',
    ],
    ['- import_tasks: self.yml', 'self.yml:1:17 circle: a file imports itself: self.yml → self.yml'],
    [
      '- import_tasks: map.yml',
      'map.yml:1:1 bad-value: a task file must be a list of tasks, not a dictionary — begin each task with `- `',
    ],
    ['- import_tasks: broken.yml', 'broken.yml:2:9 unquoted-template'],
  ])('%s', async (task, mistake) => {
    const more = {
      'a.yml': '- ping:',
      'self.yml': '- import_tasks: self.yml',
      'map.yml': 'ping:',
      'broken.yml': '- debug:\n   msg: {{ x }}',
    };
    expect((await bad(playOf(task, more)))[0]).toContain(mistake);
  });
});

describe('import_playbook', () => {
  it('puts the plays in its place, with its vars, tags and when', async () => {
    const project = await good({
      'site.yml':
        '- import_playbook: sub/other.yml\n  vars: { v: 2 }\n  tags: t\n  when: ansible_x\n- hosts: localhost\n  tasks: [{ ping: }]\n',
      'sub/other.yml': '- hosts: localhost\n  vars: { v: 1, w: 1 }\n  tasks:\n    - command: echo {{ v }}\n',
    });
    expect(project.plays).toHaveLength(2);
    expect(project.plays[0]).toMatchObject({ vars: { v: 2, w: 1 }, keywords: { tags: ['t'] } });
    expect(project.plays[0]!.directory).toMatch(/\/sub$/);
    expect(said(tasksOf(project)[0]!.keywords.when)).toEqual(['‹ansible_x›']);
  });

  it.each([
    [
      '- import_playbook: othr.yml',
      'site.yml:1:20 missing-file: there is no playbook `othr.yml` — did you mean `other.yml`?',
    ],
    [
      '- include: other.yml',
      'site.yml:1:3 unknown-keyword: `include` is no keyword of a play — write `import_playbook`',
    ],
    ['- import_playbook: site.yml', 'site.yml:1:20 circle: a playbook imports itself: site.yml → site.yml'],
    [
      '- import_playbook: other.yml\n  loop: [1]',
      'site.yml:2:3 unknown-keyword: `loop` is no keyword of import_playbook',
    ],
  ])('%s', async (content, mistake) => {
    expect((await bad({ 'site.yml': content, 'other.yml': '- hosts: localhost' }))[0]).toBe(mistake);
  });
});
