import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { isAlive, kill } from './processes.js';
import { type Account, ask, canServe, lostBy, Rig, type Sshd, scripts, targetOf } from './rig.js';

describe.skipIf(!canServe)('many connections, and jump hosts', () => {
  let rig: Rig;
  let sshd: Sshd;
  let alice: Account;
  beforeAll(async () => {
    rig = new Rig();
    alice = rig.account();
    sshd = await rig.sshd();
  });
  afterAll(() => rig.end());

  it.each([
    ['the default number at a time', {}],
    ['all at a time, so that MaxStartups drops some', { connectsPerAddress: 60 }],
  ])(
    '60 at once to a default sshd, %s: 60 connected',
    async (_name, options) => {
      const connect = rig.connector(options);
      const target = targetOf({ port: sshd.port, user: alice.name });
      const reached = await Promise.all(Array.from({ length: 60 }, () => connect(target)));
      expect(reached.filter(({ ok }) => !ok)).toEqual([]);
      console.info(`sshd turned away ${sshd.log().match(/past MaxStartups|drop connection/g)?.length ?? 0} so far`);
      await Promise.all(reached.map(one => one.ok && one.connection.close()));
    },
    60_000,
  );

  it('through a jump host, by inventory and by ssh config, over two hops, sharing the jump', async () => {
    const [bastion, inner] = [await rig.sshd(), await rig.sshd()];
    const carol = rig.account();
    const connect = rig.connector();
    const target = targetOf({
      port: sshd.port,
      user: alice.name,
      proxyJump: `${carol.name}@127.0.0.1:${bastion.port}`,
    });
    const three = await Promise.all([connect(target), connect(target), connect(target)]);
    for (const one of three) {
      if (!one.ok) throw new Error(JSON.stringify(one.failure));
      const [output] = await ask(one.connection, 'echo $SSH_CONNECTION; id -un');
      expect(output?.stdout).toMatch(new RegExp(` ${sshd.port}\n${alice.name}\n$`));
    }
    expect(bastion.log().match(/Accepted publickey/g)).toHaveLength(1);
    expect(bastion.sessions(carol.name)).toHaveLength(1);
    await Promise.all(three.map(one => one.ok && one.connection.close()));

    const config = join(rig.dir, 'config');
    writeFileSync(
      config,
      `Host web
  HostName 127.0.0.1
  Port ${sshd.port}
  User ${alice.name}
  ProxyJump outer,inner
Host outer inner
  HostName 127.0.0.1
  User ${carol.name}
Host outer
  Port ${bastion.port}
Host inner
  Port ${inner.port}
`,
    );
    const connection = await rig.connect({ address: 'web' }, { sshConfig: [config] });
    expect((await ask(connection, 'id -un'))[0]?.stdout).toBe(`${alice.name}\n`);
    expect(inner.sessions(carol.name)).toHaveLength(1);
  });

  it('says which jump host fails, and why', async () => {
    const bastion = await rig.sshd();
    const jump = `${alice.name}@127.0.0.1:${bastion.port}`;
    const failure = await rig.refusal({ port: 1, user: alice.name, proxyJump: jump });
    expect(failure).toMatchObject({ code: 'refused', why: expect.stringMatching(/via 127\.0\.0\.1.*jump host said/) });
    expect(await rig.refusal({ proxyJump: '127.0.0.1:1' })).toMatchObject({
      code: 'refused',
      why: expect.stringContaining('127.0.0.1:1'),
    });
    const shut = await rig.sshd('AllowTcpForwarding no');
    expect(await rig.refusal({ port: sshd.port, proxyJump: `${alice.name}@127.0.0.1:${shut.port}` })).toMatchObject({
      code: 'protocol',
      hint: expect.stringContaining('AllowTcpForwarding'),
    });
    const config = join(rig.dir, 'commanded');
    writeFileSync(config, 'Host *\n  ProxyCommand nc %h %p\n');
    expect(await rig.refusal({}, { sshConfig: [config] })).toMatchObject({
      why: expect.stringContaining('use ProxyJump'),
    });
    writeFileSync(config, 'Host *\n  ProxyJump other\n');
    expect(await rig.refusal({}, { sshConfig: [config] })).toMatchObject({ why: expect.stringContaining('circle') });
  });

  it('a jump host that dies takes with it what is behind it, and a new one is made', async () => {
    const bastion = await rig.sshd();
    const connection = await rig.connect({
      port: sshd.port,
      user: alice.name,
      proxyJump: `${alice.name}@127.0.0.1:${bastion.port}`,
    });
    await ask(connection, 'true');
    const asked = connection.ask(undefined, { how: 'each', snippets: scripts(['sleep 100']) });
    await new Promise(resolve => setTimeout(resolve, 200));
    const [session] = bastion.sessions(alice.name);
    kill(session!, 'SIGKILL');
    expect(lostBy(await asked)).toMatchObject({ reason: 'lost' });
    expect(isAlive(bastion.pid)).toBe(true);
    expect(await ask(connection, 'true')).toHaveLength(1);
  });
});
