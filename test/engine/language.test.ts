import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { registry } from '../../src/modules/index.js';
import { Scratch, type Wish } from './rig.js';

let scratch: Scratch;
beforeEach(() => {
  scratch = new Scratch();
});
afterEach(() => scratch.remove());

const run = (site: string, wish: Wish = {}) =>
  scratch.run(`- hosts: all\n  gather_facts: no\n${site.replace(/^\n/, '')}`, wish);
const read = (name: string, host = 'h1'): string => readFileSync(join(scratch.root, host, name), 'utf8');

describe('conditions and results', () => {
  it('when, register, changed_when, failed_when, ignore_errors', async () => {
    const told = await run(`
  tasks:
    - {name: a, command: echo hi, register: r, changed_when: "'hi' not in r.stdout"}
    - {name: b, command: /bin/false, ignore_errors: yes, register: f}
    - {name: c, debug: {msg: "{{ f.rc }} {{ f is failed }} {{ r.stdout_lines }}"}, when: r is not changed}
    - {name: d, debug: {msg: never}, when: [f is succeeded, undefined_name is defined]}
    - {name: e, command: echo bad, register: e, failed_when: "'bad' in e.stdout"}
    - {name: not reached, debug: {msg: x}}
`);
    expect(told.tasks()).toEqual(['a: ok', 'b: ignored', 'c: ok', 'd: skipped', 'e: failed']);
    expect(told.messages()).toEqual(["1 True ['hi']"]);
    expect(told.standing()).toBe('failed');
  });

  it('a loop over what is not known yet is skipped only where when is false whatever the items are', async () => {
    const told = await scratch.run(`
- hosts: all
  vars: {kind: "{{ item | default('') }}", system: "{{ [ansible_facts.kernel] }}", wished: false}
  tasks:
    - {name: a, debug: {msg: "{{ item }}"}, loop: "{{ system }}", when: kind != ''}
    - {name: b, debug: {msg: never}, loop: "{{ system }}", when: [wished, "kind != ''"]}
`);
    expect(told.tasks()).toEqual(['a: ok', 'b: skipped']);
    const broken = await run(`
  tasks:
    - {name: a, debug: {msg: "{{ item }}"}, loop: "{{ nowhere }}", when: item != ''}
`);
    expect(broken.tasks()).toEqual(['a: failed']);
    expect(JSON.stringify(broken.outcome('a'))).toContain('nowhere');
  });

  it('until that was in vain is no failure where failed_when says so, but is told', async () => {
    const told = await run(`
  tasks:
    - {name: a, command: "true", until: 1 == 2, retries: 1, delay: 0, failed_when: false, register: r}
    - {name: b, debug: {msg: "{{ r.failed }} {{ r.attempts }}"}}
    - {name: c, set_fact: {}}
`);
    expect(told.tasks()).toEqual(['a: changed', 'b: ok', 'c: failed']);
    expect(told.messages()).toEqual(['True 1']);
  });

  it('until tries again, and says how often', async () => {
    const told = await run(`
  tasks:
    - name: a
      shell: echo x >> {{ root }}/tries; test $(wc -l < {{ root }}/tries) -ge 3
      register: r
      until: r.rc == 0
      retries: 5
      delay: 0
    - {name: b, debug: {msg: "{{ r.attempts }}"}}
`);
    expect(told.messages()).toEqual(['3']);
    const gave = await run(`
  tasks:
    - {name: a, command: /bin/false, register: r, until: r.rc == 0, retries: 2, delay: 0}
`);
    expect(gave.tasks()).toEqual(['a: failed']);
    expect(gave.outcome('a').result.attempts).toBe(2);
  });

  it('no_log hides everything of a task', async () => {
    const told = await run(`
  tasks:
    - {name: a, command: echo very-secret-word, no_log: yes, register: r}
    - {name: b, copy: {dest: "{{ root }}/s", content: "{{ r.stdout }}"}, no_log: yes}
`);
    expect(JSON.stringify(told.events)).not.toContain('very-secret-word');
    expect(read('s')).toBe('very-secret-word');
  });
});

describe('diff', () => {
  it('is kept to itself by a task that says so', async () => {
    const told = await run(`
  tasks:
    - {name: a, copy: {dest: "{{ root }}/a", content: shown}}
    - {name: b, copy: {dest: "{{ root }}/b", content: kept}, diff: no}
`);
    expect(told.outcome('a')).toMatchObject({ kind: 'changed', changes: [{ after: 'shown' }] });
    expect(told.outcome('b')).toMatchObject({ kind: 'changed', changes: [] });
  });
});

