import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import os from 'node:os';
import { afterAll, describe, expect, it } from 'vitest';
import { devicesProbe } from '../../src/facts/devices.js';
import { dmiProbe } from '../../src/facts/dmi.js';
import { dnsProbe } from '../../src/facts/dns.js';
import { environment } from '../../src/facts/environment.js';
import { fullName } from '../../src/facts/fqdn.js';
import { hostKeysProbe } from '../../src/facts/host-keys.js';
import { kernelProbe } from '../../src/facts/kernel.js';
import { memory } from '../../src/facts/memory.js';
import { mounts } from '../../src/facts/mounts.js';
import { networkProbe } from '../../src/facts/network.js';
import { count, processorProbe } from '../../src/facts/processor.js';
import { python } from '../../src/facts/python.js';
import { securityProbe } from '../../src/facts/security.js';
import { time } from '../../src/facts/time.js';
import { user } from '../../src/facts/user.js';
import { virtualProbe } from '../../src/facts/virtual.js';
import { netns } from '../modules/netns.js';
import { ask, treeOf } from './ask.js';

const said = (command: string, ...args: string[]) => execFileSync(command, args, { encoding: 'utf8' }).trim();

describe('facts of this machine, read in another way', () => {
  it('kernel', () => {
    const found = ask(kernelProbe());
    expect(found).toMatchObject({
      system: said('uname', '-s'),
      kernel: said('uname', '-r'),
      kernel_version: said('uname', '-v'),
      machine: said('uname', '-m'),
      architecture: said('uname', '-m'),
      nodename: os.hostname(),
      hostname: os.hostname().split('.')[0],
      userspace_bits: said('getconf', 'LONG_BIT'),
      fips: false,
    });
  });

  it('memory', () => {
    const found = ask(memory.probe({}));
    expect(found.memtotal_mb).toBe(Math.floor(os.totalmem() / 1024 / 1024));
    expect(found.memory_mb.real.total).toBe(found.memtotal_mb);
    expect(found.memfree_mb).toBeLessThanOrEqual(found.memtotal_mb);
  });

  it('processor', () => {
    const found = ask(processorProbe());
    expect(found.processor_vcpus).toBe(os.cpus().length);
    expect(found.processor_nproc).toBe(os.cpus().length);
    expect(found.processor).toContain(os.cpus()[0]!.model);
  });

  it('user', () => {
    const info = os.userInfo();
    expect(ask(user.probe({}))).toMatchObject({
      user_id: info.username,
      user_uid: info.uid,
      user_gid: info.gid,
      user_dir: info.homedir,
      user_shell: info.shell,
      effective_user_id: info.uid,
    });
  });

  it('time', () => {
    const found = ask(time.probe({}), { env: { TZ: 'Europe/Berlin' } });
    const { date_time: now } = found;
    expect(Math.abs(Number(now.epoch) - Date.now() / 1000)).toBeLessThan(10);
    expect(new Date(now.iso8601).getTime()).toBe(Number(now.epoch) * 1000);
    expect(now).toMatchObject({ tz_dst: 'CEST', date: `${now.year}-${now.month}-${now.day}` });
    expect(['CET', 'CEST']).toContain(now.tz);
    expect(Math.abs(found.uptime_seconds - os.uptime())).toBeLessThan(10);
    expect(found.loadavg['1m']).toBeCloseTo(os.loadavg()[0]!, 0);
  });

  it('time, south of the equator and without summer time', () => {
    expect(ask(time.probe({}), { env: { TZ: 'Australia/Sydney' } }).date_time.tz_dst).toBe('AEDT');
    expect(ask(time.probe({}), { env: { TZ: 'UTC' } }).date_time.tz_dst).toBe('UTC');
  });

  it('mounts', () => {
    const found = ask(mounts.probe({})).mounts as any[];
    const root = found.find(mount => mount.mount === '/');
    const [size, kind] = said('df', '-B1', '--output=size,fstype', '/').split('\n')[1]!.trim().split(/\s+/);
    expect(root).toMatchObject({ size_total: Number(size), fstype: kind });
    expect(root.block_used).toBe(root.block_total - root.block_available);
    expect(found.every(mount => mount.device.startsWith('/') || mount.device.includes(':/'))).toBe(true);
  });

  it('network', () => {
    const found = ask(networkProbe());
    const links = JSON.parse(said('ip', '-j', 'addr')) as any[];
    expect(found.interfaces.toSorted()).toEqual(links.map(link => link.ifname).toSorted());
    for (const link of links) {
      const facts = found[link.ifname.replaceAll('-', '_')];
      expect(facts).toMatchObject({ device: link.ifname, mtu: link.mtu });
      const four = link.addr_info.find((one: any) => one.family === 'inet');
      if (four) expect(facts.ipv4).toMatchObject({ address: four.local, prefix: String(four.prefixlen) });
    }
  });

  it('the environment, with values of several lines', () => {
    const { env } = ask(environment.probe({}), { env: { LINES2: 'a\nB=b\n', EMPTY_ONE: '', RM_TOKEN: 'hidden' } });
    expect(env).toMatchObject({ LINES2: 'a\nB=b\n', EMPTY_ONE: '', LC_ALL: 'C', HOME: '/root' });
    expect(env).not.toHaveProperty('B');
    expect(env).not.toHaveProperty('RM_TOKEN');
    expect(env).not.toHaveProperty('RM_BLOBS');
  });

  it('python', () => {
    const version = said('/usr/bin/python3', '-V').replace('Python ', '');
    expect(ask(python.probe({})).python_version).toBe(version);
    expect(ask(python.probe({}), { env: { PATH: '/nonexistent' }, shell: ['/bin/dash'] })).toEqual({ python: {} });
  });

  it('host keys', () => {
    const root = treeOf({
      'etc/ssh/ssh_host_ed25519_key.pub': 'ssh-ed25519 AAAAC3Nza root@x\n',
      'etc/ssh/ssh_host_rsa_key.pub': 'ssh-rsa AAAAB3Nza\n',
      'etc/ssh_host_dsa_key.pub': 'ssh-dss AAAA\n',
    });
    expect(ask(hostKeysProbe(root))).toEqual({
      ssh_host_key_ed25519_public: 'AAAAC3Nza',
      ssh_host_key_ed25519_public_keytype: 'ssh-ed25519',
      ssh_host_key_rsa_public: 'AAAAB3Nza',
      ssh_host_key_rsa_public_keytype: 'ssh-rsa',
    });
  });
});

