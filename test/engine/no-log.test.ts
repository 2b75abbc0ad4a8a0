import { randomBytes } from 'node:crypto';
import { inspect } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Event } from '../../src/core/event.js';
import { jsonReporter } from '../../src/report/json.js';
import { told } from '../report/scene.js';
import { Scratch, type Wish } from './rig.js';

let scratch: Scratch;
beforeAll(() => {
  scratch = new Scratch();
});
afterAll(() => scratch.remove());

/** A value that no output may ever hold, nor any part of it that tells it. */
const CANARY = `Ca'n"a-${randomBytes(9).toString('hex')}`;
const bytes = Buffer.from(CANARY);
const FORMS = [
  CANARY,
  CANARY.slice(7),
  bytes.toString('base64'),
  bytes.toString('hex'),
  encodeURIComponent(CANARY),
  JSON.stringify(CANARY).slice(1, -1),
];

/** All that a run can show, by how it was asked for. */
function outputs(events: readonly Event[]): Readonly<Record<string, string>> {
  const all: Record<string, string> = { events: inspect(events, { depth: Infinity, maxStringLength: Infinity }) };
  for (const verbosity of [0, 1, 2, 3])
    for (const diff of [false, true]) all[`-v${verbosity} ${diff ? '--diff' : ''}`] = told(events, { verbosity, diff });
  let lines = '';
  const json = jsonReporter(line => {
    lines += line;
  });
  for (const event of events) json.on(event);
  return { ...all, jsonl: lines };
}

/** Runs a playbook, for real and as a dry run, and answers its events. */
async function leaks(site: string, wish: Wish = {}): Promise<readonly Event[]> {
  let events: readonly Event[] = [];
  for (const mode of ['check', 'apply'] as const) {
    const extraVars = [JSON.stringify({ canary: CANARY, creds: { user: 'joe', password: CANARY } })];
    const run = await scratch.run(site, { ...wish, extraVars, options: { mode, verbosity: 3 } });
    events = run.events;
    for (const [how, text] of Object.entries(outputs(events)))
      for (const form of FORMS) expect(text.includes(form), `${mode} ${how}\n${text.slice(0, 5000)}`).toBe(false);
  }
  return events;
}

const play = (tasks: string, more = ''): string => `- hosts: all\n  gather_facts: false\n${more}  tasks:\n${tasks}`;

describe('no task under no_log shows a secret', () => {
  const ways: Readonly<Record<string, string>> = {
    'an argument': `
    - {name: "set {{ canary }}", copy: {dest: "{{ root }}/a", content: "pw={{ canary }}\\n"}, no_log: true}`,
    'a block': `
    - no_log: true
      block: [{command: "echo {{ canary | quote }}"}]
      rescue: [{debug: {msg: "{{ canary }}"}}]`,
    'a loop, its labels and items': `
    - command: "echo {{ item.password | quote }}"
      loop: ["{{ creds }}"]
      loop_control: {label: "{{ item.password }}"}
      no_log: true`,
    'an item that fails': `
    - shell: "echo {{ item | quote }}; echo {{ item | quote }} >&2; false"
      loop: ["{{ canary }}", "two"]
      no_log: true
      ignore_errors: true`,
    'a failure': `
    - {shell: "echo {{ canary | quote }} >&2; exit 3", no_log: true, ignore_errors: true}
    - {fail: {msg: "no {{ canary }}"}, no_log: true, ignore_errors: true}
    - {assert: {that: "canary == ''", fail_msg: "not {{ canary }}"}, no_log: true, ignore_errors: true}`,
    'a template that fails': `
    - {debug: {msg: "{{ (canary ~ '!') | int(base=99) }}{{ {}[canary] }}"}, no_log: true, ignore_errors: true}`,
    'a bad argument': `
    - {file: {path: "{{ root }}/x", state: "{{ canary }}"}, no_log: true, ignore_errors: true}`,
    'retries, with live output': `
    - shell: "echo {{ canary | quote }}; false"
      no_log: true
      retries: 1
      delay: 0
      until: "canary == ''"
      ignore_errors: true`,
    'debug and set_fact': `
    - {debug: {msg: "{{ canary }}"}, no_log: true}
    - {debug: {var: creds}, no_log: true}
    - {set_fact: {kept: "{{ canary }}"}, no_log: true}`,
    'what was there before': `
    - {copy: {dest: "{{ root }}/old", content: "{{ canary }}\\nold\\n"}, no_log: true}
    - {lineinfile: {path: "{{ root }}/old", line: "{{ creds.password }}x"}, no_log: true}`,
    'a no_log that depends on the item': `
    - command: "echo {{ item.text | quote }}"
      loop: [{hide: true, text: "{{ canary }}"}, {hide: false, text: plain}]
      no_log: "{{ item.hide }}"`,
    'a no_log that cannot be rendered': `
    - {debug: {msg: "{{ canary }}"}, no_log: "{{ nothing }}", ignore_errors: true}`,
  };

  it.each(Object.entries(ways))('%s', async (_way, tasks) => {
    await leaks(play(tasks));
  });

  it('no_log of a play, its handlers and their names', async () => {
    await leaks(`
- hosts: all
  gather_facts: false
  no_log: true
  tasks:
    - {command: "echo {{ canary | quote }}", notify: "restart {{ canary }}"}
  handlers:
    - {name: h, listen: "restart {{ canary }}", command: "echo {{ canary | quote }}"}
`);
  });
});

