import { afterAll, describe, expect, it } from 'vitest';
import { Scratch } from '../rig.js';

const scratch = new Scratch();
afterAll(() => scratch.remove());

/** h2 notes that it has started its second task; the first of h1 waits for it, and fails if the two wait for each other. */
const site = (strategy: string): string => `- hosts: all
  gather_facts: false
  strategy: ${strategy}
  vars: {chosen: free}
  tasks:
    - command: "true"
    - shell: for i in $(seq 100); do [ -e "{{ hostvars.h2.root }}/on" ] && exit 0; sleep 0.05; done; exit 1
      when: inventory_hostname == 'h1'
    - file: {path: "{{ root }}/on", state: touch}
`;

describe('the strategy of a play', () => {
  it.each(['"{{ chosen }}"', 'host_pinned', 'ansible.builtin.free'])(
    '%s: each host at its own pace',
    async strategy => {
      const told = await scratch.run(site(strategy), { hosts: 2 });
      expect(told.events.filter(event => event.kind === 'task-finished' && event.outcome.kind === 'failed')).toEqual(
        [],
      );
    },
  );

  it('is linear where a template says so, or where it is omitted', async () => {
    for (const words of ['linear', '{{ omit }}']) {
      const told = await scratch.run(
        `- hosts: all
  gather_facts: false
  strategy: "${words}"
  tasks:
    - {name: first, command: "true"}
    - {name: second, command: "true"}
`,
        { hosts: 2 },
      );
      const order = told.events.flatMap(event => (event.kind === 'task-finished' ? [event.task.name] : []));
      expect(order, words).toEqual(['first', 'first', 'second', 'second']);
    }
  });

  it('ends the run where no strategy has the name that comes of a template', async () => {
    const told = await scratch.run('- hosts: all\n  strategy: "{{ x }}"\n  vars: {x: never}\n  tasks: [{ping: }]\n');
    expect(told.events).toContainEqual(expect.objectContaining({ kind: 'play-failed' }));
  });
});

describe('vars as a list of dictionaries', () => {
  it('is as one of them all, in which the later win', async () => {
    const told = await scratch.run(`- hosts: h1
  gather_facts: false
  vars: [{a: 1, b: 1}, {b: 2}]
  tasks:
    - debug: {msg: "{{ a }}{{ b }}{{ c }}{{ d }}"}
      vars: [{c: 3, d: 3}, {d: 4}]
`);
    expect(told.messages()).toEqual(['1234']);
  });
});