describe('loops', () => {
  it('of every kind', async () => {
    const told = await run(`
  vars:
    users: [{name: a, keys: [1, 2]}, {name: b, keys: [3]}]
  tasks:
    - {debug: {msg: "{{ item }}"}, loop: [1, two]}
    - {debug: {msg: "{{ item }}"}, with_items: [[3, 4], 5]}
    - {debug: {msg: "{{ item.key }}={{ item.value }}"}, with_dict: {k: v}}
    - {debug: {msg: "{{ item }}"}, with_sequence: start=1 end=3 format=n%02d}
    - {debug: {msg: "{{ item.0.name }}{{ item.1 }}"}, with_subelements: ["{{ users }}", keys]}
    - {debug: {msg: "{{ item.0 }}{{ item.1 }}"}, with_nested: [[a, b], [1, 2]]}
    - {debug: {msg: "{{ item.0 }}{{ item.1 }}"}, with_together: [[a, b], [1, 2]]}
    - {debug: {msg: "{{ i }}:{{ x }} {{ ansible_loop.last }}"}, loop: [p, q], loop_control: {loop_var: x, index_var: i, extended: yes}}
    - {debug: {msg: "{{ item }}"}, loop: "{{ [] }}"}
`);
    expect(told.messages()).toEqual([
      '1',
      'two',
      '3',
      '4',
      '5',
      'k=v',
      'n01',
      'n02',
      'n03',
      'a1',
      'a2',
      'b3',
      'a1',
      'a2',
      'b1',
      'b2',
      'a1',
      'b2',
      '0:p False',
      '1:q True',
    ]);
  });

  it('registers results, with when for each item', async () => {
    const told = await run(`
  tasks:
    - {name: a, command: "echo {{ item }}", loop: [1, 2, 3], when: item != 2, register: r}
    - {debug: {msg: "{{ r.results | map(attribute='item') | list }} {{ r.results[1].skipped }} {{ r.results[2].stdout }} {{ r is changed }}"}}
`);
    expect(told.messages()).toEqual(['[1, 2, 3] True 3 True']);
  });
});

describe('handlers', () => {
  it('run once, in definition order, when something changed; topics and flush', async () => {
    const site = `
  tasks:
    - {name: a, copy: {dest: "{{ root }}/a", content: x}, notify: [second, first]}
    - {name: b, copy: {dest: "{{ root }}/b", content: x}, notify: first}
    - {name: c, copy: {dest: "{{ root }}/c", content: x}, notify: topic}
    - meta: flush_handlers
    - {name: d, debug: {msg: behind the flush}}
  handlers:
    - {name: first, debug: {msg: first}}
    - {name: second, debug: {msg: second}}
    - {name: third, listen: topic, debug: {msg: third}}
`;
    const told = await run(site);
    expect(told.messages()).toEqual(['first', 'second', 'third', 'behind the flush']);
    expect((await run(site)).messages()).toEqual(['behind the flush']);
  });

  it('do not run on a host that failed, unless forced', async () => {
    const site = (more: string): string => `
${more}  tasks:
    - {name: a, copy: {dest: "{{ root }}/a${more.length}", content: x}, notify: h}
    - {name: b, command: /bin/false}
  handlers:
    - {name: h, debug: {msg: handled}}
`;
    expect((await run(site(''))).messages()).toEqual([]);
    expect((await run(site('  force_handlers: yes\n'))).messages()).toEqual(['handled']);
  });
});

describe('blocks', () => {
  it('rescue and always', async () => {
    const told = await run(`
  tasks:
    - block:
        - {name: a, command: /bin/false}
        - {name: not reached, debug: {msg: x}}
      rescue:
        - {name: r, debug: {msg: "{{ ansible_failed_task.name }} {{ ansible_failed_result.rc }}"}}
      always:
        - {name: z, debug: {msg: always}}
    - {name: on, debug: {msg: goes on}}
    - block:
        - {name: f, fail: {msg: wilful}}
      always:
        - {name: z2, debug: {msg: always too}}
    - {name: never, debug: {msg: x}}
`);
    expect(told.messages()).toEqual(['a 1', 'always', 'goes on', 'always too']);
    expect(told.standing()).toBe('failed');
  });
});

