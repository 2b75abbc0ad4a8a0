import { describe, expect, it } from 'vitest';
import type { Vars } from '../../src/core/value.js';
import { rendered } from './render.js';

const cluster = (hostvars: Vars, more: Vars = {}): Vars => ({
  hostvars,
  bro_manager: 'manager',
  bro_proxies: ['node1'],
  bro_workers: Object.keys(hostvars).filter(name => name.startsWith('node')),
  bro_loggers: [],
  nic_interface: 'eth4',
  bro_lb_method: 'pf_ring',
  bro_pins: {},
  ...more,
});

describe('node.cfg', () => {
  it('is the howto’s, restored: half of each worker’s own CPUs, names from 0', () => {
    const vars = cluster({
      manager: { ansible_host: '10.0.0.1' },
      node1: { ansible_host: '10.0.0.2', bro_cpus: 16 },
      node2: { ansible_host: '10.0.0.3', bro_cpus: 3 },
      node3: { bro_address: 'tap3.example.net', ansible_host: '10.0.0.4', bro_cpus: 1 },
    });
    expect(rendered('bro-cluster', 'node.cfg.j2', vars)).toBe(`# Managed by ringmaster.

[manager]
type=manager
host=10.0.0.1

[proxy-0]
type=proxy
host=10.0.0.2

[worker-0]
type=worker
host=10.0.0.2
interface=eth4
lb_method=pf_ring
lb_procs=8

[worker-1]
type=worker
host=10.0.0.3
interface=eth4
lb_method=pf_ring
lb_procs=1

[worker-2]
type=worker
host=tap3.example.net
interface=eth4
lb_method=pf_ring
lb_procs=1
`);
  });

  it('lets a worker differ, and has loggers before proxies', () => {
    const vars = cluster(
      {
        manager: {},
        node1: {
          bro_cpus: 8,
          bro_lb_procs: 3,
          bro_pin_cpus: [1, 2, 3],
          bro_env_vars: { B: '2', A: '1' },
          nic_interface: 'ens5',
        },
        node2: { bro_lb_method: 'interfaces', bro_lb_procs: 2, bro_lb_interfaces: ['eth4', 'eth5'] },
      },
      { bro_loggers: ['manager'] },
    );
    expect(rendered('bro-cluster', 'node.cfg.j2', vars)).toBe(`# Managed by ringmaster.

[manager]
type=manager
host=manager

[logger-0]
type=logger
host=manager

[proxy-0]
type=proxy
host=node1

[worker-0]
type=worker
host=node1
interface=ens5
lb_method=pf_ring
lb_procs=3
pin_cpus=1,2,3
env_vars=A=1,B=2

[worker-1]
type=worker
host=node2
interface=eth4
lb_method=interfaces
lb_procs=2
lb_interfaces=eth4,eth5
`);
  });
});

describe('node.cfg of Zeek', () => {
  it('has af_packet with its own keys, packet sources, and pins beside the tap', () => {
    const vars = cluster(
      {
        manager: { ansible_host: '10.0.0.1' },
        node1: {
          bro_cpus: 16,
          bro_lb_method: 'af_packet',
          bro_lb_procs: 2,
          bro_af_packet_fanout_id: 23,
          bro_pin_cpus: 'numa',
        },
        node2: { bro_cpus: 4, bro_lb_method: 'custom', bro_interface: 'af_packet::eth4' },
      },
      { bro_pins: { node1: { node: '1', count: 8, cpus: ['5', '6'] } } },
    );
    expect(rendered('bro-cluster', 'node.cfg.j2', vars)).toContain(`
[worker-0]
type=worker
host=node1
interface=eth4
lb_method=af_packet
lb_procs=2
af_packet_fanout_id=23
pin_cpus=5,6

[worker-1]
type=worker
host=node2
interface=af_packet::eth4
lb_method=custom
lb_procs=2
`);
  });
});

describe('the other files of the cluster', () => {
  it('networks.cfg has a network and its name per line', () => {
    const vars = { bro_networks: [{ network: '10.0.0.0/8', name: 'Private IP space' }, { network: 'fd00::/8' }] };
    expect(rendered('bro-cluster', 'networks.cfg.j2', vars)).toBe(
      '# Managed by ringmaster.\n10.0.0.0/8          Private IP space\nfd00::/8            \n',
    );
  });

  it('broctl.cfg says the cluster id, and has no quotes', () => {
    const vars = {
      bro_mail_to: 'root@localhost',
      bro_log_rotation: 3600,
      bro_prefix: '/usr/local/bro',
      bro_pfring_cluster_id: 21,
      bro_control_options: { StatusCmdShowAll: 0 },
    };
    expect(rendered('bro-cluster', 'control.cfg.j2', vars)).toBe(`# Managed by ringmaster.
MailTo = root@localhost
LogRotationInterval = 3600
SpoolDir = /usr/local/bro/spool
LogDir = /usr/local/bro/logs
CfgDir = /usr/local/bro/etc
PFRINGClusterID = 21
StatusCmdShowAll = 0
`);
  });

  it('bro_init.sh gives both programs their capabilities', () => {
    const vars = {
      bro_control: 'broctl',
      bro_caps: ['cap_net_raw', 'cap_net_admin'],
      bro_caps_files: ['/usr/local/bro/bin/bro', '/usr/local/bro/bin/capstats'],
    };
    expect(rendered('bro-caps', 'bro_init.sh.j2', vars)).toContain(
      'setcap cap_net_raw,cap_net_admin=eip /usr/local/bro/bin/capstats\n',
    );
  });
});
