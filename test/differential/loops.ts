import type { Author } from './author.js';
import { condition, nameOf, text, textExpression } from './expressions.js';
import type { Data, Fields } from './project.js';
import { COUNTERS, DICTS, FILES, LISTS, REGISTERS, TEXTS, UNSET } from './vocabulary.js';

/** The keyword of a loop, its value, and an expression for one of its items as a text. */
interface Loop {
  readonly keywords: Fields;
  readonly item: string;
}

const ITEMS: readonly Data[] = ['a', 'b', 'c'];

/** A loop of any kind, over what is there or over what variables hold. */
export function loop(author: Author): Loop {
  const { random } = author;
  const some = random.some(ITEMS, random.whole(1, 3));
  const list = random.pick(LISTS);
  return random.weighted<() => Loop>([
    [6, () => ({ keywords: { loop: some }, item: 'item' })],
    [3, () => ({ keywords: { loop: `{{ ${list} | default([]) }}` }, item: 'item' })],
    [2, () => ({ keywords: { loop: `{{ ${list} | default(['z']) }}` }, item: 'item' })],
    [1, () => ({ keywords: { loop: `{{ range(1, ${random.whole(2, 4)}) | list }}` }, item: 'item' })],
    [2, () => ({ keywords: { with_items: [some, `{{ ${list} | default([]) }}`] }, item: 'item' })],
    [1, () => ({ keywords: { with_items: `{{ ${list} | default([]) }}` }, item: 'item' })],
    [
      2,
      () => ({
        keywords: { with_dict: `{{ ${random.pick(DICTS)} | default({'k0': 'v0'}) }}` },
        item: "item.key ~ '=' ~ item.value",
      }),
    ],
    [1, () => ({ keywords: { with_indexed_items: some }, item: "item.0 ~ '=' ~ item.1" })],
    [
      1,
      () => ({
        keywords: { with_sequence: `start=1 end=${random.whole(1, 3)}${random.chance(0.5) ? ' format=s%02x' : ''}` },
        item: 'item',
      }),
    ],
    [
      1,
      () => ({
        keywords: { with_together: [some, ['x', 'y']] },
        item: "(item.0 | default('')) ~ (item.1 | default(''))",
      }),
    ],
    [1, () => ({ keywords: { with_nested: [some, ['x', 'y']] }, item: 'item.0 ~ item.1' })],
    [
      1,
      () => ({
        keywords: {
          with_subelements: [
            [
              { name: 'p', of: ['1', '2'] },
              { name: 'q', of: [] },
            ],
            'of',
          ],
        },
        item: 'item.0.name ~ item.1',
      }),
    ],
    [1, () => ({ keywords: { with_fileglob: ['plain*.txt'] }, item: 'item | basename' })],
    [
      1,
      () => ({
        keywords: { with_first_found: [`{{ ${random.pick(TEXTS)} | default('no') }}.txt`, 'plain.txt'] },
        item: 'item | basename',
      }),
    ],
    [1, () => ({ keywords: { with_file: ['plain.txt', 'second.txt'] }, item: 'item' })],
    [1, () => ({ keywords: { with_template: ['read.j2'] }, item: 'item | trim' })],
    [1, () => ({ keywords: { with_varnames: ['^t1$'] }, item: 'item' })],
    [1, () => ({ keywords: { with_random_choice: ['only'] }, item: 'item' })],
    [1, () => ({ keywords: { with_inventory_hostnames: ['all'] }, item: 'item' })],
    [
      author.hasFacts ? 6 : 0,
      () => ({
        keywords: { with_first_found: ['{{ ansible_facts.os_family }}.txt', 'plain.txt'] },
        item: 'item | basename',
      }),
    ],
    [author.hasFacts ? 3 : 0, () => ({ keywords: { loop: ['{{ ansible_os_family }}', 'b'] }, item: 'item' })],
    [
      2,
      () => ({
        keywords: {
          loop: `{{ ${random.pick(REGISTERS)}.results | default([]) }}`,
          loop_control: { label: "{{ item.item | default('none') }}" },
        },
        item: `(item.stdout | default('${UNSET}'))`,
      }),
    ],
    [1, () => ({ keywords: { loop: `{{ ${random.pick(DICTS)} | default({}) | dict2items }}` }, item: 'item.key' })],
    [
      1,
      () => ({
        keywords: { loop: `{{ (${random.pick(REGISTERS)}.stdout_lines | default(['none'])) }}` },
        item: 'item',
      }),
    ],
  ])();
}

