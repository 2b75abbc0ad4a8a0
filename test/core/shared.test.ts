import { chmodSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { connectorOf } from '../../src/connect/connect.js';
import { blobOf } from '../../src/core/blob.js';
import type { Connection } from '../../src/core/connection.js';
import type { HostName } from '../../src/core/names.js';
import type { Output, Probe } from '../../src/core/probe.js';
import { sh } from '../../src/core/sh.js';
import { isShareable } from '../../src/core/shared.js';
import { registry } from '../../src/modules/index.js';

const SHELLS = [['/bin/dash'], ['/bin/busybox', 'sh'], ['/bin/bash', '--posix']] as const;

describe.each(SHELLS)('what a trip asks once for all its looks, under %s %s', (...shell) => {
  let folder: string;
  let connection: Connection;
  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), 'shared-'));
    writeFileSync(join(folder, 'same'), 'hello\n');
    writeFileSync(join(folder, 'other'), 'other\n');
    writeFileSync(join(folder, 'longer'), 'a longer text\n');
    writeFileSync(join(folder, 'empty'), '');
    writeFileSync(join(folder, 'with blank'), 'hello\n');
    mkdirSync(join(folder, 'dir'));
    symlinkSync('same', join(folder, 'link'));
    symlinkSync('nowhere', join(folder, 'dangling'));
    writeFileSync(join(folder, 'closed'), 'hello\n');
    chmodSync(join(folder, 'closed'), 0o000);
    const connected = await connectorOf({ localShell: shell as unknown as [string] })({
      host: 'h' as HostName,
      connection: 'local',
      address: 'h',
    });
    if (!connected.ok) throw new Error('no local shell');
    connection = connected.connection;
  });
  afterAll(async () => {
    await connection?.close();
    rmSync(folder, { recursive: true });
  });

  function probes(): readonly Probe<unknown>[] {
    const names = [
      'same',
      'other',
      'longer',
      'empty',
      'with blank',
      'dir',
      'link',
      'dangling',
      'closed',
      'missing',
      'no/parent',
      'same/below',
    ];
    const blob = blobOf('hello\n');
    const given = { found: [{ kind: 'file' as const, path: '/x', blob, mode: 0o644 }] };
    return names.flatMap(name => {
      const path = join(folder, name);
      const of = (module: string, args: object, more: object = { found: [] }): Probe<unknown> => {
        const found = registry.get(module)!;
        return found.probe(found.args.parse(args), more as never);
      };
      return [
        of('copy', { dest: path, src: 'x' }, given),
        of('copy', { dest: path, content: 'hello\n' }),
        of('file', { path, state: 'file' }),
        of('file', { path, state: 'directory', mode: '0755' }),
        of('file', { path, state: 'absent' }),
        of('file', { path, state: 'link', src: 'same' }),
        of('lineinfile', { path, line: 'hello' }),
      ];
    });
  }

  async function ask(all: readonly Probe<unknown>[], isShared: boolean): Promise<readonly Output[]> {
    const shared = isShared ? all.flatMap(one => one.shares ?? []) : undefined;
    const answer = await connection.ask(undefined, { snippets: all.map(one => one.script), how: 'each', shared });
    if (answer.kind === 'lost') throw new Error(JSON.stringify(answer.failure));
    return answer.outputs;
  }

  it('is byte for byte what each look finds by itself', async () => {
    const all = probes();
    expect(all.filter(one => one.shares?.length).length).toBeGreaterThan(60);
    const bytes = (outputs: readonly Output[]) => outputs.map(({ stdout, status }) => `${stdout}#${status}`);
    expect(bytes(await ask(all, true))).toEqual(bytes(await ask(all, false)));
  });

  it('is forgotten when the trip ends: the next one sees what is there then', async () => {
    const all = probes();
    const [before] = await ask(all, true);
    writeFileSync(join(folder, 'same'), 'changed\n');
    const [after] = await ask(all.slice(0, 1), false);
    expect(after!.stdout).not.toBe(before!.stdout);
    const names = await connection.ask(undefined, { snippets: [sh`set | grep -c '^RM_[SH]_' || :`], how: 'each' });
    expect(names.outputs[0]!.stdout).toBe('0\n');
    writeFileSync(join(folder, 'same'), 'hello\n');
  });

  it('is left to the look itself where a path has other than plain characters', () => {
    expect(isShareable(join(folder, 'same'))).toBe(true);
    for (const path of ['/a b', "/a'b", '/a$b', '/a\nb', 'relative', '~/x', '/a*b', '/a\\b', '/ä'])
      expect(isShareable(path), path).toBe(false);
  });
});