describe('what was once under no_log is masked from then on', () => {
  const later = `
    - {name: "later {{ canary }}", debug: {msg: "it is {{ canary }}, {{ canary | b64encode }}, {{ canary | to_json }}"}}
    - {debug: {var: creds}}
    - {copy: {dest: "{{ root }}/later", content: "user=joe\\npassword={{ canary }}\\n"}, diff: true}
    - {shell: "echo out {{ canary | quote }}; echo err {{ canary | quote }} >&2; exit 3", ignore_errors: true}
    - {shell: "printf %s {{ canary | quote }} | od -An -tx1 | tr -d ' \\\\n'"}
    - {debug: {msg: "{{ {}[canary] }}"}, ignore_errors: true}
    - {fail: {msg: "{{ canary }}"}, ignore_errors: true}
    - {command: "echo {{ item | quote }}", loop: ["{{ canary }}"]}
    - {file: {path: "{{ root }}/y", state: "{{ canary }}"}, ignore_errors: true}
    - {command: echo, changed_when: "{{ canary }}", ignore_errors: true}
    - {shell: "echo {{ canary | quote }}; false", until: "canary == ''", retries: 1, delay: 0, ignore_errors: true}
`;
  const ways: Readonly<Record<string, string>> = {
    'an argument as a whole': `
    - {command: "{{ canary }}", no_log: true, ignore_errors: true}`,
    'a part of an argument': `
    - {command: "echo --password={{ canary | quote }}", no_log: true}`,
    'a member of a dictionary': `
    - {command: "echo {{ creds.password | hash('sha1') }}", no_log: true}`,
    'a variable in a variable': `
    - {command: "echo {{ dsn | quote }}", no_log: true, vars: {dsn: "db://joe:{{ creds['password'] }}@host"}}`,
    'the environment': `
    - {command: "true", environment: {TOKEN: "{{ canary }}"}, no_log: true}`,
    'an item': `
    - {command: "echo {{ item.password | length }}", loop: ["{{ creds }}"], no_log: true}`,
    'an item of a dictionary': `
    - {command: "echo {{ item.value | length }}", loop: "{{ creds | dict2items }}", no_log: true}`,
    'a result': `
    - {copy: {dest: "{{ root }}/f", content: "{{ canary }}\\n"}, no_log: true, vars: {x: 1}}
    - {command: "cat {{ root }}/f", register: r, no_log: true}`,
    'a file in base64': `
    - {copy: {dest: "{{ root }}/f", content: "{{ canary }}"}, no_log: true}
    - {slurp: {src: "{{ root }}/f"}, register: r, no_log: true}`,
    'a fact': `
    - {set_fact: {kept: "{{ canary }}"}, no_log: true}
    - {debug: {msg: "{{ kept }}"}}`,
  };

  it.each(Object.entries(ways))('%s', async (_way, tasks) => {
    const events = await leaks(play(tasks + later));
    // The tasks behind are told of, and only the secret in them is hidden.
    expect(JSON.stringify(events)).toContain('it is «secret»');
  });

  it('a template file', async () => {
    scratch.write({ 'templates/conf.j2': 'user={{ creds.user }}\npassword={{ creds.password }}\n' });
    await leaks(
      play(`
    - {template: {src: conf.j2, dest: "{{ root }}/conf"}, no_log: true}
    - {lineinfile: {path: "{{ root }}/conf", line: more}, diff: true}
    - {command: "cat {{ root }}/conf"}
${later}`),
    );
  });

  it('a file of variables', async () => {
    scratch.write({ 'hidden.yml': `own: ${JSON.stringify(CANARY)}\n` });
    await leaks(
      play(`
    - {include_vars: hidden.yml, no_log: true}
    - {debug: {msg: "{{ own }}"}}`),
    );
  });

  it('live output, cut anywhere', async () => {
    await leaks(
      play(`
    - {debug: {msg: "{{ canary }}"}, no_log: true}
    - {shell: 'x={{ canary | quote }}; for i in 1 2 3 4 5 6 7 8 9; do printf %s "$(printf %s "$x" | cut -c$i)"; sleep 0.02; done; printf %s "$(printf %s "$x" | cut -c10-)"'}`),
    );
  });
});

