import { afterAll, describe, expect, it } from 'vitest';
import { Scratch } from '../rig.js';
import { hasOracle, runWithAnsible } from './oracle.js';

const scratch = new Scratch();
afterAll(() => scratch.remove());
scratch.write({
  'act.yml': '- command: echo\n',
  'again.yml': '- include_tasks: act.yml\n',
  'say.yml': '- debug: { msg: "{{ a }}" }\n',
  'roles/r/tasks/main.yml': '- command: echo\n',
  'roles/r/handlers/main.yml': '- { name: own, command: echo }\n',
});

const NOTIFYING: readonly (readonly [what: string, task: string, ran: readonly string[]])[] = [
  ['a block, to an include', '{ block: [{ include_tasks: act.yml }], notify: one }', ['one']],
  ['a block, to an include in an include', '{ block: [{ include_tasks: again.yml }], notify: one }', ['one']],
  ['a block, to an included role', '{ block: [{ include_role: { name: r } }], notify: one }', ['one']],
  ['a block, to an imported role', '{ block: [{ import_role: { name: r } }], notify: one }', ['one']],
  ['import_tasks', '{ import_tasks: act.yml, notify: one }', ['one']],
  ['import_role', '{ import_role: { name: r }, notify: [two, one] }', ['one', 'two']],
  ['apply of include_tasks', '{ include_tasks: { file: act.yml, apply: { notify: one } } }', ['one']],
  ['apply of include_role', '{ include_role: { name: r, apply: { notify: [one, two] } } }', ['one', 'two']],
  [
    'apply, before the block around it',
    '{ block: [{ include_role: { name: r, apply: { notify: two } } }], notify: one }',
    ['two'],
  ],
  ['apply, of nothing', '{ block: [{ include_tasks: { file: again.yml, apply: { notify: [] } } }], notify: one }', []],
];

const notifying = (what: string, task: string): string => `- hosts: h1
  gather_facts: false
  handlers:
    - { name: one, debug: { msg: one } }
    - { name: two, debug: { msg: two } }
  tasks:
    - debug: { msg: "${what}" }
    - ${task}
`;

const INCLUDES: readonly (readonly [task: string, said: string])[] = [
  ['include: say.yml\n      vars: { a: given }', 'given'],
  ['include: say.yml a=given', 'fact'],
  ['include: "{{ \'say\' }}.yml"\n      vars: { a: given }', 'given'],
  ['import_tasks: say.yml\n      vars: { a: given }', 'fact'],
];

/** Runs plays that say something; answers what ansible-core says, too, where it is there. */
async function said(plays: readonly string[]): Promise<readonly (readonly string[])[]> {
  const told = await scratch.run(plays.join(''));
  return [told.messages(), ...(hasOracle ? [runWithAnsible(scratch)] : [])];
}

describe('includes, as ansible-core has them', () => {
  it('notify of what is around a task goes to what an include or import brings', async () => {
    const all = await said(NOTIFYING.map(([what, task]) => notifying(what, task)));
    for (const messages of all) expect(messages).toEqual(NOTIFYING.flatMap(([what, , ran]) => [what, ...ran]));
  });

  it('vars of the old include win over a fact that was set, those behind the name do not', async () => {
    const play = '- hosts: h1\n  gather_facts: false\n  tasks:\n    - set_fact: { a: fact }\n';
    const all = await said([play, ...INCLUDES.map(([task]) => `    - ${task}\n`)]);
    for (const messages of all) expect(messages).toEqual(INCLUDES.map(([, message]) => message));
  });
});
