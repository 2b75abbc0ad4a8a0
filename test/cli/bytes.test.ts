import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, expect, it } from 'vitest';
import { Desk } from './rig.js';

const desk = new Desk();
afterAll(() => desk.remove());
const file = (name: string) => join(desk.folder, name);
const latin = (text: string) => Buffer.from(text, 'latin1');

/** Runs tasks on this machine; stdout is the event stream or the account for people. */
async function run(tasks: string, ...args: readonly string[]) {
  desk.write({
    hosts: 'h ansible_connection=local\n',
    'site.yml': `- hosts: all\n  gather_facts: no\n  tasks:\n${tasks}`,
  });
  return await desk.ringmaster('run', 'site.yml', '-i', 'hosts', ...args);
}

it('bytes that are no text stay what they are in values, and go back as they came', async () => {
  const tasks = `
    - command: printf 'a\\377b ä \\344'
      register: r
    - copy: { content: "{{ r.stdout }}", dest: ${file('copied')} }
    - shell: printf %s "{{ r.stdout }}" >${file('said')}
    - command: touch "${desk.folder}/{{ r.stdout }}"
    - command: ls ${desk.folder}
      register: ls
    - assert: { that: "r.stdout in ls.stdout_lines" }
    - copy: { content: "{{ r.stdout | b64encode | b64decode }}{{ '/2E=' | b64decode }}", dest: ${file('decoded')} }
    - debug: { var: r.stdout }
`;
  const { code, out, err } = await run(tasks);
  expect(code, out + err).toBe(0);
  expect(out).toContain('a\ufffdb ä \ufffd');
  const want = Buffer.concat([latin('a\xffb '), Buffer.from('ä '), latin('\xe4')]);
  expect(readFileSync(file('copied'))).toEqual(want);
  expect(readFileSync(file('said'))).toEqual(want);
  expect(readFileSync(file('decoded'))).toEqual(Buffer.concat([want, latin('\xffa')]));
  // A second run sees the same bytes, and says ok where nothing is to be done.
  const again = await run(tasks, '--output', 'jsonl');
  const events = again.out
    .trimEnd()
    .split('\n')
    .map(line => JSON.parse(line));
  const finished = events.filter(({ kind }) => kind === 'task-finished');
  expect(finished.map(({ outcome }) => outcome.kind)[1]).toBe('ok');
  expect(finished[0].outcome.result.stdout).toBe('a\ufffdb ä \ufffd');
});

it.each([
  ['lineinfile', `lineinfile: { path: FILE, line: "x=ü", regexp: "^x=" }`],
  ['blockinfile', `blockinfile: { path: FILE, block: "x=ü", marker: "# {mark}" }`],
  ['replace', `replace: { path: FILE, regexp: "x=1", replace: "x=ü" }`],
])('%s leaves the bytes of other lines alone', async (_module, task) => {
  const others = [latin('# Gr\xfc\xdfe\n'), Buffer.from('# ü €\r\n')];
  writeFileSync(file('conf'), Buffer.concat([...others, Buffer.from('x=1\n'), latin('\xe4\n')]));
  const tasks = `    - ${task.replace('FILE', file('conf'))}\n`;
  const { code, out, err } = await run(tasks);
  expect(code, out + err).toBe(0);
  const after = readFileSync(file('conf'));
  expect(after.subarray(0, others[0]!.length + others[1]!.length)).toEqual(Buffer.concat(others));
  expect(after.includes(latin('\n\xe4\n'))).toBe(true);
  expect(after.includes('x=ü')).toBe(true);
  const again = await run(tasks);
  expect(again.out).toMatch(/changed=0 /);
});

it('a template that is not UTF-8 is installed as it is', async () => {
  writeFileSync(file('t.j2'), Buffer.concat([latin('\xe4 {{ x }}\n'), Buffer.from('ü\n')]));
  const { code, out, err } = await run(
    `    - template: { src: t.j2, dest: ${file('rendered')} }\n      vars: { x: 1 }\n`,
  );
  expect(code, out + err).toBe(0);
  expect(readFileSync(file('rendered'))).toEqual(Buffer.concat([latin('\xe4 1\n'), Buffer.from('ü\n')]));
});

it('output beyond 64 MiB fails its task, and 60 MB do not', async () => {
  const tasks = (bytes: number) => `
    - shell: head -c ${bytes} /dev/zero | tr '\\0' z
      register: r
    - copy: { content: "{{ r.stdout | length }}", dest: ${file('length')} }
`;
  const whole = await run(tasks(60_000_000));
  expect(whole.code, whole.err).toBe(0);
  expect(readFileSync(file('length'), 'utf8')).toBe('60000000');
  const { code, out } = await run(tasks(70_000_000));
  expect(code).toBe(2);
  expect(out).toMatch(/stdout said more than 64 MiB: \d+ bytes are left out/);
});

it('slurp brings 20 MB whole', async () => {
  writeFileSync(file('large'), Buffer.alloc(20_000_000, 'x'));
  const { code, out, err } = await run(
    `    - slurp: { src: ${file('large')} }\n      register: r\n    - assert: { that: "(r.content | b64decode | length) == 20000000" }\n`,
  );
  expect(code, out + err).toBe(0);
});