describe('variables', () => {
  it('precedence', async () => {
    scratch.write({
      'group_vars/all.yml': 'a: group\nb: group\nc: group\nd: group\ne: group\n',
      'roles/r/defaults/main.yml': 'a: default\nz: default\n',
      'roles/r/vars/main.yml': 'd: rolevars\n',
      'roles/r/tasks/main.yml': '- {debug: {msg: "{{ a }} {{ b }} {{ c }} {{ d }} {{ e }} {{ z }}"}}\n',
    });
    const told = await run(
      `
  vars: {b: play, c: play, d: play, e: play}
  roles: [r]
  tasks:
    - {set_fact: {c: fact}}
    - {debug: {msg: "{{ b }} {{ c }} {{ d }} {{ e }} {{ z }}"}, vars: {b: task, c: task}}
`,
      { extraVars: ['e=extra'] },
    );
    expect(told.messages()).toEqual(['group play play rolevars extra default', 'task fact rolevars extra default']);
  });

  it('hostvars of others under lockstep, groups, run_once, delegate_to', async () => {
    const told = await run(
      `
  tasks:
    - {set_fact: {mine: "{{ inventory_hostname }}!"}}
    - {debug: {msg: "{{ groups['all'] | map('extract', hostvars, 'mine') | join(' ') }}"}}
    - {command: "echo once", register: o, run_once: yes}
    - {debug: {msg: "{{ o.stdout }}"}}
    - {name: delegated, copy: {dest: "{{ root }}/from-{{ inventory_hostname }}", content: x}, delegate_to: h1}
`,
      { hosts: 3 },
    );
    for (const host of ['h1', 'h2', 'h3']) expect(told.messages(host)).toEqual(['h1! h2! h3!', 'once']);
    expect(told.tasks('h2').filter(line => line.startsWith('command'))).toEqual([]);
    expect(existsSync(join(scratch.root, 'h3/from-h3'))).toBe(true);
  });
});

describe('includes', () => {
  it('tasks and roles, dynamic and static, with loops and vars', async () => {
    scratch.write({
      'more.yml': '- {debug: {msg: "more {{ v }} {{ item | default(0) }}"}}\n',
      'roles/r/tasks/main.yml': '- {debug: {msg: "role {{ p }}"}}\n',
      'roles/r/tasks/other.yml': '- {copy: {dest: "{{ root }}/o", content: x}, notify: hr}\n',
      'roles/r/handlers/main.yml': '- {name: hr, debug: {msg: role handler}}\n',
      'vars/x.yml': 'v: from file\n',
    });
    const told = await run(`
  tasks:
    - {include_tasks: more.yml, vars: {v: 1}, loop: [a, b]}
    - {import_tasks: more.yml, vars: {v: 2}}
    - {include_role: {name: r}, vars: {p: 3}}
    - {import_role: {name: r, tasks_from: other}}
    - {include_vars: x.yml}
    - {include_tasks: more.yml}
    - {include_tasks: more.yml, when: false}
`);
    expect(told.messages()).toEqual(['more 1 a', 'more 1 b', 'more 2 0', 'role 3', 'more from file 0', 'role handler']);
  });

  it('shows an included role what the roles it needs and those that led to it bring, and nobody else', async () => {
    scratch.write({
      'roles/top/defaults/main.yml': 'd: top\nof_top: yes it is\n',
      'roles/top/tasks/main.yml': '- include_role: {name: mid}\n',
      'roles/mid/meta/main.yml': 'dependencies: [low]\n',
      'roles/mid/defaults/main.yml': 'e: mid\nof_mid: 1\n',
      'roles/mid/vars/main.yml': 'w: mid\n',
      'roles/mid/tasks/main.yml':
        '- debug: {msg: "mid {{ d }} {{ e }} {{ w }} {{ v }} {{ of_top }} {{ of_low }} {{ deep }}"}\n',
      'roles/low/meta/main.yml': 'dependencies: [lowest]\n',
      'roles/low/defaults/main.yml': 'd: low\ne: low\nof_low: 2\n',
      'roles/low/vars/main.yml': 'w: low\nv: low\n',
      'roles/low/tasks/main.yml': '- debug: {msg: "low {{ d }} {{ e }} {{ w }} {{ of_mid }} {{ deep }}"}\n',
      'roles/lowest/defaults/main.yml': 'deep: 3\nd: lowest\n',
      'roles/lowest/tasks/main.yml': '- debug: {msg: "lowest {{ d }} {{ e }} {{ w }}"}\n',
    });
    const told = await run(`
  tasks:
    - {include_role: {name: top}}
    - {debug: {msg: "after {{ d | default('none') }} {{ w | default('none') }} {{ deep | default('none') }}"}}
`);
    expect(told.messages()).toEqual([
      'lowest lowest low low',
      'low low low low 1 3',
      'mid top mid mid low yes it is 2 3',
      'after none none none',
    ]);
  });
});

