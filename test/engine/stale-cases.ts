/**
 * A play in which something on the way to a task changes what the task reads. Its last word is in files below `root`, a folder
 * for each host.
 */
export interface StaleCase {
  readonly name: string;
  /** The sections of a play on all hosts that gathers no facts, indented by two. */
  readonly play: string;
  /** Other files of the project. */
  readonly files?: Readonly<Record<string, string>>;
  /** What follows the hosts in the inventory. */
  readonly inventory?: string;
  /** A number of hosts other than one; then it needs lockstep. */
  readonly hosts?: number;
  /** Content of files, as `host/name`, or `name` on the only host; undefined: it is not there. */
  readonly leaves: Readonly<Record<string, string | undefined>>;
}

/** A play of these tasks. */
const tasks = (...lines: readonly string[]): string => `  tasks:\n${lines.map(indented).join('')}`;
const indented = (text: string): string =>
  text
    .split('\n')
    .map(line => `    ${line}\n`)
    .join('');

/** Writes a file. */
const write = (name: string, content: string): string => `- copy: {dest: "{{ root }}/${name}", content: "${content}"}`;
/** Writes a variable, or that there is none. */
const writeX = write('x', "{{ x | default('UNSET') }}");

const SETS = '- set_fact: {x: const}\n';
const REGISTERS =
  "- command: echo registered\n  register: r\n- command: echo {{ r.stdout }}\n  register: y\n- set_fact: {x: '{{ y.stdout }}'}\n";

const INCLUDED: readonly StaleCase[] = [
  {
    name: 'a fact that an include sets',
    play: tasks('- ping:', '- include_tasks: inc.yml', writeX),
    files: { 'inc.yml': SETS },
    leaves: { x: 'const' },
  },
  {
    name: 'the same with nothing before it',
    play: tasks('- include_tasks: inc.yml', writeX),
    files: { 'inc.yml': SETS },
    leaves: { x: 'const' },
  },
  {
    name: 'a result that an include registers',
    play: tasks('- ping:', '- include_tasks: inc.yml', write('y', "{{ r.stdout | default('UNSET') }}"), writeX),
    files: { 'inc.yml': REGISTERS },
    leaves: { y: 'registered', x: 'registered' },
  },
  {
    name: 'a result under the name that was registered before',
    play: tasks('- command: echo before\n  register: r', '- include_tasks: inc.yml', write('r', '{{ r.stdout }}')),
    files: { 'inc.yml': '- command: echo within\n  register: r\n' },
    leaves: { r: 'within' },
  },
  {
    name: 'a fact in place of a play variable',
    play: `  vars: {x: of the play}\n${tasks('- ping:', '- include_tasks: inc.yml', writeX)}`,
    files: { 'inc.yml': SETS },
    leaves: { x: 'const' },
  },
  {
    name: "a fact in place of a role's default",
    play: '  roles: [sets, reads]\n',
    files: {
      'roles/sets/tasks/main.yml': '- stat: {path: /}\n- include_tasks: s.yml\n',
      'roles/sets/tasks/s.yml': SETS,
      'roles/reads/defaults/main.yml': 'x: of the role\n',
      'roles/reads/tasks/main.yml': `${writeX}\n`,
    },
    leaves: { x: 'const' },
  },
  {
    name: 'a role whose include sets a fact, and its template',
    play: '  roles: [hardening]\n',
    files: {
      'roles/hardening/defaults/main.yml': 'ciphers: ""\n',
      'roles/hardening/tasks/main.yml':
        '- command: echo 9.2\n  register: version\n  changed_when: false\n- include_tasks: crypto.yml\n- template: {src: sshd.j2, dest: "{{ root }}/sshd"}\n',
      'roles/hardening/tasks/crypto.yml': '- set_fact: {ciphers: aes}\n  when: version.stdout is version("9", ">=")\n',
      'roles/hardening/templates/sshd.j2': 'Port 22\n{% if ciphers %}\nCiphers {{ ciphers }}\n{% endif %}\n',
    },
    leaves: { sshd: 'Port 22\nCiphers aes\n' },
  },
  {
    name: 'when x is defined, and when it is not',
    play: tasks(
      '- ping:',
      '- include_tasks: inc.yml',
      `${write('defined', 'ran')}\n  when: x is defined`,
      `${write('undefined', 'ran')}\n  when: x is undefined`,
    ),
    files: { 'inc.yml': SETS },
    leaves: { defined: 'ran', undefined: undefined },
  },
  {
    name: 'a role that is included',
    play: tasks('- stat: {path: /}\n  register: r', '- include_role: {name: sets}', writeX),
    files: { 'roles/sets/tasks/main.yml': '- set_fact: {x: const}\n  when: r.stat.exists\n' },
    leaves: { x: 'const' },
  },
  {
    name: 'an include within an include, whose name is registered',
    play: tasks('- command: echo inner\n  register: r', '- include_tasks: outer.yml', writeX),
    files: { 'outer.yml': '- include_tasks: "{{ r.stdout }}.yml"\n', 'inner.yml': SETS },
    leaves: { x: 'const' },
  },
  {
    name: 'include_vars of a file whose name is registered',
    play: tasks('- command: echo v.yml\n  register: r', '- include_vars: "{{ r.stdout }}"', writeX),
    files: { 'v.yml': 'x: of the file\n' },
    leaves: { x: 'of the file' },
  },
  {
    name: 'an include in a loop that collects',
    play: tasks('- ping:', '- include_tasks: inc.yml\n  loop: [a, b, c]', writeX),
    files: { 'inc.yml': '- set_fact: {x: "{{ x | default([]) + [item] }}"}\n' },
    leaves: { x: '["a", "b", "c"]' },
  },
  {
    name: 'an include in a loop whose registered results collect',
    play: tasks('- include_tasks: inc.yml\n  loop: [a, b]', writeX),
    files: {
      'inc.yml':
        '- command: echo {{ item }}{{ item }}\n  register: r\n- set_fact: {x: "{{ x | default([]) + [r.stdout] }}"}\n',
    },
    leaves: { x: '["aa", "bb"]' },
  },
  {
    name: 'a variable that reads a fact which an include sets',
    play: `  vars: {path: "/opt/{{ x | default('none') }}"}\n${tasks('- ping:', '- include_tasks: inc.yml', write('path', '{{ path }}'))}`,
    files: { 'inc.yml': SETS },
    leaves: { path: '/opt/const' },
  },
];