describe('what is no secret stays readable', () => {
  it('choices, booleans, numbers, modes, and who and where', async () => {
    const run = await scratch.run(
      play(`
    - {file: {path: "{{ root }}/where", state: directory, mode: "0750"}, no_log: true}
    - {command: "echo {{ port }} {{ flag }} {{ inventory_hostname }}", no_log: true}
    - {debug: {msg: "{{ root }}/where directory 0750 {{ port }}, {{ flag }}, {{ inventory_hostname }} in all"}}
    - {debug: {msg: "All items completed"}}`),
      { extraVars: ['{"port": 8443, "flag": true}'] },
    );
    expect(run.messages().at(-2)).toBe(`${scratch.root}/h1/where directory 0750 8443, True, h1 in all`);
    expect(run.messages().at(-1)).toBe('All items completed');
  });

  it('the program of a command line, but not its words', async () => {
    const run = await scratch.run(
      play(`
    - {command: "echo not-for-you", no_log: true, register: r}
    - {debug: {msg: "{{ r.cmd | join(' ') }} of echo, {{ r.cmd[1] }}"}}`),
    );
    expect(run.messages()).toEqual(['«secret» of echo, «secret»']);
  });

  it('what a module says in words of its own, in loops too', async () => {
    const told = await scratch.run(
      play(`
    - { lineinfile: { path: "{{ root }}/n", line: "{{ canary }}", create: true }, no_log: true }
    - { lineinfile: { path: "{{ root }}/n", line: "{{ item }}" }, loop: [one of two, two of two], no_log: true }
    - { name: it, lineinfile: { path: "{{ root }}/n", line: quite open }, register: r }
    - debug: { msg: "{{ r.msg }} {{ canary }}" }
`),
      { extraVars: [JSON.stringify({ canary: CANARY })] },
    );
    expect(told.outcome('it').result).toMatchObject({ msg: 'line added' });
    expect(told.messages()).toEqual(['line added «secret»']);
  });

  it('of a dictionary what the task did not use', async () => {
    const run = await scratch.run(
      play(`
    - {command: "echo {{ db.password }}", no_log: true}
    - {debug: {msg: "{{ db.comment }} {{ db.password }}"}}`),
      { extraVars: ['{"db": {"comment": "for everybody", "password": "for-nobody"}}'] },
    );
    expect(run.messages().at(-1)).toBe('for everybody «secret»');
  });
});
