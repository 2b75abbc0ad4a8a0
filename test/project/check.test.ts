import { describe, expect, it } from 'vitest';
import { bad, good, lines, playOf } from './scene.js';

describe('all mistakes of a project at once, before any host is touched', () => {
  const files = {
    'site.yml': `- name: first
  hosts: wbe
  become: maybe
  roles:
    - sensor
    - nix
  vars_files: [secrets.yml]
  tasks:
    - name: typo in a module
      tempalte: { src: a.j2, dest: /a }
    - name: typo in a parameter
      copy:
        desst: /a
        content: x
    - name: parameter at the level of the task
      copy:
        content: x
      dest: /a
    - name: typo in a keyword
      ping:
      wehn: true
    - name: decimal mode
      file: { path: /a, mode: 644 }
    - name: bad value
      service: { name: a, state: startd }
    - name: no such handler
      ping:
      notify: restart wbe
    - name: no such variable
      command: echo {{ sensor_interfce }}
    - name: no such template
      template: { src: sensr.cfg.j2, dest: /a }
    - name: no such file
      copy: { src: nix.txt, dest: /a }
    - name: broken expression
      ping:
      when: sensor_interface ==
    - import_tasks: mor.yml
    - include_tasks: more.yml
      become: true
  handlers:
    - name: restart web
      ping:
`,
    'more.yml': `- name: not a module anywhere
  frobnicate:
- name: found here
  with_itemz: [1]
  ping:
- name: missing
  user: { uid: 1 }
- debug: { mgs: hi }
`,
    'roles/sensor/tasks/main.yml': '- template: { src: sensor.cfg.j2, dest: /a }\n- meta: flush_handlrs\n',
    'roles/sensor/templates/sensor.cfg.j2': 'a\n{{ broken\n',
    'roles/sensor/defaults/main.yml': 'sensor_interface: eth1\nsensor_interface: eth2\n',
    hosts: '[web]\nw1\n',
    'group_vars/all.yml': 'a: {{ b }}\n',
    'host_vars/w1.yml': 'a: !vault x\n',
  };

  it('each at its place, with what would help', async () => {
    expect(await bad(files, { tags: ['deplyo', 'all'] })).toEqual([
      'site.yml:2:10 unknown-host: there is no host or group `wbe` in the inventory — did you mean `web`?',
      'site.yml:3:11 bad-value: `become` is yes or no',
      expect.stringContaining('site.yml:6:7 unknown-role: there is no role `nix`'),
      'site.yml:7:16 missing-file: there is no vars file `secrets.yml`',
      'site.yml:10:7 unknown-module: there is no module `tempalte` — did you mean `template`?',
      'site.yml:13:9 unknown-parameter: module `copy` has no parameter `desst` — did you mean `dest`? copy needs dest',
      'site.yml:18:7 misplaced-parameter: `dest` is a parameter of `copy`, not of the task — indent it below `copy:`',
      'site.yml:21:7 unknown-keyword: `wehn` is no keyword of a task — did you mean `when`?',
      'site.yml:23:31 bad-mode: `mode: 644` is a decimal number, not permission bits — write `mode: "0644"`',
      expect.stringContaining(
        'site.yml:25:34 bad-value: `state` of `service` cannot be `startd` — did you mean `started`?',
      ),
      'site.yml:28:15 unknown-handler: no handler is called `restart wbe` or listens to it — did you mean `restart web`?',
      'site.yml:30:24 undefined-variable: `sensor_interfce` is defined nowhere — did you mean `sensor_interface`?',
      expect.stringContaining('site.yml:32:24 missing-file: there is no file `sensr.cfg.j2` in templates/'),
      expect.stringContaining('site.yml:34:20 missing-file: there is no file `nix.txt` in files/'),
      expect.stringMatching(/^site\.yml:37:\d+ /),
      expect.stringContaining('site.yml:38:21 missing-file: there is no task file `mor.yml`'),
      'site.yml:40:7 keyword-on-include: `become` cannot stand on include_tasks — write `apply: { become: … }` among its parameters',
      'roles/sensor/defaults/main.yml:2:1 duplicate-key: `sensor_interface` stands twice in one dictionary — the first is at roles/sensor/defaults/main.yml:1:1',
      'roles/sensor/tasks/main.yml:2:9 bad-value: `meta` cannot flush_handlrs — did you mean `flush_handlers`? it can noop, flush_handlers, refresh_inventory, clear_facts, clear_host_errors, end_host, end_batch, end_play, end_role, reset_connection',
      'group_vars/all.yml:1:4 unquoted-template: a value that begins with `{{` is taken for a dictionary — quote this template',
      expect.stringContaining('host_vars/w1.yml:1:11 vault'),
      'more.yml:2:3 unknown-module: there is no module `frobnicate`',
      'more.yml:4:3 unsupported-loop: `with_itemz` is not supported here — did you mean `with_items`?',
      'more.yml:7:3 missing-parameter: `user` needs `name` — user needs name',
      'more.yml:8:12 unknown-parameter: `debug` has no parameter `mgs` — did you mean `msg`? it has msg, var, verbosity',
      expect.stringMatching(/^roles\/sensor\/templates\/sensor\.cfg\.j2:2:\d+ template-syntax/),
    ]);
  });
});