describe('a network of our own', () => {
  const net = netns(
    'ip link add a-b type veth peer name far',
    'ip addr add 10.9.0.5/20 brd 10.9.15.255 dev a-b',
    'ip addr add 10.9.1.6/20 dev a-b label a-b:1',
    'ip addr add 2001:db8::5/64 dev a-b nodad',
    'ip addr add 10.8.0.1 peer 10.8.0.2/30 dev far',
    'ip link add br0 type bridge',
    'ip link add v2 type veth peer name v3',
    'ip link set v3 master br0',
    'ip link set a-b up',
    'ip link set far up',
    'ip link set lo up',
    'ip link set br0 promisc on',
    'ip route add default via 10.9.0.1',
  );
  afterAll(net.close);

  it('has its addresses, aliases and the default route', () => {
    const found = ask(networkProbe(), { through: [...net.through] });
    expect(found.a_b).toMatchObject({
      device: 'a-b',
      ipv4: {
        address: '10.9.0.5',
        prefix: '20',
        netmask: '255.255.240.0',
        network: '10.9.0.0',
        broadcast: '10.9.15.255',
      },
      ipv4_secondaries: [{ address: '10.9.1.6' }],
      type: 'ether',
      promisc: false,
    });
    expect(found.a_b.ipv6).toContainEqual({ address: '2001:db8::5', prefix: '64', scope: 'global' });
    expect(found.far.ipv4).toMatchObject({ address: '10.8.0.1', prefix: '30', network: '10.8.0.0' });
    expect(found.a_b_1.ipv4.address).toBe('10.9.1.6');
    expect(found.br0).toMatchObject({ type: 'bridge', interfaces: ['v3'], stp: false, promisc: true, active: false });
    expect(found.default_ipv4).toMatchObject({
      interface: 'a-b',
      gateway: '10.9.0.1',
      address: '10.9.0.5',
      alias: 'a-b',
      type: 'ether',
      netmask: '255.255.240.0',
    });
    expect(found.default_ipv6).toEqual({});
    expect(found.all_ipv4_addresses.toSorted()).toEqual(['10.8.0.1', '10.9.0.5', '10.9.1.6']);
    expect(found.all_ipv6_addresses).not.toContain('::1');
  });
});

