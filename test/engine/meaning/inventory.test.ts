import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeEach, describe, expect, it } from 'vitest';
import { Scratch } from '../rig.js';
import { saidAsByAnsible } from './oracle.js';

const scratch = new Scratch();
afterAll(() => scratch.remove());
beforeEach(() =>
  scratch.write({
    'host_vars/new.yml': 'of_host: file',
    'group_vars/fresh.yml': 'of_group: file',
  }),
);

const INVENTORY = '[web]\nh2\n[db]\nh1\n[top:children]\ndb\n';
const say = (text: string): string => `debug: { msg: "{{ inventory_hostname }} ${text}" }`;

const said = (tasks: string, hosts = 2): Promise<readonly string[]> =>
  saidAsByAnsible(scratch, `- hosts: h*\n  gather_facts: false\n  tasks:\n${tasks}`, { hosts, inventory: INVENTORY });

describe('add_host', () => {
  it('is done by the first host alone, and what it registers is its own', async () => {
    expect(
      await said(`
    - { add_host: { name: "of-{{ inventory_hostname }}", groups: db }, register: r }
    - ${say("{{ r.add_host.host_name | default('none') }} {{ groups.db | length }}")}
`),
    ).toEqual(['h1 of-h1 2', 'h2 none 2']);
  });

  it('registers for all with run_once, and is skipped for all where the first skips it', async () => {
    expect(
      await said(`
    - { add_host: { name: new }, register: r, run_once: true }
    - { add_host: { name: other }, register: s, when: inventory_hostname == 'h2' }
    - ${say("{{ r.add_host.host_name }} {{ s.skipped | default('none') }} {{ 'other' in groups.all }}")}
`),
    ).toEqual(['h1 new True False', 'h2 new none False']);
  });

  it('registers the host, its groups and variables, with the port of its name', async () => {
    expect(
      await said(`
    - { add_host: { hostname: "new:2222", group: "a, b,a", v: 1 }, register: r }
    - { debug: { msg: "{{ r.add_host.host_name }} {{ r.add_host.groups }} {{ hostvars.new.ansible_ssh_port }}" }, when: r is defined }
`),
    ).toEqual(["new ['a', 'b'] 2222"]);
  });

  it.each([
    ['the same again', 'name: new, groups: [db, fresh], v: 1', false],
    ['less than before', 'name: new', false],
    ['another value', 'name: new, v: 2', true],
    ['one variable more', 'name: new, w: 1', true],
    ['a group it is not in', 'name: new, groups: web', true],
    ['a group that is new', 'name: new, groups: newer', true],
    ['a host of the inventory as it is', 'name: h1, groups: db', false],
    ['a variable of a host of the inventory', 'name: h1, v: 1', true],
  ])('of %s: changed or not', async (_what, args, isChanged) => {
    expect(
      await said(`
    - add_host: { name: new, groups: [db, fresh], v: 1 }
    - { add_host: { ${args} }, register: r }
    - ${say('{{ r.changed }}')}
      when: r is defined
`),
    ).toEqual([`h1 ${isChanged ? 'True' : 'False'}`]);
  });

  it('tells of each item of a loop, and of the whole, whether it changed anything', async () => {
    expect(
      await said(`
    - { add_host: { name: "new{{ item }}" }, loop: [1, 2, 1], register: r }
    - ${say("{{ r.results | map(attribute='changed') | list }} {{ r.changed }}")}
      when: r is defined
`),
    ).toEqual(['h1 [True, True, False] True']);
  });

  it('makes a host of all groups above its own, with the files of variables it and they have', async () => {
    expect(
      await said(`
    - add_host: { name: new, groups: [db, fresh], of_host: args }
    - ${say('{{ hostvars.new.group_names }} {{ hostvars.new.of_host }} {{ hostvars.new.of_group }}')}
    - ${say('{{ groups.all }} {{ groups.top }} {{ groups.db }}')}
    - ${say('{{ ansible_play_hosts }} {{ ansible_play_hosts_all }} {{ ansible_play_batch }}')}
`),
    ).toEqual([
      "h1 ['db', 'fresh', 'top'] file file",
      "h1 ['h1', 'h2', 'new'] ['h1', 'h2', 'new'] ['h1', 'h2']",
      "h1 ['new', 'h2', 'h1'] ['h1', 'new'] ['h1', 'new']",
      "h2 ['db', 'fresh', 'top'] file file",
      "h2 ['h1', 'h2', 'new'] ['h1', 'h2', 'new'] ['h1', 'h2']",
      "h2 ['new', 'h2', 'h1'] ['h1', 'new'] ['h1', 'new']",
    ]);
  });
});

