import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Connection } from '../../src/core/connection.js';
import type { Output } from '../../src/core/probe.js';
import { userScript } from '../../src/core/sh.js';
import { isAlive, until } from './processes.js';
import { ask, lostBy, outputs, scripts } from './rig.js';
import { localBy, SHELLS } from './shells.js';

const PRISTINE =
  'echo "$PWD $- ${x-unset} $(umask) $(trap) $LC_ALL ${LANG-unset} $IFS"; type f 2>/dev/null; echo out; echo err >&2';

/** What a snippet does, and the status it must end with. Whatever it does, the next one must find a pristine shell. */
const CONTAINED: readonly [what: string, script: string, status: number | 'any', out?: string][] = [
  ['a syntax error', 'if; then', 2],
  ['an unterminated single quote', "echo 'abc", 2],
  ['an unterminated double quote', 'echo "abc', 2],
  ['an unterminated command substitution', 'echo $(date', 2],
  ['an unterminated here-document', 'cat <<EOF\nhello\n', 0, 'hello\n'],
  ['a trailing backslash', 'echo a\\', 'any'],
  ['a trailing comment', 'echo a # b', 0, 'a\n'],
  ['a closing brace too many', '}', 2],
  ['a closing parenthesis too many', ') ; echo broke out', 2],
  ['exit', 'echo a; exit 7; echo b', 7, 'a\n'],
  ['return', 'return 4', 'any'],
  ['break', 'break; echo a', 'any'],
  ['set -e', 'set -e; false; echo not here', 1, ''],
  ['set -u', 'set -u; echo "$never_set"', 'any', ''],
  ['set -f -x', 'set -fx; true', 0],
  ['cd', 'cd /tmp; pwd', 0, '/tmp\n'],
  ['a variable', 'x=1; export x', 0],
  ['a function and an alias', 'f() { echo f; }; alias g=f; f', 0, 'f\n'],
  ['umask', 'umask 000', 0],
  ['IFS', 'IFS=,', 0],
  ['a trap', 'trap "echo trapped" 0; true', 0, 'trapped\n'],
  ['our own variables', 'RM_GO=1; RM_S=9; RM_BLOBS=/; RM_DIRS=/etc; rm_room() { :; }', 0],
  ['exec of a program', 'exec echo replaced', 0, 'replaced\n'],
  ['exec of nothing', 'exec /nonexistent/program', 'any'],
  ['exec of its streams', 'exec >/dev/null 2>&1; echo lost', 0, ''],
  ['closed streams', 'exec >&- 2>&-; true', 0, ''],
  ['a readonly variable', 'readonly PATH LC_ALL IFS', 0],
  ['a special builtin that fails', '. /nonexistent/file', 'any'],
  ['kill -9 of its own subshell', `sh -c 'kill -9 $PPID'; echo survived`, 137, ''],
  ['a program killed by a signal', `sh -c 'kill -9 $$'`, 137],
  ['reading stdin', 'cat; read x; echo "got:$x"', 0, 'got:\n'],
  ['no final newline', 'printf abc', 0, 'abc'],
  ['only a newline', 'echo', 0, '\n'],
  ['nothing', '', 0, ''],
  ['a leading hyphen', '-x', 127],
  ['NUL bytes', `printf 'a\\000b\\n'`, 0, 'a\0b\n'],
  ['UTF-8', `printf 'h\\303\\244 \\342\\202\\254'`, 0, 'hä €'],
  ['invalid UTF-8', `printf '\\377\\344'`, 0, '\udcff\udce4'],
  ['a text that looks like a mark', `printf '\\n%032d 0 0\\n' 0`, 0, `\n${'0'.repeat(32)} 0 0\n`],
  ['a loud nohup', 'nohup true </dev/null 2>/dev/null', 'any'],
];

