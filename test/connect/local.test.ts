import { chmodSync, mkdtempSync, realpathSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { connectorOf } from '../../src/connect/connect.js';
import type { Target } from '../../src/core/connection.js';
import { isAlive } from './processes.js';
import { ask, canServe, lostBy, outputs, scripts, targetOf } from './rig.js';
import { localBy, SHELLS } from './shells.js';

describe('the local connection', () => {
  it('does not keep what went through it, as zx would', async () => {
    const connection = await localBy(['/bin/sh']);
    await ask(connection, 'true');
    global.gc?.();
    const before = process.memoryUsage().rss;
    for (let i = 0; i < 5; i++) await ask(connection, 'head -c 70000000 /dev/zero | tr "\\0" z');
    // 350 MB have gone through it, and of each answer little is kept.
    expect((process.memoryUsage().rss - before) / 2 ** 20).toBeLessThan(200);
    await connection.close();
  });

  it('has a process group of its own, so that Ctrl-C in a terminal is left to us', async () => {
    const connection = await localBy(['/bin/sh']);
    const [output] = await ask(connection, 'cut -d" " -f5 /proc/$$/stat; echo $$');
    const [group, pid] = output!.stdout.trim().split('\n').map(Number);
    expect(group).toBe(pid);
    await connection.close();
    expect(isAlive(pid!)).toBe(false);
  });

  it('tells a shell that is not there', async () => {
    const connection = await localBy(['/nonexistent/sh']);
    const answer = await connection.ask(undefined, { how: 'each', snippets: scripts(['true']) });
    expect(lostBy(answer)).toMatchObject({
      reason: 'unreachable',
      code: 'no-shell',
      why: expect.stringContaining('not found'),
    });
    await connection.close();
  });

  describe.each(SHELLS)('under %s', (_name, shell) => {
    const begun = async (target: Partial<Target>) => {
      const connected = await connectorOf({ localShell: shell })(targetOf({ connection: 'local', ...target }));
      if (!connected.ok) throw new Error(JSON.stringify(connected.failure));
      return connected.connection;
    };
    const where = scripts(['pwd; echo "$PATH"']);

    it('runs in the directory it is given, with our own search path', async () => {
      const folder = realpathSync(mkdtempSync(join(tmpdir(), 'rmtest-')));
      chmodSync(folder, 0o700);
      const path = process.env.PATH;
      try {
        process.env.PATH = `${folder}:/usr/sbin:/usr/local/sbin:/usr/bin:/sbin:/bin`;
        const connection = await begun({ directory: folder });
        const [seen] = await ask(connection, ...where);
        expect(seen?.stdout).toBe(`${folder}\n${process.env.PATH}\n`);
        if (canServe) {
          const sudo = await connection.ask({ user: 'daemon', method: 'sudo' }, { how: 'each', snippets: where });
          const [cwd, search] = outputs(sudo)[0]!.stdout.split('\n');
          // Not a directory of its own, which it may not even enter; and the search path that sudo gives.
          expect(cwd).not.toBe(folder);
          expect(search).not.toContain(folder);
          chmodSync(folder, 0o755);
          const again = await begun({ directory: folder });
          const seen = await again.ask({ user: 'daemon', method: 'sudo' }, { how: 'each', snippets: where });
          expect(outputs(seen)[0]!.stdout.split('\n')[0]).toBe(folder);
          await again.close();
        }
        await connection.close();
        process.env.PATH = '/usr/bin:/bin';
        const ordinary = await begun({});
        expect((await ask(ordinary, ...where))[0]?.stdout).toBe(
          `${process.cwd()}\n/usr/bin:/bin:/usr/local/sbin:/usr/sbin:/sbin\n`,
        );
        await ordinary.close();
      } finally {
        process.env.PATH = path;
        rmSync(folder, { recursive: true });
      }
    });
  });
});
