import { chmodSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { Scratch } from '../rig.js';

const scratch = new Scratch();
afterAll(() => scratch.remove());

const NOT_DEFINED = 'VARIABLE IS NOT DEFINED!';

/** Each as ansible-core 2.14 says it. */
describe('debug with var', () => {
  it.each([
    ['nothing', NOT_DEFINED],
    ['d.nope', NOT_DEFINED],
    ['r2.changed', NOT_DEFINED],
    ['d[nothing]', NOT_DEFINED],
    ['nothing | lower', NOT_DEFINED],
    ['d.nope.deeper', NOT_DEFINED],
    ['u', NOT_DEFINED],
    ['hostvars[inventory_hostname].nope', NOT_DEFINED],
    ['l[0]', 'a'],
    ['d.k', 'v'],
    ['n + 1', '6'],
    ['l | length', '2'],
    ['n', '5'],
    ['l', JSON.stringify(['a', 'b'], undefined, 4)],
  ])('%s', async (expression, value) => {
    const told = await scratch.run(`
- hosts: h1
  gather_facts: false
  vars: { l: [a, b], d: { k: v }, n: 5, u: "{{ nothing }}" }
  tasks:
    - debug: { var: "${expression}" }
      register: r
    - debug: { msg: "{{ r['${expression}'] is defined }} {{ nothing | default(1) }}" }
`);
    expect(told.tasks()[0]).toBe('debug: ok');
    expect(told.messages()).toEqual([`${expression}: ${value}`, 'True 1']);
  });
});

describe('debug with var as a template', () => {
  it('fails where that is undefined', async () => {
    const told = await scratch.run(`
- hosts: h1
  gather_facts: false
  tasks:
    - debug: { var: "{{ nothing.changed }}" }
      ignore_errors: true
`);
    expect(told.tasks()).toEqual(['debug: ignored']);
  });
});

describe('template with mode preserve', () => {
  it('has the mode of the template', async () => {
    scratch.write({ 'templates/t.j2': '{{ 1 + 1 }}' });
    chmodSync(join(scratch.folder, 'templates/t.j2'), 0o600);
    const told = await scratch.run(`
- hosts: h1
  tasks:
    - template: { src: t.j2, dest: "{{ root }}/t", mode: preserve }
    - stat: { path: "{{ root }}/t" }
      register: s
    - debug: { msg: "{{ s.stat.mode }}" }
`);
    expect(told.messages()).toEqual(['0600']);
  });
});
