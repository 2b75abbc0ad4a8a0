import { afterAll, describe, expect, it } from 'vitest';
import { Scratch } from '../rig.js';

const scratch = new Scratch();
afterAll(() => scratch.remove());

const say = (text: string): string => `debug: { msg: "${text}" }`;

scratch.write({
  'roles/r/tasks/main.yml': `- ${say('r {{ p | default(0) }}')}\n  changed_when: true\n  notify: [named, topic]`,
  'roles/r/handlers/main.yml': `
- name: named
  ${say('named of r {{ k | default(0) }}')}
- name: same
  ${say('same of r')}
- name: listening
  listen: topic
  ${say('listening of r')}
`,
  'roles/s/tasks/main.yml': `- ${say('s')}`,
  'roles/s/handlers/main.yml': `- name: same\n  ${say('same of s')}`,
  'roles/many/meta/main.yml': 'allow_duplicates: true',
  'roles/many/tasks/main.yml': `- ${say('many')}`,
  'roles/needy1/meta/main.yml': 'dependencies: [s]',
  'roles/needy1/tasks/main.yml': `- ${say('needy1')}`,
  'roles/needy2/meta/main.yml': 'dependencies: [s]',
  'roles/needy2/tasks/main.yml': `- ${say('needy2')}`,
  'roles/skipping/tasks/main.yml': `- ${say('skipping')}\n  when: go | default(false)`,
  'roles/failing/tasks/main.yml': `- ${say('failing')}\n- { fail: {}, when: not (go | default(false)) }\n- ${say('through')}`,
});

const said = async (play: string): Promise<readonly string[]> =>
  (await scratch.run(`- hosts: all\n  gather_facts: false\n${play}`)).messages();

/** Each checked with ansible-core 2.14. */
describe('a role that is listed again', () => {
  it.each([
    ['runs once', 'roles: [s, s]', ['s']],
    [
      'runs again with other params',
      'roles: [{ role: r, p: 1 }, { role: r, p: 2 }, { role: r, p: 1 }]',
      ['r 1', 'r 2'],
    ],
    ['runs again if it allows duplicates', 'roles: [many, many]', ['many', 'many']],
    ['is needed once', 'roles: [needy1, needy2, s]', ['s', 'needy1', 'needy2']],
    [
      'runs at its second listing if it was skipped at its first',
      'roles: [{ role: needy1, when: go | default(false) }, needy2]',
      ['s', 'needy2'],
    ],
    ['is imported again', `tasks: [{ import_role: { name: s } }, { import_role: { name: s } }]`, ['s', 's']],
    [
      'is not included again without allow_duplicates',
      `tasks: [{ include_role: { name: s, allow_duplicates: false } }, { include_role: { name: s, allow_duplicates: false } }]`,
      ['s'],
    ],
  ])('%s', async (_what, play, expected) => {
    expect((await said(`  ${play}`)).filter(text => !/ of /.test(text))).toEqual(expected);
  });

  it('runs at its second listing if all its tasks were skipped at the first', async () => {
    const play = `
  tasks:
    - import_role: { name: skipping, allow_duplicates: false }
    - set_fact: { go: true }
    - import_role: { name: skipping, allow_duplicates: false }
    - import_role: { name: skipping, allow_duplicates: false }
`;
    expect(await said(play)).toEqual(['skipping']);
  });

  it('runs at its second listing if it did not come to its end at the first', async () => {
    const play = `
  tasks:
    - block: [{ import_role: { name: failing, allow_duplicates: false } }]
      rescue: [{ set_fact: { go: true } }]
    - import_role: { name: failing, allow_duplicates: false }
    - import_role: { name: failing, allow_duplicates: false }
`;
    expect(await said(play)).toEqual(['failing', 'failing', 'through']);
  });

  it.each([1, 2])('does not act again, on %i hosts', async hosts => {
    scratch.write({ 'roles/counting/tasks/main.yml': '- shell: echo x >> {{ root }}/count-{{ hosts }}' });
    const told = await scratch.run(
      `
- hosts: all
  gather_facts: false
  vars: { hosts: ${hosts} }
  roles: [counting, counting]
  tasks:
    - shell: cat {{ root }}/count-{{ hosts }}
      register: c
    - debug: { msg: "{{ c.stdout_lines | length }}" }
`,
      { hosts },
    );
    expect(told.messages('h1')).toEqual(['1']);
  });
});