describe('tags', () => {
  it('select tasks', async () => {
    const site = `
  tasks:
    - {debug: {msg: a}, tags: [x]}
    - {debug: {msg: b}, tags: [y]}
    - {debug: {msg: c}}
    - {debug: {msg: d}, tags: always}
    - {debug: {msg: e}, tags: [never, z]}
`;
    expect((await run(site)).messages()).toEqual(['a', 'b', 'c', 'd']);
    expect((await run(site, { tags: ['x'] })).messages()).toEqual(['a', 'd']);
    expect((await run(site, { skipTags: ['x', 'always'] })).messages()).toEqual(['b', 'c']);
    expect((await run(site, { tags: ['z'] })).messages()).toEqual(['d', 'e']);
    expect((await run(site, { tags: ['untagged'] })).messages()).toEqual(['c', 'd']);
  });
});

describe('keywords that cannot be rendered', () => {
  // What is checked before the run does not see what a value lacks, so it is the task that must fail, in its place.
  it.each([
    ['until', 'command: "true", register: r, until: r.nope.x, retries: 1'],
    ['delay', 'command: "false", retries: 1, delay: "{{ v.x }}"'],
    ['throttle', 'command: "true", throttle: "{{ v.x }}"'],
    ['run_once', 'command: "true", run_once: "{{ v.x }}"'],
    ['async', 'command: "true", async: "{{ v.x }}"'],
    ['timeout', 'command: "true", timeout: "{{ v.x }}"'],
    ['pause', 'command: "true", loop: [1, 2], loop_control: {pause: "{{ v.x }}"}'],
    ['tags', 'command: "true", tags: "{{ v.x }}"'],
    ['any_errors_fatal', 'command: "true", any_errors_fatal: "{{ v.x }}"'],
    ['delegate_facts', 'set_fact: {a: 1}, delegate_facts: "{{ v.x }}"'],
  ])('%s: the task fails in its place, and a rescue goes on', async (_keyword, task) => {
    const told = await run(
      `
  vars: {v: {}}
  tasks:
    - block: [{name: a, ${task}}]
      rescue: [{name: b, debug: {msg: "{{ ansible_failed_task.name }}"}}]
`,
      { hosts: 2 },
    );
    expect(told.tasks()).toEqual(['a: failed', 'b: ok']);
    expect(told.messages()).toEqual(['a']);
    expect(told.outcome('a')).toMatchObject({
      failure: { reason: 'template', diagnostics: [{ place: { file: 'site.yml', line: 5 } }] },
    });
  });

  it.each([
    ['retries', 'command: "false", delay: 0, retries: "{{ word }}"'],
    ['async', 'command: "true", async: "{{ word }}"'],
    ['throttle', 'command: "true", throttle: "{{ word }}"'],
    ['seconds', 'pause: {seconds: "{{ word }}"}'],
  ])('%s that is no number neither lasts for ever nor is passed over', async (keyword, task) => {
    const told = await run(`
  vars: {word: two}
  tasks:
    - {name: a, ${task}}
`);
    expect(told.tasks()).toEqual(['a: failed']);
    expect(told.outcome('a').result.msg).toBe(`\`${keyword}\` is a number, and not \`two\``);
  });

  it.each([
    ['hosts', `- hosts: "{{ groups.nope }}"`],
    ['serial', `- hosts: all\n  serial: "{{ ['a', 'b'] }}"`],
    ['vars_prompt', `- hosts: all\n  vars: {v: {}}\n  vars_prompt: [{name: a, default: "{{ v.x }}"}]`],
  ])('%s of a play: it is not begun, the run ends there and has failed', async (_keyword, play) => {
    const told = await scratch.run(`- hosts: all
  gather_facts: no
  tasks: [{name: before, debug: {}}]
${play}
  gather_facts: no
  tasks: [{name: never, debug: {}}]
- hosts: all
  gather_facts: no
  tasks: [{name: never, debug: {}}]
`);
    expect(told.tasks()).toEqual(['before: ok']);
    expect(told.events.find(event => event.kind === 'play-failed')).toMatchObject({ failure: { reason: 'template' } });
    expect(told.ended.broken).toMatchObject({ reason: 'template' });
    expect(told.events.at(-1)).toMatchObject({ kind: 'run-finished', how: 'failed' });
  });

  it('force_handlers of a play: said, beside the failure that there is', async () => {
    const told = await run(`
  vars: {v: {}}
  force_handlers: "{{ v.x }}"
  tasks: [{name: a, command: "true", notify: h}, {name: b, fail: }]
  handlers: [{name: h, debug: {msg: never}}]
`);
    expect(told.tasks()).toEqual(['a: changed', 'b: failed']);
    expect(told.events.filter(event => event.kind === 'warned')).toMatchObject([
      { diagnostic: { place: { line: 4 } } },
    ]);
  });

  it('hosts and serial read the variables of their play', async () => {
    const told = await scratch.run(
      `- hosts: "{{ who }}"
  serial: "{{ many }}"
  gather_facts: no
  vars: {who: "all:!h1", many: "{{ 1 + 1 }}"}
  tasks: [{name: a, debug: {}}]
`,
      { hosts: 5 },
    );
    const batches = told.events.flatMap(event => (event.kind === 'play-started' ? [event.hosts] : []));
    expect(batches).toEqual([
      ['h2', 'h3'],
      ['h4', 'h5'],
    ]);
  });
});