describe('variables', () => {
  it.each([
    ['a fact', '- command: echo {{ ansible_os_family }} {{ ansible_eth0.mtu }}', {}],
    [
      'magic',
      '- command: echo {{ inventory_hostname }} {{ groups.all }} {{ hostvars }} {{ role_path }} {{ omit }}',
      {},
    ],
    ['registered', '- command: ls\n  register: out\n- command: echo {{ out.stdout }}', {}],
    ['set_fact', '- set_fact: { a: 1 }\n- command: echo {{ a }}', {}],
    ['a loop', '- command: echo {{ it }} {{ n }}\n  loop: [1]\n  loop_control: { loop_var: it, index_var: n }', {}],
    ['vars of the task', '- command: echo {{ a }}\n  vars: { a: 1 }', {}],
    ['a vars file', '- include_vars: v.yml\n- command: echo {{ a }}', { 'v.yml': 'a: 1' }],
    [
      'vars files that a template may name',
      '- include_vars: "{{ ansible_os_family }}.yml"\n- command: echo {{ a }}',
      { 'vars/Debian.yml': 'a: 1' },
    ],
    ['a folder of them', '- include_vars: { dir: d }\n- command: echo {{ a }}', { 'vars/d/x.yml': 'a: 1' }],
    ['an included file', '- include_tasks: b.yml\n- command: echo {{ a }}', { 'b.yml': '- set_fact: a=1' }],
    [
      'an included file that a template may name',
      '- include_tasks: "{{ ansible_x }}.yml"\n- command: echo {{ a }}',
      { 'b.yml': '- set_fact: a=1' },
    ],
    ['a guard', '- command: echo {{ a | default(1) }}', {}],
    ['a guard elsewhere', '- command: echo {{ a }}\n  when: a is defined', {}],
    ['group_vars', '- command: echo {{ a }}', { hosts: 'h', 'group_vars/all.yml': 'a: 1' }],
    ['names made by templates', '- set_fact: { "{{ ansible_x }}": 1 }\n- command: echo {{ a }}', {}],
    ['set inside the template', '- debug: { msg: "{% set a = 1 %}{{ a }}{% for b in [1] %}{{ b }}{% endfor %}" }', {}],
    [
      'as a key under default',
      `- set_fact: { keyed: {} }\n- debug: { msg: "{{ keyed[no_such_name] | default(1) }}" }`,
      {},
    ],
    ['as a key under a test', '- debug: { msg: "{{ ansible_x[no_such_name].a is defined }}" }', {}],
    ['passed over', '- ping:\n  with_first_found: ["{{ no_such_name }}.yml", "hosts"]', {}],
    ['as a second choice', '- debug: { msg: "{{ ansible_x or no_such_name }}" }', {}],
    ['of two that stand in', `- debug: { msg: "{{ ansible_x | default(no_such_name) | default('x') }}" }`, {}],
    ['asked of what kind it is', '- debug: { msg: "{{ no_such_name is string }}" }', {}],
    ['add_host', '- add_host: { name: x, a: 1 }\n- command: echo {{ a }}', {}],
  ])('%s is fine', async (_what, tasks, more) => {
    expect((await good(playOf(tasks, more))).warnings).toEqual([]);
  });

  it.each([
    ['under a condition', '- command: echo {{ sensor_nmae }}\n  when: ansible_x'],
    ['with errors ignored', '- command: echo {{ sensor_nmae }}\n  ignore_errors: true'],
    ['in a block with rescue', '- block:\n    - command: echo {{ sensor_nmae }}\n  rescue:\n    - ping:'],
    ['in a branch', '- command: echo {{ sensor_nmae if ansible_x else 1 }}'],
    ['in a loop that may be empty', '- command: echo {{ sensor_nmae }}\n  loop: "{{ ansible_l | default([]) }}"'],
    ['in a loop over a fact', '- command: echo {{ sensor_nmae }}\n  loop: "{{ ansible_l }}"'],
    ['in the condition of a loop that may be empty', '- ping:\n  loop: "{{ ansible_l }}"\n  when: sensor_nmae'],
    ['with a tag that is not chosen', '- command: echo {{ sensor_nmae }}\n  tags: never'],
    ['as what stands in for another', '- command: echo {{ ansible_x | default(sensor_nmae) }}'],
    ['in a list that is counted', '- command: echo {{ [sensor_nmae] | length }}'],
  ])('%s an undefined one is only warned of, if it looks like a slip', async (_what, tasks) => {
    const defined = '\n- set_fact: { sensor_name: 1 }\n';
    expect((await good(playOf(tasks + defined))).warnings).toMatchObject([{ code: 'undefined-variable' }]);
    expect((await good(playOf(tasks))).warnings).toEqual([]);
  });

  it.each([
    ['the tasks_from of a role', 'include_role: { name: r, tasks_from: "{{ f }}.yml" }'],
    ['the name of a role', 'include_role: { name: "{{ f }}" }'],
    ['a file in a folder that is', 'include_tasks: "{{ f }}/setter.yml"'],
  ])('knows of no name that it is undefined behind an include of which a template names %s', async (_what, include) => {
    const files = {
      'roles/r/tasks/main.yml': '- ping:\n',
      'roles/r/tasks/setter.yml': '- set_fact: { set_there: 1 }\n',
      'there/setter.yml': '- set_fact: { set_there: 1 }\n',
    };
    const tasks = `- ${include}\n  vars: { f: setter }\n- command: echo {{ set_there }}`;
    expect((await good(playOf(tasks, files))).warnings).toEqual([]);
  });

  it('follows what a variable is made of', async () => {
    expect(
      await bad(
        playOf('- command: echo {{ a }}', { hosts: 'h', 'group_vars/all.yml': 'a: "x {{ b }}"\nunused: "{{ c }}"' }),
      ),
    ).toEqual(['group_vars/all.yml:1:10 undefined-variable: `b` is defined nowhere — did you mean `a`?']);
  });

  it('refuses what a text behind a branch, and a literal loop, surely read', async () => {
    const text =
      '- debug: { msg: "{% if ansible_x %}a{% endif %}{{ zzz }}" }\n- debug: { msg: "{{ yyy }}" }\n  loop: [1]';
    expect(await bad(playOf(text))).toEqual([
      expect.stringContaining('`zzz` is defined nowhere'),
      expect.stringContaining('`yyy` is defined nowhere'),
    ]);
  });

  it('leaves tasks alone that the command line does not choose', async () => {
    const tasks = '- debug: { msg: "{{ zzz }}" }\n  tags: a\n- ping:\n  tags: b\n';
    await good(playOf(tasks), { tags: ['b'] });
    await good(playOf(tasks), { skipTags: ['a'] });
    await good(playOf(tasks), { startAtTask: 'ping' });
    expect(await bad(playOf(tasks), { tags: ['a'] })).toHaveLength(1);
  });

  it('reads templates too', async () => {
    expect(
      await bad(playOf('- template: { src: a.j2, dest: /a }', { 'templates/a.j2': 'x\n  {{ nothing }}\n' })),
    ).toEqual(['templates/a.j2:2:6 undefined-variable: `nothing` is defined nowhere']);
  });

  it('judges the first condition, which is always asked', async () => {
    expect(await bad(playOf('- ping:\n  when: [a, b]'))).toEqual([
      'site.yml:5:14 undefined-variable: `a` is defined nowhere',
    ]);
  });
});