const WAYS: readonly StaleCase[] = [
  {
    name: 'a fact set in a rescue, and never in the block',
    play: tasks(
      '- command: echo 1',
      '- block:\n    - command: "false"\n    - set_fact: {x: never}\n  rescue:\n    - set_fact: {x: rescued}\n  always:\n    - set_fact: {y: always}',
      write('x', "{{ x | default('UNSET') }} {{ y | default('UNSET') }}"),
    ),
    leaves: { x: 'rescued always' },
  },
  {
    name: 'a block that does not fail, so that nothing is rescued',
    play: tasks(
      '- block:\n    - command: "true"\n    - set_fact: {x: of the block}\n  rescue:\n    - set_fact: {x: rescued}',
      writeX,
    ),
    leaves: { x: 'of the block' },
  },
  {
    name: 'a fact that a handler sets at a flush',
    play: `${tasks('- command: "true"\n  notify: handle', '- meta: flush_handlers', writeX)}  handlers:\n    - {name: handle, set_fact: {x: handled}}\n`,
    leaves: { x: 'handled' },
  },
  {
    name: 'a fact that a handler sets between tasks and post_tasks',
    play: `${tasks('- command: "true"\n  notify: handle')}  post_tasks:\n${indented(writeX)}  handlers:\n    - {name: handle, set_fact: {x: handled}}\n`,
    leaves: { x: 'handled' },
  },
  {
    name: 'groups after add_host and group_by',
    play: tasks(
      '- command: echo g1\n  register: r',
      '- group_by: {key: "{{ r.stdout }}"}',
      '- add_host: {name: hx, groups: gx, color: red}',
      write('groups', "{{ groups.g1 | default('UNSET') }} {{ groups.gx | default('UNSET') }}"),
      write('hostvars', "{{ hostvars.hx.color | default('UNSET') }}"),
      write('names', '{{ group_names }}'),
    ),
    leaves: { groups: "['h1'] ['hx']", hostvars: 'red', names: '["g1"]' },
  },
];

const LOOPS: readonly StaleCase[] = [
  {
    name: 'set_fact that collects',
    play: tasks('- set_fact: {x: "{{ x | default([]) + [item] }}"}\n  loop: [1, 2, 3]', writeX),
    leaves: { x: '[1, 2, 3]' },
  },
  {
    name: 'a counter',
    play: `  vars: {x: 0}\n${tasks('- set_fact: {x: "{{ x | int + item }}"}\n  loop: [1, 2, 3]', writeX)}`,
    leaves: { x: '6' },
  },
  {
    name: 'combine',
    play: tasks('- set_fact: {x: "{{ x | default({}) | combine({item: item | upper}) }}"}\n  loop: [a, b]', writeX),
    leaves: { x: '{"a": "A", "b": "B"}' },
  },
  {
    name: 'when the fact is undefined',
    play: tasks('- set_fact: {x: "{{ item }}"}\n  loop: [first, second]\n  when: x is undefined', writeX),
    leaves: { x: 'first' },
  },
  {
    name: 'a result that the next item reads',
    play: tasks(
      "- command: echo {{ r.stdout | default('') }}{{ item }}\n  register: r\n  loop: [a, b, c]",
      write('x', "{{ r.results | map(attribute='stdout') | join(' ') }}"),
    ),
    leaves: { x: 'a ab abc' },
  },
  {
    name: 'a result that decides whether the next item is done',
    play: tasks(
      '- command: test {{ item }} = b\n  register: r\n  failed_when: false\n  when: r.rc is undefined or r.rc != 0\n  loop: [a, b, c]',
      write('x', "{{ r.results | map(attribute='skipped', default=false) | list }}"),
    ),
    leaves: { x: '[false, false, true]' },
  },
  {
    name: 'over what an include has collected',
    play: tasks(
      '- include_tasks: inc.yml',
      '- copy: {dest: "{{ root }}/f-{{ item }}", content: "{{ item }}"}\n  loop: "{{ names | default([]) }}"',
    ),
    files: { 'inc.yml': '- set_fact: {names: [a, b]}\n' },
    leaves: { 'f-a': 'a', 'f-b': 'b' },
  },
];

