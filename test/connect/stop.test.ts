import { chmodSync, existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { HostConnection } from '../../src/connect/connection.js';
import { localTransport } from '../../src/connect/local.js';
import type { Transport } from '../../src/connect/transport.js';
import { blobOf, staged } from '../../src/core/blob.js';
import type { Batch, Become } from '../../src/core/connection.js';
import type { Output } from '../../src/core/probe.js';
import { sh } from '../../src/core/sh.js';
import { until } from './processes.js';
import { canServe, scripts } from './rig.js';
import { SHELLS } from './shells.js';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'rmtest-'));
  chmodSync(folder, 0o755);
});
afterEach(() => rmSync(folder, { recursive: true }));
const file = (name: string) => join(folder, name);
const waitFor = (name: string) => `until [ -e ${file(name)} ]; do sleep 0.05; done`;

const IDENTITIES: readonly (Become | undefined)[] = [
  undefined,
  ...(canServe
    ? ([
        { user: 'nobody', method: 'sudo' },
        { user: 'nobody', method: 'su' },
      ] as const)
    : []),
];

/** A connection, and how many of its pipes have ended. */
function watched(shell: readonly [string, ...string[]]) {
  const link = localTransport(shell);
  const count = { opened: 0, ended: 0 };
  const watching: Transport = {
    ...link,
    open: async () => {
      const opened = await link.open();
      count.opened++;
      if (opened.ok) void opened.pipe.ended.then(() => count.ended++);
      return opened;
    },
  };
  return { connection: new HostConnection(watching, 10), count };
}

describe.each(SHELLS)('a batch in %s', (_name, shell) => {
  it.each(['chain', 'each'] as const)('of the kind `%s` is heard one by one, as each is complete', async how => {
    const { connection } = watched(shell);
    const heard: [number, Output][] = [];
    const answer = await connection.ask(undefined, {
      how,
      // Each but the first ends only when the one before it has been heard.
      snippets: scripts(['echo a; echo A >&2', `${waitFor('0')}; echo b`, `${waitFor('1')}; echo c; exit 3`]),
      heard: (i, output) => {
        heard.push([i, output]);
        writeFileSync(file(String(i)), '');
      },
    });
    expect(answer).toMatchObject({ kind: 'answered' });
    expect(heard).toEqual([...answer.outputs.entries()]);
    expect(answer.outputs).toEqual([
      { stdout: 'a\n', stderr: 'A\n', status: 0 },
      { stdout: 'b\n', stderr: '', status: 0 },
      { stdout: 'c\n', stderr: '', status: 3 },
    ]);
    await connection.close();
  });

  it('hears what came before a lost shell', async () => {
    const { connection } = watched(shell);
    const heard: number[] = [];
    const snippets = scripts(['echo a', `${waitFor('0')}; kill -9 $$`, 'echo c']);
    const answer = await connection.ask(undefined, {
      how: 'chain',
      snippets,
      heard: i => {
        heard.push(i);
        writeFileSync(file(String(i)), '');
      },
    });
    expect([answer.kind, heard]).toEqual(['lost', [0]]);
    await connection.close();
  });

  it('hears looks that are told together too', async () => {
    const { connection } = watched(shell);
    const heard: string[] = [];
    const snippets = scripts(Array.from({ length: 12 }, (_, i) => `echo ${i}`));
    await connection.ask(undefined, { how: 'each', snippets, heard: (i, { stdout }) => heard.push(`${i} ${stdout}`) });
    expect(heard).toEqual(snippets.map((_, i) => `${i} ${i}\n`));
    await connection.close();
  });

  describe.each(IDENTITIES)('as $method $user', (as?: Become) => {
    it.each(['chain', 'each'] as const)('stops between two snippets (`%s`); the next batch is whole', async how => {
      const { connection, count } = watched(shell);
      await connection.ask(as, { how: 'each', snippets: scripts([':']) });
      const before = { trips: connection.trips, ...count };
      const controller = new AbortController();
      const batch: Batch = {
        how,
        snippets: scripts([`echo a`, `${waitFor('go')}; echo b; exit 0`, `echo c`, 'echo d']),
        heard: i => {
          if (i === 0) controller.abort();
        },
        stop: controller.signal,
      };
      const answer = connection.ask(as, batch);
      // The message has been delivered when the lane that carried it is closed.
      expect(await until(() => count.ended > before.ended, 20)).toBe(true);
      writeFileSync(file('go'), '');
      expect(await answer).toEqual({
        kind: 'stopped',
        outputs: [
          { stdout: 'a\n', stderr: '', status: 0 },
          { stdout: 'b\n', stderr: '', status: 0 },
        ],
      });
      expect(connection.trips).toBe(before.trips + 1);
      const { stop: _, ...unstopped } = batch;
      expect(await connection.ask(as, unstopped)).toMatchObject({ kind: 'answered', outputs: { length: 4 } });
      await connection.close();
    });
  });

  it('needs no other lane where nothing is left to be stopped, and one that is stopped before its turn is not sent', async () => {
    const { connection, count } = watched(shell);
    const controller = new AbortController();
    const one = connection.ask(undefined, {
      how: 'chain',
      snippets: scripts([`touch ${file('began')}; ${waitFor('go')}; echo a`]),
      stop: controller.signal,
    });
    const two = connection.ask(undefined, {
      how: 'chain',
      snippets: scripts([`touch ${file('second')}`]),
      stop: controller.signal,
    });
    await until(() => existsSync(file('began')), 20);
    controller.abort();
    writeFileSync(file('go'), '');
    expect(await one).toMatchObject({ kind: 'answered', outputs: [{ stdout: 'a\n' }] });
    expect(await two).toEqual({ kind: 'stopped', outputs: [] });
    expect(existsSync(file('second'))).toBe(false);
    expect([count.opened, connection.trips]).toEqual([1, 1]);
    await connection.close();
  });

  it('tells a chain that failed before it could be stopped as it was', async () => {
    const { connection, count } = watched(shell);
    const controller = new AbortController();
    const answer = connection.ask(undefined, {
      how: 'chain',
      snippets: scripts([`touch ${file('began')}; ${waitFor('go')}; exit 5`, 'echo b']),
      stop: controller.signal,
    });
    await until(() => existsSync(file('began')), 20);
    controller.abort();
    await until(() => count.ended > 0, 20);
    writeFileSync(file('go'), '');
    expect(await answer).toEqual({ kind: 'answered', outputs: [{ stdout: '', stderr: '', status: 5 }] });
    await connection.close();
  });

  it('does not wait for a large blob on its way', async () => {
    const { connection } = watched(shell);
    const controller = new AbortController();
    const blob = {
      ...blobOf(Buffer.alloc(1024 * 1024)),
      // Whole, it would take an hour.
      async *open() {
        for (let i = 0; i < 1024; i++) {
          yield Buffer.alloc(1024);
          controller.abort();
          await sleep(3500);
        }
      },
    };
    const { bytes: _, ...unheld } = blob;
    const answer = await connection.ask(undefined, {
      how: 'chain',
      snippets: [sh`cat ${staged(blob)} >${file('copy')}`],
      blobs: [unheld],
      stop: controller.signal,
    });
    expect(answer).toEqual({ kind: 'stopped', outputs: [] });
    expect(existsSync(file('copy'))).toBe(false);
    await connection.close();
  });
});
