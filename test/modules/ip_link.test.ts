import { spawn } from 'node:child_process';
import { chmodSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, describe, expect, it } from 'vitest';
import { isBlocked } from '../../src/core/change.js';
import { canonical, sightOf } from '../../src/modules/ip_link/sight.js';
import ipLink from '../../src/modules/ip_link.js';
import { argsOf, type Ground, type Seen, SHELLS, task, whats } from './doing.js';
import { netns } from './netns.js';
import { scratch } from './rig.js';

const net = netns(
  'ip link add eth4 type veth peer name p4',
  'ip link add mg type veth peer name pm',
  'ip addr add 10.9.0.5/24 dev mg',
  'ip link set mg up',
  'ip link set pm up',
  'ip route add default via 10.9.0.1',
  'ip link add br0 type bridge',
  'ip link add b1 type veth peer name pb1',
  'ip link set b1 master br0',
);
afterAll(net.close);
const inside: Ground = { through: net.through };
const whyOf = (seen: Seen) => (isBlocked(seen.plan) ? seen.plan.blocked : undefined);
const shown = (device: string) => JSON.parse(net.sh(`ip -d -j addr show dev ${device}`))[0];

describe.each(SHELLS.map(shell => [shell.join(' '), shell] as const))('a real veth under %s', (_, shell) => {
  const ground = { ...inside, shell };

  it('becomes a tap, and stays one', () => {
    net.sh('ip link set dev eth4 down');
    net.sh('ip link set dev eth4 mtu 1500 promisc off arp on txqueuelen 1000');
    net.sh('ip addr replace 10.1.0.1/24 dev eth4');
    net.sh('ip addr replace 10.1.0.2/24 dev eth4');
    net.sh('sh -c echo${IFS}0>/proc/sys/net/ipv6/conf/eth4/disable_ipv6');
    net.sh('ip addr replace 2001:db8::4/64 dev eth4 nodad');
    const wish = {
      name: 'eth4',
      mtu: 1514,
      state: 'up',
      promiscuous: true,
      arp: false,
      addresses: [],
      ipv6: false,
      txqueuelen: 2000,
    };
    const seen = task(ipLink, wish, ground);
    expect(seen.outputs.map(output => output.stderr)).toEqual(Array(7).fill(''));
    expect(whats(seen.plan)).toEqual([
      'eth4 IPv6',
      'eth4 addresses',
      'eth4 mtu',
      'eth4 arp',
      'eth4 promisc',
      'eth4 txqueuelen',
      'eth4 state',
    ]);
    expect(seen.again).toEqual([]);
    const now = shown('eth4');
    expect(now).toMatchObject({ mtu: 1514, txqlen: 2000, addr_info: [] });
    expect(now.flags).toEqual(expect.arrayContaining(['UP', 'PROMISC', 'NOARP']));
    expect(seen.result).toEqual({
      name: 'eth4',
      mtu: 1514,
      state: 'up',
      promiscuous: true,
      arp: false,
      addresses: [],
      ipv6: false,
    });
  });

  it('goes back', () => {
    const seen = task(
      ipLink,
      { name: 'eth4', state: 'down', promiscuous: false, arp: true, ipv6: true, mtu: '' },
      ground,
    );
    expect(whats(seen.plan)).toEqual(['eth4 state', 'eth4 IPv6', 'eth4 arp', 'eth4 promisc']);
    expect(seen.again).toEqual([]);
  });

  it('has exactly the addresses wished', () => {
    net.sh('ip link set eth4 up');
    net.sh('ip addr flush dev eth4');
    net.sh('ip addr add 10.1.0.1/24 dev eth4');
    net.sh('ip addr add 10.1.0.2/24 dev eth4');
    net.sh('ip addr add 10.1.0.3/24 dev eth4');
    const addresses = ['10.1.0.3/24', '10.2.0.1', '2001:DB8:0::4/64'];
    const seen = task(ipLink, { name: 'eth4', addresses }, ground);
    expect(seen.plan).toMatchObject([
      {
        before: ['10.1.0.1/24', '10.1.0.2/24', '10.1.0.3/24'],
        after: ['10.1.0.3/24', '10.2.0.1/32', '2001:db8::4/64'],
      },
    ]);
    expect(seen.outputs.map(output => output.stderr)).toEqual(['']);
    expect(seen.again).toEqual([]);
  });
});