describe('handlers', () => {
  const play = (notify: string, handlers: string, more = {}) => ({
    'site.yml': `- hosts: localhost\n  tasks:\n    - ping:\n      notify: ${notify}\n  handlers:\n${handlers}\n`,
    ...more,
  });
  it.each([
    [
      'by name, by topic, by role',
      play('[a, t, "r : h", h]', '    - { name: a, ping: , listen: [t] }\n  roles: [r]', {
        'roles/r/handlers/main.yml': '- { name: h, ping: }',
      }),
    ],
    ['templates', play('"{{ ansible_x }}"', '    - { name: a, ping: }')],
    ['names of templates', play('zzz', '    - { name: "{{ ansible_x }}", ping: }')],
    [
      'of included roles',
      play('h', '    []\n  post_tasks:\n    - include_role: { name: r }', {
        'roles/r/handlers/main.yml': '- { name: h, ping: }',
      }),
    ],
    [
      'that only the run can tell',
      play('zzz', '    []\n  post_tasks:\n    - include_role: { name: "{{ ansible_r }}" }'),
    ],
  ])('%s', async (_what, files) => {
    await good(files);
  });

  it('nearly named are slips', async () => {
    const files = play('[a, rstart]', '    - { name: a, ping: }\n    - { name: restart, ping: }');
    expect((await bad(files))[0]).toBe(
      'site.yml:4:19 unknown-handler: no handler is called `rstart` or listens to it — did you mean `restart`?',
    );
  });

  it.each([
    ['of no name at all', 'zzz', '    - { name: a, ping: }', 'there are a'],
    ['where there are none', 'b', '    []', 'the play has no handlers'],
    [
      'of another play, though nearly named like one of this',
      'restart2',
      '    - { name: restart1, ping: }\n- hosts: all\n  handlers:\n    - { name: restart2, ping: }',
      'there are restart1',
    ],
  ])('%s are warned of', async (_which, notify, handlers, hint) => {
    const { warnings } = await good(play(notify, handlers));
    expect(lines(warnings)).toEqual([
      `site.yml:4:15 unknown-handler: no handler is called \`${notify}\` or listens to it — ${hint}; the task fails if it changes something`,
    ]);
  });
});