describe('facts that nobody has asked for yet', () => {
  const site = (task: string): string => `- hosts: all
  vars: {linux: "{{ ansible_facts.system == 'Linux' }}", two: "{{ [ansible_facts.system] | length + 1 }}"}
  tasks:
    - {name: a, ${task}}
    - {name: b, ping: }
  handlers:
    - {name: linux, debug: {msg: notified}}
`;

  it.each([
    ['failed_when', 'command: "true", failed_when: linux', ['a: failed']],
    ['failed_when over the result', 'command: "true", register: r, failed_when: r.rc == 0 and linux', ['a: failed']],
    ['changed_when', 'command: "true", changed_when: not linux', ['a: ok', 'b: ok']],
    ['until', 'command: "true", until: linux, delay: 0', ['a: changed', 'b: ok']],
    ['ignore_errors', 'command: "false", ignore_errors: "{{ linux }}"', ['a: ignored', 'b: ok']],
    ['any_errors_fatal', 'command: "true", any_errors_fatal: "{{ linux }}"', ['a: changed', 'b: ok']],
    ['retries', 'command: "false", ignore_errors: yes, delay: 0, retries: "{{ two }}"', ['a: ignored', 'b: ok']],
    ['timeout', 'command: "true", timeout: "{{ two }}"', ['a: changed', 'b: ok']],
    ['throttle', 'command: "true", throttle: "{{ two }}"', ['a: changed', 'b: ok']],
    ['become', 'command: "true", become: "{{ not linux }}"', ['a: changed', 'b: ok']],
    ['notify', `command: "true", notify: "{{ 'linux' if linux }}"`, ['a: changed', 'b: ok', 'linux: ok']],
    ['failed_when of a directive', 'debug: {msg: x}, failed_when: linux', ['a: failed']],
  ])('%s reads them, and they are fetched', async (_keyword, task, expected) => {
    const told = await scratch.run(site(task));
    expect(told.tasks()).toEqual(expected);
    // A dry run does not find out what a command would come to.
    const foreseen = expected.map(line => line.replace('ignored', 'changed'));
    expect((await scratch.run(site(task), { options: { mode: 'check' } })).tasks()).toEqual(foreseen);
  });

  it('run_once reads them before anybody begins', async () => {
    const told = await scratch.run(site('command: "true", run_once: "{{ linux }}"'), { hosts: 3 });
    expect(['h1', 'h2', 'h3'].map(host => told.tasks(host))).toEqual([['a: changed', 'b: ok'], ['b: ok'], ['b: ok']]);
  });
});

describe('changed_when, failed_when and until of what is done by the engine itself', () => {
  it('hold as for any task', async () => {
    const told = await run(`
  vars: {v: {}}
  tasks:
    - {name: a, debug: {msg: x}, changed_when: true, notify: h, register: r}
    - {name: b, debug: {msg: "{{ r.changed }}"}}
    - {name: c, debug: {msg: x}, failed_when: true, ignore_errors: true}
    - {name: d, set_fact: {q: 1}, changed_when: q == 1}
    - {name: e, assert: {that: 1 == 2}, failed_when: false}
    - {name: f, debug: {msg: "{{ item }}"}, loop: [1, 2], changed_when: item == 2}
    - {name: g, set_fact: {p: 1}, until: tried.attempts == 3, delay: 0, register: tried}
    - {name: h2, debug: {msg: "{{ tried.attempts }}"}}
    - {name: i, fail: {msg: x}, failed_when: "'y' in v.missing"}
  handlers:
    - {name: h, debug: {msg: notified}}
`);
    expect(told.tasks()).toEqual([
      ...['a: changed', 'b: ok', 'c: ignored', 'd: changed', 'e: ok', 'f: changed', 'g: ok', 'h2: ok', 'i: failed'],
    ]);
    expect(told.messages()).toEqual(['x', 'true', 'x', '1', '2', '3']);
    expect(JSON.stringify(told.outcome('i'))).toContain('missing');
  });
});

