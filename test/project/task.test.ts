import { describe, expect, it } from 'vitest';
import type { Block, Task } from '../../src/core/play.js';
import type { Source } from '../../src/core/value.js';
import { KeyedTemplate } from '../../src/project/keyed-template.js';
import { render } from '../../src/template/render.js';
import { bad, good, playOf, said, tasksOf } from './scene.js';

const one = async (task: string): Promise<Task> => tasksOf(await good(playOf(task)))[0]!;
const argsOf = async (task: string) => said((await one(task)).args);

describe('arguments (language page, 4.24)', () => {
  it.each([
    ['- copy: { content: a, dest: /b }', { content: 'a', dest: '/b' }],
    ['- copy: content="a b" dest=/b', { content: 'a b', dest: '/b' }],
    [
      '- ansible.builtin.copy:\n    content: "{{ ansible_x }}"\n    dest: /b',
      { content: '‹{{ ansible_x }}›', dest: '/b' },
    ],
    ['- command: echo hi chdir=/tmp there', { cmd: 'echo hi there', chdir: '/tmp' }],
    ['- command: echo a=b creates="/x y"', { cmd: 'echo a=b', creates: '/x y' }],
    [
      '- shell: |\n    for i in 1  2; do\n      echo $i\n    done\n  args: { chdir: /tmp, executable: /bin/sh }',
      { cmd: 'for i in 1  2; do\n  echo $i\ndone', chdir: '/tmp', executable: '/bin/sh' },
    ],
    ['- shell: echo "{{ ansible_a }} chdir=/x" | cat', { cmd: '‹echo "{{ ansible_a }} chdir=/x" | cat›' }],
    [
      '- command: { cmd: ls, chdir: /a }\n  args: { chdir: /b, creates: /c }',
      { cmd: 'ls', chdir: '/a', creates: '/c' },
    ],
    ['- command:\n  args: { cmd: ls }', { cmd: 'ls' }],
    ['- command: { argv: [ls, -l] }', { argv: ['ls', '-l'] }],
    [String.raw`- copy: content="a\nb\n" dest=/b`, { content: 'a\nb\n', dest: '/b' }],
    [String.raw`- copy: content="{{ ansible_x }}\n" dest=/b`, { content: '‹{{ ansible_x }}\n›', dest: '/b' }],
    [String.raw`- command: printf "a\nb" chdir="/x\ty"`, { cmd: String.raw`printf "a\nb"`, chdir: '/x\ty' }],
    ["- shell: echo it's fine", { cmd: "echo it's fine" }],
    ['- action: copy content=a dest=/b', { content: 'a', dest: '/b' }],
    ['- action: { module: copy, content: a, dest: /b }', { content: 'a', dest: '/b' }],
    ['- action:\n    module: command echo\n    cmd: x', undefined],
    ['- file: path=/x state=touch mode=644', { path: '/x', state: 'touch', mode: '644' }],
    ['- file: { path: /x, mode: 0644 }', { path: '/x', mode: 420 }],
    ['- set_fact: a=1 b=yes c="{{ ansible_d }}" d="x y"', { a: '1', b: true, c: '‹{{ ansible_d }}›', d: 'x y' }],
    ['- set_fact: { a: 1, b: "yes", c: yes }', { a: 1, b: 'yes', c: true }],
    ['- debug: var=ansible_x.y', { var: '‹ansible_x.y›' }],
    ['- debug: { var: "{{ ansible_x }}" }', { var: '‹{{ ansible_x }}›' }],
    ['- debug: msg="a {{ ansible_x | default("b c") }}"', { msg: '‹a {{ ansible_x | default("b c") }}›' }],
    ['- assert: { that: ansible_x == 1 }', { that: '‹ansible_x == 1›' }],
    ['- assert: { that: [ansible_x == 1, "ansible_y", true] }', { that: ['‹ansible_x == 1›', '‹ansible_y›', true] }],
    ['- include_vars: a.yml\n  when: false', { file: 'a.yml' }],
    ['- meta: flush_handlers', { _raw_params: 'flush_handlers' }],
    ['- copy: "{{ ansible_args }}"', '‹{{ ansible_args }}›'],
    ['- copy:\n  args: "{{ ansible_args }}"', '‹{{ ansible_args }}›'],
    ['- debug: { msg: !unsafe "{{ x }}" }', { msg: '{{ x }}' }],
    ['- ping:', {}],
    ['- ansible.posix.sysctl: { name: a, value: 1 }', { name: 'a', value: 1 }],
    ['- community.general.service: { name: a }', { name: 'a' }],
  ])('%s', async (task, args) => {
    if (args === undefined) return expect(await bad(playOf(task))).toHaveLength(1);
    expect(await argsOf(task)).toEqual(args);
  });

  it('points into free text behind what was cut out of it', async () => {
    const task = await one('- command: echo chdir=/tmp {{ ansible_x }}');
    const { cmd } = task.args as Record<string, { reads: readonly { place: unknown }[] }>;
    expect(cmd!.reads[0]!.place).toMatchObject({ line: 4, column: 35 });
    expect(task.argPlaces.get('chdir')).toMatchObject({ line: 4, column: 21, length: 5 });
  });

  it('takes templates for names in set_fact', async () => {
    for (const task of [
      '- set_fact: { "{{ ansible_a }}": "{{ ansible_b }}" }',
      '- set_fact: "{{ ansible_a }}={{ ansible_b }}"',
    ]) {
      const { args } = await one(task);
      expect(args).toBeInstanceOf(KeyedTemplate);
      const scope = { get: (name: string) => `value of ${name}`, names: () => [] };
      expect((args as KeyedTemplate).render(scope)).toEqual({ 'value of ansible_a': 'value of ansible_b' });
    }
  });
});

