import { afterAll, describe, expect, it } from 'vitest';
import { z } from 'zod';
import type { AnyModule } from '../../../src/core/module.js';
import { defineModule } from '../../../src/core/module.js';
import { sh } from '../../../src/core/sh.js';
import type { Vars } from '../../../src/core/value.js';
import { Scratch } from '../rig.js';

const scratch = new Scratch();
afterAll(() => scratch.remove());

/** A module whose result holds the facts it is told. */
const telling: AnyModule = defineModule({
  name: 'ping',
  summary: 'Answers facts.',
  example: '- ping: { facts: { x: 1 } }',
  args: z.object({ facts: z.record(z.string(), z.unknown()).optional(), data: z.string().optional() }),
  probe: () => ({ script: sh`:`, parse: () => ({}) }),
  plan: () => [],
  result: args => ({ ansible_facts: (args.facts ?? {}) as Vars }),
});

describe('facts of modules', () => {
  it('are variables under the name that the module gives them', async () => {
    const told = await scratch.run(
      `
- hosts: h1
  tasks:
    - ping: { facts: { services: { a: 1 }, ansible_foo: 2 } }
    - debug:
        msg: "{{ [services.a, ansible_facts.services.a, hostvars.h1.services.a, ansible_services | default('none'),
          ansible_foo, ansible_facts.foo, hostvars.h1.ansible_foo, foo | default('none')] | join(' ') }}"
`,
      { modules: [telling] },
    );
    expect(told.messages()).toEqual(['1 1 1 none 2 2 2 none']);
  });

  it('are weaker than variables of the play, stronger than those of the inventory', async () => {
    const told = await scratch.run(
      `
- hosts: h1
  vars: { ofplay: play }
  tasks:
    - ping: { facts: { ofplay: fact, ofinventory: fact } }
    - debug: { msg: "{{ ofplay }} {{ ofinventory }}" }
`,
      { modules: [telling], inventory: '[all:vars]\nofinventory=inventory\nofplay=inventory' },
    );
    expect(told.messages()).toEqual(['play fact']);
  });

  it('of service_facts, package_facts and getent are plain variables', async () => {
    const told = await scratch.run(`
- hosts: h1
  tasks:
    - getent: { database: passwd, key: root }
    - package_facts:
    - service_facts:
    - debug:
        msg: "{{ [getent_passwd.root[4], ansible_facts.getent_passwd.root[4], packages is mapping,
          ansible_facts.packages is mapping, services is mapping, ansible_facts.services is mapping] | join(' ') }}"
`);
    expect(told.messages()).toEqual(['/root /root True True True True']);
  });

  it('that set_fact makes cacheable are facts of their own name', async () => {
    const told = await scratch.run(`
- hosts: h1
  tasks:
    - set_fact: { mine: 1, cacheable: true }
    - debug: { msg: "{{ ansible_facts.mine }} {{ mine }} {{ ansible_mine | default('none') }}" }
`);
    expect(told.messages()).toEqual(['1 1 none']);
  });

  it('of setup have their prefix where it is registered', async () => {
    const told = await scratch.run(`
- hosts: h1
  tasks:
    - setup:
      register: s
    - debug: { msg: "{{ s.ansible_facts.ansible_hostname == ansible_hostname }} {{ s.ansible_facts.hostname is defined }}" }
`);
    expect(told.messages()).toEqual(['True False']);
  });
});
