import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { Scratch } from '../rig.js';

let scratch: Scratch;
beforeEach(() => {
  scratch = new Scratch();
});
afterEach(() => scratch.remove());

const WRITE = 'copy: { dest: "{{ root }}/x", content: x }';
/** The time, in the words of the fact. */
const NOW = '{ command: "date -u +%Y-%m-%dT%H:%M:%S.%6NZ", register: now }';
/** Whether the fact tells of a time before that. */
const IS_BEFORE = 'debug: { msg: "{{ ansible_date_time.iso8601_micro < now.stdout }}" }';

const play = (tasks: readonly string[], more = 'gather_facts: true'): string =>
  `- hosts: all\n  ${more}\n  tasks:\n${tasks.map(task => `    - ${task}\n`).join('')}`;
const said = async (plays: string): Promise<readonly string[]> => (await scratch.run(plays)).messages();

/** Each as ansible-core has it: it reads all facts when a play starts. */
describe('with gather_facts, facts are those of the start of the play', () => {
  it.each([
    ['a task', [NOW, IS_BEFORE, NOW, IS_BEFORE]],
    [
      'an item of a loop',
      [NOW.replace('register', 'loop: [1], register'), IS_BEFORE.replace('now.', 'now.results[0].')],
    ],
    ['a condition', [NOW, `{ ${IS_BEFORE}, when: ansible_date_time.year is defined }`]],
  ])('though they are first read behind %s', async (_what, tasks) => {
    expect(new Set(await said(play(tasks)))).toEqual(new Set(['true']));
  });

  it.each(["ansible_facts['date_time']", 'ansible_facts.date_time', "hostvars['h1'].ansible_date_time"])(
    'by way of %s',
    async name => {
      expect(await said(play([NOW, IS_BEFORE.replace('ansible_date_time', name)]))).toEqual(['true']);
    },
  );

  it('also those that only a template file names, or a variable', async () => {
    scratch.write({ 'templates/t.j2': '{{ ansible_date_time.iso8601_micro < now.stdout }}' });
    expect(
      await said(
        play([
          NOW,
          'template: { src: t.j2, dest: "{{ root }}/t" }',
          '{ command: "cat {{ root }}/t", register: c }',
          'debug: { msg: "{{ c.stdout }}" }',
        ]) +
          play(
            [NOW, 'debug: { msg: "{{ old }}" }'],
            'vars: { old: "{{ ansible_date_time.iso8601_micro < now.stdout }}" }',
          ),
      ),
    ).toEqual(['True', 'true']);
  });

  it('those of its own in the next play', async () => {
    expect(await said(play([IS_BEFORE.replace('now.stdout', "''"), NOW]) + play([IS_BEFORE]))).toEqual([
      'false',
      'false',
    ]);
  });

  it('until setup reads them again', async () => {
    expect(await said(play([NOW, IS_BEFORE, 'setup:', IS_BEFORE]))).toEqual(['true', 'false']);
  });

  it('and those of the play before, without gather_facts', async () => {
    expect(await said(play([NOW, IS_BEFORE]) + play([IS_BEFORE], 'gather_facts: false'))).toEqual(['true', 'true']);
  });
});

describe('it costs', () => {
  it('no trip where nothing names a fact, and none more where one is read anyway', async () => {
    const tasks = (content: string): string => play([WRITE, `copy: { dest: "{{ root }}/y", content: "${content}" }`]);
    for (const [content, trips] of [
      ['y', 1],
      ['{{ ansible_kernel }}', 2],
    ] as const) {
      await scratch.run(tasks(content));
      expect((await scratch.run(tasks(content))).trips()).toBe(trips);
    }
  });

  it('no trip of a second play that names a fact nothing can have changed', async () => {
    const twice = play([WRITE, `copy: { dest: "{{ root }}/y", content: "{{ ansible_kernel }}" }`]);
    await scratch.run(twice + twice);
    const told = await scratch.run(twice + twice);
    const kernel = told.batches.filter(({ snippets }) => snippets.some(({ text }) => /proc_version|uname/.test(text)));
    expect(kernel).toHaveLength(1);
  });
});
