import { afterAll, describe, expect, it } from 'vitest';
import type { Keywords, Play, Task } from '../../../src/core/play.js';
import type { Value } from '../../../src/core/value.js';
import { keyword } from '../../../src/engine/meaning/variables/keywords.js';
import { LayeredScope } from '../../../src/engine/meaning/variables/scope.js';
import { registry } from '../../../src/modules/index.js';
import { loadProject } from '../../../src/project/load.js';
import { OMIT } from '../../../src/template/omit.js';
import { Scratch } from '../rig.js';

const scratch = new Scratch();
afterAll(() => scratch.remove());

const omitted = "'{{ nothing | default(omit) }}'";

/** Every keyword of which the nearest counts, with a value for it. A new one does not compile until it is here. */
type OfOneValue = {
  [K in keyof Required<Keywords>]: K extends 'when' | 'tags' | 'environment' | 'vars' | 'params' | 'moduleDefaults'
    ? never
    : K;
}[keyof Keywords];
const VALUES: Readonly<Record<OfOneValue, readonly [word: string, value: Value]>> = {
  become: ['become', true],
  becomeUser: ['become_user', 'nobody'],
  becomeMethod: ['become_method', 'su'],
  delegateTo: ['delegate_to', 'h1'],
  delegateFacts: ['delegate_facts', true],
  runOnce: ['run_once', true],
  ignoreErrors: ['ignore_errors', true],
  ignoreUnreachable: ['ignore_unreachable', true],
  noLog: ['no_log', true],
  checkMode: ['check_mode', true],
  diff: ['diff', false],
  connection: ['connection', 'local'],
  remoteUser: ['remote_user', 'me'],
  port: ['port', 2022],
  timeout: ['timeout', 9],
  throttle: ['throttle', 2],
  anyErrorsFatal: ['any_errors_fatal', true],
};

/** A play whose task stands in a block of a role, with a keyword at each of the four levels. */
async function taskUnder(word: string, levels: readonly (Value | undefined)[]): Promise<Task> {
  const [play, role, block, task] = levels.map(value =>
    value === undefined ? undefined : `${word}: ${value === OMIT ? omitted : JSON.stringify(value)}`,
  );
  scratch.write({
    hosts: 'h1 ansible_connection=local',
    'roles/r/tasks/main.yml': `
- block:
    - command: 'true'
      ${task ?? ''}
  ${block ?? ''}
`,
    'site.yml': `
- hosts: all
  ${play ?? ''}
  roles:
    - role: r
      ${role ?? ''}
`,
  });
  const loaded = await loadProject({
    playbooks: ['site.yml'],
    inventory: ['hosts'],
    extraVars: [],
    tags: [],
    skipTags: [],
    rolesPath: [],
    modules: registry,
    cwd: scratch.folder,
  });
  if (!loaded.ok) throw new Error(loaded.error.map(d => d.message).join('\n'));
  return firstTask(loaded.value.plays[0]!);
}

function firstTask(play: Play): Task {
  let [step] = play.sections[1]!.steps;
  while (step?.kind === 'block') [step] = step.body;
  return step!;
}

const scope = new LayeredScope([{ omit: OMIT }], undefined);

describe.each(Object.entries(VALUES))('%s omitted', (member, [word, value]) => {
  const of = async (...levels: readonly (Value | undefined)[]): Promise<Value | undefined> =>
    keyword((await taskUnder(word, levels)).keywords[member as OfOneValue], scope);

  it('leaves the word to the level outside that has one', async () => {
    expect(await of(value, undefined, undefined, OMIT)).toEqual(value);
    expect(await of(undefined, value, OMIT, OMIT)).toEqual(value);
    expect(await of(OMIT, OMIT, value, OMIT)).toEqual(value);
    expect(await of(value, OMIT, OMIT, undefined)).toEqual(value);
  });
  it('is not written where no level has one', async () => {
    expect(await of(OMIT, OMIT, OMIT, OMIT)).toBeUndefined();
  });
});

describe('omitted in a run', () => {
  it.runIf(process.getuid?.() === 0)('a task is left to the account of its play', async () => {
    const told = await scratch.run(`
- hosts: h1
  become: true
  become_user: nobody
  tasks:
    - { command: whoami, become: ${omitted}, register: a }
    - { command: whoami, become_user: ${omitted}, become_method: ${omitted}, register: b }
    - block:
        - { command: whoami, become: ${omitted}, register: c }
      become: false
    - debug: { msg: "{{ [a.stdout, b.stdout, c.stdout] }}" }
`);
    expect(told.messages()).toEqual([JSON.stringify(['nobody', 'nobody', 'root'], undefined, 4)]);
  });

  it('keywords of a play and of a task alone are as if they were not written', async () => {
    const told = await scratch.run(
      `
- hosts: all
  serial: ${omitted}
  max_fail_percentage: ${omitted}
  force_handlers: ${omitted}
  any_errors_fatal: ${omitted}
  become: ${omitted}
  tasks:
    - name: plain
      command: 'true'
      delegate_to: ${omitted}
      run_once: ${omitted}
      throttle: ${omitted}
      timeout: ${omitted}
      environment: ${omitted}
      tags: ${omitted}
      notify: ${omitted}
      async: ${omitted}
      poll: ${omitted}
    - name: tried
      command: 'false'
      retries: ${omitted}
      delay: ${omitted}
      register: r
      ignore_errors: true
    - name: judged
      command: 'true'
      when: ${omitted}
      changed_when: ${omitted}
      failed_when: ${omitted}
    - name: repeated
      command: 'true'
      until: ${omitted}
      loop: [1]
      loop_control: { pause: ${omitted} }
    - name: environment
      shell: echo "\${A-unset} $B"
      environment: [{ A: ${omitted} }, ${omitted}, { B: b }]
      register: e
    - debug: { msg: "{{ r.attempts }} {{ e.stdout }}" }
`,
      { hosts: 2 },
    );
    const done = ['plain: changed', 'tried: ignored', 'judged: changed', 'repeated: changed', 'environment: changed'];
    expect(told.tasks()).toEqual([...done, 'debug: ok']);
    expect(told.tasks('h2')).toEqual([...done, 'debug: ok']);
    expect(told.messages()).toEqual(['3 unset b']);
    expect(told.events.filter(event => event.kind === 'play-started')).toHaveLength(1);
  });

  it('an argument is not given, whatever module_defaults say', async () => {
    const told = await scratch.run(`
- hosts: h1
  module_defaults: { copy: { mode: '0600', backup: ${omitted} } }
  tasks:
    - copy: { dest: "{{ root }}/f", content: x, mode: ${omitted} }
    - stat: { path: "{{ root }}/f" }
      register: s
    - debug: { msg: "{{ s.stat.mode }}" }
`);
    expect(told.messages()).toEqual(['0644']);
  });
});
