import { rmSync } from 'node:fs';
import { afterAll, describe, expect, it } from 'vitest';
import { isVars, type Value, type Vars } from '../../../src/core/value.js';
import { fold } from '../../../src/engine/meaning/task/loop-result.js';
import { failed } from '../../../src/engine/meaning/task/outcomes.js';
import type { Item } from '../../../src/engine/state/pending-task.js';
import { Scratch } from '../rig.js';

const scratch = new Scratch();
afterAll(() => scratch.remove());

/** What a task registers. */
async function registered(task: string): Promise<Readonly<Record<string, Value>>> {
  const told = await scratch.run(`
- hosts: h1
  gather_facts: false
  tasks:
    - name: it
      ${task}
      register: r
      ignore_errors: true
`);
  return told.outcome('it').result;
}

/** Members and those of a list, each checked with ansible-core 2.14. `undefined`: no such member. */
const RESULTS: readonly (readonly [task: string, result: Readonly<Record<string, unknown>>])[] = [
  [
    'command: /no/such a',
    {
      changed: false,
      failed: true,
      rc: 2,
      cmd: '/no/such a',
      stdout: '',
      stderr: '',
      msg: expect.stringMatching(/^\[Errno 2\]/),
    },
  ],
  [
    'command: { cmd: echo, creates: / }',
    { changed: false, start: null, end: null, delta: null, rc: 0, msg: "Did not run command since '/' exists" },
  ],
  ["command: 'true'\n      failed_when: true", { failed: true, failed_when_result: true, changed: true, msg: '' }],
  [
    'set_fact: { a: 1 }\n      failed_when: true',
    { failed: true, failed_when_result: true, msg: undefined, ansible_facts: { a: 1 } },
  ],
  [
    'command: echo a\n      failed_when: [nothing.at.all]\n      vars: { nothing: {} }',
    { failed: true, failed_when_result: expect.stringContaining("no attribute 'at'"), stdout: 'a', changed: true },
  ],
  [
    'command: echo a\n      changed_when: nothing.at.all\n      failed_when: false\n      vars: { nothing: {} }',
    { failed: true, changed_when_result: expect.stringContaining("no attribute 'at'"), failed_when_result: undefined },
  ],
  ['set_fact: { a: 1 }\n      failed_when: false', { failed: false, failed_when_result: false }],
  [
    'set_fact: { a: 1 }\n      until: false\n      retries: 1\n      delay: 0',
    { failed: true, attempts: 1, msg: undefined },
  ],
  ['set_fact: { a: 1 }\n      until: true', { failed: false, attempts: 1 }],
  ['set_fact: { a: 1 }', { attempts: undefined, failed_when_result: undefined, changed: false }],
  [
    'debug: { msg: a }\n      when: false',
    {
      changed: false,
      skipped: true,
      skip_reason: 'Conditional result was False',
      false_condition: undefined,
      failed: undefined,
    },
  ],
  ['debug: { msg: a, verbosity: 2 }', { skipped: true, failed: false, skipped_reason: 'Verbosity threshold not met.' }],
  [
    'debug: { msg: a }\n      loop: []',
    { changed: false, skipped: true, skipped_reason: 'No items in the list', results: [] },
  ],
  [
    'debug: { msg: a }\n      loop: [x]\n      loop_control: { index_var: i, loop_var: me }',
    {
      skipped: false,
      changed: false,
      msg: 'All items completed',
      results: [{ me: 'x', i: 0, ansible_loop_var: 'me', ansible_index_var: 'i', msg: 'a' }],
    },
  ],
  [
    'debug: { msg: a }\n      loop: [x]\n      when: false',
    { skipped: true, msg: 'All items skipped', results: [{ item: 'x', skipped: true }] },
  ],
  ['fail: { msg: no }', { failed: true, msg: false }],
  ['fail: {}', { failed: true, msg: 'Failed as requested from task' }],
  ['assert: { that: 1 == 2 }', { failed: true, msg: 'Assertion failed', assertion: '1 == 2', evaluated_to: false }],
  ['assert: { that: 1 == 2, fail_msg: so }', { msg: 'so' }],
  ['group_by: { key: g }', { changed: true, add_group: 'g', parent_groups: ['all'] }],
  [
    'file: { src: /etc, dest: "{{ root }}/link", state: link }',
    {
      changed: true,
      uid: process.getuid?.(),
      owner: expect.any(String),
      group: expect.any(String),
      mode: '0777',
      size: 4,
      state: 'link',
    },
  ],
  [
    'command: echo hi\n      check_mode: true',
    {
      changed: false,
      skipped: true,
      rc: 0,
      cmd: ['echo', 'hi'],
      stdout: '',
      stdout_lines: [],
      stderr: '',
      start: null,
      msg: 'Command would have run if not in check mode',
    },
  ],
  ['command: "false"\n      check_mode: true\n      failed_when: true', { skipped: true, failed: false }],
  [
    'file: { path: "{{ root }}/no", state: directory }\n      check_mode: true',
    { changed: true, failed: false, path: expect.any(String), uid: undefined, owner: undefined },
  ],
  [
    'copy: { content: x, dest: "{{ root }}/no" }\n      check_mode: true',
    { changed: true, failed: false, uid: undefined },
  ],
];