/** A task in a loop: it accumulates, registers and reads, or writes. */
export function looped(author: Author): Fields {
  const { random } = author;
  const { keywords, item } = loop(author);
  return author.inside(item, () => {
    const control = controlled(author, keywords);
    const it = control.item;
    const more = {
      ...keywords,
      ...control.keywords,
      ...(random.chance(0.35) ? { when: condition({ ...author.sight, item: it }) } : {}),
    };
    const list = random.pick(LISTS);
    const name = random.pick(TEXTS);
    const counter = random.pick(COUNTERS);
    const dict = random.pick(DICTS);
    const register = random.pick(REGISTERS);
    const sight = { ...author.sight, item: it };
    const body = random.weighted<() => Fields>([
      [6, () => ({ set_fact: { [list]: `{{ ${list} | default([]) + [(${it}) | string] }}` } })],
      [2, () => ({ set_fact: { [counter]: `{{ ${counter} | default(0) | int + 1 }}` } })],
      [2, () => ({ set_fact: { [dict]: `{{ ${dict} | default({}) | combine({(${it}) | string: 'v'}) }}` } })],
      [2, () => ({ set_fact: { [name]: `{{ ${it} }}` }, when: `${name} is undefined` })],
      [2, () => ({ set_fact: { [name]: `{{ ${name} | default('') ~ (${it}) }}` } })],
      [
        3,
        () => ({
          command: { argv: ['echo', `{{ ${it} }}-{{ (${register} | default({})).stdout | default('${UNSET}') }}`] },
          register,
        }),
      ],
      [
        2,
        () => ({
          command: { argv: ['echo', `{{ ${it} }}`] },
          register,
          changed_when: random.pick(['false', `'a' in ${register}.stdout`, condition(sight)]),
        }),
      ],
      [2, () => ({ shell: `echo {{ (${it}) | string | quote }} | tee -a {{ root }}/journal`, register })],
      [3, () => ({ copy: { content: `{{ ${it} }} ${text(sight)}\n`, dest: `{{ root }}/${random.pick(FILES)}` } })],
      [2, () => ({ copy: { content: text(sight), dest: `{{ root }}/i-${nameOf(it)}` }, register })],
      [
        1,
        () => ({
          lineinfile: { path: `{{ root }}/${random.pick(FILES)}`, line: `{{ ${it} }}`, create: true },
          register,
        }),
      ],
      [1, () => ({ debug: { msg: `{{ ${it} }} ${text(sight)}` } })],
      [1, () => ({ command: `test {{ (${it}) | string | quote }} != b`, register, ignore_errors: true })],
      [
        1,
        () => ({
          command: { argv: ['echo', `{{ ${it} }}`] },
          register,
          failed_when: `${register}.stdout == 'c'`,
          ignore_errors: true,
        }),
      ],
      [1, () => ({ stat: { path: `{{ root }}/${random.pick(FILES)}` }, register })],
      [1, () => ({ include_vars: random.pick(['extra1.yml', 'extra2.yml']) })],
      [
        author.isFree ? 0 : 1,
        () => ({
          set_fact: { [name]: `{{ ${it} }}` },
          delegate_to: random.pick(author.hosts),
          delegate_facts: true,
          run_once: true,
        }),
      ],
      [
        author.isFree ? 0 : 1,
        () => ({
          add_host: {
            name: `n-${nameOf(it)}`,
            groups: ['made1', 'added'],
            root: '{{ root }}',
            ansible_connection: 'local',
          },
        }),
      ],
      [1, () => ({ assert: { that: [`(${it}) | string != 'b'`] }, ignore_errors: true, register })],
      [1, () => ({ set_fact: { [name]: `{{ ${textExpression({ ...sight, writes: [name] })} }}` } })],
    ])();
    return {
      name: author.name(),
      ...body,
      ...more,
      ...(body.when && more.when ? { when: [body.when, more.when] as Data } : {}),
    };
  });
}

/** loop_control of every kind. */
function controlled(author: Author, keywords: Fields): { readonly keywords: Fields; readonly item: string } {
  const { random } = author;
  const item = author.item!;
  if (keywords.loop_control !== undefined || random.chance(0.7)) return { keywords: {}, item };
  return random.pick([
    { keywords: { loop_control: { loop_var: 'each' } }, item: item.replaceAll(/\bitem\b/g, 'each') },
    { keywords: { loop_control: { index_var: 'at' } }, item: `at ~ ':' ~ (${item})` },
    { keywords: { loop_control: { label: `{{ ${item} }}!` } }, item },
    {
      keywords: { loop_control: { extended: true } },
      item: `ansible_loop.index ~ '/' ~ ansible_loop.length ~ (${item})`,
    },
  ]);
}

/** until, retries and delay. */
export function retried(author: Author): Fields {
  const { random } = author;
  const register = random.pick(REGISTERS);
  const often = random.whole(1, 3);
  return {
    name: author.name(),
    shell: `echo x >> {{ root }}/tries-${register}; wc -l < {{ root }}/tries-${register}`,
    register,
    until: random.pick([
      `${register}.stdout | int >= ${often}`,
      `${register}.stdout | int >= ${often} and ${register} is succeeded`,
      'false',
    ]),
    retries: random.whole(1, 3),
    delay: 0,
    ...(random.chance(0.6) ? { ignore_errors: true } : {}),
  };
}
