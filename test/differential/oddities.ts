import type { Author } from './author.js';
import { text } from './expressions.js';
import type { Data, Fields } from './project.js';
import { task } from './tasks.js';
import { FILES, REGISTERS, UNSET } from './vocabulary.js';

/** A file whose last line lacks its newline, below a literal block. */
export const RAW_TASKS = `- name: raw
  copy:
    dest: "{{ root }}/raw"
    content: |
      first
      last`;

/** Dictionaries with keys that are no texts, and a variable that is null. */
export const KEYED_VARS = 'keyed:\n  2: two\n  true: yes indeed\n  name: n\nnothing: ~\n';

/** What people rarely write, but write. Each reads into a result or a file. */
export function oddity(author: Author): Fields {
  const { random } = author;
  const register = random.pick(REGISTERS);
  const dest = `{{ root }}/${random.pick(FILES)}`;
  const said = (content: string): Fields => task(author, 'copy', { content: `${content}\n`, dest });
  return random.weighted<() => Fields>([
    [2, () => task(author, 'copy', `dest=${dest} content="a\\nb\\n"`)],
    [1, () => task(author, 'lineinfile', `path=${dest} line="two words" create=yes`)],
    [2, () => said('x{{ nothing }}y')],
    [1, () => said("{{ nothing | combine({'k': 'v'}) }}")],
    [1, () => said('{{ [nothing, 1] }} {{ nothing ~ 1 }}')],
    [2, () => said(`{{ keyed[2] | default('${UNSET}') }} {{ keyed }}`)],
    [1, () => said('{% for key in keyed %}{{ key }}{{ key is string }} {% endfor %}')],
    [1, () => said('{{ keyed | to_json }}')],
    [2, () => said(`{{ [1][no_such_name] | default('${UNSET}') }}`)],
    [1, () => said(`{{ no_such.of.it | default('${UNSET}') }}`)],
    [
      3,
      () =>
        said(
          random
            .some(MAGIC, 4)
            .map(name => `{{ ${name} is defined }}`)
            .join(' '),
        ),
    ],
    [2, () => said(`{{ ${random.pick(MAGIC_VALUES)} }}`)],
    [
      2,
      () => task(author, 'shell', random.pick(['pwd', 'echo $PATH', 'echo $HOME', 'umask', 'echo "$0"']), { register }),
    ],
    [2, () => task(author, 'debug', { var: random.pick(['no_such_name', 'nothing', 'keyed', 'keyed.name']) })],
    [
      2,
      () =>
        task(author, 'command', 'echo when', {
          when: random.pick([
            '{{ n1 | default(0) }} == 1',
            '{{ n2 | default(0) }} == 0',
            "'{{ t1 | default(1) }}' == '{{ t2 | default(2) }}'",
          ]),
          register,
        }),
    ],
    [1, () => task(author, 'assert', { that: ['{{ n1 | default(0) }} == 1'] }, { ignore_errors: true, register })],
    [
      1,
      () =>
        task(author, 'command', 'echo failed', {
          failed_when: '{{ n1 | default(0) }} == 1',
          ignore_errors: true,
          register,
        }),
    ],
    [1, () => task(author, 'template', { src: 'private.j2', dest, mode: 'preserve' })],
    [1, () => task(author, 'copy', { src: 'private.txt', dest, mode: 'preserve' })],
    [2, () => task(author, 'include_tasks', 'tasks/raw.yml')],
    [
      2,
      () =>
        said(
          `{{ ${register}.${random.pick(['start', 'end', 'delta'])} | default('') | length > 0 }} {{ ${register}.${random.pick(['attempts', 'failed_when_result', 'changed_when_result', 'warnings', 'diff', 'timedout'])} | default('${UNSET}') }}`,
        ),
    ],
    [
      2,
      () =>
        said(
          `{{ (getent_passwd | default({})).keys() | list | join(',') }} {{ ansible_getent_passwd is defined }} {{ ansible_facts.getent_passwd is defined }}`,
        ),
    ],
    [
      author.isFree ? 0 : 2,
      () =>
        task(
          author,
          'set_fact',
          { t1: `to ${random.whole(1, 9)}` },
          { loop: author.hosts as Data, delegate_to: '{{ item }}', delegate_facts: true, run_once: true },
        ),
    ],
    [
      1,
      () =>
        task(author, 'command', 'echo {{ item }}', { loop: author.hosts as Data, delegate_to: '{{ item }}', register }),
    ],
    [1, () => task(author, 'shell', `printf 'caf\\303\\251 \\377\\n' | tee ${dest}`, { register })],
    [1, () => said(`{{ ${register}.stdout | default('${UNSET}') }}`)],
    [random.chance(0.1) ? 1 : 0, () => task(author, 'shell', "head -c 5000000 /dev/zero | tr '\\0' x", { register })],
    [1, () => said(`{{ ${register}.stdout | default('') | length }}`)],
    [
      2,
      () => ({
        ...task(author, random.pick(['command', 'shell']), `echo ${text(author.sight)} end`),
        ...omitted(author),
      }),
    ],
    [1, () => task(author, 'command', 'echo chdir={{ root }} there', { register })],
    [1, () => task(author, 'command', 'pwd', { args: { chdir: '{{ root }}' }, register })],
    [1, () => task(author, 'shell', 'cat', { args: { stdin: text(author.sight) }, register })],
    [1, () => ({ name: author.name(), action: { module: 'copy', content: 'action\n', dest } })],
    [1, () => ({ name: author.name(), local_action: { module: 'command', _raw_params: 'echo here' }, register })],
    [1, () => task(author, 'stat', { path: dest, get_checksum: true }, { register, check_mode: true })],
    [
      1,
      () =>
        task(
          author,
          'file',
          { path: dest, state: 'touch' },
          { check_mode: random.pick<Data>([true, '{{ no_such | default(omit) }}']), register },
        ),
    ],
    [1, () => said('{{ undef_text | default(omit) }}')],
    [1, () => task(author, 'copy', { content: 'o\n', dest, mode: '{{ no_such | default(omit) }}' })],
    [1, () => task(author, 'debug', { msg: ['a', '{{ t1 | default(1) }}', { k: '{{ n1 | default(2) }}' }] })],
    [1, () => task(author, 'set_fact', `t1=word l1="{{ ['p', 'q'] }}" b1=yes`)],
  ])();
}

