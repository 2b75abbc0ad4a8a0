import { afterAll, describe, expect, it } from 'vitest';
import { Scratch } from '../rig.js';

const scratch = new Scratch();
afterAll(() => scratch.remove());

describe('what a run_once task finds out or sets is known of every host of the batch', () => {
  it.each([
    ['set_fact: { v: one }', 'v'],
    ['set_fact: { v: one, cacheable: true }', 'ansible_facts.v'],
    ['set_fact: { v: "{{ v | default(\'\') ~ item }}" }, loop: [o, n, e]', 'v'],
    ['include_vars: vars/x.yml', 'v'],
    ['getent: { database: passwd, key: root }', "getent_passwd.root[4] | replace('/root', 'one')"],
    ['setup: {}, register: s', "('kernel' in ansible_facts) | ternary('one', 'none')"],
    ['command: echo one, register: r', 'r.stdout'],
  ])('%s', async (task, value) => {
    scratch.write({ 'vars/x.yml': 'v: one' });
    const told = await scratch.run(
      `
- hosts: all
  gather_facts: false
  tasks:
    - { ${task}, run_once: true }
    - debug: { msg: "{{ ${value} }}" }
`,
      { hosts: 3 },
    );
    expect(['h1', 'h2', 'h3'].map(host => told.messages(host).at(-1))).toEqual(['one', 'one', 'one']);
  });

  it('delegate_facts names the one host that has them', async () => {
    const told = await scratch.run(
      `
- hosts: all
  gather_facts: false
  tasks:
    - { getent: { database: passwd, key: root }, run_once: true, delegate_to: h2, delegate_facts: true }
    - debug: { msg: "{{ getent_passwd is defined }}" }
`,
      { hosts: 3 },
    );
    expect(['h1', 'h2', 'h3'].map(host => told.messages(host).at(-1))).toEqual(['false', 'true', 'false']);
  });
});
