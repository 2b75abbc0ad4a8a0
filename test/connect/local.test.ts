import { describe, expect, it } from 'vitest';
import { isAlive } from './processes.js';
import { ask, lostBy, scripts } from './rig.js';
import { localBy } from './shells.js';

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
});