describe('several hosts', () => {
  it('our own bug on one host fails the task there, with all that is known of it, and the others go on', async () => {
    const ping = registry.get('ping')!;
    const broken = () => {
      throw new TypeError('not a plan');
    };
    const told = await run(
      `
  tasks:
    - {name: a, ping: , when: inventory_hostname == 'h2'}
    - {name: b, shell: "echo {{ inventory_hostname }} > {{ root }}/b"}
`,
      { hosts: 3, modules: [{ ...ping, plan: broken }] },
    );
    expect(told.ended.hosts.map(e => e.standing)).toEqual(['well', 'failed', 'well']);
    expect(told.outcome('a', 'h2')).toMatchObject({ failure: { reason: 'internal' } });
    expect(told.outcome('a', 'h2').result.msg).toMatch(/^TypeError: not a plan\n +at /);
    expect(read('b', 'h3')).toBe('h3\n');
  });

  it('a host that fails leaves the others going', async () => {
    const told = await run(
      `
  tasks:
    - {name: a, command: /bin/false, when: inventory_hostname == 'h2'}
    - {name: b, command: /bin/true}
`,
      { hosts: 3 },
    );
    expect(told.tasks('h1')).toEqual(['a: skipped', 'b: changed']);
    expect(told.tasks('h2')).toEqual(['a: failed']);
    expect(told.ended.hosts.map(e => e.standing)).toEqual(['well', 'failed', 'well']);
  });

  it('any_errors_fatal and max_fail_percentage end the play for all', async () => {
    const site = (more: string): string => `
${more}  tasks:
    - {name: a, command: /bin/false, when: inventory_hostname == 'h2'}
    - {name: b, command: /bin/true}
`;
    const fatal = await run(site('  any_errors_fatal: yes\n'), { hosts: 3 });
    expect(fatal.tasks('h1')).toEqual(['a: skipped']);
    expect(fatal.ended.hosts.every(e => e.standing === 'failed')).toBe(true);
    const some = await run(site('  max_fail_percentage: 30\n'), { hosts: 3 });
    expect(some.tasks('h1')).toEqual(['a: skipped']);
    const enough = await run(site('  max_fail_percentage: 40\n'), { hosts: 3 });
    expect(enough.tasks('h1')).toEqual(['a: skipped', 'b: changed']);
  });

  it('throttle bounds how many hosts do a task at once', async () => {
    const told = await run(
      `
  strategy: free
  tasks:
    - {name: a, shell: "mkdir {{ root }}/../busy && sleep 0.2 && rmdir {{ root }}/../busy", throttle: 1}
`,
      { hosts: 3 },
    );
    expect(told.ended.hosts.map(e => e.standing)).toEqual(['well', 'well', 'well']);
  });

  it.each([
    ['any_errors_fatal', '  any_errors_fatal: yes\n', 'command: "true"'],
    ['max_fail_percentage', '  max_fail_percentage: 50\n', 'command: "true"'],
    ['an include', '', 'include_tasks: inc.yml'],
  ])('run_once goes with %s', async (_name, more, task) => {
    scratch.write({ 'inc.yml': '- {name: in, command: "true"}\n- {name: behind, command: "true"}\n' });
    const told = await run(`${more}  tasks:\n    - {name: a, ${task}, run_once: yes}\n    - {name: b, debug: {}}\n`, {
      hosts: 3,
    });
    const ran = task.startsWith('inc') ? ['in: changed', 'behind: changed'] : ['a: changed'];
    expect(told.tasks('h1')).toEqual([...ran, 'b: ok']);
    expect([told.tasks('h2'), told.tasks('h3')]).toEqual([['b: ok'], ['b: ok']]);
  });

  it('a run_once task that fails under any_errors_fatal ends the play for all', async () => {
    const site =
      '  any_errors_fatal: yes\n  tasks:\n    - {name: a, command: "false", run_once: yes}\n    - {name: b, ping: }\n';
    const told = await run(site, { hosts: 3 });
    expect(['h1', 'h2', 'h3'].flatMap(host => told.tasks(host))).toEqual(['a: failed']);
    expect(told.ended.hosts.map(e => e.standing)).toEqual(['failed', 'failed', 'failed']);
  });

  // What Ansible does with each of these was looked up by running it.
  it.each([
    ['any_errors_fatal, host by host', '  any_errors_fatal: yes\n  serial: 1\n'],
    ['any_errors_fatal, each at its pace', '  any_errors_fatal: yes\n  strategy: free\n'],
    ['max_fail_percentage', '  max_fail_percentage: 30\n'],
  ])('a failure that is rescued is none for %s: all go on, and so does the run', async (_name, more) => {
    const told = await scratch.run(
      `- hosts: all
  gather_facts: no
${more}  tasks:
    - block:
        - {name: a, command: "false", when: inventory_hostname == 'h1'}
        - {name: b, debug: }
      rescue: [{name: rescued, debug: }]
      always: [{name: always, debug: }]
    - {name: c, debug: }
- hosts: all
  gather_facts: no
  tasks: [{name: second, debug: }]
`,
      { hosts: 2 },
    );
    expect(told.tasks('h1')).toEqual(['a: failed', 'rescued: ok', 'always: ok', 'c: ok', 'second: ok']);
    expect(told.tasks('h2')).toEqual(['a: skipped', 'b: ok', 'always: ok', 'c: ok', 'second: ok']);
    expect(told.ended.hosts.map(e => e.standing)).toEqual(['well', 'well']);
  });

  it('under any_errors_fatal in lockstep all hosts run the rescue, and then all go on', async () => {
    const told = await run(
      `
  any_errors_fatal: yes
  tasks:
    - block:
        - {name: a, command: "false", when: inventory_hostname == 'h1'}
        - {name: b, debug: }
      rescue: [{name: rescued, debug: }]
    - {name: c, debug: }
`,
      { hosts: 2 },
    );
    expect(told.tasks('h1')).toEqual(['a: failed', 'rescued: ok', 'c: ok']);
    expect(told.tasks('h2')).toEqual(['a: skipped', 'rescued: ok', 'c: ok']);
    expect(told.ended.hosts.map(e => e.standing)).toEqual(['well', 'well']);
  });

  it('what is always done is done behind a failure that ends the play for all, on one host as on many', async () => {
    const site = `
  any_errors_fatal: yes
  tasks:
    - block: [{name: a, command: "false"}, {name: never, debug: }]
      always: [{name: always, debug: }]
    - {name: never, debug: }
`;
    for (const hosts of [1, 3]) expect((await run(site, { hosts })).tasks()).toEqual(['a: failed', 'always: ok']);
  });

  it.each(['end_host', 'end_play'])('who leaves by %s in the midst of a rescue has failed', async action => {
    const told = await scratch.run(`- hosts: all
  gather_facts: no
  tasks:
    - block: [{name: a, command: "false"}]
      rescue: [{meta: ${action}}, {name: never, debug: }]
- hosts: all
  gather_facts: no
  tasks: [{name: never, debug: }]
`);
    expect(told.tasks().filter(line => !line.startsWith('meta'))).toEqual(['a: failed']);
    expect(told.standing()).toBe('failed');
  });

  it('what fails for all ends the run, though a host had left before', async () => {
    const told = await scratch.run(
      `- hosts: all
  gather_facts: no
  any_errors_fatal: yes
  tasks:
    - {meta: end_host, when: inventory_hostname == 'h2'}
    - {name: a, command: "false"}
- hosts: all
  gather_facts: no
  tasks: [{name: never, debug: }]
`,
      { hosts: 2 },
    );
    expect(told.events.filter(event => event.kind === 'play-started')).toHaveLength(1);
  });

  it('a run_once task is told by the host that did it, and what fails within an include of it is that host’s own', async () => {
    scratch.write({ 'inc.yml': '- {name: in, command: "false"}\n' });
    const told = await run(
      `
  vars: {v: {}}
  tasks:
    - {name: a, include_tasks: inc.yml, run_once: yes}
    - {name: b, command: "true", until: v.nope.x, run_once: yes}
    - {name: never, debug: }
`,
      { hosts: 3 },
    );
    expect(['h1', 'h2', 'h3'].map(host => told.tasks(host))).toEqual([['in: failed'], ['b: failed'], []]);
  });

  it('clear_host_errors brings failed hosts back for the next play', async () => {
    const told = await scratch.run(
      `- hosts: all
  gather_facts: no
  tasks:
    - {name: a, command: "false", when: inventory_hostname == 'h2'}
    - {meta: clear_host_errors}
- hosts: all
  gather_facts: no
  tasks: [{name: second, debug: }]
`,
      { hosts: 2 },
    );
    expect(told.tasks('h2')).toEqual(['a: failed', 'second: ok']);
    expect(told.ended.hosts.map(e => e.standing)).toEqual(['well', 'well']);
  });

  it('delegate_facts sets the facts of the other host', async () => {
    const told = await run(
      `
  tasks:
    - {set_fact: {given: "by {{ inventory_hostname }}"}, delegate_to: h2, delegate_facts: yes, when: inventory_hostname == 'h1'}
    - {debug: {msg: "{{ given | default('none') }}"}}
`,
      { hosts: 2 },
    );
    expect([told.messages('h1'), told.messages('h2')]).toEqual([['none'], ['by h1']]);
  });

  it('end_play on one host ends it for all', async () => {
    const told = await run(
      `
  tasks:
    - {name: a, command: /bin/true}
    - {meta: end_play, when: inventory_hostname == 'h1'}
    - {name: b, command: /bin/true}
`,
      { hosts: 3 },
    );
    for (const host of ['h1', 'h2', 'h3'])
      expect(told.tasks(host).filter(line => /^[ab]:/.test(line))).toEqual(['a: changed']);
    expect(told.ended.hosts.some(ending => ending.standing === 'failed')).toBe(false);
  });

  it('serial goes batch by batch', async () => {
    const told = await run(
      '  serial: [1, 2]\n  tasks:\n    - {debug: {msg: "{{ ansible_play_batch | join(\',\') }}"}}\n',
      { hosts: 4 },
    );
    expect([1, 2, 3, 4].map(n => told.messages(`h${n}`)[0])).toEqual(['h1', 'h2,h3', 'h2,h3', 'h4']);
  });

  it('linear keeps acts in step', async () => {
    const told = await run(
      '  tasks:\n    - {name: a, shell: "sleep 0.{{ inventory_hostname[1:] }}"}\n    - {name: b, command: /bin/true}\n',
      { hosts: 3 },
    );
    const order = told.events.flatMap(event => (event.kind === 'task-finished' ? [event.task.name] : []));
    expect(order).toEqual(['a', 'a', 'a', 'b', 'b', 'b']);
  });
});

