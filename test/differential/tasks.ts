import type { Author } from './author.js';
import { condition, nameOf, text, textExpression, unforeseeable } from './expressions.js';
import type { Data, Fields } from './project.js';
import { COUNTERS, DICTS, FILES, LISTS, NEW_GROUPS, REGISTERS, SHARED, TEXTS } from './vocabulary.js';

const path = (author: Author): string => `{{ root }}/${author.random.pick(FILES)}`;
export const task = (author: Author, module: string, args: Data, more: Fields = {}): Fields => ({
  name: author.name(),
  [module]: args,
  ...more,
});

/** Appends to the host's journal, by which order and number of executions are compared. */
export const journal = (author: Author, expression = textExpression(author.sight)): Fields =>
  task(author, 'shell', `echo {{ (${expression}) | string | quote }} | tee -a {{ root }}/journal`);

export const register = (author: Author): string => author.random.pick(REGISTERS);

/** Sets variables: texts, lists that grow, dictionaries, counters, what nobody can foresee. */
export function setFact(author: Author): Fields {
  const { random } = author;
  const [name, value] = random.weighted<() => readonly [string, Data]>([
    [5, () => [random.pick(TEXTS), `const${random.whole(1, 99)}`]],
    [5, () => reading(author, random.pick(TEXTS), () => text(author.sight))],
    [
      4,
      () => {
        const name = random.pick(TEXTS);
        return [name, unforeseeable(random)];
      },
    ],
    [
      3,
      () => {
        const name = random.pick(LISTS);
        return reading(author, name, () => `{{ ${name} | default([]) + ['a' ~ (${textExpression(author.sight)})] }}`);
      },
    ],
    [
      2,
      () => {
        const name = random.pick(DICTS);
        return reading(
          author,
          name,
          () =>
            `{{ ${name} | default({}) | combine({'k${random.whole(1, 3)}': (${textExpression(author.sight)}) | string}) }}`,
        );
      },
    ],
    [
      2,
      () => {
        const name = random.pick(COUNTERS);
        return [name, `{{ ${name} | default(0) | int + 1 }}`];
      },
    ],
    [1, () => [random.pick(LISTS), ['x', 'y']]],
    [1, () => [random.pick(LISTS), []]],
  ])();
  return task(author, 'set_fact', { [name]: value });
}

function reading(author: Author, name: string, value: () => Data): readonly [string, Data] {
  return [name, author.writing([name], value)];
}

/** A task that reads variables and leaves what it read in a file. */
export function reader(author: Author): Fields {
  const { random } = author;
  const { sight } = author;
  return random.weighted<() => Fields>([
    [8, () => task(author, 'copy', { content: `${text(sight)}\n`, dest: path(author) })],
    [
      3,
      () =>
        task(author, 'template', {
          src: 'read.j2',
          dest: path(author),
          ...(random.chance(0.3) ? { mode: random.pick(['0600', 'preserve']) } : {}),
        }),
    ],
    [
      3,
      () =>
        task(author, 'lineinfile', {
          path: path(author),
          line: text(sight),
          create: true,
          ...(random.chance(0.3) ? { regexp: '^x' } : {}),
        }),
    ],
    [
      2,
      () =>
        task(author, 'blockinfile', {
          path: path(author),
          block: text(sight),
          create: true,
          ...(random.chance(0.4) ? { marker: '# {mark} M' } : {}),
        }),
    ],
    [3, () => task(author, 'command', { argv: ['echo', text(sight)] }, { register: register(author) })],
    [4, () => journal(author)],
    [
      2,
      () =>
        task(author, 'file', {
          path: `{{ root }}/d-${nameOf(textExpression(sight))}`,
          state: random.pick(['directory', 'touch']),
        }),
    ],
    [2, () => task(author, 'debug', { msg: text(sight) })],
    [1, () => task(author, 'assert', { that: [condition(sight)] }, { ignore_errors: true })],
    [
      1,
      () =>
        task(author, 'debug', { var: random.pick([...TEXTS, ...LISTS, ...REGISTERS.map(name => `${name}.changed`)]) }),
    ],
  ])();
}

