import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Event } from '../../src/core/event.js';
import { Desk } from './rig.js';

const desk = new Desk();
beforeAll(() => {
  desk.write({
    hosts: 'localhost ansible_connection=local\n',
    'down.ini': 'gone ansible_host=127.0.0.1 ansible_port=1\n',
    'mixed.ini': 'localhost ansible_connection=local\ngone ansible_host=127.0.0.1 ansible_port=1\n',
    'ok.yml': '- hosts: all\n  gather_facts: no\n  tasks:\n    - debug: {msg: hello}\n',
    'changes.yml': `- hosts: all\n  gather_facts: no\n  tasks:\n    - copy: {dest: "${desk.folder}/{{ name | default('made') }}", content: "x\\n"}\n`,
    'fails.yml':
      '- hosts: all\n  gather_facts: no\n  tasks:\n    - fail: {msg: as asked}\n      when: inventory_hostname == "localhost"\n    - ping:\n',
    'unbegun.yml': '- hosts: "{{ groups.nope }}"\n  tasks: []\n',
    'broken.yml': '- hosts: all\n  tasks:\n    - copyy: {}\n',
    'says.yml':
      '- hosts: all\n  gather_facts: no\n  vars: {said: unset}\n  tasks:\n    - debug: {msg: "{{ said }} {{ more | default(\'-\') }} {{ said | type_debug }}"}\n',
    'vars.yml': 'said: from a file\nmore: {a: 1}\n',
    'vars.json': '{"said": [1, 2]}',
    'roles/greet/tasks/main.yml': '- name: Greet\n  debug: {msg: hi}\n  tags: [hello]\n',
    'tagged.yml':
      '- name: First\n  hosts: web\n  tags: [base]\n  roles: [greet]\n  tasks:\n    - name: one\n      ping:\n      tags: a,b\n    - block:\n        - name: two\n          ping:\n      rescue:\n        - debug: {msg: "{{ x | default(1) }}"}\n- hosts: all:!web\n  tasks: []\n',
    'by-variable.yml':
      '- hosts: all\n  vars: {mine: [a, b], later: c}\n  tasks:\n    - {name: one, ping: , tags: "{{ mine }}"}\n    - {name: two, ping: , tags: "{{ more }}", vars: {more: "{{ later }}"}}\n    - {name: three, ping: , tags: "{{ ansible_system }}"}\n',
    'web.ini': '[web]\nw[1:2]\n\n[db]\nd1\n',
  });
});
afterAll(() => desk.remove());
const run = (...args: readonly string[]) => desk.ringmaster('run', ...args);

describe('exit codes', () => {
  it.each([
    ['0: all is well', 0, ['ok.yml', '-i', 'hosts']],
    ['2: a task failed', 2, ['fails.yml', '-i', 'hosts']],
    ['2: a task failed, and another host was unreachable', 2, ['fails.yml', '-i', 'mixed.ini']],
    ['2: a play could not start', 2, ['unbegun.yml', '-i', 'hosts']],
    ['4: no host could be reached', 4, ['ok.yml', 'changes.yml', '-i', 'down.ini']],
    ['5: the playbook is wrong', 5, ['broken.yml', '-i', 'hosts']],
    ['0: a dry run, whatever it foresees', 0, ['changes.yml', '-i', 'hosts', '--check', '-e', 'name=new']],
    [
      '3: a dry run that foresees changes, if asked',
      3,
      ['changes.yml', '-i', 'hosts', '--check', '--detailed-exitcode', '-e', 'name=new'],
    ],
    ['0: a dry run that foresees none, if asked', 0, ['ok.yml', '-i', 'hosts', '--check', '--detailed-exitcode']],
    [
      '2: a failure comes before pending changes',
      2,
      ['changes.yml', 'fails.yml', '-i', 'hosts', '--check', '--detailed-exitcode', '-e', 'name=new'],
    ],
    [
      '0: a real run that changes, though asked',
      0,
      ['changes.yml', '-i', 'hosts', '--detailed-exitcode', '-e', 'name=really'],
    ],
  ] as const)('%s', async (_name, code, args) => {
    const ran = await run(...args);
    expect(ran.code, ran.out + ran.err).toBe(code);
  });

  it('and all words of a mistake are on stderr', async () => {
    const { out, err } = await run('broken.yml', '-i', 'hosts');
    expect(out).toBe('');
    expect(err).toMatch(
      /^error\[unknown-module\]: .*`copyy`\n {2}┌─ broken\.yml:3:7\n3 │ {5}- copyy: \{\}\n {2}│ {7}\^{5} did you mean `copy`\?\n\n1 error, no host was contacted\n$/,
    );
  });
});

