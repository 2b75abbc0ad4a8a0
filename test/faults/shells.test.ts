import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { connectorOf } from '../../src/connect/connect.js';

import { isBlocked } from '../../src/core/change.js';
import type { Connection } from '../../src/core/connection.js';
import type { Output } from '../../src/core/probe.js';
import { type Sh, sh } from '../../src/core/sh.js';
import { registry } from '../../src/modules/index.js';
import { targetOf } from '../connect/rig.js';

/** What /bin/sh may be on a target, by the name under which Debian has it; and whether a lane works in it. */
const SHELLS: readonly (readonly [program: string, args: readonly string[], becomes: 'works' | 'refused'])[] = [
  ['dash', [], 'works'],
  ['bash', [], 'works'],
  ['busybox', ['sh'], 'works'],
  ['ksh93', [], 'works'],
  ['zsh', [], 'works'],
  ['yash', [], 'works'],
  ['mksh', [], 'refused'],
  ['lksh', [], 'refused'],
];

const pathOf = (program: string): string | undefined => {
  try {
    return execFileSync('/bin/sh', ['-c', `command -v ${program}`], { encoding: 'utf8' }).trim();
  } catch {
    return undefined;
  }
};

describe.each(SHELLS)('where /bin/sh is %s', (program, args, becomes) => {
  const folder = mkdtempSync(join(tmpdir(), 'shell-'));
  const path = pathOf(program);
  // As on a target, it is called by the name of sh: busybox knows itself by its first argument.
  const shell = join(folder, 'sh');
  if (path !== undefined && args.length === 0) symlinkSync(path, shell);
  const connect = () =>
    connectorOf({ localShell: args.length === 0 ? [shell] : [path!, ...args] })(targetOf({ connection: 'local' }));
  let connection: Connection;
  beforeAll(async () => {
    mkdirSync(join(folder, 'd'));
    if (path === undefined) return;
    const connected = await connect();
    if (!connected.ok) throw new Error('no local shell');
    connection = connected.connection;
  });
  afterAll(async () => {
    await connection?.close();
    rmSync(folder, { recursive: true });
  });

  async function ask(how: 'each' | 'chain', ...snippets: readonly Sh[]): Promise<readonly Output[]> {
    const answer = await connection.ask(undefined, { snippets, how, timeout: 20 });
    if (answer.kind === 'lost') throw new Error(JSON.stringify(answer.failure));
    return answer.outputs;
  }

  async function perform(module: string, raw: object): Promise<readonly Output[] | 'nothing'> {
    const found = registry.get(module)!;
    const parsed = found.args.parse(raw);
    const { script, parse } = found.probe(parsed, { found: [] });
    const [seen] = await ask('each', script);
    const plan = found.plan(parsed, parse(seen!), { found: [] });
    if (isBlocked(plan)) throw new Error(plan.blocked);
    if (plan.length === 0) return 'nothing';
    const blobs = plan.flatMap(({ needs = [] }) => needs);
    const answer = await connection.ask(undefined, {
      snippets: plan.map(one => one.apply),
      how: 'chain',
      blobs,
      timeout: 20,
    });
    if (answer.kind === 'lost') throw new Error(JSON.stringify(answer.failure));
    return answer.outputs;
  }

  if (becomes === 'refused') {
    it.runIf(path !== undefined)('is refused at the first word', async () => {
      await expect(ask('each', sh`echo a`)).rejects.toThrow(/printf/);
    });
    return;
  }

  describe.runIf(path !== undefined)('works', () => {
    it('tells each look by itself, many at once, with their statuses', async () => {
      const looks = Array.from({ length: 12 }, (_, i) => sh`echo ${i}; echo e${i} >&2; ( exit ${i} )`);
      const outputs = await ask('each', ...looks, sh`cd /; umask 0; x=1; exit 3`, sh`echo "[$x]"; pwd >/dev/null`);
      expect(outputs.map(({ stdout, status }) => `${stdout.trim()} ${status}`)).toEqual([
        ...Array.from({ length: 12 }, (_, i) => `${i} ${i}`),
        ' 3',
        '[] 0',
      ]);
      expect(outputs[3]!.stderr).toBe('e3\n');
    });

    it('ends a chain behind what fails', async () => {
      const outputs = await ask('chain', sh`echo a`, sh`exit 4`, sh`echo c`);
      expect(outputs.map(({ stdout, status }) => [stdout, status])).toEqual([
        ['a\n', 0],
        ['', 4],
      ]);
    });

    it('runs the script of a user, whatever is in it', async () => {
      const cmd = `printf '%s\\n' "$#" 'a b' "x\\\\y"; read line; echo "$line"; exit 3`;
      const [said] = (await perform('shell', { cmd, stdin: 'given' })) as readonly Output[];
      expect(said).toMatchObject({ stdout: '0\na b\nx\\y\ngiven\n', status: 3 });
      const long = `: '${'ü'.repeat(150_000)}'\necho long`;
      expect(await perform('shell', { cmd: long })).toMatchObject([{ stdout: 'long\n', status: 0 }]);
    });

    it('edits, copies, makes and links', async () => {
      const file = join(folder, 'f');
      writeFileSync(file, Array.from({ length: 100 }, (_, i) => `line ${i}\n`).join(''));
      const tasks = [
        ['lineinfile', { path: file, line: 'more', owner: 'root', group: 'root', mode: '0600' }],
        ['copy', { content: `a'b\\c\n%s\0\xff`.repeat(10), dest: join(folder, 'g'), mode: '0644' }],
        ['copy', { content: 'x'.repeat(30_000), dest: join(folder, 'h'), owner: 'root' }],
        ['file', { path: join(folder, 'n/m'), state: 'directory', mode: '0750' }],
        ['file', { path: join(folder, 'l'), src: 'f', state: 'link' }],
        ['file', { path: join(folder, 'd'), state: 'absent' }],
      ] as const;
      for (const [module, raw] of tasks) {
        const outputs = await perform(module, raw);
        if (outputs === 'nothing') throw new Error(`${module} did nothing`);
        expect(outputs.filter(({ status }) => status !== 0)).toEqual([]);
        expect(await perform(module, raw), module).toBe('nothing');
      }
      expect(readFileSync(file, 'utf8')).toMatch(/^line 0\n[\s\S]*line 99\nmore\n$/);
    });
  });
});
