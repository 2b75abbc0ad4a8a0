import { afterAll, describe, expect, it } from 'vitest';
import { nicProbe } from '../../src/facts/nic.js';
import { SHELLS } from '../modules/doing.js';
import { netns } from '../modules/netns.js';
import { ask, treeOf } from './ask.js';

/** One PCI card in a tree of sysfs. */
const card = (name: string, driver: string, slot: string, more: { readonly [file: string]: string } = {}) => ({
  [`sys/devices/pci0/${slot}/vendor`]: '0x8086\n',
  [`sys/devices/pci0/${slot}/device`]: '0x10c9\n',
  [`sys/devices/pci0/${slot}/numa_node`]: '1\n',
  [`sys/devices/pci0/${slot}/driver`]: `-> ../../../bus/pci/drivers/${driver}`,
  [`sys/class/net/${name}/device`]: `-> ../../../devices/pci0/${slot}`,
  [`sys/class/net/${name}/address`]: `00:1b:21:00:00:${slot.slice(-4, -2)}\n`,
  [`sys/class/net/${name}/mtu`]: '1500\n',
  [`sys/class/net/${name}/flags`]: '0x1003\n',
  [`sys/class/net/${name}/carrier`]: '1\n',
  [`sys/class/net/${name}/speed`]: '1000\n',
  [`sys/class/net/${name}/queues/rx-0/x`]: '',
  [`sys/class/net/${name}/queues/rx-1/x`]: '',
  ...more,
});
const module = (driver: string, name: string, version?: string) => ({
  [`sys/bus/pci/drivers/${driver}/module`]: `-> ../../../../module/${name}`,
  [`sys/module/${name}/refcnt`]: '0\n',
  ...(version ? { [`sys/module/${name}/version`]: `${version}\n`, [`sys/module/${name}/srcversion`]: 'ABCDEF\n' } : {}),
});
const routes = (name: string) => ({
  'proc/net/route': `Iface\tDestination\tGateway\tFlags\tRefCnt\tUse\tMetric\tMask\n${name}\t00000000\t0102000A\t0003\t0\t0\t0\t00000000\n${name}\t0002000A\t00000000\t0001\t0\t0\t0\t00FFFFFF\n`,
});

const sensor = {
  ...card('eth0', 'e1000e', '0000:00:02.0'),
  ...card('eth4', 'igb', '0000:00:03.0'),
  ...card('eth5', 'igb', '0000:00:04.0'),
  ...module('e1000e', 'e1000e'),
  ...module('igb', 'igb', '5.14.16'),
  'sys/class/net/lo/mtu': '65536\n',
  ...routes('eth0'),
};

describe.each(SHELLS.map(shell => [shell.join(' '), shell] as const))('under %s', (_, shell) => {
  it('a sensor with an igb pair and a separate management card', () => {
    const { nic, nic_management } = ask(nicProbe({ tap: 'eth4' }, treeOf(sensor)), { shell });
    expect(nic).toEqual({
      interface: 'eth4',
      exists: true,
      driver: 'igb',
      family: 'igb',
      module: 'igb',
      builtin: false,
      version: '5.14.16',
      srcversion: 'ABCDEF',
      bus: '0000:00:03.0',
      vendor: '0x8086',
      device: '0x10c9',
      numa_node: 1,
      macaddress: '00:1b:21:00:00:03',
      mtu: 1500,
      speed: 1000,
      up: true,
      carrier: true,
      lowers: [],
      rx_queues: 2,
      siblings: ['eth5'],
      pfring_aware: false,
      physical: true,
    });
    expect(nic_management).toMatchObject({
      interface: 'eth0',
      module: 'e1000e',
      siblings: [],
      interfaces: ['eth0'],
      guessed: true,
    });
  });
});

describe('drivers', () => {
  it('the DKMS build is of the same family', () => {
    const root = treeOf({
      ...card('eth4', 'igb_zc', '0000:00:03.0'),
      ...module('igb_zc', 'igb_zc', '5.14.16_debug'),
      'sys/module/pf_ring/holders/igb_zc': '-> ../../igb_zc',
    });
    expect(ask(nicProbe({ tap: 'eth4' }, root)).nic).toMatchObject({
      driver: 'igb_zc',
      family: 'igb',
      module: 'igb_zc',
      pfring_aware: true,
    });
  });

  it.each([
    ['NAPI/ZC', 'Intel igb', true],
    ['NAPI', 'Standard NIC', false],
  ])('pf_ring says %s, %s', (mode, family, aware) => {
    const root = treeOf({
      ...sensor,
      'proc/net/pf_ring/dev/eth4/info': `Name:         eth4\nPolling Mode: ${mode}\nFamily:       ${family}\n`,
    });
    expect(ask(nicProbe({ tap: 'eth4' }, root)).nic.pfring_aware).toBe(aware);
  });

  it('one built into the kernel has no module to unload', () => {
    const root = treeOf({ ...card('eth4', 'igb', '0000:00:03.0'), 'sys/bus/pci/drivers/igb/bind': '' });
    expect(ask(nicProbe({ tap: 'eth4' }, root)).nic).toMatchObject({ driver: 'igb', module: 'igb', builtin: true });
  });
});