describe('the mtu', () => {
  it('outside the limits of the device is refused before anything is done', () => {
    expect(whyOf(task(ipLink, { name: 'eth4', mtu: 90_000 }, inside))).toBe(
      "eth4: mtu 90000 is above the device's maximum of 65535",
    );
    expect(whyOf(task(ipLink, { name: 'eth4', mtu: 20 }, inside))).toMatch(/below the device's minimum of 68/);
  });

  it('of a driver that refuses while the link is up is set while it is down', () => {
    const dir = scratch();
    writeFileSync(
      join(dir, 'ip'),
      `#!/bin/sh
case "$*" in "link set dev eth4 mtu "*)
  /sbin/ip -o link show dev eth4 | grep -q '[<,]UP[,>]' && { echo 'RTNETLINK answers: Device or resource busy' >&2; exit 2; };;
esac
exec /sbin/ip "$@"
`,
    );
    chmodSync(join(dir, 'ip'), 0o755);
    net.sh('ip link set dev eth4 up mtu 1500');
    const through = [...net.through, 'env', `PATH=${dir}:/usr/sbin:/usr/bin:/sbin:/bin`];
    const seen = task(ipLink, { name: 'eth4', mtu: 1514 }, { through });
    expect(seen.status).toBe(0);
    expect(seen.again).toEqual([]);
    expect(shown('eth4').flags).toContain('UP');
  });

  it('that is refused for another reason names the limit', () => {
    const dir = scratch();
    writeFileSync(
      join(dir, 'ip'),
      `#!/bin/sh
case "$*" in "link set dev eth4 mtu "*) echo 'RTNETLINK answers: Invalid argument' >&2; exit 2;; esac
exec /sbin/ip "$@"
`,
    );
    chmodSync(join(dir, 'ip'), 0o755);
    const through = [...net.through, 'env', `PATH=${dir}:/usr/sbin:/usr/bin:/sbin:/bin`];
    const seen = task(ipLink, { name: 'eth4', mtu: 9000 }, { through });
    expect(seen.outputs[0]).toMatchObject({
      status: 1,
      stderr: 'eth4: mtu 9000 was refused (at most 65535): RTNETLINK answers: Invalid argument\n',
    });
  });
});

describe('the promiscuous mode', () => {
  it('that a capturing program set is not ours', async () => {
    net.sh('ip link set dev eth4 up promisc off');
    const [program, ...args] = [...net.through, 'tcpdump', '-i', 'eth4', '-w', '/dev/null'];
    const capture = spawn(program!, args, { stdio: 'ignore' });
    try {
      for (let i = 0; i < 100 && shown('eth4').promiscuity === 0; i++) await sleep(50);
      expect(shown('eth4').promiscuity).toBe(1);
      expect(task(ipLink, { name: 'eth4', promiscuous: false }, inside).plan).toEqual([]);
      expect(whats(task(ipLink, { name: 'eth4', promiscuous: true }, inside).plan)).toEqual(['eth4 promisc']);
    } finally {
      capture.kill();
    }
  });
});

describe('the interface we came by', () => {
  const env = { RM_SSH_CONNECTION: '10.9.0.77 50022 10.9.0.5 22' };
  it.each([
    ['mg', {}],
    ['mg', env],
  ])('%s is not touched (%o)', (name, more) => {
    const seen = task(ipLink, { name, state: 'down' }, { ...inside, env: more });
    expect(whyOf(seen)).toBe(
      'mg carries our connection or the default route: it is left alone unless allow_management is true',
    );
    expect(shown('mg').flags).toContain('UP');
  });

  it('nor what it stands on', () => {
    net.sh('ip addr add 10.7.0.5/24 dev br0');
    net.sh('ip link set br0 up');
    const over = (server: string, name: string) =>
      whyOf(task(ipLink, { name, mtu: 1400 }, { ...inside, env: { SSH_CONNECTION: `10.0.0.77 1 ${server} 22` } }));
    expect(over('10.7.0.5', 'b1')).toMatch(/^b1 carries/);
    expect(over('10.9.0.5', 'b1')).toBeUndefined();
  });

  it('may be touched by who means it', () => {
    const seen = task(ipLink, { name: 'mg', mtu: 1400, allow_management: true }, { ...inside, env });
    expect(seen.again).toEqual([]);
    expect(shown('mg').mtu).toBe(1400);
  });

  it('is no matter when nothing is to change', () => {
    expect(task(ipLink, { name: 'mg', state: 'up' }, { ...inside, env }).plan).toEqual([]);
  });
});

describe('what cannot be', () => {
  it('an interface that is not there', () => {
    expect(whyOf(task(ipLink, { name: 'eth9', mtu: 1514 }, inside))).toMatch(
      /^there is no interface eth9; there are: b1, br0, /,
    );
  });
  it('an IPv6 address without IPv6', () => {
    const seen = task(ipLink, { name: 'eth4', ipv6: false, addresses: ['2001:db8::1/64'] }, inside);
    expect(whyOf(seen)).toBe('eth4: IPv6 is off, so it can have no IPv6 address');
  });
  it('a host without iproute2', () => {
    const through = [...net.through, 'env', 'PATH=/nonexistent'];
    expect(whyOf(task(ipLink, { name: 'eth4', mtu: 1514 }, { through, shell: ['/bin/dash'] }))).toMatch(
      /not installed/,
    );
  });
  it.each([
    { name: 'lo', addresses: ['10.0.0.1/33'] },
    { name: 'lo', addresses: ['$(x)'] },
    { name: 'a/b' },
    { name: 'lo', mtu: 0 },
  ])('%o is refused', args => {
    expect(() => argsOf(ipLink, args)).toThrow();
  });
});

describe('addresses', () => {
  it.each([
    ['10.0.0.1', '10.0.0.1/32'],
    ['10.0.0.1/24', '10.0.0.1/24'],
    ['2001:0DB8:0:0::1/64', '2001:db8::1/64'],
    ['::1', '::1/128'],
    ['010.0.0.1/8', undefined],
    ['10.0.0/8', undefined],
    ['fe80::1%eth0', undefined],
    ['10.0.0.1/24/8', undefined],
    ['', undefined],
  ])('%s is %s', (text, as) => {
    expect(canonical(text)).toBe(as);
  });
  it('an empty text leaves them', () => {
    expect(argsOf(ipLink, { name: 'lo', addresses: '' }).addresses).toBeUndefined();
    expect(argsOf(ipLink, { name: 'lo', addresses: [] }).addresses).toEqual([]);
  });
});

describe("busybox's ip", () => {
  it('is read, too', () => {
    const link =
      '3: v0@v1: <NO-CARRIER,BROADCAST,MULTICAST,UP100,M-DOWN> mtu 1514 qdisc noqueue qlen 1000\\    link/ether';
    expect(sightOf(new Map([['link', [link]]]))).toMatchObject({
      mtu: 1514,
      up: true,
      promiscuous: true,
      arp: true,
      queueLength: 1000,
      maxMtu: undefined,
    });
  });
});