describe('pieces read from recorded files', () => {
  it('boot arguments', () => {
    const root = treeOf({ 'proc/cmdline': 'root=/dev/sda1 ro console=tty0 console=ttyS0 dyndbg="file a +p" quiet\n' });
    const found = ask(kernelProbe(root));
    expect(found.cmdline).toEqual({
      root: '/dev/sda1',
      ro: true,
      console: 'ttyS0',
      dyndbg: '"file a +p"',
      quiet: true,
    });
    expect(found.proc_cmdline.console).toEqual(['tty0', 'ttyS0']);
  });

  it.each([
    [0, false],
    [1, true],
  ])('Secure Boot byte %i is %s', (byte, expected) => {
    const file = 'sys/firmware/efi/efivars/SecureBoot-8be4df61-93ca-11d2-aa0d-00e098032b8c';
    const found = ask(kernelProbe(treeOf({ [file]: `\u0006\0\0\0${String.fromCharCode(byte)}` })));
    expect(found).toMatchObject({ efi: true, secureboot: expected });
  });

  it('two sockets of four cores with two threads', () => {
    const lines = Array.from({ length: 16 }, (_, i) => [
      `processor\t: ${i}`,
      'vendor_id\t: GenuineIntel',
      'model name\t: Intel(R) Xeon(R) CPU E5620 @ 2.40GHz',
      `physical id\t: ${i % 2}`,
      'siblings\t: 8',
      `core id\t\t: ${i >> 2}`,
      'cpu cores\t: 4',
    ]).flat();
    expect(count(lines, 'x86_64')).toMatchObject({
      processor_count: 2,
      processor_cores: 4,
      processor_threads_per_core: 2,
      processor_vcpus: 16,
      processor_nproc: 16,
    });
  });

  it('an ARM board', () => {
    const lines = ['processor\t: 0', 'processor\t: 1', 'processor\t: 2', 'processor\t: 3'];
    expect(count(lines, 'aarch64')).toMatchObject({ processor_count: 4, processor_vcpus: 4, processor_nproc: 4 });
  });

  it('resolv.conf', () => {
    const root = treeOf({
      'etc/resolv.conf':
        '# comment\n;other\nnameserver 10.0.0.1\nnameserver 10.0.0.2\nsearch a.example b.example\noptions ndots:2 rotate\n',
    });
    expect(ask(dnsProbe(root)).dns).toEqual({
      nameservers: ['10.0.0.1', '10.0.0.2'],
      search: ['a.example', 'b.example'],
      options: { ndots: '2', rotate: true },
    });
    expect(ask(dnsProbe(treeOf({ 'etc/': '' }))).dns).toEqual({});
  });

  it.each([
    ['node', '127.0.1.1       node.example.org node', 'node.example.org', 'example.org'],
    ['node', '10.0.0.1 other node.example.org', 'node.example.org', 'example.org'],
    ['node.example.org', '', 'node.example.org', 'example.org'],
    ['node', '', 'node', ''],
    ['node', '127.0.0.1 localhost', 'localhost', ''],
  ])('the full name of %s, resolved as "%s"', (node, line, fqdn, domain) => {
    expect(fullName(node, line)).toEqual({ fqdn, domain });
  });

  it('SELinux', () => {
    const root = treeOf({
      'sys/fs/selinux/enforce': '1',
      'sys/fs/selinux/policyvers': '33',
      'etc/selinux/config': '# x\nSELINUX=enforcing\nSELINUXTYPE=targeted\n',
      'sys/kernel/security/apparmor/': '',
    });
    expect(ask(securityProbe(root))).toEqual({
      selinux: { status: 'enabled', policyvers: 33, config_mode: 'enforcing', mode: 'enforcing', type: 'targeted' },
      apparmor: { status: 'enabled' },
    });
    expect(ask(securityProbe(treeOf({ 'etc/': '' }))).selinux).toEqual({ status: 'disabled' });
  });

  it('firmware', () => {
    const found = ask(
      dmiProbe(
        treeOf({
          'sys/devices/virtual/dmi/id/chassis_type': '23\n',
          'sys/devices/virtual/dmi/id/product_name': 'PowerEdge R710\n',
        }),
      ),
    );
    expect(found).toMatchObject({ form_factor: 'Rack Mount Chassis', product_name: 'PowerEdge R710', bios_date: 'NA' });
  });

  it('disks', () => {
    const root = treeOf({
      'sys/block/sda/size': '504315904\n',
      'sys/block/sda/removable': '0\n',
      'sys/block/sda/device/model': 'VBOX HARDDISK   \n',
      'sys/block/sda/queue/rotational': '1\n',
      'sys/block/sda/queue/scheduler': 'none [mq-deadline]\n',
      'sys/block/sda/sda1/partition': '1\n',
      'sys/block/sda/sda1/size': '2048\n',
      'sys/block/sda/sda1/start': '2048\n',
      'dev/disk/by-uuid/57b1a3e7-9019': '-> ../../sda1',
    });
    expect(ask(devicesProbe(root)).devices.sda).toMatchObject({
      model: 'VBOX HARDDISK',
      size: '240.48 GB',
      scheduler_mode: 'mq-deadline',
      virtual: 0,
      partitions: { sda1: { size: '1.00 MB', start: '2048', uuid: '57b1a3e7-9019' } },
    });
  });
});