describe('interfaces that are not there', () => {
  it('are said not to exist', () => {
    expect(ask(nicProbe({ tap: 'eth9' }, treeOf(sensor))).nic).toEqual({ interface: 'eth9', exists: false });
  });
  it('no variable, no fact', () => {
    expect(ask(nicProbe({}, treeOf(sensor))).nic).toEqual({});
  });
  it.each(['$(touch /PWNED)', 'a b', '../../../etc', "';x"])('%s is only a name', name => {
    expect(ask(nicProbe({ tap: name }, treeOf(sensor))).nic).toMatchObject({ interface: name });
  });
});

describe('an interface that stands on others', () => {
  it('shows what is below it, and the cards at the bottom with their drivers', () => {
    const root = treeOf({
      ...sensor,
      ...card('eth6', 'ixgbe', '0000:00:05.0'),
      ...module('ixgbe', 'ixgbe'),
      'sys/class/net/bond1/bonding/mode': 'balance-rr 0\n',
      'sys/class/net/bond1/lower_eth4': '-> ../eth4',
      'sys/class/net/bond1/lower_eth6': '-> ../eth6',
      'sys/class/net/bond1.9/lower_bond1': '-> ../bond1',
      'proc/net/vlan/bond1.9': '',
    });
    const { nic } = ask(nicProbe({ tap: 'bond1.9' }, root));
    expect(nic).toMatchObject({
      interface: 'bond1.9',
      physical: false,
      kind: 'vlan',
      lowers: ['bond1'],
      below: ['bond1', 'eth4', 'eth6'],
    });
    expect(nic.ports).toMatchObject([
      { interface: 'eth4', driver: 'igb', module: 'igb', siblings: ['eth5'], physical: true },
      { interface: 'eth6', driver: 'ixgbe', module: 'ixgbe', siblings: [], physical: true },
    ]);
  });

  it.each(SHELLS.map(shell => [shell.join(' '), shell] as const))(
    'ends though they stand on each other, under %s',
    (_, shell) => {
      const root = treeOf({
        'sys/class/net/a/lower_b': '-> ../b',
        'sys/class/net/b/lower_a': '-> ../a',
      });
      expect(ask(nicProbe({ tap: 'a' }, root), { shell }).nic).toMatchObject({ below: ['b', 'a'], ports: [] });
    },
  );
});

describe('the management interface', () => {
  it('of a bond and a VLAN on it is all they stand on', () => {
    const root = treeOf({
      ...card('eth0', 'igb', '0000:00:02.0'),
      ...card('eth1', 'igb', '0000:00:03.0'),
      ...card('eth2', 'igb', '0000:00:04.0'),
      ...module('igb', 'igb'),
      'sys/class/net/bond0/lower_eth0': '-> ../eth0',
      'sys/class/net/bond0/lower_eth1': '-> ../eth1',
      'sys/class/net/bond0.7/lower_bond0': '-> ../bond0',
      ...routes('bond0.7'),
    });
    const { nic_management } = ask(nicProbe({ tap: 'eth2' }, root));
    expect(nic_management).toMatchObject({
      interface: 'bond0.7',
      physical: false,
      lowers: ['bond0'],
      interfaces: ['bond0.7', 'bond0', 'eth0', 'eth1'],
    });
  });

  it('of an IPv6 host', () => {
    const zeros = '0'.repeat(32);
    const row = (name: string) =>
      `${zeros} 00 ${zeros} 00 fe800000000000000000000000000001 00000400 00000001 00000000 00000003 ${name}\n`;
    const root = treeOf({ ...sensor, 'proc/net/route': '', 'proc/net/ipv6_route': row('lo') + row('eth0') });
    expect(ask(nicProbe({}, root)).nic_management.interfaces).toEqual(['eth0']);
  });

  const net = netns(
    'ip link add mg type veth peer name mg1',
    'ip link add tap type veth peer name tap1',
    'ip link add dflt type veth peer name dflt1',
    'ip addr add 10.9.0.5/24 dev mg',
    'ip addr add 10.7.0.5/24 dev tap',
    'ip addr add 10.6.0.5/24 dev dflt',
    'ip link set mg up',
    'ip link set tap up',
    'ip link set dflt up',
    'ip route add default via 10.6.0.1',
  );
  afterAll(net.close);
  const asked = (env: { readonly [name: string]: string }) =>
    ask(nicProbe({ tap: 'tap' }), { through: [...net.through], env }).nic_management;

  it.each(['SSH_CONNECTION', 'RM_SSH_CONNECTION'])('is found by %s, before the default route', name => {
    expect(asked({ [name]: '10.9.0.77 50022 10.9.0.5 22' })).toMatchObject({
      interface: 'mg',
      driver: 'veth',
      module: 'veth',
      physical: false,
      builtin: false,
      interfaces: ['mg', 'dflt'],
      guessed: false,
    });
  });

  it('with asymmetric routing is also the one that owns the address', () => {
    expect(asked({ SSH_CONNECTION: '10.99.0.1 50022 10.9.0.5 22' }).interfaces).toEqual(['dflt', 'mg']);
  });

  it.each(['', 'x', '$(touch /PWNED) 1 2 3', '* * * *'])('is guessed from the default route given "%s"', text => {
    expect(asked({ SSH_CONNECTION: text }).interfaces).toEqual(['dflt']);
  });
});
