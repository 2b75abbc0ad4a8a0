import { afterAll, describe, expect, it } from 'vitest';
import { Scratch } from '../rig.js';
import { hasOracle, runWithAnsible } from './oracle.js';

const scratch = new Scratch();
afterAll(() => scratch.remove());
scratch.write({ 'say.yml': '- debug: { msg: "{{ who }} {{ number }}" }\n' });

const site = `- hosts: h1
  gather_facts: false
  vars: { thing: who, counter: number }
  tasks:
    - include_tasks: say.yml
      loop: [a, b]
      loop_control: &names { loop_var: "{{ thing }}", index_var: "{{ counter }}" }
    - command: echo {{ who }}
      when: who != 'd'
      loop: [c, d]
      loop_control: *names
      register: r
    - debug: { msg: "{{ r.results | map(attribute='who') | join }} {{ r.results[0].stdout }}" }
    - debug: { msg: "{{ word }}" }
      loop: [e]
      loop_control: { loop_var: "{{ mine }}" }
      vars: { mine: word }
`;

describe('loop_var and index_var', () => {
  it('may be templates', async () => {
    const said = ['a 0', 'b 1', 'cd c', 'e'];
    expect((await scratch.run(site)).messages()).toEqual(said);
    expect((await scratch.run(site, { options: { sequential: true } })).messages()).toEqual(said);
    if (hasOracle) expect(runWithAnsible(scratch)).toEqual(said);
  });

  it('that come to no name fail the task', async () => {
    const told = await scratch.run(`- hosts: h1
  gather_facts: false
  tasks:
    - { name: it, debug: , loop: [1], loop_control: { loop_var: "{{ 'a' }} b" } }
`);
    expect(told.outcome('it').result.msg).toContain('`a b` cannot name a variable');
  });
});
