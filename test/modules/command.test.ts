import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeEach, describe, expect, it } from 'vitest';
import { blobOf } from '../../src/core/blob.js';
import { Unknown } from '../../src/core/value.js';
import { linesOf, verdictOf } from '../../src/modules/command/said.js';
import { wordsOf } from '../../src/modules/command/words.js';
import command from '../../src/modules/command.js';
import raw from '../../src/modules/raw.js';
import script from '../../src/modules/script.js';
import shell from '../../src/modules/shell.js';
import { argsOf, fileFound, SHELLS, task, whats } from './doing.js';

const scratch = mkdtempSync(join(tmpdir(), 'ringmaster-command-'));
let dir = '';
let count = 0;
beforeEach(() => {
  dir = join(scratch, String(count++));
  mkdirSync(dir);
});
afterAll(() => rmSync(scratch, { recursive: true }));

/** Texts that would do harm, were they ever taken for sh. */
const payloads = [
  "'; touch PWNED #",
  '$(touch PWNED)',
  '`touch PWNED`',
  'a\nb; touch PWNED',
  '"; touch PWNED; "',
  '\\',
  '-n',
  '*',
  '~nosuch/x',
  '${HOME+$(touch PWNED)}',
  '!x',
  '$1$@$$',
  'é\u2028ü',
];

describe('words of a command line, as Python splits them', () => {
  it.each([
    ['a b', ['a', 'b']],
    ['  a\t b\n', ['a', 'b']],
    [`echo 'a b' "c d"`, ['echo', 'a b', 'c d']],
    [`a\\ b`, ['a b']],
    [`"a\\"b" "c\\d" '\\'`, ['a"b', 'c\\d', '\\']],
    [`x=''`, ['x=']],
    [`'' ""`, ['', '']],
    ['a | b > c # d', ['a', '|', 'b', '>', 'c', '#', 'd']],
    ['', []],
  ])('%j', (line, words) => expect(wordsOf(line)).toEqual({ ok: true, words }));

  it.each([
    [`echo 'a`, /closing single/],
    [`echo "a`, /closing double/],
    ['echo \\', /backslash/],
  ])('refuses %j', (line, why) => {
    const words = wordsOf(line);
    expect(words.ok ? '' : words.why).toMatch(why);
    expect(() => argsOf(command, { cmd: line })).toThrow(why);
  });
});

describe('programs that only read', () => {
  it.each([
    'cat /etc/passwd',
    '/usr/bin/test -e x',
    'systemctl is-active sshd',
    'dpkg -s sudo',
    'rpm -qa',
    'getent passwd',
  ])('%s', line => expect(command.isReadOnly?.({ cmd: line } as never)).toBe(true));
  it.each([
    'touch x',
    './cat x',
    '/opt/bin/cat x',
    'systemctl restart sshd',
    'systemctl',
    'dpkg -i x.deb',
    'rpm -i x',
    'sort -o x x',
    'sleep 1',
  ])('not %s', line => expect(command.isReadOnly?.({ cmd: line } as never)).toBe(false));
});