/** An ordinary module on files of the host. */
export function fileTask(author: Author): Fields {
  const { random } = author;
  return random.weighted<() => Fields>([
    [
      3,
      () =>
        task(author, 'copy', {
          content: `${random.pick(['one', 'two', 'x: 1'])}\n`,
          dest: path(author),
          ...(random.chance(0.3) ? { mode: random.pick(['0644', '0600', 'u=rw,g=r,o=']) } : {}),
        }),
    ],
    [
      2,
      () => task(author, 'copy', { src: random.pick(['plain.txt', 'second.txt']), dest: path(author), mode: '0644' }),
    ],
    [2, () => task(author, 'file', { path: path(author), state: random.pick(['touch', 'absent']), mode: '0640' })],
    [
      1,
      () => task(author, 'file', { path: `{{ root }}/dir${random.whole(1, 2)}/sub`, state: 'directory', mode: '0755' }),
    ],
    [
      1,
      () =>
        task(author, 'file', {
          src: path(author),
          dest: `{{ root }}/link${random.whole(1, 2)}`,
          state: 'link',
          force: true,
          follow: false,
        }),
    ],
    [
      2,
      () =>
        task(author, 'lineinfile', {
          path: path(author),
          regexp: '^o',
          line: `one ${random.whole(1, 3)}`,
          create: true,
        }),
    ],
    [1, () => task(author, 'lineinfile', { path: path(author), line: 'two', state: 'absent' })],
    [1, () => task(author, 'replace', { path: path(author), regexp: 'o', replace: '0' }, { failed_when: false })],
    [
      1,
      () => task(author, 'copy', { src: path(author), dest: path(author), remote_src: true }, { ignore_errors: true }),
    ],
    [
      1,
      () =>
        task(
          author,
          'assemble',
          { src: '{{ root }}/parts', dest: path(author), mode: '0644' },
          { ignore_errors: true },
        ),
    ],
    [
      1,
      () =>
        task(
          author,
          'copy',
          { content: `${text(author.sight)}\n`, dest: `{{ root }}/parts/p${random.whole(1, 2)}`, mode: '0644' },
          { ignore_errors: true },
        ),
    ],
    [1, () => task(author, 'file', { path: '{{ root }}/parts', state: 'directory', mode: '0755' })],
    [
      1,
      () =>
        task(
          author,
          'command',
          { cmd: `touch {{ root }}/${random.pick(FILES)}`, [random.pick(['creates', 'removes'])]: path(author) },
          { register: register(author) },
        ),
    ],
    [
      1,
      () =>
        task(author, 'copy', {
          content: 'kept\n',
          dest: path(author),
          force: false,
          mode: `{{ ${random.pick(TEXTS)} | default(omit) if false else omit }}`,
        }),
    ],
  ])();
}

/** A task that looks, with its result registered. */
export function look(author: Author): Fields {
  const { random } = author;
  const more = { register: register(author) };
  return random.weighted<() => Fields>([
    [4, () => task(author, 'stat', { path: path(author) }, more)],
    [
      4,
      () =>
        task(
          author,
          'command',
          `echo ${random.pick(['1', 'word', 'b'])}`,
          random.chance(0.4) ? { ...more, changed_when: false } : more,
        ),
    ],
    [2, () => task(author, 'ping', {}, random.chance(0.5) ? more : {})],
    [1, () => task(author, 'slurp', { src: path(author) }, { ...more, failed_when: false })],
    [1, () => task(author, 'find', { paths: '{{ root }}', patterns: 'f*' }, more)],
    [
      1,
      () =>
        task(author, 'shell', `cat {{ root }}/${random.pick(FILES)} 2>/dev/null || echo none`, {
          ...more,
          changed_when: false,
        }),
    ],
    [1, () => task(author, 'wait_for', { path: '{{ root }}', timeout: 1 }, {})],
    [1, () => task(author, 'getent', { database: 'passwd', key: 'root' }, random.chance(0.5) ? more : {})],
    [1, () => task(author, 'command', 'echo read', { ...more, changed_when: false, check_mode: false })],
    [1, () => task(author, 'debug', { msg: 'start' }, more)],
    [
      1,
      () =>
        task(author, 'shell', `echo ${random.whole(1, 9)} | tee -a {{ root }}/journal`, {
          ...more,
          changed_when: condition(author.sight),
        }),
    ],
  ])();
}

/** A task that fails, on all hosts or on one. */
export function failing(author: Author): Fields {
  const { random } = author;
  const more: Fields = random.chance(0.3) ? { register: register(author) } : {};
  return random.weighted<() => Fields>([
    [3, () => task(author, 'command', 'false', more)],
    [2, () => task(author, 'fail', { msg: text(author.sight) }, more)],
    [2, () => task(author, 'command', `test {{ inventory_hostname }} != ${random.pick(author.hosts)}`, more)],
    [1, () => task(author, 'assert', { that: ['false'] }, more)],
    [
      1,
      () =>
        task(author, 'command', 'echo out', {
          ...more,
          failed_when: `'out' in ${more.register ?? 'nothing'}.stdout | default('out')`,
        }),
    ],
    [1, () => task(author, 'debug', { msg: `{{ no_such_variable }}` }, more)],
    [1, () => task(author, 'copy', { src: 'no-such-file', dest: path(author) }, more)],
    [
      1,
      () =>
        task(
          author,
          'fail',
          { msg: 'here' },
          { ...more, when: `inventory_hostname == '${random.pick(author.hosts)}'` },
        ),
    ],
  ])();
}