describe('a task', () => {
  it('has what is written on it', async () => {
    const task = await one(`- name: "n {{ ansible_x }}"
  command: ls
  register: out
  until: out.rc == 0
  retries: 3
  delay: "{{ ansible_d }}"
  changed_when: false
  failed_when: [out.rc > 1, "{{ ansible_f }}"]
  async: 10
  poll: 0
  with_community.general.items: [1]
  loop_control: { loop_var: i, index_var: n, label: "{{ i }}", pause: 2, extended: true }
  tags: a, b
  delegate_to: "{{ ansible_h }}"
  no_log: yes
  check_mode: no
  environment: { A: 1 }
  vars: { v: 1 }
  when: x is defined`);
    expect({ ...task, keywords: undefined, outer: undefined, argPlaces: undefined, here: undefined }).toMatchObject({
      kind: 'task',
      id: 'site.yml:4',
      module: 'command',
      register: 'out',
      retries: 3,
      async: 10,
      poll: 0,
      loop: { kind: 'items', over: [1], variable: 'i', indexVariable: 'n', pause: 2, extended: true },
    });
    expect(said(task.name)).toBe('‹n {{ ansible_x }}›');
    expect(said(task.until)).toEqual(['‹out.rc == 0›']);
    expect(said(task.changedWhen)).toEqual(['‹false›']);
    expect(said(task.failedWhen)).toEqual(['‹out.rc > 1›', '‹{{ ansible_f }}›']);
    expect(said(task.keywords.when)).toEqual(['‹x is defined›']);
    expect(task.keywords.tags).toEqual(['a', 'b']);
    expect(task.keywords).toMatchObject({
      noLog: [true],
      checkMode: [false],
      environment: [{ A: 1 }],
      vars: [{ v: 1 }],
    });
  });

  it('local_action goes to localhost', async () => {
    const task = await one('- local_action: command ls /x');
    expect(task.module).toBe('command');
    expect(said(task.args)).toEqual({ cmd: 'ls /x' });
    expect(task.keywords.delegateTo).toEqual(['localhost']);
  });

  it.each([
    ['when: true', ['‹true›']],
    ['when: no', ['‹false›']],
    ['when: ""', []],
    ['when:', []],
    ['when: "{{ ansible_x }}"', ['‹{{ ansible_x }}›']],
    ['when: "{{ ansible_x }} == 2"', ['‹{{ ansible_x }} == 2›']],
    ['when: [ansible_a, "ansible_b == 1"]', ['‹ansible_a›', '‹ansible_b == 1›']],
  ])('%s', async (condition, meant) =>
    expect(said((await one(`- ping:\n  ${condition}`)).keywords.when)).toEqual(meant),
  );
});

