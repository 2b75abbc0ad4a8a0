import { describe, expect, it } from 'vitest';
import { bad, good, said, tasksOf } from './scene.js';

describe('a play', () => {
  it('has what is written on it', async () => {
    const project = await good({
      'site.yml': `
- name: p {{ ansible_x }}
  hosts: [web, "db:&prod"]
  strategy: free
  serial: [1, "30%", "{{ ansible_n }}"]
  gather_facts: no
  max_fail_percentage: 20
  force_handlers: yes
  order: sorted
  any_errors_fatal: true
  vars: { a: 1 }
  vars_files: [one.yml, [two.yml, "one.yml"], "{{ ansible_f }}.yml"]
  vars_prompt:
    - name: q
    - { name: r, prompt: "R?", private: no, default: 1 }
  pre_tasks: [{ ping: }]
  tasks: [{ ping: }, { ping: }]
  post_tasks: [{ ping: }]
  handlers: [{ name: h, ping: }]
`.replace('name: p {{ ansible_x }}', 'name: "p {{ ansible_x }}"'),
      hosts: '[web]\na\n[db]\nb\n[prod]\nb\n',
      'one.yml': 'x: 1',
    });
    const [play] = project.plays;
    expect(play).toMatchObject({
      hosts: ['web', 'db:&prod'],
      strategy: 'free',
      gatherFacts: false,
      maxFailPercentage: 20,
      forceHandlers: true,
      order: 'sorted',
      vars: { a: 1 },
      keywords: { anyErrorsFatal: [true] },
      varsPrompt: [
        { name: 'q', prompt: 'q', isPrivate: true },
        { name: 'r', prompt: 'R?', isPrivate: false, default: 1 },
      ],
      place: { file: 'site.yml', line: 2, column: 3 },
    });
    expect(said(play!.serial)).toEqual([1, '30%', '‹{{ ansible_n }}›']);
    expect(said(play!.varsFiles)).toEqual(['one.yml', ['two.yml', 'one.yml'], '‹{{ ansible_f }}.yml›']);
    expect(play!.sections.map(({ name, steps }) => [name, steps.length])).toEqual([
      ['pre_tasks', 1],
      ['tasks', 2],
      ['post_tasks', 1],
    ]);
    expect(tasksOf(project)).toHaveLength(4);
  });

  it('takes the tasks of imported files for handlers, with what they listen to', async () => {
    const project = await good({
      'site.yml':
        '- hosts: localhost\n  handlers:\n    - import_tasks: h.yml\n    - block:\n        - { name: c, ping: , become: yes }\n',
      'h.yml': '- { name: a, ping: , listen: t }\n- { name: b, ping: }\n',
    });
    expect(project.plays[0]!.handlers.map(({ task, listen }) => [task.name, listen])).toEqual([
      ['a', ['t']],
      ['b', []],
      ['c', []],
    ]);
  });

  it.each([
    ['- tasks: []', 'site.yml:1:3 missing-hosts: a play needs `hosts`'],
    [
      '- hosts: localhost\n  task: []',
      'site.yml:2:3 unknown-keyword: `task` is no keyword of a play — did you mean `tasks`?',
    ],
    ['- hosts: localhost\n  user: x', 'site.yml:2:3 unknown-keyword: `user` of a play is called `remote_user`'],
    [
      '- hosts: localhost\n  when: x',
      'site.yml:2:3 unknown-keyword: `when` cannot stand on a play — put it into a task below `tasks:`',
    ],
    [
      '- hosts: localhost\n  strategy: debug',
      'site.yml:2:13 unsupported-keyword: the strategy `debug` is not supported here — supported are linear, free, host_pinned',
    ],
    [
      '- hosts: localhost\n  serial: many',
      'site.yml:2:11 bad-value: `serial` is a number of hosts, or per cent of them',
    ],
    ['- hosts: localhost\n  order: random', 'site.yml:2:10 bad-value: `order` cannot be `random`'],
    ['- hosts: localhost\n  vars_files: [nix.yml]', 'site.yml:2:16 missing-file: there is no vars file `nix.yml`'],
    [
      '- hosts: localhost\n  vars_prompt: [{ name: x, encrypt: sha512 }]',
      'site.yml:2:28 unsupported-keyword: `vars_prompt` has no `encrypt` here',
    ],
    ['- hosts: localhost\n  vars: [a]', 'site.yml:2:10 bad-value: `vars` is a dictionary of variables, not text'],
    [
      '- hosts: localhost\n  tasks: { ping: }',
      'site.yml:2:10 bad-value: `tasks` must be a list of tasks, not a dictionary — begin each task with `- `',
    ],
    ['- hosts: localhost\n  become_exe: x', 'site.yml:2:3 unsupported-keyword: `become_exe` is not supported here'],
    [
      '- ping:',
      'site.yml:1:3 missing-hosts: this is a task where a play should be — put it below `tasks:` of a play with `hosts:`',
    ],
    ['hosts: x', 'site.yml:1:1 bad-value: a playbook is a list of plays, not a dictionary — begin each play with `- `'],
    ['- text', 'site.yml:1:3 bad-value: a play is a dictionary, not text'],
    ['- hosts: { a: 1 }', 'site.yml:1:10 bad-value: `hosts` is a pattern or a list of them, not a dictionary'],
  ])('%j', async (content, mistake) => {
    expect((await bad({ 'site.yml': content }))[0]).toContain(mistake);
  });
});
