import { execFileSync } from 'node:child_process';
import { chmodSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { connectorOf } from '../../src/connect/connect.js';
import { proxyTo } from './proxy.js';
import { type Account, ask, canServe, Rig, type Sshd, targetOf } from './rig.js';

describe.skipIf(!canServe)('host keys', () => {
  let rig: Rig;
  let sshd: Sshd;
  let alice: Account;
  let stranger: string;
  beforeAll(async () => {
    rig = new Rig();
    alice = rig.account();
    sshd = await rig.sshd();
    stranger = readFileSync(`${rig.keyFile}.pub`, 'utf8').split(' ').slice(0, 2).join(' ');
  });
  afterAll(() => rig.end());

  let n = 0;
  const known = (...lines: string[]): string => {
    const file = join(rig.dir, `known_${n++}`);
    writeFileSync(file, lines.map(line => `${line}\n`).join(''));
    return file;
  };
  const name = () => `[127.0.0.1]:${sshd.port}`;
  const target = (knownHostsFile: string) => ({ port: sshd.port, user: alice.name, knownHostsFile });
  const fingerprint = (line: string) =>
    execFileSync('ssh-keygen', ['-lf', '-'], { input: line, encoding: 'utf8' }).split(' ')[1]!;

  it('a known one will do: plain, hashed, by pattern, for the host without a port, by an alias', async () => {
    const hashed = known(`${name()} ${sshd.hostKey}`);
    execFileSync('ssh-keygen', ['-H', '-f', hashed], { stdio: 'pipe' });
    expect(readFileSync(hashed, 'utf8')).toMatch(/^\|1\|/);
    for (const file of [
      known(`${name()} ${sshd.hostKey}`),
      hashed,
      known(`[127.0.0.*]:* ${sshd.hostKey}`),
      known(`127.0.0.1 ${sshd.hostKey}`),
    ]) {
      const connection = await rig.connect(target(file));
      expect(await ask(connection, 'echo a')).toHaveLength(1);
      await connection.close();
    }
    const config = join(rig.dir, 'aliased');
    writeFileSync(config, `Host 127.0.0.1\n  HostKeyAlias alias.example\n`);
    await rig.connect(target(known(`alias.example ${sshd.hostKey}`)), { sshConfig: [config] });
  });

  it('an unknown one is refused with its fingerprint and the line that would make it known', async () => {
    const file = known();
    const failure = await rig.refusal(target(file));
    expect(failure).toMatchObject({ code: 'hostkey-unknown', why: expect.stringContaining(fingerprint(sshd.hostKey)) });
    expect(failure.why).toContain('ED25519');
    const [, command] = /then: (echo .*)$/.exec(failure.hint!)!;
    execFileSync('/bin/sh', ['-c', command!]);
    await rig.connect(target(file));
  });

  it('a changed one is refused with both fingerprints and where the known one stands, unless the check is off for that host', async () => {
    const file = known('# first', `${name()} ${stranger}`);
    const options = { hostKeys: 'accept-new' } as const;
    for (const failure of [await rig.refusal(target(file)), await rig.refusal(target(file), options)]) {
      expect(failure.code).toBe('hostkey-changed');
      expect(failure.why).toContain(fingerprint(sshd.hostKey));
      expect(failure.why).toContain(fingerprint(stranger));
      expect(failure.why).toContain(`${file}:2`);
      expect(failure.hint).toContain(`ssh-keygen -R '${name()}' -f ${file}`);
    }
    await rig.connect({ ...target(file), checkHostKey: false });
  });

  it('a revoked one is refused, although it is known', async () => {
    const file = known(`${name()} ${sshd.hostKey}`, `@revoked * ${sshd.hostKey}`);
    expect(await rig.refusal(target(file))).toMatchObject({
      code: 'hostkey-revoked',
      why: expect.stringContaining(`${file}:2`),
    });
  });

  it('an authority is said to be of no use, and a plain key beside it is', async () => {
    const authority = `@cert-authority * ${stranger}`;
    expect(await rig.refusal(target(known(authority)))).toMatchObject({
      code: 'hostkey-unknown',
      why: expect.stringContaining('certificates are not supported'),
    });
    await rig.connect(target(known(authority, `${name()} ${sshd.hostKey}`)));
  });

  it('a known_hosts that cannot be read is not passed over', async () => {
    const failure = await rig.refusal(target(rig.dir));
    expect(failure).toMatchObject({ code: 'hostkey-unknown', why: expect.stringContaining('EISDIR') });
    const [first, second] = [known(`${name()} ${sshd.hostKey}`), known()];
    await rig.connect({ port: sshd.port, user: alice.name }, { knownHosts: [second, first] });
    await rig.refusal({ port: sshd.port, user: alice.name }, { knownHosts: [first, rig.dir] });
    chmodSync(second, 0o600);
  });

  it('of a host with several keys the known one is asked for', async () => {
    execFileSync('ssh-keygen', ['-q', '-t', 'rsa', '-N', '', '-f', join(rig.dir, 'rsa')]);
    execFileSync('ssh-keygen', ['-q', '-t', 'ecdsa', '-N', '', '-f', join(rig.dir, 'ecdsa')]);
    const several = await rig.sshd(`HostKey ${join(rig.dir, 'rsa')}\nHostKey ${join(rig.dir, 'ecdsa')}`);
    for (const type of ['rsa', 'ecdsa']) {
      const key = readFileSync(join(rig.dir, `${type}.pub`), 'utf8');
      const file = known(`[127.0.0.1]:${several.port} ${key.trim()}`);
      await rig.connect({ port: several.port, user: alice.name, knownHostsFile: file });
    }
  });

  it('accept-new learns whole lines from many at once, and holds to them', async () => {
    const proxies = await Promise.all(Array.from({ length: 12 }, () => proxyTo(rig, sshd.port)));
    const file = join(rig.dir, 'learnt', 'known_hosts');
    const connect = connectorOf({ home: rig.home, sshConfig: [], hostKeys: 'accept-new', knownHosts: [file] });
    const reached = await Promise.all(proxies.map(({ port }) => connect(targetOf({ port, user: alice.name }))));
    for (const one of reached) {
      expect(one.ok).toBe(true);
      if (one.ok) await one.connection.close();
    }
    const lines = readFileSync(file, 'utf8').trim().split('\n').sort();
    expect(lines).toEqual(proxies.map(({ port }) => `[127.0.0.1]:${port} ${sshd.hostKey}`).sort());
    const config = join(rig.dir, 'learning');
    writeFileSync(
      config,
      `Host *\n  StrictHostKeyChecking no\n  UserKnownHostsFile ${rig.dir}/other_%h_%p\n  GlobalKnownHostsFile none\n`,
    );
    await rig.connect({ port: sshd.port, user: alice.name }, { sshConfig: [config] });
    expect(readFileSync(`${rig.dir}/other_127.0.0.1_${sshd.port}`, 'utf8')).toBe(`${name()} ${sshd.hostKey}\n`);
  });
});