describe('check mode', () => {
  it('is unsure of what hangs on a command it did not run', async () => {
    const told = await run(
      `
  tasks:
    - {name: a, command: echo 1, register: r}
    - {name: b, copy: {dest: "{{ root }}/b", content: "{{ r.stdout }}"}}
    - {name: c, command: echo 2, when: r.stdout == '1'}
    - {name: d, command: echo 3, check_mode: no, changed_when: no, register: s}
    - {name: e, debug: {msg: "{{ s.stdout }}"}}
    - {name: f, copy: {dest: "{{ root }}/f", content: x}}
`,
      { options: { mode: 'check' } },
    );
    expect(told.tasks()).toEqual(['a: changed', 'b: unsure', 'c: unsure', 'd: ok', 'e: ok', 'f: changed']);
    expect(told.messages()).toEqual(['3']);
    expect(existsSync(join(scratch.root, 'h1/f'))).toBe(false);
  });
});

describe('what a host says', () => {
  it('is never a template', async () => {
    const told = await run(`
  tasks:
    - {name: a, command: "echo {% raw %}'{{ 1 + 1 }}'{% endraw %}", register: r}
    - {name: b, debug: {msg: "{{ r.stdout }}"}}
    - {name: c, set_fact: {x: "{{ r.stdout }}"}}
    - {name: d, debug: {msg: "{{ x }}"}}
`);
    expect(told.messages()).toEqual(['{{ 1 + 1 }}', '{{ 1 + 1 }}']);
  });
});