describe('conditions with tags', () => {
  it.each(['when', 'until', 'changed_when', 'failed_when'])('%s is rendered first, with a warning', async keyword => {
    const project = await good(playOf(`- ping:\n  ${keyword}: "{{ 1 }} == 2"`));
    const task = tasksOf(project)[0]!;
    const [condition] = { ...task, when: task.keywords.when }[
      ({ changed_when: 'changedWhen', failed_when: 'failedWhen' }[keyword] ?? keyword) as 'when'
    ]!;
    expect(condition?.render({ get: () => undefined, names: () => [] })).toBe(false);
    expect(project.warnings.map(({ code }) => code)).toEqual(['template-in-condition']);
  });

  it.each(['{ that: "{{ 1 }} == 2" }', '{ that: ["{{ 1 }} == 2"] }', 'that="{{ 1 }} == 2"'])(
    'and so is that of assert: %s',
    async args => {
      const { that } = (await one(`- assert: ${args}`)).args as { that: Source };
      expect([render(that, { get: () => undefined, names: () => [] })].flat()).toEqual([false]);
    },
  );
});

describe('inheritance (language page, 4.15)', () => {
  it('accumulates when, tags, environment, vars and module_defaults; of all else the nearest wins', async () => {
    const project = await good({
      'site.yml': `
- hosts: localhost
  become: true
  become_user: p
  environment: { P: 1 }
  tags: [p]
  vars: { of_play: 1 }
  module_defaults: { copy: { owner: p } }
  tasks:
    - block:
        - block:
            - ping:
              when: ansible_c
              tags: t
              become: false
              environment: "{{ ansible_env }}"
              vars: { x: 3 }
          tags: i
          vars: { x: 2 }
      rescue:
        - ping:
      when: [ansible_a, ansible_b]
      tags: o
      vars: { x: 1 }
      become_user: o
`,
    });
    const [inner, rescue] = tasksOf(project);
    expect(said(inner!.keywords.when)).toEqual(['‹ansible_a›', '‹ansible_b›', '‹ansible_c›']);
    expect(inner!.keywords.tags).toEqual(['p', 'o', 'i', 't']);
    expect(inner!.keywords.vars).toEqual([{ x: 1 }, { x: 2 }, { x: 3 }]);
    expect(said(inner!.keywords.environment)).toEqual([{ P: 1 }, '‹{{ ansible_env }}›']);
    expect(inner!.keywords).toMatchObject({
      become: [false, true],
      becomeUser: ['o', 'p'],
      moduleDefaults: [{ copy: { owner: 'p' } }],
    });
    expect(inner!.outer.tags).toEqual(['p', 'o', 'i']);
    expect(inner!.outer.become).toEqual([true]);
    expect(rescue!.keywords.tags).toEqual(['p', 'o']);
    expect(project.plays[0]!.keywords.vars).toEqual([]);
    expect(project.plays[0]!.vars).toEqual({ of_play: 1 });
  });

  it('lends notify of a block', async () => {
    const files = playOf('- block:\n    - ping:\n    - ping:\n      notify: b\n  notify: a');
    const loaded = await good({
      'site.yml': `${files['site.yml']}\n  handlers:\n    - { name: a, ping: }\n    - { name: b, ping: }\n`,
    });
    expect(tasksOf(loaded).map(task => task.notify)).toEqual([['a'], ['b']]);
  });

  it('keeps blocks', async () => {
    const project = await good(
      playOf('- name: b\n  block:\n    - ping:\n  rescue:\n    - ping:\n  always:\n    - ping:\n    - ping:'),
    );
    const [block] = project.plays[0]!.sections[1]!.steps as [Block];
    expect([block.name, block.body.length, block.rescue.length, block.always.length]).toEqual(['b', 1, 1, 2]);
  });
});

