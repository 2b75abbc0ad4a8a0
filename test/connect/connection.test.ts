import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { HostConnection } from '../../src/connect/connection.js';
import { unreachable } from '../../src/connect/failures.js';
import { localTransport } from '../../src/connect/local.js';
import type { Transport } from '../../src/connect/transport.js';
import type { Connection } from '../../src/core/connection.js';
import { canServe, lostBy, outputs, scripts } from './rig.js';

/** A link that counts its pipes, and the most that were open at once. */
function counted(link: Transport) {
  const count = { opened: 0, open: 0, most: 0 };
  const counting: Transport = {
    ...link,
    open: async () => {
      const opened = await link.open();
      count.opened++;
      count.most = Math.max(count.most, ++count.open);
      if (opened.ok) void opened.pipe.ended.then(() => count.open--);
      return opened;
    },
  };
  return { counting, count };
}

const whoAmI = { how: 'each', snippets: scripts(['id -un']) } as const;

describe('HostConnection', () => {
  const link = localTransport(['/bin/sh']);
  let connection: Connection;
  const { counting, count } = counted(link);
  beforeAll(() => {
    connection = new HostConnection(counting, 10);
  });
  afterAll(() => connection.close());

  it.skipIf(!canServe)('keeps a lane for each of some accounts, and closes the one longest unused', async () => {
    const users = ['daemon', 'bin', 'sys', 'games', 'man', 'lp', 'mail', 'news'];
    for (const user of users) {
      const answer = await connection.ask({ user, method: 'su' }, whoAmI);
      expect(outputs(answer)[0]?.stdout).toBe(`${user}\n`);
    }
    expect(count.opened).toBe(8);
    expect(count.most).toBeLessThanOrEqual(8);
    await connection.ask({ user: 'news', method: 'su' }, whoAmI);
    expect(count.opened).toBe(8);
    await connection.ask({ user: 'daemon', method: 'su' }, whoAmI);
    expect(count.opened).toBe(9);
  });

  it('takes the login itself for the login, whatever the method', async () => {
    await connection.ask(undefined, whoAmI);
    const before = count.opened;
    await connection.ask({ user: link.user, method: 'su' }, whoAmI);
    await connection.ask({ user: link.user, method: 'sudo' }, whoAmI);
    expect(count.opened).toBe(before);
  });

  it('hands a failure to open on, and tries anew at the next question', async () => {
    let broken = true;
    const flaky: Transport = {
      ...link,
      open: async () => (broken ? { ok: false, failure: unreachable('timeout', 'away') } : link.open()),
    };
    const host = new HostConnection(flaky, 10);
    expect(lostBy(await host.ask(undefined, whoAmI))).toMatchObject({ code: 'timeout' });
    expect(host.trips).toBe(0);
    broken = false;
    expect(outputs(await host.ask(undefined, whoAmI))).toHaveLength(1);
    expect(host.trips).toBe(1);
    await host.close();
    expect(lostBy(await host.ask(undefined, whoAmI))).toMatchObject({
      reason: 'lost',
      why: expect.stringContaining('closed'),
    });
  });
});