describe('--output jsonl', () => {
  it.each([
    ['a good run', ['ok.yml', '-i', 'hosts']],
    ['a run that fails', ['fails.yml', '-i', 'mixed.ini']],
    ['a dry run with diff', ['changes.yml', '-i', 'hosts', '-CD', '-vvv', '-e', 'name=new']],
  ] as const)('keeps stdout pure: %s', async (_name, args) => {
    const { out } = await run(...args, '--output', 'jsonl');
    const events = out
      .trimEnd()
      .split('\n')
      .map(line => JSON.parse(line) as Event);
    expect(events[0]!.kind).toBe('run-started');
    expect(events.at(-1)!.kind).toBe('run-finished');
  });

  it('prints nothing there of a project that is wrong', async () => {
    expect(await run('broken.yml', '--output', 'jsonl', '-i', 'hosts')).toMatchObject({ code: 5, out: '' });
  });
});

describe('-e', () => {
  it.each([
    ['k=v', ['said=hello'], 'hello - str'],
    ['several of them, with quotes', ['said="hello you" more=2'], 'hello you 2 str'],
    ['JSON, with types', ['{"said": 5, "more": "x"}'], '5 x int'],
    ['a YAML file', ['@vars.yml'], "from a file {'a': 1} str"],
    ['a JSON file', ['@vars.json'], '[1, 2] - list'],
    ['the last one counts', ['@vars.yml', 'said=last'], "last {'a': 1} str"],
  ] as const)('%s', async (_name, given, said) => {
    const { out, err } = await run('says.yml', '-i', 'hosts', ...given.flatMap(one => ['-e', one]));
    expect(out, err).toContain(`\n      ${said}\n`);
  });

  it('that cannot be read is bad usage', async () => {
    for (const given of ['@none.yml', '{"said": ']) {
      const { code, err } = await run('says.yml', '-i', 'hosts', '-e', given);
      expect(code, err).toBe(5);
    }
  });
});

describe('lists, for which nothing is run', () => {
  it('--list-hosts, --list-tasks and --list-tags are as Ansible writes them', async () => {
    const { code, out } = await run('tagged.yml', '-i', 'web.ini', '--list-hosts', '--list-tasks', '--list-tags');
    expect(code).toBe(0);
    expect(out).toMatchInlineSnapshot(`
      "
      playbook: tagged.yml

        play #1 (web): First	TAGS: [base]
          pattern: ['web']
          hosts (2):
            w1
            w2
          tasks:
            greet : Greet	TAGS: [base, hello]
            one	TAGS: [a, b, base]
            two	TAGS: [base]
            debug	TAGS: [base]
            TASK TAGS: [a, b, base, hello]

        play #2 (all:!web): all:!web	TAGS: []
          pattern: ['all:!web']
          hosts (1):
            d1
          tasks:
            TASK TAGS: []
      "
    `);
  });

  it('render tags that are templates, as far as the project alone tells', async () => {
    const { out } = await run('by-variable.yml', '-i', 'hosts', '--list-tasks');
    expect(out).toMatch(/one\tTAGS: \[a, b\]\n +two\tTAGS: \[c\]\n +three\tTAGS: \[\{\{ ansible_system \}\}\]/);
    const { out: chosen } = await run('by-variable.yml', '-i', 'hosts', '--list-tasks', '--tags', 'c');
    expect(chosen.match(/\tTAGS: .*/g)).toEqual(['\tTAGS: []', '\tTAGS: [c]']);
  });

  it('leave out what --limit and --tags leave out', async () => {
    const { out } = await run('tagged.yml', '-i', 'web.ini', '--list-hosts', '--list-tasks', '-l', 'w2', '-t', 'a');
    expect(out).toMatch(/hosts \(1\):\n {6}w2\n/);
    expect(out).toContain('one');
    expect(out).not.toContain('Greet');
  });

  it('--syntax-check says that all is well, or exits with 5', async () => {
    expect(await run('ok.yml', '-i', 'hosts', '--syntax-check')).toMatchObject({
      code: 0,
      out: 'ok.yml: no mistakes found\n',
    });
    expect(await run('broken.yml', '-i', 'hosts', '--syntax-check')).toMatchObject({ code: 5, out: '' });
  });
});

describe('what was under no_log', () => {
  const SECRET = 'never-to-be-seen';
  beforeAll(() => {
    desk.write({
      'secret.yml': `- hosts: all
  gather_facts: no
  tasks:
    - {command: "echo ${SECRET}", no_log: yes, register: r}
    - {name: later, debug: {msg: "{{ r.stdout }}"}}
    - {name: written, debug: {msg: "${SECRET} {{ r.none }}"}}
`,
    });
  });

  it.each(['', '-vvv', '--check', '--diff', '--output jsonl -vvv'])(
    'is masked for whoever is told, in the lines of the playbook too: %s',
    async line => {
      const { out, err } = await run('secret.yml', '-i', 'hosts', ...line.split(' ').filter(word => word !== ''));
      expect(out + err).not.toContain(SECRET);
      expect(out).toContain(line.includes('jsonl') ? '"run-finished"' : 'PLAY RECAP');
      if (line !== '--check') expect(out).toContain('«secret»');
    },
  );
});