describe('what a task registers', () => {
  it.each(RESULTS)('%s', async (task, wanted) => {
    compare(await registered(task), wanted);
  });
});

describe('include_vars', () => {
  it('registers the variables, whose templates are rendered when they are read', async () => {
    scratch.write({ 'vars.yml': 'a: 1\nb: "{{ later }}"\nc: "{{ never }}"' });
    const told = await scratch.run(`
- hosts: h1
  gather_facts: false
  tasks:
    - { name: it, include_vars: vars.yml, register: r }
    - set_fact: { later: now }
    - debug: { msg: "{{ r.ansible_facts.a }} {{ r.ansible_facts.b }} {{ r.ansible_facts.c is defined }}" }
    - include_vars: { file: vars.yml, name: all }
      register: r
    - debug: { msg: "{{ r.ansible_facts | join(' ') }}" }
`);
    expect(told.messages()).toEqual(['1 now False', 'all']);
  });
});

function compare(found: Readonly<Record<string, unknown>>, wanted: Readonly<Record<string, unknown>>): void {
  for (const [name, value] of Object.entries(wanted)) {
    if (!Array.isArray(value) || !isVars(value[0])) expect([name, found[name]]).toEqual([name, value]);
    else
      for (const [i, each] of (value as readonly Readonly<Record<string, unknown>>[]).entries())
        compare((found[name] as readonly Readonly<Record<string, unknown>>[])[i]!, each);
  }
}

/** Registered under the name of each task; with `--diff` or without. */
async function allRegistered(tasks: string, diff: boolean): Promise<Readonly<Record<string, Value>>> {
  const told = await scratch.run(`- hosts: h1\n  gather_facts: false\n  tasks:\n${tasks}`, { options: { diff } });
  const names = [...tasks.matchAll(/name: (\w+)/g)].map(([, name]) => name!);
  return Object.fromEntries(names.map(name => [name, told.outcome(name).result as unknown as Value]));
}

describe('diff, as ansible-core 2.14 registers it', () => {
  const TASKS = `
    - { name: fresh, copy: { content: "a\\n", dest: "{{ root }}/c" } }
    - { name: same, copy: { content: "a\\n", dest: "{{ root }}/c" } }
    - { name: other, copy: { content: "b\\n", dest: "{{ root }}/c" } }
    - { name: mode, copy: { content: "b\\n", dest: "{{ root }}/c", mode: "0600" } }
    - { name: line, lineinfile: { path: "{{ root }}/c", line: x } }
    - { name: replaced, replace: { path: "{{ root }}/c", regexp: x, replace: "y" } }
    - { name: kept, replace: { path: "{{ root }}/c", regexp: x, replace: "y" } }
    - { name: block, blockinfile: { path: "{{ root }}/c", block: z } }
    - { name: forced, copy: { content: "d\\n", dest: "{{ root }}/c" }, diff: true }
`;
  const path = () => `${scratch.root}/h1/c`;
  const diffs = async (diff: boolean) => {
    rmSync(path(), { force: true });
    const results = await allRegistered(TASKS, diff);
    return Object.fromEntries(Object.entries(results).map(([name, result]) => [name, (result as Vars).diff]));
  };
  const attributes = () => ({
    before_header: `${path()} (file attributes)`,
    after_header: `${path()} (file attributes)`,
  });
  const content = (before: string, after: string) => ({
    ...{ before, after },
    ...{ before_header: `${path()} (content)`, after_header: `${path()} (content)` },
  });
  const block = 'b\ny\n# BEGIN ANSIBLE MANAGED BLOCK\nz\n# END ANSIBLE MANAGED BLOCK\n';

  it('with --diff', async () => {
    expect(await diffs(true)).toEqual({
      fresh: [{ before: '', after: 'a\n', after_header: expect.any(String) }],
      same: { before: { path: path() }, after: { path: path() } },
      other: [{ before: 'a\n', before_header: path(), after: 'b\n', after_header: expect.any(String) }],
      mode: { before: { path: path(), mode: '0644' }, after: { path: path(), mode: '0600' } },
      line: [content('b\n', 'b\nx\n'), attributes()],
      replaced: { before: 'b\nx\n', after: 'b\ny\n', before_header: path(), after_header: path() },
      kept: undefined,
      block: [content('b\ny\n', block), attributes()],
      forced: [{ before: block, before_header: path(), after: 'd\n', after_header: expect.any(String) }],
    });
  });

  it('without', async () => {
    expect(await diffs(false)).toMatchObject({
      fresh: [],
      other: [],
      line: [content('', ''), attributes()],
      replaced: undefined,
      forced: [{ before: block, after: 'd\n' }],
    });
  });
});

