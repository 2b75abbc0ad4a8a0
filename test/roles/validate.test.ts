import { describe, expect, it } from 'vitest';
import type { Vars } from '../../src/core/value.js';
import { rendered } from './render.js';

/** A cluster of a manager `m` and workers `w0`…, right in all, which a test makes wrong in one thing. */
function cluster(worker: Vars = {}, more: Vars = {}): Vars {
  return {
    groups: { manager: ['m'], proxies: ['w0'], workers: ['w0', 'w1'] },
    hostvars: {
      m: { ansible_host: '10.0.0.1' },
      w0: { ansible_host: '10.0.0.2', bro_cpus: 8, ...worker },
      w1: { ansible_host: '10.0.0.3', bro_cpus: 8 },
    },
    bro_workers: ['w0', 'w1'],
    bro_loggers: [],
    bro_flavour: 'bro',
    bro_control: 'broctl',
    bro_release: '2.6',
    bro_knows: { pins: true, loggers: true },
    bro_lb_methods: ['pf_ring', 'myricom', 'interfaces', 'custom'],
    bro_lb_method: 'pf_ring',
    nic_interface: 'eth4',
    bro_pins: {},
    bro_bpf_mode: 'mixed',
    bro_bpf_vlan: '',
    bro_pfring_cluster_id: 21,
    bro_control_options: {},
    bro_mail_to: 'root@localhost',
    bro_prefix: '/usr/local/bro',
    bro_networks: [{ network: '10.0.0.0/8', name: 'ours' }],
    ...more,
  };
}

const mistakes = (vars: Vars): readonly string[] =>
  JSON.parse(rendered('bro-cluster', 'mistakes.j2', vars)) as string[];

/** Exactly one mistake is found, and says this. */
function expectOne(vars: Vars, words: string): void {
  const found = mistakes(vars);
  expect(found).toHaveLength(1);
  expect(found[0]).toContain(words);
}

const OLD: Vars = { bro_release: '2.1', bro_knows: { pins: false, loggers: false } };
const ZEEK: Vars = {
  bro_flavour: 'zeek',
  bro_control: 'zeekctl',
  bro_release: '8.0',
  bro_lb_methods: ['pf_ring', 'myricom', 'interfaces', 'custom', 'af_packet'],
};

