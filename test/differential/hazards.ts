import type { Author } from './author.js';
import { nameOf, unforeseeable } from './expressions.js';
import type { Data, Fields } from './project.js';
import { failing, look, task } from './tasks.js';
import { COUNTERS, FILES, LISTS, REGISTERS, TEXTS, UNSET } from './vocabulary.js';

/**
 * What goes wrong where tasks are prepared before their turn: a look, something between that sets a variable in a way that
 * cannot be seen ahead, and a task that reads it with a default or under a condition.
 */
export function hazard(author: Author): readonly Fields[] {
  const { random } = author;
  const name = random.pick(TEXTS);
  const { tasks, read } = between(author, name);
  return [
    ...(random.chance(0.6) ? [look(author)] : []),
    ...tasks,
    ...(random.chance(0.2) ? [look(author)] : []),
    ...random.times(1, 2, () => readerOf(author, read, name)),
  ];
}

interface Between {
  readonly tasks: readonly Fields[];
  /** An expression for what they set. */
  readonly read: string;
}

function between(author: Author, name: string): Between {
  const { random } = author;
  const value = `set${random.whole(10, 99)}`;
  const read = `${name} | default('${UNSET}')`;
  const set = (to: Data = value): Fields => task(author, 'set_fact', { [name]: to });
  const list = random.pick(LISTS);
  const register = random.pick(REGISTERS);
  const one = random.pick(author.hosts);
  const alone = !author.isFree;
  return random.weighted<() => Between>([
    [4, () => ({ tasks: [task(author, 'include_tasks', author.newTaskFile([...maybe(author), set()]))], read })],
    [
      2,
      () => ({
        tasks: [
          task(
            author,
            'include_tasks',
            author.newTaskFile([task(author, 'command', 'echo five', { register }), set(`{{ ${register}.stdout }}`)]),
          ),
        ],
        read,
      }),
    ],
    [
      2,
      () => ({
        tasks: [
          task(author, 'include_tasks', author.newTaskFile([task(author, 'command', 'echo five', { register })])),
        ],
        read: `${register}.stdout | default('${UNSET}')`,
      }),
    ],
    [
      1,
      () => ({
        tasks: [task(author, 'include_tasks', author.newTaskFile([task(author, 'include_vars', 'extra1.yml')]))],
        read: `t1 | default('${UNSET}') ~ t2 | default('${UNSET}')`,
      }),
    ],
    [
      2,
      () => ({
        tasks: [
          task(
            author,
            'include_tasks',
            author.newTaskFile([task(author, 'set_fact', { [list]: `{{ ${list} | default([]) + [item] }}` })]),
            { loop: ['p', 'q'] },
          ),
        ],
        read: `${list} | default(['${UNSET}']) | join(',')`,
      }),
    ],
    [
      2,
      () => ({
        tasks: [
          {
            block: [failing(author), set('never')],
            rescue: [set('rescued')],
            ...(random.chance(0.4) ? { always: [task(author, 'set_fact', { n1: 7 })] } : {}),
          },
        ],
        read: `${read} ~ (n1 | default(0))`,
      }),
    ],
    [1, () => ({ tasks: [{ block: [look(author)], always: [set()] }], read })],
    [1, () => ({ tasks: [{ block: [set()], when: `${random.pick(REGISTERS)} is defined` }], read })],
    [
      author.topics.length > 0 ? 2 : 0,
      () => ({
        tasks: [
          task(author, 'command', 'true', { notify: random.pick(author.topics) }),
          task(author, 'meta', 'flush_handlers'),
        ],
        read: `h1 | default('${UNSET}') ~ h2 | default('${UNSET}')`,
      }),
    ],
    [
      author.roles.length > 0 ? 3 : 0,
      () => ({
        tasks: [
          task(author, random.pick(['include_role', 'import_role', 'include_role']), {
            name: random.pick(author.roles),
          }),
        ],
        read: random.chance(0.5)
          ? `${random.pick(TEXTS)} | default('${UNSET}')`
          : `${random.pick(['role_default', 'role_var', 'role_fact'])} | default('${UNSET}')`,
      }),
    ],
    [2, () => ({ tasks: [task(author, 'include_vars', 'extra1.yml')], read: `t1 | default('${UNSET}')` })],
    [
      alone ? 2 : 0,
      () => ({
        tasks: [
          task(author, 'add_host', {
            name: `extra${random.whole(1, 2)}`,
            groups: ['made1', 'added'],
            ansible_connection: 'local',
            root: '{{ root }}',
            [name]: value,
          }),
        ],
        read: `groups['made1'] | default(['${UNSET}']) | join(',')`,
      }),
    ],
    [
      alone ? 2 : 0,
      () => ({
        tasks: [
          task(
            author,
            'group_by',
            { key: 'made2' },
            random.chance(0.5) ? { when: `inventory_hostname == '${one}'` } : {},
          ),
        ],
        read: `groups['made2'] | default(['${UNSET}']) | sort | join(',') ~ ('made2' in group_names)`,
      }),
    ],
    [
      alone ? 2 : 0,
      () => ({
        tasks: [
          task(
            author,
            'set_fact',
            { [name]: value },
            { delegate_to: one, delegate_facts: true, run_once: random.chance(0.5) },
          ),
        ],
        read: `${read} ~ hostvars['${one}'].${name} | default('${UNSET}')`,
      }),
    ],
    [3, () => ({ tasks: [set(unforeseeable(random))], read })],
    [
      3,
      () => ({
        tasks: [
          task(author, 'set_fact', { [list]: `{{ ${list} | default([]) + [item] }}` }, { loop: ['1', '2', '3'] }),
        ],
        read: `${list} | default([]) | join(',')`,
      }),
    ],
    [
      1,
      () => ({
        tasks: [task(author, 'set_fact', { n2: '{{ n2 | default(0) | int + 1 }}' }, { loop: ['1', '2'] })],
        read: 'n2 | default(0)',
      }),
    ],
    [
      1,
      () => ({
        tasks: [task(author, 'command', 'false', { register, ignore_errors: true })],
        read: `${register}.rc | default('${UNSET}')`,
      }),
    ],
    [
      1,
      () => ({
        tasks: [task(author, 'command', 'echo no', { register, when: `${name} is defined` })],
        read: `${register}.skipped | default('${UNSET}') ~ ${register}.stdout | default('${UNSET}')`,
      }),
    ],
    [
      alone ? 2 : 0,
      () => ({
        tasks: [task(author, 'shell', `sleep 0.05; test {{ inventory_hostname }} != ${one}`)],
        read: `ansible_play_hosts | join(',') ~ '/' ~ ansible_play_batch | join(',')`,
      }),
    ],
    [
      alone ? 2 : 0,
      () => ({
        tasks: [task(author, 'shell', `sleep 0.05; test {{ inventory_hostname }} != ${one}`)],
        read: `('first' if inventory_hostname == ansible_play_hosts[0] else 'other')`,
      }),
    ],
    [
      1,
      () => ({
        tasks: [
          task(author, 'stat', { path: `{{ root }}/${FILES[0]}` }, { register }),
          task(author, 'copy', { content: 'there\n', dest: `{{ root }}/${FILES[0]}` }),
          task(author, 'stat', { path: `{{ root }}/${FILES[0]}` }, { register }),
        ],
        read: `${register}.stat.exists`,
      }),
    ],
    [
      1,
      () => ({
        tasks: [
          task(author, 'shell', `echo more >> {{ root }}/${FILES[1]}`),
          task(author, 'lineinfile', { path: `{{ root }}/${FILES[1]}`, line: 'line', create: true }),
          task(author, 'slurp', { src: `{{ root }}/${FILES[1]}` }, { register }),
        ],
        read: `${register}.content | b64decode | trim`,
      }),
    ],
    [
      1,
      () => ({
        tasks: [
          task(author, 'command', 'echo alice', { register }),
          task(author, 'include_vars', `{{ item }}`, {
            with_first_found: [`{{ ${register}.stdout }}.yml`, 'extra2.yml'],
          }),
        ],
        read: `t3 | default('${UNSET}')`,
      }),
    ],
    [
      1,
      () => ({
        tasks: [
          task(author, 'command', 'echo extra1', { register, changed_when: false, check_mode: false }),
          task(author, 'include_vars', `{{ ${register}.stdout }}.yml`),
        ],
        read: `t1 | default('${UNSET}')`,
      }),
    ],
    [
      1,
      () => ({
        tasks: [
          task(author, 'command', 'echo plain.txt', { register }),
          task(author, 'debug', { msg: '{{ item | basename }}' }, { with_fileglob: [`{{ ${register}.stdout }}`] }),
        ],
        read: `${register}.stdout | default('${UNSET}')`,
      }),
    ],
  ])();
}

