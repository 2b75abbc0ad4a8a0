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
