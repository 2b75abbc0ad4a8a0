import { afterAll, describe, expect, it } from 'vitest';
import { Scratch } from '../rig.js';
import { hasOracle, runWithAnsible } from './oracle.js';

const scratch = new Scratch();
afterAll(() => scratch.remove());

const play = (loop: string, action = 'debug: { msg: "<{{ item }}>" }'): string => `
- hosts: h1
  gather_facts: false
  tasks:
    - ${action}
      ${loop}
`;

const FILES = {
  'files/plain.txt': 'plain\n',
  'files/inc.yml': '- debug: { msg: from files }\n',
  'tasks/near.yml': '- debug: { msg: from tasks }\n',
  'vars/v.yml': 'a: 1\n',
  'templates/t.j2': 'T\n',
  'files/t.csv': 'a,1\nb,2\n',
  'files/t.ini': '[global]\nk = v\n',
};

/** Each as ansible-core 2.14 has it. */
const LOOPS: readonly (readonly [loop: string, said: readonly string[]])[] = [
  ['with_lines: printf "a\\nb c\\n\\n"', ['<a>', '<b c>', '<>']],
  ['with_lines: ["echo $((1 + 1))", "true", "printf x"]', ['<2>', '<x>']],
  ['with_lines: "basename {{ playbook_dir }} | wc -l"', ['<1>']],
  ['with_lines: cat files/plain.txt', ['<plain>']],
  ['with_pipe: ["printf \'a\\nb\\n\\n\'"]', ['<a\nb>']],
  ['with_csvfile: "b file=t.csv delimiter=,"', ['<2>']],
  ['with_ini: "k file=t.ini"', ['<v>']],
  ['with_unvault: plain.txt', ['<plain\n>']],
];

describe('loops over what the controller says', () => {
  it.each(LOOPS)('%s', async (loop, said) => {
    scratch.write(FILES);
    const told = await scratch.run(play(loop));
    expect(told.messages()).toEqual(said);
  });

  it.runIf(hasOracle)('as ansible-core has them', async () => {
    scratch.write(FILES);
    scratch.prepare(LOOPS.map(([loop]) => play(loop)).join(''));
    expect(runWithAnsible(scratch)).toEqual(LOOPS.flatMap(([, said]) => said));
  });

  it('runs a command once, at the turn of its task', async () => {
    const told = await scratch.run(`
- hosts: h1
  gather_facts: false
  tasks:
    - command: touch {{ root }}/there
    - command: 'true'
    - debug: { msg: "{{ item }}" }
      with_lines: echo x >> ran; ls {{ root }}; wc -l < ran
`);
    expect(told.messages()).toEqual(['there', '1']);
  });

  it('fails where the command does', async () => {
    const told = await scratch.run(play('with_lines: echo no >&2; exit 3'));
    expect(told.tasks()).toEqual(['debug: failed']);
    expect(JSON.stringify(told.outcome('debug'))).toContain('ended with status 3');
  });
});

describe('with_fileglob', () => {
  it('looks from the role to the playbook until something matches', async () => {
    scratch.write({
      'files/plain.txt': '',
      'roles/g/files/own.txt': '',
      'roles/g/tasks/main.yml': `
- debug: { msg: "{{ item | basename }}" }
  with_fileglob: [plain.txt, own.txt, "*.txt", gone.txt]
`,
    });
    const site = `
- hosts: h1
  gather_facts: false
  roles: [g]
`;
    const said = ['plain.txt', 'own.txt', 'own.txt'];
    expect((await scratch.run(site)).messages()).toEqual(said);
    if (hasOracle) expect(runWithAnsible(scratch)).toEqual(said);
  });
});

describe('a loop over an include', () => {
  it('tells the items that are skipped', async () => {
    scratch.write({ 'tasks/near.yml': '- debug: { msg: "{{ item }}" }\n' });
    const told = await scratch.run(play('loop: [a, b]\n      when: item == "a"', 'include_tasks: tasks/near.yml'));
    expect(told.messages()).toEqual(['a']);
    expect(told.events.flatMap(event => (event.kind === 'item-finished' ? [event.item] : []))).toEqual(['b']);
  });
});

describe('with_first_found', () => {
  const cases: readonly (readonly [what: string, play: string, said: readonly string[]])[] = [
    [
      'passes over what is undefined',
      play('with_first_found: ["{{ nosuch }}.yml", plain.txt]', 'debug: { msg: "{{ item | basename }}" }'),
      ['plain.txt'],
    ],
    [
      'of include_tasks searches files/',
      play('with_first_found: [inc.yml]', 'include_tasks: "{{ item }}"'),
      ['from files'],
    ],
    [
      'of include_tasks does not search tasks/ of a play',
      play('with_first_found: [{ files: [near.yml], skip: true }]', 'include_tasks: "{{ item }}"'),
      [],
    ],
  ];
  it.each(cases)('%s', async (_what, site, said) => {
    scratch.write(FILES);
    expect((await scratch.run(site)).messages()).toEqual(said);
    if (hasOracle) expect(runWithAnsible(scratch)).toEqual(said);
  });

  it.each(['"{{ nosuch }}"', '[{ files: ["{{ nosuch }}.yml", plain.txt] }]'])(
    'finds nothing where all terms are undefined: %s',
    async terms => {
      scratch.write(FILES);
      const told = await scratch.run(play(`with_first_found: ${terms}`));
      expect(JSON.stringify(told.outcome('debug'))).toContain('No file was found when using first_found');
      if (hasOracle) expect(() => runWithAnsible(scratch)).toThrow('No file was found when using first_found');
    },
  );

  it('searches where the module does', async () => {
    scratch.write(FILES);
    const told = await scratch.run(`
- hosts: h1
  gather_facts: false
  tasks:
    - include_vars: "{{ item }}"
      with_first_found: [v.yml]
    - debug: { msg: "{{ a }}" }
    - template: { src: "{{ item }}", dest: "{{ root }}/t" }
      with_first_found: [t.j2]
`);
    expect(told.messages()).toEqual(['1']);
    expect(told.counts()).toEqual({ ok: 2, changed: 1 });
  });
});