describe('a worker', () => {
  it.each<[string, Vars, Vars]>([
    ['with nothing but its CPUs', {}, {}],
    ['of one CPU', { bro_cpus: 1 }, {}],
    ['with processes of its own number, pinned', { bro_lb_procs: 2, bro_pin_cpus: [2, 4] }, {}],
    [
      'pinned beside its tap',
      { bro_lb_procs: 2, bro_pin_cpus: 'numa' },
      { bro_pins: { w0: { node: '1', count: 4, cpus: ['4', '5'] } } },
    ],
    [
      'with an interface per process',
      { bro_lb_method: 'interfaces', bro_lb_procs: 2, bro_lb_interfaces: ['eth4', 'eth5'] },
      {},
    ],
    ['with variables for its processes', { bro_env_vars: { A: 1, B: 'x=y z' } }, {}],
    ['with a packet source of its own', { bro_lb_method: 'custom', bro_interface: 'af_packet::eth4' }, {}],
    [
      'with af_packet',
      { bro_lb_method: 'af_packet', bro_af_packet_fanout_id: 23, bro_af_packet_buffer_size: 134217728 },
      ZEEK,
    ],
    ['on a zero-copy interface', { bro_interface: 'zc:eth4' }, {}],
    ['of the howto’s Bro', {}, OLD],
  ])('%s is right', (_, vars, more) => {
    expect(mistakes(cluster(vars, more))).toEqual([]);
  });

  it.each<[string, Vars, string, Vars?]>([
    ['no processes', { bro_lb_procs: 0 }, 'bro_lb_procs is a number from 1 on, not “0”'],
    ['half a process', { bro_lb_procs: '1.5' }, 'not “1.5”'],
    ['fewer than none', { bro_lb_procs: -1 }, 'not “-1”'],
    ['a remark behind the number', { bro_lb_procs: '8 (half the CPUs)' }, 'not “8 (half the CPUs)”'],
    ['the slip lb_method-pf_ring', { bro_lb_method: '-pf_ring' }, 'not “-pf_ring”'],
    [
      'a method that Bro does not have',
      { bro_lb_method: 'af_packet' },
      'one of pf_ring, myricom, interfaces, custom with bro 2.6',
    ],
    ['no interface', { nic_interface: '' }, 'the interface would be “”'],
    ['the howto’s remark behind the interface', { nic_interface: 'eth4 (or whatever your interface is)' }, 'one word'],
    ['a per cent sign in the interface, which a parser expands', { nic_interface: 'eth%d' }, 'one word'],
    ['the loopback interface', { nic_interface: 'lo' }, 'lo is no tap'],
    [
      'too few interfaces',
      { bro_lb_method: 'interfaces', bro_lb_procs: 2, bro_lb_interfaces: ['eth4'] },
      'as many bro_lb_interfaces (1) as processes (2)',
    ],
    [
      'the method interfaces without any',
      { bro_lb_method: 'interfaces' },
      'as many bro_lb_interfaces (0) as processes (4)',
    ],
    [
      'interfaces that nothing would use',
      { bro_lb_procs: 2, bro_lb_interfaces: ['eth4', 'eth5'] },
      'only for lb_method interfaces, not pf_ring',
    ],
    [
      'interfaces that are no list',
      { bro_lb_method: 'interfaces', bro_lb_procs: 2, bro_lb_interfaces: 'eth4,eth5' },
      'is a list',
    ],
    [
      'the same interface twice',
      { bro_lb_method: 'interfaces', bro_lb_procs: 2, bro_lb_interfaces: ['eth4', 'eth4'] },
      'stands twice',
    ],
    [
      'a comma in an interface',
      { bro_lb_method: 'interfaces', bro_lb_procs: 1, bro_lb_interfaces: ['eth4,eth5'] },
      'without commas',
    ],
    ['custom without a packet source', { bro_lb_method: 'custom' }, 'bro_interface names it'],
    [
      'af_packet and its prefix',
      { bro_lb_method: 'af_packet', bro_interface: 'af_packet::eth4' },
      'before the interface itself',
      ZEEK,
    ],
    ['a fan-out that is none', { bro_lb_method: 'af_packet', bro_af_packet_fanout_id: 70000 }, 'up to 65535', ZEEK],
    ['a fan-out that pf_ring has not', { bro_af_packet_fanout_id: 23 }, 'only for lb_method af_packet', ZEEK],
    ['too few CPUs to pin to', { bro_lb_procs: 3, bro_pin_cpus: [1] }, 'names 1 CPUs for 3 processes'],
    ['a CPU twice', { bro_lb_procs: 2, bro_pin_cpus: [1, 1] }, 'stands twice'],
    ['a CPU it has not', { bro_lb_procs: 1, bro_pin_cpus: [8] }, 'names CPU 8, but the last one is 7'],
    ['pins that are no numbers', { bro_lb_procs: 1, bro_pin_cpus: ['one'] }, 'a list of CPUs, or the word numa'],
    ['pins that are no list', { bro_lb_procs: 2, bro_pin_cpus: '1,2' }, 'a list of CPUs, or the word numa'],
    ['pins in a broctl without', { bro_lb_procs: 1, bro_pin_cpus: [1] }, 'knows no pin_cpus', OLD],
    [
      'more processes than CPUs beside the tap',
      { bro_lb_procs: 5, bro_pin_cpus: 'numa' },
      '5 processes cannot be pinned: the tap sits at node 1, which has 4 CPUs',
      { bro_pins: { w0: { node: '1', count: 4, cpus: [] } } },
    ],
    ['variables that are no dictionary', { bro_env_vars: 'A=1' }, 'is a dictionary'],
    ['a variable of no name', { bro_env_vars: { 'A B': 1 } }, '“A B” is not the name'],
    ['a comma in a variable', { bro_env_vars: { A: '1,2' } }, 'holds a comma'],
    ['variables in a broctl without', { bro_env_vars: { A: 1 } }, 'knows no env_vars', OLD],
    ['a remark behind its address', { bro_address: '10.0.0.2 # first' }, 'without blanks, remarks or zones'],
    ['a zone in its address', { bro_address: 'fe80::1%eth0' }, 'without blanks, remarks or zones'],
    ['the address of another', { bro_address: '10.0.0.3' }, 'the same address 10.0.0.3'],
    ['the address localhost', { bro_address: 'localhost' }, 'another machine on every host'],
  ])('with %s is not', (_, vars, words, more) => {
    expectOne(cluster(vars, more), words);
  });

  it('has all of its mistakes told at once', () => {
    expect(mistakes(cluster({ bro_lb_procs: 0, nic_interface: 'lo', bro_env_vars: 1 }))).toHaveLength(3);
  });
});

