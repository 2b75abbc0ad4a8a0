import { afterAll, describe, expect, it } from 'vitest';
import { Scratch } from '../rig.js';

const scratch = new Scratch();
afterAll(() => scratch.remove());

async function said(template: string): Promise<string> {
  const told = await scratch.run(`
- hosts: h1
  gather_facts: false
  vars: { a: "{{ b }}", b: 1, broken: "{{ no_such }}", circle: "{{ vars | to_json | length }}" }
  tasks: [{ debug: { msg: "${template}" } }]
`);
  expect(told.tasks()).toEqual(['debug: ok']);
  return told.messages()[0]!;
}

/** Each as ansible-core 2.14 has it, which leaves the templates in `vars` as they are written. */
describe('vars and hostvars', () => {
  it.each([
    ["{{ 'b: 1' in (vars | to_yaml) }} {{ 'vars' in vars }} {{ 'hostvars' in vars }}", 'True False True'],
    ["{{ (vars | to_json | from_json).broken == '{' ~ '{ no_such }' ~ '}' }}", 'true'],
    ["{{ 'inventory_hostname: h1' in (hostvars | to_yaml) }}", 'true'],
    ["{{ hostvars | join(' ') }} {{ 'localhost' in hostvars }}", 'h1 localhost True'],
    ['{{ hostvars.localhost.ansible_connection }}', 'local'],
    ["{{ groups.all | join(' ') }}", 'h1'],
  ])('%s', async (template, text) => {
    expect(await said(template)).toBe(text);
  });

  it('list localhost once, and beside other names of the controller', async () => {
    const told = await scratch.run(
      `- { hosts: h1, gather_facts: false, tasks: [{ debug: { msg: "{{ hostvars | join(' ') }}" } }] }`,
      { inventory: '127.0.0.1 ansible_connection=local\nlocalhost ansible_connection=local' },
    );
    expect(told.messages()).toEqual(['h1 127.0.0.1 localhost']);
  });
});
