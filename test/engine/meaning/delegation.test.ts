import { afterAll, describe, expect, it } from 'vitest';
import { Scratch } from '../rig.js';

const scratch = new Scratch();
afterAll(() => scratch.remove());

/** What each of three hosts has of a variable after tasks of h1. */
async function variableAfter(tasks: string, name: string): Promise<readonly (string | undefined)[]> {
  scratch.write({ 'vars/x.yml': 'included: "{{ item | default(0) }}"' });
  const told = await scratch.run(
    `
- hosts: h1
  gather_facts: false
  tasks:
${tasks}
- hosts: all
  gather_facts: false
  tasks:
    - debug: { msg: "{{ (${name}) | default('-') }}" }
`,
    { hosts: 3 },
  );
  expect(told.tasks().filter(line => line.endsWith('failed'))).toEqual([]);
  return ['h1', 'h2', 'h3'].map(host => told.messages(host).at(-1));
}

const TO_EACH = 'delegate_to: "{{ item }}", loop: [h2, h3]';

describe('a loop that delegates to its items', () => {
  it.each([
    ['set_fact: { v: "{{ item }}" }', 'v', ['h3', '-', '-'], ['-', 'h2', 'h3']],
    ['set_fact: { v: "{{ item }}", cacheable: true }', 'ansible_facts.v', ['h3', '-', '-'], ['-', 'h2', 'h3']],
    ['include_vars: vars/x.yml', "included is defined | ternary('in', '-')", ['in', '-', '-'], ['-', 'in', 'in']],
    ['getent: { database: passwd, key: root }', 'getent_passwd.root[4]', ['/root', '-', '-'], ['-', '/root', '/root']],
    ['package_facts: {}', "packages is defined | ternary('in', '-')", ['in', '-', '-'], ['-', 'in', 'in']],
    ['service_facts: {}', "services is defined | ternary('in', '-')", ['in', '-', '-'], ['-', 'in', 'in']],
    // The delegate has been asked, and so has its facts too.
    ['setup: {}', "ansible_kernel is defined | ternary('in', '-')", ['in', 'in', 'in'], ['-', 'in', 'in']],
  ] as const)('%s', async (task, name, own, delegated) => {
    expect(await variableAfter(`    - { ${task}, ${TO_EACH} }`, name)).toEqual(own);
    expect(await variableAfter(`    - { ${task}, ${TO_EACH}, delegate_facts: true }`, name)).toEqual(delegated);
  });

  it.each([
    'debug: { msg: "{{ item }}" }',
    'assert: { that: "item is defined" }',
    'set_stats: { data: { x: 1 } }',
    'add_host: { name: "new-{{ item }}" }',
    'group_by: { key: "group-{{ item }}" }',
    'pause: { seconds: 0 }',
    'wait_for_connection: {}',
    'command: "true"',
    'copy: { dest: "{{ root }}/f", content: x }',
    'stat: { path: / }',
  ])('knows the item: %s', async task => {
    const told = await scratch.run(`- hosts: h1\n  tasks: [{ ${task}, ${TO_EACH}, register: r }]`, { hosts: 3 });
    expect(told.tasks()[0]).toMatch(/: (?:ok|changed)$/);
  });

  it('groups the host itself, whoever it delegates to', async () => {
    expect(
      await variableAfter(
        `    - { group_by: { key: "of-{{ item }}" }, ${TO_EACH}, delegate_facts: true }`,
        "group_names | join(' ')",
      ),
    ).toEqual(['of-h2 of-h3', 'ungrouped', 'ungrouped']);
  });

  it('has keywords of an account rendered for the host that delegates', async () => {
    const told = await scratch.run(
      `
- hosts: h1
  tasks:
    - { command: whoami, become: "{{ item.become }}", become_user: nobody, delegate_to: "{{ item.at }}", loop: [{ at: h2, become: false }], register: r }
    - debug: { msg: "{{ r.results[0].item.at }}" }
`,
      { hosts: 2 },
    );
    expect(told.messages()).toEqual(['h2']);
  });
});