describe('long tasks', () => {
  it('run detached, with the umask of any other task, and their output comes back', async () => {
    const told = await run(`
  tasks:
    - {name: a, shell: "umask; echo out; echo err >&2; touch {{ root }}/made", async: 30, poll: 1, register: r}
    - {name: b, debug: {msg: "{{ r.stdout_lines }} {{ r.stderr }} {{ r.rc }}"}}
    - {name: c, shell: "exit 3", async: 30, poll: 1}
`);
    const mask = process.umask().toString(8).padStart(4, '0');
    expect(told.tasks()).toEqual(['a: changed', 'b: ok', 'c: failed']);
    expect(told.messages()).toEqual([`['${mask}', 'out'] err 0`]);
    expect(existsSync(join(scratch.root, 'h1/made'))).toBe(true);
  });

  it('are not left behind: poll 0 is refused before anything is done', async () => {
    const told = await run(`
  tasks:
    - {name: a, shell: "touch {{ root }}/left", async: 30, poll: 0}
`);
    expect(told.tasks()).toEqual(['a: failed']);
    expect(existsSync(join(scratch.root, 'h1/left'))).toBe(false);
  });

  it('are ended when their time is over', async () => {
    const told = await run(`
  tasks:
    - {name: a, command: sleep 600, async: 1, poll: 1}
`);
    expect(told.outcome('a')).toMatchObject({ kind: 'failed', failure: { reason: 'timeout' } });
  });
});