describe('virtualisation', () => {
  const dmi = (name: string, text: string) => ({ [`sys/devices/virtual/dmi/id/${name}`]: `${text}\n` });
  it.each([
    ['bare metal', {}, 'NA', 'NA'],
    ['KVM', dmi('sys_vendor', 'QEMU'), 'kvm', 'guest'],
    ['VMware', dmi('product_name', 'VMware Virtual Platform'), 'VMware', 'guest'],
    ['VirtualBox', dmi('bios_vendor', 'innotek GmbH'), 'virtualbox', 'guest'],
    ['Hyper-V', dmi('sys_vendor', 'Microsoft Corporation'), 'VirtualPC', 'guest'],
    ['a KVM host', { 'dev/kvm': '' }, 'kvm', 'host'],
    ['docker', { 'proc/1/cgroup': '12:cpu:/docker/0123abc\n', 'dev/kvm': '' }, 'docker', 'guest'],
    ['lxc', { 'proc/1/environ': 'A=b\0container=lxc\0' }, 'lxc', 'guest'],
    ['systemd-nspawn', { 'run/systemd/container': 'systemd-nspawn' }, 'systemd-nspawn', 'guest'],
    ['a Xen host', { 'proc/xen/capabilities': 'control_d\n' }, 'xen', 'host'],
  ])('%s', (_, files, type, role) => {
    const found = ask(virtualProbe(treeOf({ 'proc/': '', ...files })));
    expect(found).toMatchObject({ virtualization_type: type, virtualization_role: role });
  });

  it('of a container in a guest names both', () => {
    const found = ask(virtualProbe(treeOf({ '.dockerenv': '', ...dmi('sys_vendor', 'QEMU') })));
    expect(found).toMatchObject({
      virtualization_type: 'docker',
      virtualization_tech_guest: ['container', 'docker', 'kvm'],
    });
  });

  it('this process is in no chroot', () => {
    expect(typeof ask(virtualProbe()).is_chroot).toBe('boolean');
    expect(readFileSync('/proc/self/mounts', 'utf8')).toContain(' / ');
  });
});
