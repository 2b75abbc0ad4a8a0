import { afterAll, describe, expect, it } from 'vitest';
import { Recap } from '../../../src/report/summary.js';
import { Scratch } from '../rig.js';

const scratch = new Scratch();
afterAll(() => scratch.remove());

const MESSAGE = 'debug: { msg: "{{ ansible_failed_result.msg | default(\'none\') }}" }';

/** What is said, and the recap's counts of failures. */
async function outcome(tasks: string) {
  const told = await scratch.run(`- hosts: h1\n  gather_facts: false\n  tasks:\n${tasks}`);
  const recap = new Recap();
  for (const event of told.events) recap.on(event);
  const { failed, rescued } = recap.summary.hosts.get('h1')!;
  return { said: told.messages(), failed, rescued };
}

/** Each as ansible-core 2.14 has it. */
describe('a failure that goes to a rescue', () => {
  it('counts as rescued, whatever becomes of the rescue', async () => {
    expect(
      await outcome(`
    - block:
        - block: [{ fail: { msg: one } }]
          rescue: [{ fail: { msg: two } }]
          always: [{ ${MESSAGE} }]
      always: [{ ${MESSAGE} }]
`),
    ).toEqual({ said: ['one', 'one'], failed: 1, rescued: 1 });
  });

  it('is known to all tasks that follow, until the next', async () => {
    expect(
      await outcome(`
    - block: [{ fail: { msg: one } }]
      rescue: [{ ${MESSAGE} }]
      always: [{ ${MESSAGE} }]
    - ${MESSAGE}
    - block:
        - block: [{ fail: { msg: two } }]
          always: [{ ${MESSAGE} }]
      rescue:
        - block: [{ fail: { msg: three } }]
          rescue: [{ ${MESSAGE} }]
        - ${MESSAGE}
`),
    ).toEqual({ said: ['one', 'one', 'one', 'two', 'three', 'three'], failed: 0, rescued: 3 });
  });

  it('leaves nothing where no rescue is', async () => {
    expect(
      await outcome(`
    - block: [{ fail: { msg: one } }]
      always: [{ ${MESSAGE} }]
`),
    ).toEqual({ said: ['none'], failed: 1, rescued: 0 });
  });
});

/** As ansible-core 2.14 (executor/play_iterator.py, `_clear_state_errors`). */
describe('meta: clear_host_errors', () => {
  const site = `- hosts: all
  gather_facts: false
  tasks:
    - block:
        - block:
            - { command: "false", when: inventory_hostname == 'h1' }
            - { debug: { msg: in the block } }
          always: [{ debug: { msg: inner } }]
        - { debug: { msg: behind the inner } }
      always:
        - block: [{ meta: clear_host_errors }]
    - { debug: { msg: behind } }
`;

  it('in an always lets a host that failed go on behind the block', async () => {
    const told = await scratch.run(site, { hosts: 2 });
    expect(told.messages('h1')).toEqual(['inner', 'behind']);
    expect(told.messages('h2')).toEqual(['in the block', 'inner', 'behind the inner', 'behind']);
    expect(told.ended.hosts.map(({ standing }) => standing)).toEqual(['well', 'well']);
  });

  it.each(['end_host', 'end_play'])('before %s there: the host has not failed', async action => {
    const told = await scratch.run(`- hosts: h1
  gather_facts: false
  tasks:
    - block: [{ command: "false" }]
      always: [{ meta: clear_host_errors }, { meta: ${action} }]
`);
    expect(told.ended.hosts.map(({ standing }) => standing)).toEqual(['ended']);
  });
});
