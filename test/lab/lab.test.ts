import { readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, expect, it } from 'vitest';
import { run } from '../../src/lab/command.js';
import { DEFAULT_HOSTS } from '../../src/lab/inventory.js';
import { down, find, prepare, up, usualLab } from '../../src/lab/lab.js';
import { controller } from '../../src/lab/reach.js';
import { LAB_PASSWORD } from '../../src/lab/root.js';
import type { Lab } from '../../src/lab/state.js';
import { asController, labDescribe, must, onHost, says, theLab, wishFor } from './rig.js';

/** The machine's own network and mounts, without what moves by itself (address lifetimes, counters). */
async function machine(): Promise<string> {
  const looks = [
    'ip -o link | cut -d" " -f2-',
    'ip -o addr | sed "s/valid_lft.*//"',
    'ip route show table all',
    'ip -6 route show table all',
  ];
  const rules = [
    'nft list ruleset 2>/dev/null',
    'iptables-save 2>/dev/null',
    'cat /proc/sys/net/ipv4/ip_forward',
    'ls /run/netns 2>/dev/null | grep -xE "manager|node[0-9]|alice|bob"',
  ];
  return (await run(['sh', '-c', `${[...looks, ...rules].join('; ')}; true`])).stdout;
}
let before: string;

labDescribe('a lab of four hosts', () => {
  beforeAll(async () => {
    must(await prepare(usualLab(() => {}, 'with-owner')));
    before = await machine();
  }, 600_000);
  const begun = () => performance.now();
  let start: number;
  beforeAll(() => {
    start = begun();
  });
  const { lab } = theLab(...DEFAULT_HOSTS);
  beforeAll(() => {
    console.info(`four hosts up in ${((performance.now() - start) / 1000).toFixed(1)} s`);
  });

  it('stands on a cached base: preparing again builds nothing', async () => {
    const said: string[] = [];
    const layers = must(await prepare(usualLab(line => said.push(line), 'with-owner')));
    expect(said).toEqual([]);
    expect(layers.map(({ kind }) => kind)).toEqual(['stand-ins', 'repository', 'root']);
  });

  it('is reached by the real ssh with strict host keys, under names and addresses', async () => {
    for (const { name, address } of lab().hosts) {
      expect(await says(lab(), name, 'hostname; id -u')).toBe(`${name}\n0`);
      const strict = [
        'ssh',
        '-F',
        '/dev/null',
        '-o',
        'StrictHostKeyChecking=yes',
        '-o',
        `UserKnownHostsFile=${lab().ssh.knownHosts}`,
      ];
      const { status, stdout } = await asController(
        lab(),
        ...strict,
        '-i',
        lab().ssh.privateKey,
        `root@${address}`,
        'hostname',
      );
      expect([status, stdout]).toEqual([0, `${name}\n`]);
    }
    const { status, stderr } = await asController(
      lab(),
      'ssh',
      '-F',
      lab().ssh.config,
      '-o',
      'UserKnownHostsFile=/dev/null',
      '-o',
      'BatchMode=yes',
      'node1',
      'true',
    );
    expect([status, stderr.includes('Host key verification failed')]).toEqual([255, true]);
  });

  it('keeps its keys to root', () => {
    expect(statSync(lab().folder).mode & 0o777).toBe(0o700);
    expect(statSync(lab().ssh.privateKey).mode & 0o777).toBe(0o600);
    expect(readFileSync(lab().ssh.config, 'utf8')).toContain('StrictHostKeyChecking yes');
  });

  it('runs systemd, with nothing failed, no Python, and services that restart', async () => {
    const facts =
      '. /etc/os-release; echo $ID $VERSION_ID; cat /proc/1/comm; systemctl is-system-running; find / -xdev -name "python*" -path "*/bin/*" | wc -l';
    expect(await says(lab(), 'manager', facts)).toBe('debian 12\nsystemd\nrunning\n0');
    const pid = 'systemctl show -p MainPID --value rsyslog';
    const old = await says(lab(), 'manager', pid);
    expect(await says(lab(), 'manager', `systemctl restart rsyslog && ${pid}`)).not.toBe(old);
    expect(await says(lab(), 'manager', 'systemctl is-system-running')).toBe('running');
  });

  it('has names for all hosts, which reach each other', async () => {
    expect(
      await says(lab(), 'node1', 'ping -c1 -W2 node3 >/dev/null && ping -c1 -W2 controller >/dev/null && echo yes'),
    ).toBe('yes');
    expect(await says(lab(), 'node1', "ip route show default; ls /sys/class/net | tr '\\n' ' '")).toBe(
      `default via 10.199.${lab().subnet.number}.1 dev eth0 \neth0 eth4 lo`,
    );
  });

  it('installs and removes packages with the real apt, without a network', async () => {
    const install =
      'export DEBIAN_FRONTEND=noninteractive; apt-get update -q && apt-get install -y -q hello tcpdump && hello';
    expect(await says(lab(), 'node1', install)).toContain('Hello, world!');
    expect(await says(lab(), 'node1', 'apt-get remove -y -q hello >/dev/null; command -v hello || echo gone')).toBe(
      'gone',
    );
    expect((await onHost(lab(), 'node1', 'ping -c1 -W1 192.0.2.1')).status).not.toBe(0);
  });

  it('has a repository without Python', async () => {
    const names = (await says(lab(), 'manager', "sed -n 's/^Package: //p' /srv/apt/Packages")).split('\n');
    expect(names).toContain('cmake');
    expect(names.filter(name => /python/.test(name))).toEqual([]);
  });

  it('takes file capabilities, offloads, MTUs and network sysctls', async () => {
    const script = `cp /usr/bin/ping /root/ping && setcap cap_net_raw,cap_net_admin=eip /root/ping && getcap /root/ping
      ethtool -K eth4 gro off tso off && ethtool -k eth4 | grep -c '^\\(generic-receive\\|tcp-segmentation\\)-offload: off'
      ip link set eth4 mtu 1514 && cat /sys/class/net/eth4/mtu; ip link set eth4 mtu 9000 && cat /sys/class/net/eth4/mtu
      sysctl -q net.ipv6.conf.eth4.disable_ipv6=1 && cat /proc/sys/net/ipv6/conf/eth4/disable_ipv6`;
    expect(await says(lab(), 'node2', script)).toBe('/root/ping cap_net_admin,cap_net_raw=eip\n2\n1514\n9000\n1');
  });

  it('has an ordinary user who may sudo and one who must give a password', async () => {
    const as = (user: string, command: string, input = '') =>
      run(controller(lab(), ['ssh', '-F', lab().ssh.config, '-l', user, 'node1', command]), { input });
    expect((await as('admin', 'sudo -n id -u')).stdout).toBe('0\n');
    expect((await as('limited', 'sudo -n id -u')).status).toBe(1);
    expect((await as('limited', 'sudo -S -p "" id -u', `${LAB_PASSWORD}\n`)).stdout).toBe('0\n');
  });

  it('leaves the machine’s own network alone', async () => {
    expect(await machine()).toBe(before);
  });

  it('refuses a second lab of its name, and names that are none', async () => {
    const refused = async (wish: Parameters<typeof up>[0]) => {
      const result = await up(wish);
      return result.ok ? 'up' : result.error[0]!.code;
    };
    expect(await refused({ ...wishFor('one'), id: lab().id })).toBe('lab-exists');
    expect(await refused({ ...wishFor('one'), id: '../x' })).toBe('lab-name');
    expect(await refused(wishFor('bob'))).toBe('lab-name');
    expect(await refused(wishFor('one', 'one'))).toBe('lab-name');
    expect(find(lab().id)?.phase).toBe('up');
  });

  it('may stand beside another, which it cannot see', async () => {
    const other: Lab = must(await up(wishFor('solo')));
    try {
      expect(other.subnet.number).not.toBe(lab().subnet.number);
      expect(await says(other, 'solo', 'hostname')).toBe('solo');
      expect(
        (await asController(other, 'bash', '-c', `timeout 1 bash -c '</dev/tcp/${lab().hosts[0]!.address}/22'`)).status,
      ).not.toBe(0);
    } finally {
      must(await down(other.id, () => {}));
    }
    expect(await machine()).toBe(before);
    expect(() => statSync(join(other.disk))).toThrow('ENOENT');
  });
});
