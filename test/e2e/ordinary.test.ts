import { cpSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { HOME, read, recap, TestLab, whyNoLab } from './rig.js';

const why = await whyNoLab();

describe.skipIf(why !== undefined)('an ordinary Ansible playbook, unmodified, on hosts without Python', () => {
  let lab: TestLab;
  let folder: string;
  const HOSTS = ['web1', 'web2', 'db1'];

  beforeAll(async () => {
    lab = await TestLab.up('ordinary');
    folder = mkdtempSync(join(tmpdir(), 'ordinary-'));
    cpSync(join(HOME, 'test/e2e/ordinary'), folder, { recursive: true });
    const words: Record<string, string> = {
      NODE1: lab.address('node1'),
      NODE2: lab.address('node2'),
      NODE3: lab.address('node3'),
      KEY: lab.lab.ssh.privateKey,
      KNOWN_HOSTS: lab.lab.ssh.knownHosts,
    };
    writeFileSync(
      join(folder, 'hosts.ini'),
      read(join(folder, 'hosts.ini.in')).replace(/@(\w+)@/g, (whole, word: string) => words[word] ?? whole),
    );
  });
  afterAll(async () => {
    await lab?.down();
    if (folder) rmSync(folder, { recursive: true });
  });

  it('has no Python to fall back on', async () => {
    for (const host of ['node1', 'node2', 'node3'])
      expect((await lab.on(host, 'command -v python3 || command -v python')).code).not.toBe(0);
  });

  it('foresees in a dry run and changes nothing', async () => {
    const ran = await lab.ringmaster(['run', 'site.yml', '-i', 'hosts.ini', '--check', '--diff'], { cwd: folder });
    expect(ran.out + ran.err).not.toMatch(/waits for|our own bug/);
    expect(ran.code, ran.out + ran.err).toBe(0);
    expect((await lab.on('node1', 'ls -d /srv/shop')).code).not.toBe(0);
    expect(ran.out).not.toContain('very-secret-token');
  });

  it('changes the hosts, and then nothing', async () => {
    const first = await lab.ringmaster(['run', 'site.yml', '-i', 'hosts.ini', '--diff'], { cwd: folder });
    expect(first.code, first.out + first.err).toBe(0);
    expect(first.out).not.toContain('very-secret-token');
    for (const host of HOSTS) {
      expect(recap(first.out, host)).toMatchObject({ failed: 0, unreachable: 0, rescued: 1 });
      expect(recap(first.out, host).changed).toBeGreaterThan(25);
    }
    const second = await lab.ringmaster(['run', 'site.yml', '-i', 'hosts.ini', '--diff'], { cwd: folder });
    expect(second.code, second.out + second.err).toBe(0);
    // The file that says when it was mended is only written once; what fails is rescued again.
    for (const host of HOSTS)
      expect(recap(second.out, host), second.out).toMatchObject({ changed: 0, failed: 0, rescued: 1 });
  });

  it("did what it says, by the hosts' own tools", async () => {
    const conf = (await lab.on('node1', 'cat /srv/shop/etc/shop.conf')).out;
    expect(conf).toContain('[shop]\nhost = node1\n');
    expect(conf).toContain('peers = web2\n');
    expect(conf).toContain('admin.1 = ALICE\nadmin.2 = BOB\n');
    expect((await lab.on('node3', 'cat /srv/shop/etc/port')).out).toBe('port = 5432\n');
    expect(
      (await lab.on('node1', 'stat -c "%U:%G %a" /srv/shop/etc/shop.conf /srv/shop/log /etc/sudoers.d/shop')).out,
    ).toBe('root:shop 640\nshop:shop 750\nroot:root 440\n');
    expect(
      (await lab.on('node1', 'id -nG alice; cat ~alice/.ssh/authorized_keys; stat -c %a ~alice/.ssh')).out,
    ).toMatch(/^alice shop\nssh-ed25519 \S+ alice@example.net\n700\n$/);
    expect(
      (
        await lab.on(
          'node2',
          'cat /srv/shop/mended /srv/shop/changes.log; ls /srv/shop/reloaded; cat /srv/shop/data/sub/two.txt',
        )
      ).out,
    ).toBe('mended after This fails\nconfiguration changed\n/srv/shop/reloaded\ntwo\n');
    expect((await lab.on('node1', 'readlink /srv/shop/current; crontab -l; systemctl is-active cron')).out).toMatch(
      /^\/srv\/shop\/data\n#Ansible: shop clean-up\n@daily find .*\nactive\n$/,
    );
    expect((await lab.on('node1', 'cat /etc/motd')).out).toBe('shop on node1\nreached by eth0\n');
    expect(
      (await lab.on('node1', 'ls /srv/shop/tagged /srv/shop/unreached 2>&1 | wc -l; grep -c shop.internal /etc/hosts'))
        .out,
    ).toBe('2\n3\n');
  });
});