const RS = ['r 0', 'named of r 0', 'listening of r'];

describe('handlers', () => {
  const three = (use: string): string => `  tasks: [${[use, use, use].map(one => `{ ${one} }`).join(', ')}]`;
  it.each([
    ['included', three('include_role: { name: r }')],
    ['imported', three('import_role: { name: r }')],
  ])('of a role that is %s three times run once', async (_how, play) => {
    expect(await said(play)).toEqual(['r 0', 'r 0', ...RS]);
  });

  it('of a role are as its last use has them', async () => {
    const play = `
  tasks:
    - block: [{ include_role: { name: r } }]
      vars: { k: 1 }
    - block: [{ include_role: { name: r } }]
      vars: { k: 2 }
`;
    expect(await said(play)).toContain('named of r 2');
  });

  it('of one name: the first of a list, and the last list that has it', async () => {
    const notifying = (name: string): string => `{ ${say('x')}, changed_when: true, notify: "${name}" }`;
    const own = (name: string): string => `{ name: ${name}, ${say('{{ w }} of the play')} }`;
    expect(
      await said(`
  handlers: [{ name: a, ${say('first')} }, { name: a, ${say('second')} }]
  tasks: [${notifying('a')}]
`),
    ).toEqual(['x', 'first']);
    expect(await said(`  roles: [r, s]\n  tasks: [${notifying('same')}]`)).toContain('same of s');
    expect(await said(`  roles: [r, s]\n  tasks: [${notifying('same')}]`)).not.toContain('same of r');
    expect(await said(`  roles: [r, s]\n  tasks: [${notifying('r : same')}]`)).toContain('same of r');
    const withOwn = await said(
      `  vars: { w: own }\n  roles: [r, s]\n  tasks: [${notifying('same')}]\n  handlers: [${own('same')}]`,
    );
    expect(withOwn).toContain('own of the play');
    expect(withOwn).not.toContain('same of s');
  });

  it('that listen all run, those of one name too', async () => {
    expect(
      await said(`
  handlers:
    - { name: a, listen: t, ${say('first')} }
    - { name: a, listen: t, ${say('second')} }
    - { listen: t, ${say('third')} }
  tasks: [{ ${say('x')}, changed_when: true, notify: [t, a] }]
`),
    ).toEqual(['x', 'first', 'second', 'third']);
  });

  it('that only another play has fail the task that notifies them, if it changes anything', async () => {
    const told = await scratch.run(`
- hosts: all
  gather_facts: false
  tasks:
    - { name: ok, ${say('x')}, notify: named }
    - { name: changed, ${say('y')}, changed_when: true, notify: named }
- hosts: all
  gather_facts: false
  roles: [r]
`);
    expect(told.tasks().slice(0, 2)).toEqual(['ok: ok', 'changed: failed']);
    expect(told.outcome('changed').result.msg).toBe(
      "The requested handler 'named' was not found in either the main handlers list nor in the listening handlers list",
    );
  });

  it('are notified by a list out of a template, loop, and may be skipped', async () => {
    expect(
      await said(`
  vars: { names: [a, b], n: c }
  handlers:
    - { name: a, ${say('a {{ item }}')}, loop: [1, 2] }
    - { name: b, ${say('b')}, when: false }
    - { name: c-c, ${say('c')}, when: nothing, ignore_errors: true }
  tasks:
    - { ${say('x')}, changed_when: true, notify: "{{ names }}" }
    - { ${say('y')}, changed_when: true, notify: ["{{ n }}-c"] }
`),
    ).toEqual(['x', 'y', 'a 1', 'a 2']);
  });
});