describe.each(SHELLS)('under %s', (...shellWords) => {
  const on = { shell: shellWords };

  it('runs a program by its words and gives what it said', () => {
    const { result, plan, foreseen } = task(command, { cmd: `printf '%s\\n' "a b" c` }, on);
    expect(whats(plan)).toEqual(['printf %s\\n a b c']);
    expect(result).toMatchObject({
      rc: 0,
      stdout: 'a b\nc',
      stdout_lines: ['a b', 'c'],
      stderr: '',
      cmd: ['printf', '%s\\n', 'a b', 'c'],
      changed: true,
    });
    expect(foreseen.rc).toBeInstanceOf(Unknown);
    expect(foreseen.stdout_lines).toBeInstanceOf(Unknown);
  });

  it('shows no shell to command: builtins and operators are no such thing', () => {
    expect(task(command, { cmd: 'echo a && touch PWNED ; exit 3', chdir: dir }, on).result.stdout).toBe(
      'a && touch PWNED ; exit 3',
    );
    expect(task(command, { cmd: 'export A=1' }, on).result).toMatchObject({
      rc: 2,
      msg: "[Errno 2] No such file or directory: b'export'",
    });
    expect(existsSync(join(dir, 'PWNED'))).toBe(false);
  });

  it('says what cannot be started as Python does', () => {
    writeFileSync(join(dir, 'plain'), '#!/bin/sh\n', { mode: 0o644 });
    expect(task(command, { argv: ['no such'] }, on).result).toMatchObject({
      rc: 2,
      msg: "[Errno 2] No such file or directory: b'no such'",
    });
    expect(task(command, { argv: [join(dir, 'plain')] }, on).result).toMatchObject({
      rc: 13,
      msg: expect.stringMatching(/Errno 13.*plain/),
    });
    expect(task(command, { cmd: 'true', chdir: '/no/such' }, on).result.msg).toBe(
      'Unable to change directory before execution: /no/such',
    );
  });

  it.each(payloads)('hands %j over byte for byte', payload => {
    const argv = ['printf', '%s|', payload, `x${payload}`];
    const said = task(command, { argv, chdir: dir, expand_argument_vars: false }, on).result;
    expect(said.stdout).toBe(`${payload}|x${payload}|`);
    expect(
      task(command, { cmd: 'cat', stdin: payload, chdir: dir, stdin_add_newline: false, strip_empty_ends: false }, on)
        .result.stdout,
    ).toBe(payload);
    const made = task(command, { argv: ['true'], chdir: dir, creates: payload }, on);
    expect(made.status).toBe(0);
    expect(existsSync(join(dir, 'PWNED'))).toBe(false);
  });

  it('expands variables and home, and nothing else', () => {
    const env = { HOME: '/home/me', A: "x y'z", EMPTY: '' };
    const out = (cmd: string, more = {}) => task(command, { cmd, ...more }, { ...on, env }).result.stdout;
    expect(out('echo $A ${A}b $NOSUCH ${NOSUCH}$ $(id) [$EMPTY]')).toBe("x y'z x y'zb $NOSUCH ${NOSUCH}$ $(id) []");
    expect(out(`echo ~ ~/a\\ b x~ '~/c' ~x`)).toBe('/home/me /home/me/a b x~ /home/me/c ~x');
    expect(out('echo ~root/x ~nosuchuser')).toBe('/root/x ~nosuchuser');
    expect(out('echo $A ~', { expand_argument_vars: false })).toBe('$A ~');
  });

  it('is guarded by creates and removes, which are globs', () => {
    writeFileSync(join(dir, 'a b.conf'), '');
    const guarded = (given: object) => task(command, { cmd: 'true', chdir: dir, ...given }, on);
    expect(guarded({ creates: 'a b.conf' }).plan).toEqual([]);
    expect(guarded({ creates: 'a b.conf' }).result).toMatchObject({
      changed: false,
      rc: 0,
      stdout: 'skipped, since a b.conf exists',
      msg: "Did not run command since 'a b.conf' exists",
    });
    expect(guarded({ creates: '*.conf' }).plan).toEqual([]);
    expect(guarded({ creates: '[!b]*.con?' }).plan).toEqual([]);
    expect(whats(guarded({ creates: '*.cfg' }).plan)).toEqual(['true']);
    expect(whats(guarded({ removes: '*.conf' }).plan)).toEqual(['true']);
    expect(guarded({ removes: '*.cfg' }).result.stdout).toBe('skipped, since *.cfg does not exist');
    expect(guarded({ creates: '' }).plan).toHaveLength(1);
  });

  it('has a second run with nothing to do once its guard holds', () => {
    const { again, result } = task(shell, { cmd: 'echo x > made', chdir: dir, creates: 'made' }, on);
    expect(result.rc).toBe(0);
    expect(again).toEqual([]);
  });

  it('gives shell a shell of its own', () => {
    const said = (cmd: string, more = {}) => task(shell, { cmd, chdir: dir, ...more }, on).result;
    expect(said('echo a | tr a b; echo "$0"; exit 7')).toMatchObject({
      rc: 7,
      stdout: 'b\n/bin/sh',
      msg: 'non-zero return code',
    });
    expect(said('kill -9 $$; echo no')).toMatchObject({
      rc: 137,
      msg: 'non-zero return code (killed by SIGKILL; was it short of memory?)',
    });
    expect(said('kill -TERM $$').msg).toBe('non-zero return code (killed by SIGTERM)');
    expect(said('echo "$#:$1"; cat <&9')).toMatchObject({ stdout: '0:' });
    expect(said('cat; echo end').stdout).toBe('end');
    expect(said('cat', { stdin: 'in' }).stdout).toBe('in');
    expect(said('echo {a,b} $((1+1))', { executable: '/bin/bash' }).stdout).toBe('a b 2');
    expect(said('# only a comment').rc).toBe(0);
    expect(said("cat <<'X'\n$a\nX\nfalse")).toMatchObject({ rc: 1, stdout: '$a' });
    expect(said('if').rc).not.toBe(0);
    expect(said('nosuch; echo $?', { executable: '/nonexistent/sh' }).rc).toBe(127);
  });

  it('never shows a script in the process list', () => {
    const said = task(shell, { cmd: 'canary=c4n4ry; tr "\\0" " " </proc/$$/cmdline' }, on).result;
    expect(said.stdout).not.toContain('c4n4ry');
  });

  it('takes scripts and input beyond any limit of the command line', () => {
    const long = 'x'.repeat(300_000);
    expect(task(shell, { cmd: `: ${long}\nwc -c`, stdin: long, stdin_add_newline: false }, on).result.stdout).toBe(
      '300000',
    );
  });

  it('does not hang on input that nobody reads', () => {
    expect(task(command, { argv: ['false'], stdin: 'x'.repeat(5_000_000) }, on).result).toMatchObject({
      rc: 1,
      stderr: '',
    });
  });

  it('hands a long output over whole', () => {
    expect(task(shell, { cmd: 'head -c 3000000 /dev/zero | tr "\\0" a' }, on).result.stdout).toHaveLength(3_000_000);
  });

  it('runs raw as it is', () => {
    expect(task(raw, { cmd: 'echo "$((1+2))"; exit 4' }, on).result).toMatchObject({
      rc: 4,
      stdout: '3\n',
      stdout_lines: ['3'],
    });
  });

  it.each([
    ['#!/bin/sh -e\necho "$1|$2"; false; echo no', 'a|b c', 1],
    ['#!/bin/bash\na=(1 2); echo ${a[1]} "$2"', '2 b c', 0],
    ['echo plain "$1"', 'plain a', 0],
    ['#!/usr/bin/env sh\r\necho env', 'env', 0],
    ['#!/nonexistent/interpreter\n', '', 127],
  ])('runs the script %j', (text, out, rc) => {
    const done = task(script, { cmd: "run.sh a 'b c'" }, on, fileFound('/x/run.sh', blobOf(text)));
    expect(done.result.stdout.trim()).toBe(out);
    expect(done.status).toBe(rc);
  });

  it('runs a binary as a script', () => {
    const binary = blobOf(readFileSync('/bin/echo'));
    expect(task(script, { cmd: 'echo a b' }, on, fileFound('/x/echo', binary)).result.stdout).toBe('a b\n');
  });
});