describe('the manager', () => {
  const named = (address: string): Vars => ({
    hostvars: {
      m: { ansible_host: address },
      w0: { ansible_host: '10.0.0.2', bro_cpus: 8 },
      w1: { ansible_host: '10.0.0.3', bro_cpus: 8 },
    },
  });
  it.each(['localhost', '127.0.0.1', '127.1.2.3', '::1'])('cannot be %s for workers elsewhere', address => {
    expectOne(cluster({}, named(address)), 'another machine on every host');
  });
  it.each(['10.0.0.1', 'localhost.example.net', 'manager', '2001:db8::1'])('can be %s', address => {
    expect(mistakes(cluster({}, named(address)))).toEqual([]);
  });

  const alone: Vars = {
    groups: { manager: ['m'], proxies: ['m'], workers: ['m'] },
    hostvars: { m: { ansible_host: '127.0.0.1', bro_cpus: 4 } },
    bro_workers: ['m'],
  };
  it('can be localhost where there is no other host, but not for the first broctl', () => {
    expect(mistakes(cluster({}, alone))).toEqual([]);
    expectOne(cluster({}, { ...alone, ...OLD }), 'broctl of 2.1 refuses 127.0.0.1');
  });
});

describe('the cluster', () => {
  it.each<[string, Vars, string]>([
    [
      'two managers',
      { manager: ['m', 'w1'], proxies: ['w0'], workers: ['w0', 'w1'] },
      'exactly one host in the group manager; here are 2',
    ],
    ['no manager', { manager: [], proxies: ['w0'], workers: ['w0', 'w1'] }, 'here are 0'],
    ['no proxy', { manager: ['m'], proxies: [], workers: ['w0', 'w1'] }, 'in the group proxies'],
    ['no group of workers', { manager: ['m'], proxies: ['w0'] }, 'in the group workers'],
  ])('with %s', (_, groups, words) => {
    expectOne(cluster({}, { groups }), words);
  });

  it('has loggers from Bro 2.5 on, and only hosts there are', () => {
    expect(mistakes(cluster({}, { bro_loggers: ['m'] }))).toEqual([]);
    expectOne(cluster({}, { bro_loggers: ['m'], ...OLD }), 'knows no loggers');
    expectOne(cluster({}, { bro_loggers: ['nobody'] }), 'nobody in bro_loggers is no host');
  });

  it.each<[unknown, number]>([
    [21, 0],
    ['21', 0],
    [0, 1],
    [256, 1],
    ['x', 1],
  ])('with the PF_RING cluster id %s', (id, wrong) => {
    expect(mistakes(cluster({}, { bro_pfring_cluster_id: id as number }))).toHaveLength(wrong);
  });

  it.each<[string, unknown, number]>([
    ['mixed', '', 0],
    ['howto', '', 0],
    ['vlan', 100, 0],
    ['vlan', '', 1],
    ['vlan', 0, 1],
    ['vlan', 4095, 1],
    ['both', '', 1],
  ])('sharing traffic as %s %s', (mode, vlan, wrong) => {
    expect(mistakes(cluster({}, { bro_bpf_mode: mode, bro_bpf_vlan: vlan as string }))).toHaveLength(wrong);
  });

  it.each<[Vars, number]>([
    [{ StatusCmdShowAll: 0, 'lb.custom': 'x' }, 0],
    [{ BroPort: 47760 }, 0],
    [{ MailFrom: '"root"' }, 1],
    [{ 'Mail From': 'root' }, 1],
    [{ BroArgs: 'a=b' }, 1],
    [{ PFRINGClusterID: 0 }, 1],
    [{ MinDiskSpace: 5, mindiskspace: 6 }, 1],
    [{ Env_Vars: ['a'] }, 1],
  ])('with the options %j', (options, wrong) => {
    expect(mistakes(cluster({}, { bro_control_options: options }))).toHaveLength(wrong);
  });

  it('of Zeek refuses options of Bro, and quotes round an address', () => {
    expectOne(cluster({}, { ...ZEEK, bro_control_options: { BroPort: 47760 } }), 'that Zeek refuses');
    expectOne(cluster({}, { bro_mail_to: '"root@localhost"' }), 'bro_mail_to is one word');
  });

  it.each<[string, number]>([
    ['10.0.0.0/8', 0],
    ['0.0.0.0/0', 0],
    ['fd00::/8', 0],
    ['::/0', 0],
    ['10.0.0.0', 1],
    ['10.0.0.0/33', 1],
    ['10.0.0.256/8', 1],
    ['10.0.0/8', 1],
    ['fd00::/129', 1],
    ['home', 1],
    ['', 1],
  ])('with the network %s', (network, wrong) => {
    expect(mistakes(cluster({}, { bro_networks: [{ network }] }))).toHaveLength(wrong);
  });
});
