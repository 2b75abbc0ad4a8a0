import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { FILTERS, GLOBALS, LOOKUPS, OTHERS, plainly } from '../template/samples.js';
import { Scratch, type Wish } from './rig.js';

/** Everything in the language that gives another value each time it is asked, by the table that holds all of it. */
const LISTED = [FILTERS, LOOKUPS, GLOBALS, OTHERS]
  .flat()
  // `dice` is of that table's own scope; an encrypted password takes a second or more each time, and is drawn as a plain one is.
  .filter(({ purity, text }) => purity.includes('random') && !/dice|encrypt=/.test(text))
  .map(({ name, text }): readonly [name: string, text: string] => [name, plainly(text)]);

/** The same over so much that two values are hardly ever the same, and as others are used to write it. */
const WIDE: readonly (readonly [name: string, text: string])[] = [
  ['random of many', '1000000000 | random'],
  ['random of a range', 'range(9999) | random'],
  ['shuffle of many', "range(40) | shuffle | join(',')"],
  ['random_choice of many', "lookup('random_choice', *range(9999))"],
  ['a password', "lookup('password', '/dev/null length=24')"],
  ['an unsalted hash', "'x' | password_hash('sha512', rounds=1000)"],
  ['now with microseconds', "now(fmt='%s.%f')"],
  ['now', 'now()'],
  ['strftime', "'%s' | strftime"],
  ['a filter by name, of many', "[range(9999), range(9999)] | map('random') | join(' ')"],
  ['a variable of the play', 'dice'],
  ['that variable by its name', "lookup('vars', 'dice')"],
  ['a template', "lookup('template', 'dice.j2')"],
];

const USES = [...LISTED, ...WIDE];

/** Each is set, and then used three times behind a command: as content twice, and by a shell on the host. */
const site = (more = ''): string =>
  `- hosts: all
  gather_facts: false
${more}  vars: {dice: "{{ 1000000000 | random }}"}
  tasks:
    - command: echo
${USES.map(
  ([name, text], i) => `    - name: ${JSON.stringify(name)}
      set_fact: {v${i}: ${JSON.stringify(`{{ ${text} }}`)}}
    - copy: {dest: "{{ root }}/${i}-first", content: "{{ v${i} | string }}"}
    - copy: {dest: "{{ root }}/${i}-second", content: "{{ v${i} | string }}"}
    - debug: {msg: "{{ v${i} | string }}"}
`,
).join('')}`;

let scratch: Scratch;
beforeEach(() => {
  scratch = new Scratch();
  scratch.write({ 'templates/dice.j2': '{{ 1000000000 | random }}' });
});
afterEach(() => scratch.remove());

describe('what is random is rendered once, at its turn', () => {
  it.each<[string, string, Wish]>([
    ['the fast walk', '', { reach: 'ssh' }],
    ['the sequential walk', '', { options: { sequential: true } }],
    ['strategy free', '  strategy: free\n', {}],
    ['two hosts', '', { hosts: 2 }],
  ])('%s', async (_, more, wish) => {
    const told = await scratch.run(site(more), wish);
    const hosts = wish.hosts === 2 ? ['h1', 'h2'] : ['h1'];
    const read = (host: string, name: string) => readFileSync(join(scratch.root, host, name), 'utf8');
    for (const host of hosts) {
      expect(told.events.filter(event => event.kind === 'task-finished' && event.outcome.kind === 'failed')).toEqual(
        [],
      );
      expect(told.messages(host)).toHaveLength(USES.length);
      const said = USES.map(([name], i) => [name, told.messages(host)[i]]);
      for (const copy of ['first', 'second'])
        expect(USES.map(([name], i) => [name, read(host, `${i}-${copy}`)])).toEqual(said);
    }
  });

  it('anew for each task that asks for it', async () => {
    const told = await scratch.run(
      `- hosts: all\n  gather_facts: false\n  vars: {dice: "{{ 1000000000 | random }}"}\n  tasks:\n    - debug: {msg: "{{ dice }}"}\n    - debug: {msg: "{{ dice }}"}\n    - debug: {msg: "{{ 1000000000 | random }}"}\n      loop: [1, 2]\n`,
    );
    expect(new Set(told.messages()).size).toBe(4);
  });
});

describe('what is registered from something random', () => {
  const tasks: readonly string[] = [
    'command: echo {{ 1000000000 | random }}',
    'shell: echo {{ 1000000000 | random }}\n      loop: [1, 2]',
    'command: echo {{ dice }}',
  ];
  it.each(tasks.flatMap(task => [true, false].map(sequential => ({ task, sequential }))))(
    'is what was done: $task, sequential: $sequential',
    async ({ task, sequential }) => {
      const told = await scratch.run(
        `- hosts: all
  gather_facts: false
  vars: {dice: "{{ 1000000000 | random }}"}
  tasks:
    - command: echo
    - ${task}
      register: r
    - copy: {dest: "{{ root }}/x", content: "{{ r.results | default([r]) | map(attribute='stdout') | join(' ') }}"}
    - debug: {msg: "{{ r.results | default([r]) | map(attribute='cmd') | flatten | reject('eq', 'echo') | map('replace', 'echo ', '') | join(' ') }}"}
`,
        { reach: 'ssh', options: { sequential } },
      );
      expect(told.messages()).toEqual([readFileSync(join(scratch.root, 'h1/x'), 'utf8')]);
    },
  );
});