describe('group_by', () => {
  it('is done by each host, and puts groups below others', async () => {
    expect(
      await said(`
    - group_by: { key: "of {{ inventory_hostname }}", parents: [top, wide] }
    - ${say("{{ group_names }} {{ groups.top | sort }} {{ groups['of-h1'] }}")}
`),
    ).toEqual([
      "h1 ['db', 'of-h1', 'top', 'wide'] ['h1', 'h2'] ['h1']",
      "h2 ['of-h2', 'top', 'web', 'wide'] ['h1', 'h2'] ['h1']",
    ]);
  });

  it('puts hosts of a group into the groups that it comes below', async () => {
    expect(
      await said(`
    - { group_by: { key: web, parents: top }, when: inventory_hostname == 'h1' }
    - ${say('{{ group_names }}')}
`),
    ).toEqual(["h1 ['db', 'top', 'web']", "h2 ['top', 'web']"]);
  });

  it('leaves the implicit localhost local, and out of `all`', async () => {
    expect(
      await saidAsByAnsible(
        scratch,
        `
- hosts: localhost
  gather_facts: false
  tasks:
    - group_by: { key: here }
    - command: echo reached
      register: r
    - ${say('{{ r.stdout }} {{ groups.here }} {{ groups.all }}')}
`,
      ),
    ).toEqual(["localhost reached ['localhost'] ['h1']"]);
  });
});

describe('pause', () => {
  it('is done by the first host alone, and registers how long it was', async () => {
    expect(
      await said(`
    - { pause: { seconds: 1 }, register: r }
    - ${say("{{ (r.stdout | default('none'))[:10] }} {{ r.echo | default('') }} {{ (r | default({})).keys() | sort }}")}
`),
    ).toEqual([
      "h1 Paused for True ['changed', 'delta', 'echo', 'failed', 'rc', 'start', 'stderr', 'stdout', 'stop', 'user_input']",
      'h2 none  []',
    ]);
  });
});

describe('meta: refresh_inventory', () => {
  it('reads the inventory again, keeps what tasks added, and leaves the play its hosts', async () => {
    const later = 'h1\\nh3 ansible_connection=local\\n[web]\\nh2 ansible_connection=local w=1';
    expect(
      await saidAsByAnsible(
        scratch,
        `
- hosts: all
  gather_facts: false
  tasks:
    - add_host: { name: new, groups: added, ansible_connection: local }
    - group_by: { key: "of-{{ inventory_hostname }}", parents: mine }
    - { copy: { content: "${later}", dest: "{{ playbook_dir }}/hosts" }, run_once: true, delegate_to: localhost }
    - meta: refresh_inventory
    - ${say("{{ groups.all | sort }} {{ groups.web }} {{ groups.mine | sort }} {{ groups.added }} {{ w | default('none') }}")}
    - ${say('{{ ansible_play_batch | sort }} {{ ansible_play_hosts }}')}
- hosts: all
  gather_facts: false
  tasks:
    - ${say('again')}
`,
        {
          hosts: 2,
          before: () => scratch.write({ hosts: 'h1 ansible_connection=local\nh2 ansible_connection=local\n' }),
        },
      ),
    ).toEqual([
      "h1 ['h1', 'h2', 'h3', 'new'] ['h2'] ['h1', 'h2'] ['new'] none",
      "h1 ['h1', 'h2'] ['new', 'h3', 'h2', 'h1']",
      'h1 again',
      "h2 ['h1', 'h2', 'h3', 'new'] ['h2'] ['h1', 'h2'] ['new'] 1",
      "h2 ['h1', 'h2'] ['new', 'h3', 'h2', 'h1']",
      'h2 again',
      'h3 again',
      'new again',
    ]);
  });

  it('fails where the inventory has become wrong', async () => {
    const told = await scratch.run(
      `
- hosts: all
  gather_facts: false
  tasks:
    - copy: { content: "[web:children]\\nweb", dest: "{{ playbook_dir }}/hosts" }
    - meta: refresh_inventory
`,
    );
    writeFileSync(join(scratch.folder, 'hosts'), '');
    expect(told.tasks()).toEqual(['copy: changed', 'meta: failed']);
  });
});