/** Makes or changes a file on the controller, from one host. */
export function sharedTask(author: Author): Fields {
  const { random } = author;
  const file = random.pick(SHARED);
  return random.weighted<() => Fields>([
    [
      3,
      () =>
        task(
          author,
          'copy',
          { content: `${text(author.sight)}\n`, dest: `{{ shared }}/${file}` },
          { delegate_to: 'localhost', run_once: true },
        ),
    ],
    [
      1,
      () =>
        task(
          author,
          'copy',
          { content: `made${random.whole(1, 9)}\n`, dest: `{{ shared }}/${file}` },
          { when: `inventory_hostname == '${random.pick(author.hosts)}'` },
        ),
    ],
    [1, () => task(author, 'shell', `echo more >> {{ shared }}/${file}`, { delegate_to: 'localhost', run_once: true })],
    [
      1,
      () =>
        task(
          author,
          'file',
          { path: `{{ shared }}/${file}`, state: 'absent' },
          { delegate_to: 'localhost', run_once: true },
        ),
    ],
    [
      2,
      () =>
        task(
          author,
          'copy',
          { content: `${random.pick(TEXTS)}: from made file\n`, dest: `{{ shared }}/vars.yml` },
          { delegate_to: 'localhost', run_once: true },
        ),
    ],
  ])();
}

/** Reads a file of the controller that a task may have made. */
export function sharedReader(author: Author): Fields {
  const { random } = author;
  const file = random.pick(SHARED);
  return random.weighted<() => Fields>([
    [
      2,
      () =>
        task(
          author,
          'copy',
          { src: `{{ shared }}/${file}`, dest: path(author), mode: '0644' },
          { ignore_errors: true },
        ),
    ],
    [
      2,
      () =>
        task(
          author,
          'template',
          { src: `{{ shared }}/${file}`, dest: path(author), mode: '0644' },
          { ignore_errors: true },
        ),
    ],
    [2, () => task(author, 'include_vars', `{{ shared }}/vars.yml`, { ignore_errors: true })],
    [
      2,
      () =>
        task(
          author,
          'copy',
          { content: `{{ lookup('file', shared ~ '/${file}') }}\n`, dest: path(author) },
          { when: `(shared ~ '/${file}') is exists` },
        ),
    ],
    [
      1,
      () =>
        task(
          author,
          'copy',
          { content: `{{ item }}\n`, dest: path(author) },
          { with_fileglob: [`{{ shared }}/${file}`] },
        ),
    ],
    [
      1,
      () =>
        task(
          author,
          'copy',
          { content: `{{ item | basename }}\n`, dest: path(author) },
          { with_first_found: [`{{ shared }}/${file}`, 'plain.txt'] },
        ),
    ],
    [
      1,
      () =>
        task(
          author,
          'copy',
          { content: `{{ lookup('file', shared ~ '/${file}') }}\n`, dest: path(author) },
          { ignore_errors: true },
        ),
    ],
  ])();
}

/** Sets what other parts read, by another way than set_fact. */
export function otherSetter(author: Author): Fields {
  const { random } = author;
  const name = random.pick(TEXTS);
  return random.weighted<() => Fields>([
    [3, () => task(author, 'include_vars', random.pick(['extra1.yml', 'extra2.yml']))],
    [
      author.hasFacts ? 6 : 0,
      () =>
        task(author, 'include_vars', '{{ item }}', {
          with_first_found: ['{{ ansible_facts.os_family }}.yml', 'extra2.yml'],
        }),
    ],
    [1, () => task(author, 'include_vars', { file: 'extra1.yml', name: random.pick(DICTS) })],
    [
      1,
      () =>
        task(author, 'include_vars', '{{ item }}', {
          with_first_found: [`{{ ${name} | default('no') }}.yml`, 'extra2.yml'],
        }),
    ],
    [
      author.isFree ? 0 : 2,
      () =>
        task(
          author,
          'group_by',
          { key: random.pick([...NEW_GROUPS, `by_{{ (${name} | default('no')) | length }}`]) },
          when(author, 0.5),
        ),
    ],
    [
      author.isFree ? 0 : 2,
      () =>
        task(author, 'add_host', {
          name: `new{{ ${random.pick(COUNTERS)} | default(0) }}`,
          groups: [random.pick(NEW_GROUPS), 'added'],
          root: '{{ root }}',
          ansible_connection: 'local',
          [name]: text(author.sight),
        }),
    ],
    [
      author.isFree ? 0 : 3,
      () =>
        author.writing(TEXTS, () =>
          task(
            author,
            'set_fact',
            { [name]: text({ ...author.sight, isFree: true }) },
            { delegate_to: random.pick(author.hosts), delegate_facts: true, run_once: true },
          ),
        ),
    ],
    [
      author.isFree ? 0 : 2,
      () =>
        author.writing(TEXTS, () =>
          task(author, 'set_fact', { [name]: text({ ...author.sight, isFree: true }) }, { run_once: true }),
        ),
    ],
    [
      author.isFree ? 0 : 2,
      () =>
        task(author, 'command', { argv: ['echo', text(author.sight)] }, { run_once: true, register: register(author) }),
    ],
    [
      2,
      () =>
        task(
          author,
          'command',
          { argv: ['echo', text(author.sight)] },
          { delegate_to: random.pick(author.hosts), register: register(author) },
        ),
    ],
  ])();
}

export const when = (author: Author, share: number): Fields =>
  author.random.chance(share)
    ? { when: author.random.chance(0.2) ? [condition(author.sight), condition(author.sight)] : condition(author.sight) }
    : {};