const maybe = (author: Author): readonly Fields[] => (author.random.chance(0.3) ? [look(author)] : []);

/** Reads an expression where it is written, chosen by, or decided upon. */
function readerOf(author: Author, read: string, name: string): Fields {
  const { random } = author;
  const dest = `{{ root }}/${random.pick(FILES)}`;
  return random.weighted<() => Fields>([
    [6, () => task(author, 'copy', { content: `{{ ${read} }}\n`, dest })],
    [2, () => task(author, 'lineinfile', { path: dest, line: `{{ ${read} }}`, create: true })],
    [2, () => task(author, 'shell', `echo {{ (${read}) | string | quote }} | tee -a {{ root }}/journal`)],
    [
      1,
      () =>
        task(author, 'file', {
          path: `{{ root }}/${nameOf(read)}.d`,
          state: 'directory',
          mode: '0755',
        }),
    ],
    [2, () => task(author, 'command', 'echo needed', { when: `${name} is defined`, register: random.pick(REGISTERS) })],
    [2, () => task(author, 'copy', { content: 'not there\n', dest }, { when: `${name} is undefined` })],
    [1, () => task(author, 'copy', { content: 'const\n', dest }, { when: `(${read}) | string == '${UNSET}'` })],
    [1, () => task(author, 'template', { src: 'read.j2', dest, mode: '0644' })],
    [1, () => task(author, 'set_fact', { [random.pick(TEXTS)]: `{{ ${read} }}` })],
    [1, () => task(author, 'debug', { msg: `{{ ${read} }}` })],
    [1, () => task(author, 'copy', { content: `{{ item }}\n`, dest }, { loop: [`{{ ${read} }}`] })],
    [1, () => task(author, 'set_fact', { [random.pick(COUNTERS)]: `{{ (${read}) | string | length }}` })],
  ])();
}
