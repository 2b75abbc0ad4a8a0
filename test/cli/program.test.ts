import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Desk } from './rig.js';

const desk = new Desk();
beforeAll(() => {
  desk.write({
    hosts: 'localhost ansible_connection=local\n',
    'site.yml': '- hosts: all\n  gather_facts: no\n  tasks:\n    - debug: {msg: hello}\n',
  });
});
afterAll(() => desk.remove());

describe('the command line', () => {
  it('--help lists every verb', async () => {
    const { code, out, err } = await desk.ringmaster('--help');
    expect(code).toBe(0);
    expect(err).toBe('');
    expect([...out.matchAll(/^ {2}(\w+) /gm)].map(([, verb]) => verb)).toEqual([
      'run',
      'ping',
      'facts',
      'exec',
      'inventory',
      'doc',
      'demo',
      'lab',
      'help',
    ]);
  });

  it.each([
    [
      'run',
      [
        '-i',
        '-l',
        '-t',
        '--skip-tags',
        '-e',
        '-C',
        '-D',
        '-f',
        '-b',
        '-K',
        '-k',
        '-u',
        '--private-key',
        '--start-at-task',
        '--list-hosts',
        '--list-tasks',
        '--list-tags',
        '--syntax-check',
        '-v',
      ],
    ],
    ['exec', ['-i', '-C', '-D', '-b']],
    ['facts', ['-i', '--filter']],
    ['inventory', ['-i', '--json']],
    ['lab', ['up', 'down', 'list', 'shell', 'run', 'vm']],
  ])('%s --help has its options', async (verb, words) => {
    const { code, out } = await desk.ringmaster(verb, '--help');
    expect(code).toBe(0);
    for (const word of words) expect(out).toMatch(new RegExp(`^ *(?:-\\w, )?${word}\\b`, 'm'));
  });

  it('--version is that of the package', async () => {
    expect(await desk.ringmaster('--version')).toEqual({
      code: 0,
      out: expect.stringMatching(/^\d+\.\d+\.\d+\n$/),
      err: '',
    });
  });

  it.each([
    ['an unknown option', ['run', 'site.yml', '--chekc'], /unknown option '--chekc'\n.*--check/],
    ['an unknown verb', ['rn'], /unknown command 'rn'\n.*run/],
    ['no playbook', ['run'], /missing required argument 'playbook'/],
    ['no verb', [], /Usage: ringmaster/],
    ['a number that is none', ['run', 'site.yml', '-f', 'many'], /Give a whole number/],
    ['a form of output that is not there', ['run', 'site.yml', '--output', 'xml'], /Allowed choices are human, jsonl/],
    ['arguments that look like JSON and are not', ['exec', 'localhost', 'stat', '{path'], /not JSON/],
    ['a module that is not there', ['exec', 'localhost', 'comand', 'x'], /did you mean `command`/],
    ['a playbook that is not there', ['run', 'none.yml'], /none\.yml/],
    ['an inventory that is not there', ['run', 'site.yml', '-i', 'none/'], /none/],
  ] as const)('%s is bad usage: exit code 5, a hint, and nothing on stdout', async (_name, args, hint) => {
    const { code, out, err } = await desk.ringmaster(...args);
    expect(err).toMatch(hint);
    expect(out).toBe('');
    expect(code).toBe(5);
  });

  it('outlives a reader that leaves early, and the run goes on to its end', async () => {
    desk.write({
      'long.yml': `- hosts: all\n  gather_facts: no\n  tasks:\n${'    - debug: {msg: "{{ \'x\' * 5000 }}"}\n'.repeat(60)}    - copy: {dest: "${desk.folder}/made", content: x}\n`,
    });
    const { code, out, err } = await desk.shell(
      'ringmaster run long.yml -i hosts -vv | head -1; echo "codes ${PIPESTATUS[*]}"; cat made',
    );
    expect(out).toMatch(/codes 0 0\nx$/);
    expect(err).toBe('');
    expect(code).toBe(0);
  });

  it.each(['doc', '--help', 'doc copy', 'inventory -i hosts --json', 'facts -i hosts'])(
    '%s outlives a reader that reads nothing',
    async args => {
      const { out, err } = await desk.shell(`ringmaster ${args} | true; echo "codes \${PIPESTATUS[*]}"`);
      expect(out).toBe('codes 0 0\n');
      expect(err).toBe('');
    },
  );

  it('colours only what a terminal sees, or who asks for it', async () => {
    expect((await desk.ringmaster('run', 'site.yml', '-i', 'hosts')).out).not.toContain('\u001b');
    expect((await desk.ringmaster('run', 'site.yml', '-i', 'hosts', '--color', 'always')).out).toContain(
      '\u001b[32m✓\u001b[39m',
    );
    const line = 'unset NO_COLOR; TERM=xterm script -qec "$NODE $MAIN run site.yml -i hosts" /dev/null';
    const { out } = await desk.shell(line);
    expect(out).toContain('\u001b[32m✓\u001b[39m');
    // Nothing is drawn again: no cursor is moved, no line is erased.
    expect(out.replaceAll('\r\n', '\n')).not.toMatch(/\u001b\[\d*[A-HJKSTfsu]|\r/);
    expect((await desk.shell(`NO_COLOR=1 ${line.replace('unset NO_COLOR; ', '')}`)).out).not.toContain('\u001b');
  });
});