/** Keywords that are omitted: as if they were not written. */
function omitted(author: Author): Fields {
  const omit = '{{ no_such | default(omit) }}';
  return Object.fromEntries(
    author.random
      .some(
        [
          'ignore_errors',
          'delegate_to',
          'become',
          'become_user',
          'become_method',
          'run_once',
          'no_log',
          'check_mode',
          'environment',
          'retries',
          'delay',
          'any_errors_fatal',
          'ignore_unreachable',
          'throttle',
          'diff',
          'delegate_facts',
        ],
        2,
      )
      .map(key => [key, omit]),
  );
}

/** Ansible's page of special variables. */
const MAGIC = [
  'ansible_check_mode',
  'ansible_config_file',
  'ansible_connection',
  'ansible_dependent_role_names',
  'ansible_diff_mode',
  'ansible_forks',
  'ansible_inventory_sources',
  'ansible_limit',
  'ansible_loop',
  'ansible_loop_var',
  'ansible_index_var',
  'ansible_parent_role_names',
  'ansible_play_batch',
  'ansible_play_hosts',
  'ansible_play_hosts_all',
  'ansible_play_role_names',
  'ansible_playbook_python',
  'ansible_role_name',
  'ansible_role_names',
  'ansible_run_tags',
  'ansible_search_path',
  'ansible_skip_tags',
  'ansible_verbosity',
  'ansible_version',
  'group_names',
  'groups',
  'hostvars',
  'inventory_dir',
  'inventory_file',
  'inventory_hostname',
  'inventory_hostname_short',
  'omit',
  'play_hosts',
  'playbook_dir',
  'role_name',
  'role_names',
  'role_path',
  'ansible_delegated_vars',
  'ansible_play_name',
  'ansible_facts',
  'ansible_user',
  'ansible_host',
  'vars',
  'environment',
] as const;

const MAGIC_VALUES = [
  'ansible_check_mode',
  'ansible_diff_mode',
  "ansible_run_tags | sort | join(',')",
  "ansible_skip_tags | sort | join(',')",
  'ansible_play_name',
  'inventory_hostname_short',
  'inventory_dir',
  'inventory_file',
  'playbook_dir',
  "role_name | default('none')",
  "role_path | default('none')",
  "role_names | default(['none']) | join(',')",
  "ansible_role_names | default(['none']) | sort | join(',')",
  "ansible_play_role_names | default(['none']) | sort | join(',')",
  "ansible_parent_role_names | default(['none']) | join(',')",
  "ansible_dependent_role_names | default(['none']) | sort | join(',')",
  "ansible_search_path | default(['none']) | join(',')",
  'ansible_verbosity',
  "ansible_limit | default('none')",
  "ansible_host | default('none')",
  'ansible_connection',
] as const;

/** Text that was once under no_log, and must not be told by any event from then on. */
export const SECRET = /hush\d{4}/;

/** Tasks with a secret, and one that reads it. */
export function secretive(author: Author): readonly Fields[] {
  const { random } = author;
  const secret = `hush${random.whole(1000, 9999)}`;
  const register = random.pick(REGISTERS);
  const hidden = { no_log: true };
  const dest = `{{ root }}/${random.pick(FILES)}`;
  return random.weighted<() => readonly Fields[]>([
    [2, () => [task(author, 'set_fact', { t1: secret }, hidden), task(author, 'debug', { msg: '{{ t1 }}' })]],
    [
      1,
      () => [
        task(author, 'command', `echo ${secret}`, { ...hidden, register }),
        task(author, 'copy', { content: `{{ ${register}.stdout }}\n`, dest }),
      ],
    ],
    [
      1,
      () => [
        task(author, 'command', 'echo {{ item }}', { ...hidden, register, loop: [secret, 'other'] }),
        task(author, 'debug', { msg: `{{ ${register}.results | map(attribute='stdout') | join }}` }),
      ],
    ],
    [
      1,
      () => [task(author, 'shell', `test {{ item }} != ${secret}`, { ...hidden, loop: [secret], ignore_errors: true })],
    ],
    [
      1,
      () => [
        task(author, 'copy', { content: secret, dest }, hidden),
        task(author, 'command', `cat ${dest}`, { register }),
      ],
    ],
    [1, () => [task(author, 'debug', { msg: secret }, hidden)]],
  ])();
}