describe('hosts', () => {
  it.each([
    ['made by add_host', '- hosts: localhost\n  tasks: [{ add_host: { name: n, groups: [fresh] } }]\n- hosts: fresh\n'],
    [
      'made by group_by with a template',
      '- hosts: localhost\n  tasks: [{ group_by: { key: "os_{{ ansible_x }}" } }]\n- hosts: os_Debian\n',
    ],
    ['a template of extra vars', '- hosts: "{{ target }}"\n'],
    ['a template of what only the run knows', '- hosts: "{{ ansible_x }}"\n'],
  ])('%s', async (_what, content) => {
    await good({ 'site.yml': content, hosts: '[web]\na' }, { extraVars: ['target=web'] });
  });

  it('names what extra vars misspell', async () => {
    const found = await bad(
      { 'site.yml': '- hosts: "{{ target }}"', hosts: '[web]\na' },
      { extraVars: ['target=wbe'] },
    );
    expect(found).toEqual([
      'site.yml:1:10 unknown-host: there is no host or group `wbe` in the inventory — did you mean `web`?',
    ]);
  });
});

describe('includes', () => {
  it('of themselves end', async () => {
    await good(playOf('- include_tasks: a.yml', { 'a.yml': '- include_tasks: a.yml\n  when: ansible_x' }));
  });

  it('under a condition only warn of a file that is missing', async () => {
    const project = await good(playOf('- include_tasks: nix.yml\n  when: ansible_x'));
    expect(lines(project.warnings)).toEqual([
      expect.stringContaining('site.yml:4:22 missing-file: there is no file `nix.yml` in tasks/'),
    ]);
  });

  it('for another system only warn of its modules', async () => {
    const project = await good(
      playOf('- include_tasks: redhat.yml\n  when: ansible_os_family == "RedHat"', { 'redhat.yml': '- yum: name=x' }),
    );
    expect(lines(project.warnings)).toEqual([expect.stringContaining('redhat.yml:1:3 unsupported-module')]);
  });
});
