import { afterAll, describe, expect, it } from 'vitest';
import { isVars, type Value } from '../../../src/core/value.js';
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

describe('a loop over an include', () => {
  it('tells of each item that is skipped', async () => {
    const told = await scratch.run(
      '- hosts: all\n  gather_facts: false\n  tasks: [{ include_tasks: none.yml, loop: [u, v], when: root is undefined }]',
    );
    const items = told.events.flatMap(event => (event.kind === 'item-finished' ? [event] : []));
    expect(items.map(({ item, outcome }) => `${item}: ${outcome.kind}`)).toEqual(['u: skipped', 'v: skipped']);
  });
});
