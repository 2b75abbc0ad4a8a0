import { afterAll, describe, expect, it } from 'vitest';
import { Recap } from '../../../src/report/summary.js';
import { Scratch } from '../rig.js';
import { saidAsByAnsible } from './oracle.js';

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

  it.each(['h1', 'h2'])('delegate_facts names the one host that has it: %s', async host => {
    const told = await scratch.run(
      `
- hosts: all
  gather_facts: false
  tasks:
    - { set_fact: { v: one }, run_once: true, delegate_to: ${host}, delegate_facts: true }
    - debug: { msg: "{{ v is defined }}" }
`,
      { hosts: 2 },
    );
    expect(['h1', 'h2'].filter(one => told.messages(one).at(-1) === 'true')).toEqual([host]);
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

describe('a failure under run_once', () => {
  const say = (text: string): string =>
    `debug: { msg: "${text} {{ inventory_hostname }} {{ ansible_failed_result.msg | default('none') }}" }`;
  scratch.write({ 'inc.yml': `- ${say('included')}\n- fail: { msg: one }` });
  const block = (keywords: string, body: string): string =>
    `    - block: [${body}]\n      rescue: [${say('rescue')}]\n      ${keywords}\n    - ${say('behind')}`;
  const BEHIND = ['behind h1 one', 'behind h2 none'];

  it.each([
    ['goes to the rescue of all', block('run_once: true', 'fail: { msg: one }'), ['rescue h1 one']],
    [
      'of an included task, too',
      block('run_once: true', `{ include_tasks: inc.yml }, { ${say('body')} }`),
      ['included h1 none', 'rescue h1 one'],
    ],
    [
      'of a task of an include that is done once itself is that of its host',
      block('any_errors_fatal: false', `{ include_tasks: inc.yml, run_once: true }, { ${say('body')} }`),
      ['body h2 none', 'included h1 none', 'rescue h1 one'],
    ],
    [
      'is rescued under any_errors_fatal, and all go on',
      block('run_once: true\n      any_errors_fatal: true', 'fail: { msg: one }'),
      ['rescue h1 one'],
    ],
  ])('%s', async (_what, tasks, expected) => {
    const plays = `- hosts: all\n  gather_facts: false\n  tasks:\n${tasks}`;
    expect(await saidAsByAnsible(scratch, plays, { hosts: 2 })).toEqual([...BEHIND, ...expected].sort());
  });

  it('counts as rescued for the host that did it', async () => {
    const tasks = block('run_once: true', 'fail: { msg: one }');
    const told = await scratch.run(`- hosts: all\n  gather_facts: false\n  tasks:\n${tasks}`, { hosts: 3 });
    const recap = new Recap();
    for (const event of told.events) recap.on(event);
    expect([...recap.summary.hosts.values()].map(({ rescued, failed }) => [rescued, failed])).toEqual([
      [1, 0],
      [0, 0],
      [0, 0],
    ]);
  });
});