const FIRST_FOUND: readonly StaleCase[] = [
  {
    name: 'with_first_found over facts that the task before it gathers',
    play: '  roles: [distribution]\n',
    files: {
      'roles/distribution/tasks/main.yml': `- setup:\n- include_vars: "{{ item }}"\n  with_first_found: ["{{ ansible_facts.os_family }}.yml", default.yml]\n${writeX}\n`,
      'roles/distribution/vars/Debian.yml': 'x: debian\n',
      'roles/distribution/vars/default.yml': 'x: default\n',
    },
    leaves: { x: 'debian' },
  },
  {
    name: "query('first_found', …) over facts that the play gathers",
    play: '  gather_facts: true\n  roles: [distribution]\n',
    files: {
      'roles/distribution/tasks/main.yml': `- include_vars: "{{ query('first_found', ['vars/' ~ ansible_facts.os_family ~ '.yml', 'vars/default.yml'])[0] }}"\n${writeX}\n`,
      'roles/distribution/vars/Debian.yml': 'x: debian\n',
      'roles/distribution/vars/default.yml': 'x: default\n',
    },
    leaves: { x: 'debian' },
  },
  {
    name: 'with_first_found over facts, as the first task of a role',
    play: '  gather_facts: true\n  roles: [distribution]\n',
    files: {
      'roles/distribution/tasks/main.yml': `- include_vars: "{{ item }}"\n  with_first_found: ["{{ ansible_os_family }}.yml", default.yml]\n${writeX}\n`,
      'roles/distribution/vars/Debian.yml': 'x: debian\n',
      'roles/distribution/vars/default.yml': 'x: default\n',
    },
    leaves: { x: 'debian' },
  },
];

const OTHERS: readonly StaleCase[] = [
  {
    name: 'ansible_play_hosts when another host has failed',
    hosts: 2,
    play: tasks(
      '- shell: sleep 0.3; false\n  when: inventory_hostname == "h1"',
      `${write('first', 'ran')}\n  when: inventory_hostname == ansible_play_hosts[0]`,
      write('hosts', '{{ ansible_play_hosts }} {{ play_hosts }} {{ ansible_play_batch }} {{ ansible_play_hosts_all }}'),
    ),
    leaves: {
      'h1/first': undefined,
      'h2/first': 'ran',
      'h2/hosts': "['h2'] ['h2'] ['h2'] ['h1', 'h2']",
    },
  },
  {
    name: 'hostvars of another host, which is slower',
    hosts: 2,
    play: tasks(
      '- shell: sleep 0.3; echo slow\n  register: r\n  when: inventory_hostname == "h1"',
      '- set_fact: {x: "{{ r.stdout }}"}\n  when: inventory_hostname == "h1"',
      write(
        'x',
        "{{ hostvars.h1.x | default('UNSET') }} {{ hostvars['h1'].r.stdout | default('UNSET') }} {{ hostvars[groups.all[0]].x | default('UNSET') }}",
      ),
    ),
    leaves: { 'h1/x': 'slow slow slow', 'h2/x': 'slow slow slow' },
  },
  {
    name: 'what a delegated fact gives another host',
    hosts: 2,
    play: tasks(
      '- shell: sleep 0.3; echo given\n  register: r\n  when: inventory_hostname == "h1"',
      '- set_fact: {x: "{{ r.stdout }}"}\n  delegate_to: h2\n  delegate_facts: true\n  when: inventory_hostname == "h1"',
      writeX,
    ),
    leaves: { 'h1/x': 'UNSET', 'h2/x': 'given' },
  },
  {
    name: 'groups when another host joins one',
    hosts: 2,
    play: tasks(
      '- shell: sleep 0.3\n  when: inventory_hostname == "h1"',
      '- group_by: {key: joined}\n  when: inventory_hostname == "h1"',
      write('joined', "{{ groups.joined | default('UNSET') }}"),
    ),
    leaves: { 'h1/joined': '["h1"]', 'h2/joined': '["h1"]' },
  },
];

export const CASES: Readonly<Record<string, readonly StaleCase[]>> = {
  'an include': INCLUDED,
  'a rescue, a handler, add_host': WAYS,
  'a loop': LOOPS,
  first_found: FIRST_FOUND,
  'other hosts': OTHERS,
};

/** The whole playbook; `more` are further keywords of its play. */
export const siteOf = ({ play }: StaleCase, more = ''): string =>
  `- hosts: h*\n${play.includes('gather_facts') ? '' : '  gather_facts: false\n'}${more}${play}`;