describe('a loop', () => {
  it('ends, without results, with an item of which something cannot be rendered', async () => {
    const told = await scratch.run(`
- hosts: h1
  gather_facts: false
  tasks:
    - command: touch {{ root }}/item{{ item }}{{ nothing if item == 2 else '' }}
      loop: [1, 2, 3]
      register: r
      ignore_errors: true
    - debug: { msg: "{{ r.results is defined }} {{ r is failed }}" }
    - command: echo
      loop: [1, 2]
      when: item == nothing
      register: r
      ignore_errors: true
    - debug: { msg: "{{ r.results is defined }}" }
    - command: ls {{ root }}
      name: ls
`);
    expect(told.messages()).toEqual(['False True', 'false']);
    expect((told.outcome('ls').result as Vars).stdout_lines).toEqual(expect.not.arrayContaining(['item3']));
    expect((told.outcome('ls').result as Vars).stdout_lines).toEqual(expect.arrayContaining(['item1']));
  });

  it('goes on behind an item whose file is missing', async () => {
    const told = await scratch.run(`
- hosts: h1
  gather_facts: false
  tasks:
    - { name: it, copy: { src: "{{ item }}", dest: "{{ root }}/m" }, loop: ["/no/such", "/etc/passwd"], ignore_errors: true }
`);
    expect((told.outcome('it').result.results as readonly Vars[]).map(({ changed }) => changed)).toEqual([false, true]);
  });

  it('says of items that were lost that they are unreachable, not failed', () => {
    const item: Item = { value: 1, label: '1', local: {}, piece: { kind: 'skip', why: '' } };
    const lost = failed({ reason: 'lost', why: 'gone' });
    const wrong = failed({ reason: 'condition', why: 'no' });
    const loop = { variable: 'item' };
    expect(fold([item], [lost], loop).result).toMatchObject({ unreachable: true, changed: false });
    expect(fold([item], [lost], loop).result.failed).toBeUndefined();
    expect(fold([item, item], [lost, wrong], loop).result).toMatchObject({ failed: true });
  });

  it('keeps ansible_loop of its items, and gathers warnings', async () => {
    const told = await scratch.run(`
- hosts: h1
  gather_facts: false
  tasks:
    - { name: it, command: echo, loop: [1, 2], loop_control: { extended: true } }
`);
    expect(told.outcome('it').result.results).toMatchObject([
      { ansible_loop: { index: 1, first: true } },
      { ansible_loop: { index: 2, last: true } },
    ]);
  });
});

describe('a loop over an include', () => {
  it('tells of each item that is skipped', async () => {
    const told = await scratch.run(
      '- hosts: all\n  gather_facts: false\n  tasks: [{ include_tasks: none.yml, loop: [u, v], when: root is undefined }]',
    );
    const items = told.events.flatMap(event => (event.kind === 'item-finished' ? [event] : []));
    expect(items.map(({ item, outcome }) => `${item}: ${outcome.kind}`)).toEqual(['u: skipped', 'v: skipped']);
  });
});
