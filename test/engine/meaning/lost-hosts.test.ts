import { afterAll, describe, expect, it } from 'vitest';
import { NO_PORT, Scratch } from '../rig.js';
import { saidAsByAnsible } from './oracle.js';

const scratch = new Scratch();
afterAll(() => scratch.remove());

const GONE = `gone ansible_connection=ssh ansible_host=127.0.0.1 ansible_port=${NO_PORT}`;
const say = (text: string): string => `debug: { msg: "${text} {{ inventory_hostname }}" }`;
const lost = (keywords: string): string =>
  `{ command: echo x, delegate_to: "{{ 'gone' if inventory_hostname == 'h1' else omit }}", register: r${keywords} }`;

const said = (play: string, hosts = 2): Promise<readonly string[]> =>
  saidAsByAnsible(
    scratch,
    `- hosts: h*\n  gather_facts: false\n${play}\n- hosts: h*\n  gather_facts: false\n  tasks: [${say('next')}]`,
    { hosts, inventory: GONE, mayFail: true },
  );

describe('a host that is lost at a task that is one for all', () => {
  it.each([
    ['any_errors_fatal', `  any_errors_fatal: true\n  tasks: [${lost('')}, ${say('behind')}]`],
    [
      'any_errors_fatal and ignore_unreachable',
      `  any_errors_fatal: true\n  tasks: [${lost(', ignore_unreachable: true')}, ${say('behind')}]`,
    ],
    [
      'the same in batches',
      `  serial: 50%\n  any_errors_fatal: true\n  tasks: [${lost(', ignore_unreachable: true')}, ${say('behind')}]`,
    ],
    [
      'a strategy that a template says',
      `  strategy: "{{ 'linear' }}"\n  any_errors_fatal: true\n  tasks: [${lost(', ignore_unreachable: true')}, ${say('behind')}]`,
    ],
    ['run_once', `  tasks: [${lost(', run_once: true')}, ${say('behind')}]`],
    [
      'run_once and ignore_unreachable',
      `  tasks: [${lost(', run_once: true, ignore_unreachable: true')}, ${say('behind')}]`,
    ],
    [
      'run_once in a block with a rescue',
      `  tasks:\n    - block: [${lost(', run_once: true')}]\n      rescue: [${say('rescue')}]\n    - ${say('behind')}`,
    ],
  ])('ends the run: %s', async (_what, play) => {
    expect(await said(play, 4)).toEqual([]);
  });

  it('ends nothing for the others with ignore_errors', async () => {
    expect(await said(`  tasks: [${lost(', run_once: true, ignore_errors: true')}, ${say('behind')}]`)).toEqual([
      'behind h2',
      'next h2',
    ]);
  });

  it('ends nothing for the others under free', async () => {
    const play = `  strategy: free\n  any_errors_fatal: true\n  tasks: [${lost(', ignore_unreachable: true')}, ${say('behind')}]`;
    expect(await said(play)).toEqual(['behind h1', 'behind h2', 'next h1', 'next h2']);
  });

  it('is told, and the others are told of it', async () => {
    const told = await scratch.run(
      `- hosts: h*\n  gather_facts: false\n  any_errors_fatal: true\n  tasks: [${lost(', ignore_unreachable: true')}]`,
      { hosts: 2, inventory: GONE },
    );
    const why = 'h1 was lost at a task that is one for all hosts';
    expect(told.events.flatMap(event => (event.kind === 'host-lost' ? [`${event.host}: ${event.why}`] : []))).toEqual([
      `h1: ${why}`,
      `h2: ${why}`,
    ]);
    expect([told.standing('h1'), told.standing('h2')]).toEqual(['failed', 'failed']);
  });
});
