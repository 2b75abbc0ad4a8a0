import { join } from 'node:path';
import { isDeepStrictEqual } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Scratch } from '../rig.js';
import { hasOracle, runWithAnsible } from './oracle.js';

const scratch = new Scratch();
afterAll(() => scratch.remove());

/** Ansible's page of special variables, and what is said of connections. */
const NAMES = `ansible_check_mode ansible_collection_name ansible_config_file ansible_connection ansible_delegated_vars
  ansible_dependent_role_names ansible_diff_mode ansible_facts ansible_forks ansible_host ansible_index_var ansible_inventory_sources
  ansible_limit ansible_loop ansible_loop_var ansible_parent_role_names ansible_parent_role_paths ansible_play_batch
  ansible_play_hosts ansible_play_hosts_all ansible_play_name ansible_play_role_names ansible_playbook_python ansible_port
  ansible_role_name ansible_role_names ansible_run_tags ansible_search_path ansible_shell_executable
  ansible_skip_tags ansible_user ansible_verbosity ansible_version environment group_names groups hostvars inventory_dir
  inventory_file inventory_hostname inventory_hostname_short omit play_hosts playbook_dir role_name role_names role_path
  vars`.split(/\s+/);

/** Only whether they are defined is compared: they are large, or of the machine or the program. */
const ONLY_DEFINED = 'ansible_facts ansible_forks ansible_version groups hostvars omit vars'.split(' ');

/** Says all of them, as JSON behind the name of the place. */
const save = (where: string): string =>
  `debug: { msg: "@${where} {{ inventory_hostname }} {{ lookup('template', playbook_dir + '/probe.j2') }}" }`;

const role = (name: string): Readonly<Record<string, string>> => ({
  [`roles/${name}/tasks/main.yml`]: `
- ${save(`role-${name}`)}
  changed_when: true
  notify: handler of ${name}
`,
  [`roles/${name}/handlers/main.yml`]: `
- name: handler of ${name}
  ${save(`handler-${name}`)}
`,
});

const SITE = `
- hosts: h1,h2
  gather_facts: false
  name: first
  roles: [outer]
  handlers:
    - name: of the play
      ${save('handler')}
  tasks:
    - ${save('task')}
      environment: { A: b }
      changed_when: true
      notify: of the play
    - ${save('loop-{{ me }}')}
      loop: [1]
      loop_control: { loop_var: me, index_var: i, extended: true }
    - ${save('to-localhost')}
      delegate_to: localhost
    - ${save('to-h2')}
      delegate_to: h2
    - include_role: { name: including }
    - include_role: { name: public, public: true }
    - ${save('behind')}
      remote_user: somebody
    - block:
        - ${save('variables')}
      vars: { ansible_port: 44 }
      port: 7
- hosts: localhost
  gather_facts: false
  tasks:
    - ${save('implicit')}
`;

type Found = Readonly<Record<string, Readonly<Record<string, unknown>>>>;

const read = (messages: readonly string[]): Found =>
  Object.fromEntries(
    messages.flatMap(message => {
      const [, where, host, json] = /^@(\S+) (\S+) (.*)$/s.exec(message) ?? [];
      return json === undefined ? [] : [[`${where}-${host}`, JSON.parse(json)] as const];
    }),
  );

/** What is another in Ansible, and means to be. */
function isMeant(where: string, name: string): boolean {
  // The template action says it again, and a handler of a role that two roles use knows the one that notified it.
  if (name === 'ansible_search_path') return where.startsWith('handler-inner');
  // A delegated task sees the delegate's account and address where its own host has none.
  return where.startsWith('to-') && (name === 'ansible_user' || name === 'ansible_host');
}