describe('mistakes in tasks', () => {
  it.each([
    [
      '- copy:\n    desst: /a\n    content: x',
      ['site.yml:5:9 unknown-parameter: module `copy` has no parameter `desst` — did you mean `dest`? copy needs dest'],
    ],
    [
      '- copy: content=x desst=/a',
      [
        'site.yml:4:23 unknown-parameter: module `copy` has no parameter `desst` — did you mean `dest`? copy needs dest',
      ],
    ],
    ['- copy: { content: x }', ['site.yml:4:7 missing-parameter: `copy` needs `dest` — copy needs dest']],
    ['- copy: { dest: /x }', ['site.yml:4:7 bad-parameters: `copy`: give one of src and content']],
    [
      '- copy: { content: x, dest: /a, mode: 644 }',
      ['site.yml:4:43 bad-mode: `mode: 644` is a decimal number, not permission bits — write `mode: "0644"`'],
    ],
    [
      '- file: { path: /a, mode: 1777 }',
      ['site.yml:4:31 bad-mode: `mode: 1777` is a decimal number, not permission bits — write `mode: "1777"`'],
    ],
    [
      '- file: { path: /a, state: diretory }',
      [
        'site.yml:4:32 bad-value: `state` of `file` cannot be `diretory` — did you mean `directory`? one of file, directory, link, absent, touch',
      ],
    ],
    ['- user: { name: a, uid: x }', ['site.yml:4:29 bad-value: `uid` of `user`: expected number, received string']],
    [
      '- ethtool: { device: a, ring: { rxx: 1 } }',
      ['site.yml:4:37 unknown-parameter: `ring` of `ethtool` knows no `rxx`'],
    ],
    ['- cpoy: { dest: /a }', ['site.yml:4:7 unknown-module: there is no module `cpoy` — did you mean `copy`?']],
    ['- yum: name=x', ['site.yml:4:7 unsupported-module: module `yum` is not supported here']],
    [
      '- community.docker.docker_container: name=x',
      ['site.yml:4:7 unsupported-module: module `community.docker.docker_container` is not supported here'],
    ],
    ['- name: x', ['site.yml:4:7 no-module: this task calls no module']],
    ['- ping:\n  whne: x', ['site.yml:5:7 unknown-keyword: `whne` is no keyword of a task — did you mean `when`?']],
    [
      '- copy:\n    content: x\n  dest: /a',
      ['site.yml:6:7 misplaced-parameter: `dest` is a parameter of `copy`, not of the task — indent it below `copy:`'],
    ],
    [
      '- ping:\n  command: ls',
      [
        'site.yml:5:7 two-modules: a task calls one module; here are `ping` and `command` — begin another task with `- `',
      ],
    ],
    ['- ping:\n  loop: x', ['site.yml:5:13 bad-value: `loop` needs a list, not text']],
    [
      '- ping:\n  loop: []\n  with_items: []',
      ['site.yml:6:7 two-loops: a task has one loop; here are `loop` and `with_items`'],
    ],
    [
      '- ping:\n  with_itmes: []',
      ['site.yml:5:7 unsupported-loop: `with_itmes` is not supported here — did you mean `with_items`?'],
    ],
    [
      '- ping:\n  loop: []\n  loop_control: { lop_var: x }',
      ['site.yml:6:23 unknown-keyword: `loop_control` has no `lop_var` — did you mean `loop_var`?'],
    ],
    ['- ping:\n  become: maybe', ['site.yml:5:15 bad-value: `become` is yes or no']],
    [
      '- ping:\n  become_method: doas',
      ['site.yml:5:22 bad-value: `become_method` cannot be doas here — supported are sudo and su'],
    ],
    [
      '- ping:\n  connection: docker',
      ['site.yml:5:19 bad-value: `connection` cannot be docker here — supported are ssh and local'],
    ],
    ['- ping:\n  retries: many', ['site.yml:5:16 bad-value: `retries` is a number']],
    [
      '- ping:\n  register: a-b',
      ['site.yml:5:17 bad-name: `a-b` cannot name a variable — letters, digits and _ , not beginning with a digit'],
    ],
    [
      '- ping:\n  vars: { a-b: 1 }',
      ['site.yml:5:15 bad-name: `a-b` cannot name a variable — letters, digits and _ , not beginning with a digit'],
    ],
    [
      '- ping:\n  debugger: always',
      ['site.yml:5:7 unsupported-keyword: `debugger` is not supported here — there is no debugger here'],
    ],
    ['- ping:\n  sudo: yes', ['site.yml:5:7 unsupported-keyword: `sudo` is not supported here — write `become: true`']],
    [
      '- meta: flush_handler',
      [
        'site.yml:4:13 bad-value: `meta` cannot flush_handler — did you mean `flush_handlers`? it can noop, flush_handlers, refresh_inventory, clear_facts, clear_host_errors, end_host, end_batch, end_play, end_role, reset_connection',
      ],
    ],
    [
      '- debug: { mgs: x }',
      [
        'site.yml:4:16 unknown-parameter: `debug` has no parameter `mgs` — did you mean `msg`? it has msg, var, verbosity',
      ],
    ],
    ['- assert: { msg: x }', ['site.yml:4:7 missing-parameter: `assert` needs `that`']],
    [
      '- copy: /x',
      [
        'site.yml:4:13 bad-value: `copy` takes parameters, and this is text without `=` — write them as a dictionary below it',
      ],
    ],
    ['- copy: dest="x', ['site.yml:4:18 bad-value: a quote or brace is not closed']],
    [
      '- include_tasks: a.yml\n  become: yes\n  when: ansible_x',
      [
        'site.yml:5:7 keyword-on-include: `become` cannot stand on include_tasks — write `apply: { become: … }` among its parameters',
      ],
    ],
    [
      '- include_tasks: a.yml\n  notify: x\n  when: ansible_x',
      ['site.yml:5:7 keyword-on-include: `notify` cannot stand on include_tasks'],
    ],
    [
      '- block:\n    - ping:\n  loop: [1]',
      [
        'site.yml:6:7 keyword-on-block: `loop` cannot stand on a block — put it on its tasks, or the tasks into a file of their own with include_tasks',
      ],
    ],
    ['- rescue:\n    - ping:', ['site.yml:4:7 bad-value: `rescue` without a `block`']],
    ['- just text', ['site.yml:4:7 bad-value: a task is a dictionary, not text']],
    ['- debug: { msg: "{{ x" }', [expect.stringMatching(/^site\.yml:4:\d+ /)]],
    ['- ping:\n  when: ansible_a ==', [expect.stringMatching(/^site\.yml:5:\d+ /)]],
  ])('%s', async (task, mistakes) => {
    expect(await bad(playOf(task))).toEqual(mistakes);
  });

  it('takes a module for another system under a condition, with a warning', async () => {
    const project = await good(playOf('- yum: name=x\n  when: ansible_os_family == "RedHat"'));
    expect(tasksOf(project)[0]!.module).toBe('yum');
    expect(project.warnings).toMatchObject([{ code: 'unsupported-module', place: { line: 4, column: 7 } }]);
  });

  it('takes a parameter of another system under a condition, with a warning, but no slip', async () => {
    const project = await good(playOf('- apt: { name: x, enablerepo: y }\n  when: ansible_os_family == "RedHat"'));
    expect(project.warnings).toMatchObject([{ code: 'unknown-parameter', place: { line: 4, column: 23 } }]);
    expect(await bad(playOf('- apt: { nmae: x }\n  when: ansible_os_family == "RedHat"'))).toHaveLength(1);
  });

  it('counts what module_defaults bring', async () => {
    await good({
      'site.yml':
        '- hosts: localhost\n  module_defaults: { copy: { dest: /x } }\n  tasks:\n    - copy: { content: a }\n',
    });
  });

  it('says nothing of what a template will decide', async () => {
    await good(
      playOf(
        '- file: { path: "{{ ansible_p }}", state: "{{ ansible_s }}", mode: "{{ ansible_m }}" }\n- user: { name: a, uid: "{{ ansible_u }}" }',
      ),
    );
  });
});