describe.each(SHELLS)('a lane of %s', (_name, shell) => {
  let connection: Connection;
  let pristine: Output;
  beforeAll(async () => {
    connection = await localBy(shell);
    pristine = (await ask(connection, PRISTINE))[0]!;
  });
  afterAll(() => connection.close());

  it.each(CONTAINED)('contains %s', async (_what, script, status, out) => {
    const before = connection.trips;
    const [first, second, third] = await ask(connection, script, PRISTINE, PRISTINE);
    if (status !== 'any') expect(first?.status).toBe(status);
    if (out !== undefined) expect(first?.stdout).toBe(out);
    expect(second).toEqual(pristine);
    expect(third).toEqual(pristine);
    expect(connection.trips).toBe(before + 1);
  });

  it('survives `kill -9 $$`, which kills the lane itself: that answer is lost, the next is not', async () => {
    const answer = await connection.ask(undefined, {
      how: 'each',
      snippets: scripts(['echo a', 'kill -9 $$', 'echo b']),
    });
    expect(answer.outputs).toEqual([{ stdout: 'a\n', stderr: '', status: 0 }]);
    expect(lostBy(answer)).toMatchObject({ reason: 'lost', why: expect.stringContaining('SIGKILL') });
    expect((await ask(connection, PRISTINE))[0]).toEqual(pristine);
  });

  it('ends a chain at its first failure, and `each` at none', async () => {
    const snippets = scripts(['echo a', 'echo b; exit 5', 'echo c']);
    const chain = outputs(await connection.ask(undefined, { how: 'chain', snippets }));
    expect(chain.map(({ stdout, status }) => [stdout, status])).toEqual([
      ['a\n', 0],
      ['b\n', 5],
    ]);
    expect(outputs(await connection.ask(undefined, { how: 'each', snippets })).map(({ status }) => status)).toEqual([
      0, 5, 0,
    ]);
  });

  it('tells many looks together as it tells each alone, but for those that are told as they come', async () => {
    // The shell's own process is the same for all; what it says of a killed child goes to a stream of its own.
    const all = CONTAINED.filter(([what]) => !what.includes('kill'));
    const alone: Output[] = [];
    for (const [, script] of all) alone.push((await ask(connection, script))[0]!);
    const snippets = scripts(all.map(([, script]) => script));
    const together = (asTheyCome: readonly number[]) =>
      connection.ask(undefined, { how: 'each', snippets, asTheyCome: new Set(asTheyCome) }).then(outputs);
    const told = (answers: readonly Output[]) =>
      answers.map(({ stdout, stderr, status }, i) => [all[i]![0], stdout, stderr.replace(/\d+/g, ''), status]);
    for (const asTheyCome of [[], [10], [0, 9, 20, 21], snippets.map((_, i) => i)])
      expect(told(await together(asTheyCome))).toEqual(told(alone));
    expect((await ask(connection, PRISTINE))[0]).toEqual(pristine);
  });

  it('does not wait for what a look leaves behind, where it is told as it comes', async () => {
    const snippets = scripts([...Array<string>(9).fill('echo a'), 'sleep 30 & echo left']);
    const began = Date.now();
    const answers = await connection.ask(undefined, { how: 'each', snippets, asTheyCome: new Set([9]) });
    expect(outputs(answers).map(({ stdout }) => stdout)).toEqual([...Array<string>(9).fill('a\n'), 'left\n']);
    expect(Date.now() - began).toBeLessThan(20_000);
  });

  it('answers an empty batch', async () => {
    expect(outputs(await connection.ask(undefined, { how: 'each', snippets: [] }))).toEqual([]);
    expect(outputs(await connection.ask(undefined, { how: 'chain', snippets: [] }))).toEqual([]);
  });

  it('takes hundreds of talkative probes in one write without a deadlock', async () => {
    const filler = `: ${'x'.repeat(4000)}`;
    const snippets = scripts(
      Array.from(
        { length: 300 },
        (_, i) => `${filler}; echo start ${i}; head -c 30000 /dev/zero | tr '\\0' a; echo err ${i} >&2`,
      ),
    );
    const before = connection.trips;
    const answers = outputs(await connection.ask(undefined, { how: 'each', snippets }));
    expect(connection.trips).toBe(before + 1);
    expect(answers).toHaveLength(300);
    answers.forEach(({ stdout, stderr, status }, i) => {
      expect([stdout.length, stdout.slice(0, stdout.indexOf('\n')), stderr, status]).toEqual([
        `start ${i}\n`.length + 30000,
        `start ${i}`,
        `err ${i}\n`,
        0,
      ]);
    });
  });

  it('keeps 64 MiB whole, and of more the two ends, and says so', async () => {
    const size = (bytes: number) => `head -c ${bytes} /dev/zero | tr '\\0' z; echo; echo end`;
    const [small, whole, cut] = await ask(
      connection,
      size(300_000),
      size(67_000_000),
      `echo begin; ${size(68_000_000)}`,
    );
    expect([small?.stdout.length, small?.cut]).toEqual([300_005, undefined]);
    expect([whole?.stdout.length, whole?.cut]).toEqual([67_000_005, undefined]);
    expect(cut?.cut).toEqual({ stdout: expect.any(Number), stderr: 0 });
    expect(cut?.stdout.startsWith(`begin\nzzz`)).toBe(true);
    expect(cut?.stdout.endsWith(`zzz\nend\n`)).toBe(true);
    expect(cut?.stdout).toContain(`z\n[… ${cut?.cut?.stdout} bytes left out …]\nz`);
    const kept = cut!.stdout.length - `\n[… ${cut?.cut?.stdout} bytes left out …]\n`.length;
    expect(kept + cut!.cut!.stdout).toBe(68_000_011);
  });

  it('does not wait for a child that holds the streams, and what it writes later is in no answer', async () => {
    const started = Date.now();
    const chain = await connection.ask(undefined, {
      how: 'chain',
      snippets: scripts(['(sleep 0.3; echo noise; echo noise >&2; sleep 0.3) & echo started']),
    });
    expect(outputs(chain)).toEqual([{ stdout: 'started\n', stderr: '', status: 0 }]);
    expect(Date.now() - started).toBeLessThan(1000);
    const looks = await ask(connection, 'sleep 0.2; echo a', 'sleep 0.3; echo b', 'echo c');
    expect(looks.map(({ stdout, stderr }) => stdout + stderr)).toEqual(['a\n', 'b\n', 'c\n']);
  });

  it('shows output as it comes', async () => {
    const seen = ['', ''];
    const answer = connection.ask(undefined, {
      how: 'chain',
      snippets: scripts(['printf "50 %%"; sleep 1; echo done; echo err >&2', 'echo ü']),
      watch: (snippet, text) => {
        seen[snippet] += text;
      },
    });
    await until(() => seen[0] !== '', 0.9);
    expect(seen).toEqual(['50 %', '']);
    await answer;
    // Of two streams nobody knows the order.
    expect([...seen[0]!].sort()).toEqual([...'50 %done\nerr\n'].sort());
    expect(seen[1]).toBe('ü\n');
  });

  it('ends a snippet that takes too long, group and all, and goes on with a new shell', async () => {
    const dir = mkdtempSync(join(tmpdir(), 'rmtest-'));
    try {
      const script = `sleep 1000 & echo $! >${dir}/pid; echo so far; sleep 1000`;
      const answer = await connection.ask(undefined, {
        how: 'chain',
        timeout: 0.5,
        snippets: scripts(['echo a', script, `touch ${dir}/reached`]),
      });
      expect(answer.outputs.map(({ stdout }) => stdout)).toEqual(['a\n']);
      expect(lostBy(answer)).toMatchObject({
        reason: 'timeout',
        seconds: 0.5,
        why: expect.stringMatching(/SIGTERM.*so far/),
      });
      expect(isAlive(Number(readFileSync(`${dir}/pid`, 'utf8')))).toBe(false);
      expect((await ask(connection, `ls ${dir}`, PRISTINE)).map(({ stdout }) => stdout)).toEqual([
        'pid\n',
        pristine.stdout,
      ]);
    } finally {
      rmSync(dir, { recursive: true });
    }
  });

  it('counts silence, not work, against a batch of looks', async () => {
    const slow = scripts(Array.from({ length: 5 }, () => 'sleep 0.25; echo .'));
    expect(outputs(await connection.ask(undefined, { how: 'each', snippets: slow, timeout: 0.8 }))).toHaveLength(5);
  });

  it('refuses a NUL byte in a script as a value, and stays usable', async () => {
    const answer = await connection.ask(undefined, { how: 'each', snippets: [userScript('echo \0')] });
    expect(lostBy(answer)).toMatchObject({ reason: 'internal' });
    expect((await ask(connection, 'echo ok'))[0]?.stdout).toBe('ok\n');
  });
});