describe('guards and results', () => {
  it('needs no look without a guard, so that the sight never moves', () => {
    expect(command.probe(argsOf(command, { cmd: 'a' }), { found: [] }).script.text).toBe(':');
    expect(shell.probe(argsOf(shell, { cmd: 'a', chdir: '/x' }), { found: [] }).script.text).toBe(':');
  });

  it('skips a script whose guard holds', () => {
    const seen = task(script, { cmd: 'x.sh', creates: '/etc/passwd' }, {}, fileFound('/x.sh', blobOf('')));
    expect(seen.plan).toEqual([]);
    expect(seen.result).toMatchObject({ skipped: true, changed: false });
  });

  it.each([
    [{}, /no command given/],
    [{ cmd: 'a', argv: ['a'] }, /not both/],
    [{ cmd: 'a', chdirr: '/' }, /chdirr/],
  ])('refuses %j', (given, why) => expect(() => argsOf(command, given)).toThrow(why));

  it.each([
    ['', []],
    ['a', ['a']],
    ['a\n', ['a']],
    ['a\r\nb\rc\n\n', ['a', 'b', 'c', '']],
  ])('cuts %j into lines as Python does', (text, lines) => expect(linesOf(text)).toEqual(lines));

  it('names signals', () =>
    expect([1, 127, 139].map(verdictOf)).toEqual([
      'non-zero return code',
      'non-zero return code',
      'non-zero return code (killed by SIGSEGV)',
    ]));
});