describe.skipIf(!hasOracle)('special variables are what they are in Ansible', () => {
  let ours: Found;
  let theirs: Found;

  beforeAll(async () => {
    const of = (name: string): string =>
      ONLY_DEFINED.includes(name) || name === 'ansible_delegated_vars'
        ? `'${name}': ${name} is defined`
        : `'${name}': ${name} | default('UNDEFINED')`;
    scratch.write({
      'probe.j2': `{{ { ${NAMES.map(of).join(', ')},
        'delegates': (ansible_delegated_vars | default({})).keys() | list,
        'delegated': (ansible_delegated_vars | default({})).values() | map(attribute='inventory_hostname') | list } | to_json }}`,
      ...role('outer'),
      ...role('inner'),
      ...role('needed'),
      ...role('including'),
      ...role('public'),
      'roles/outer/meta/main.yml': 'dependencies: [needed]',
    });
    for (const [name, more] of [
      ['outer', '- import_role: { name: inner }'],
      ['including', '- include_role: { name: inner }'],
    ] as const)
      scratch.write({ [`roles/${name}/tasks/main.yml`]: role(name)[`roles/${name}/tasks/main.yml`]! + more });
    const told = await scratch.run(SITE, {
      hosts: 2,
      inventory: '[some]\nh2 ansible_user=me ansible_host=127.0.0.1',
      options: { diff: false, typed: { forks: 20, inventory: [join(scratch.folder, 'hosts')] } },
    });
    expect(told.tasks().filter(line => line.endsWith('failed'))).toEqual([]);
    ours = read([...told.messages('h1'), ...told.messages('h2'), ...told.messages('localhost')]);
    theirs = read(runWithAnsible(scratch));
  }, 120_000);

  it('in every place', () => {
    expect(Object.keys(ours).sort()).toEqual(Object.keys(theirs).sort());
    expect(Object.keys(ours).length).toBeGreaterThan(30);
  });

  it.each([...NAMES, 'delegates', 'delegated'])('%s', name => {
    const wrong = Object.entries(theirs).flatMap(([where, values]) => {
      const [expected, found] = [values[name], ours[where]?.[name]].map(value =>
        /role_names$|search_path$/.test(name) && Array.isArray(value) ? [...new Set(value)].sort() : value,
      );
      return isMeant(where, name) || isDeepStrictEqual(expected, found) ? [] : [{ where, expected, found }];
    });
    expect(wrong).toEqual([]);
  });
});

describe('who is still in the play', () => {
  const SAY = `debug: { msg: "{{ [ansible_play_hosts, ansible_play_batch, play_hosts, ansible_play_hosts_all] | map('join', '') | join(' ') }}" }`;
  it('are those that have not failed, were rescued, or have not left', async () => {
    const told = await scratch.run(
      `
- hosts: all
  gather_facts: false
  tasks:
    - ${SAY}
    - block: [{ fail: {}, when: inventory_hostname == 'h1' }]
      always: [{ ${SAY} }]
    - block: [{ fail: {}, when: inventory_hostname == 'h2' }]
      rescue: [{ ${SAY} }]
    - ${SAY}
    - { meta: end_host, when: inventory_hostname == 'h3' }
    - ${SAY}
    - { fail: {}, ignore_errors: true, when: inventory_hostname == 'h5' }
    - ${SAY}
- hosts: all
  gather_facts: false
  serial: 2
  tasks:
    - ${SAY}
`,
      { hosts: 5 },
    );
    const all = 'h1h2h3h4h5';
    const without1 = `h2h3h4h5 h2h3h4h5 h2h3h4h5 ${all}`;
    const without3 = `h2h4h5 h2h4h5 h2h4h5 ${all}`;
    expect(told.messages('h1')).toEqual([`${all} ${all} ${all} ${all}`, without1]);
    expect(told.messages('h2').slice(1)).toEqual([
      ...[without1, without1, without1, without3, without3],
      // Who failed before has its place in a batch: h1 and h2 are the first.
      `h2h3h4h5 h2 h2 ${all}`,
    ]);
    expect(told.messages('h3').at(-1)).toBe(`h2h3h4h5 h3h4 h3h4 ${all}`);
    expect(told.messages('h5').at(-1)).toBe(`h2h3h4h5 h5 h5 ${all}`);
  });
});
