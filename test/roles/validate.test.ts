import { readFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import type { Vars } from '../../src/core/value.js';
import { judged, text } from './render.js';

interface Check {
  readonly name: string;
  readonly 'ansible.builtin.assert': { readonly that: string | readonly string[] };
  readonly vars?: { readonly [name: string]: string };
}
const checks: readonly Check[] = parse(
  readFileSync(path.join(import.meta.dirname, '../../roles/bro-cluster/tasks/validate.yml'), 'utf8'),
);

/** The expressions of a check that do not hold for these variables. */
function failing(name: string, vars: Vars): readonly string[] {
  const check = checks.find(one => one.name === name)!;
  const own = Object.fromEntries(
    Object.entries(check.vars ?? {}).map(([key, value]) => [key, text('bro-cluster', value, vars)]),
  );
  return [check['ansible.builtin.assert'].that]
    .flat()
    .filter(expression => judged(expression, { ...vars, ...own }) !== true);
}

const bro = { bro_lb_methods: ['pf_ring', 'myricom', 'interfaces'], bro_lb_method: 'pf_ring' };
const worker = (vars: Vars): Vars => ({ ...bro, host: 'node1', hostvars: { node1: vars } });

describe('a worker', () => {
  const name = 'Workers are described rightly';
  it.each<[string, Vars]>([
    ['with nothing but its CPUs', { bro_cpus: 8 }],
    ['of one CPU', { bro_cpus: 1 }],
    ['with processes of its own number, pinned', { bro_cpus: 8, bro_lb_procs: 2, bro_pin_cpus: [2, 4] }],
    [
      'with an interface per process',
      { bro_lb_method: 'interfaces', bro_lb_procs: 2, bro_lb_interfaces: ['eth4', 'eth5'] },
    ],
    ['with variables for its processes', { bro_cpus: 2, bro_env_vars: { A: 1 } }],
  ])('%s is right', (_, vars) => {
    expect(failing(name, worker(vars))).toEqual([]);
  });

  it.each<[string, Vars, string]>([
    ['no processes', { bro_lb_procs: 0 }, 'procs is match'],
    ['half a process', { bro_lb_procs: '1.5' }, 'procs is match'],
    ['a remark behind the number', { bro_lb_procs: '8 (half the CPUs)' }, 'procs is match'],
    ['a method that this flavour does not have', { bro_lb_procs: 2, bro_lb_method: 'af_packet' }, 'method in'],
    ['the slip lb_method-pf_ring', { bro_lb_procs: 2, bro_lb_method: '-pf_ring' }, 'method in'],
    [
      'too few interfaces',
      { bro_lb_procs: 2, bro_lb_method: 'interfaces', bro_lb_interfaces: ['eth4'] },
      "method != 'interfaces'",
    ],
    [
      'interfaces that nothing would use',
      { bro_lb_procs: 2, bro_lb_interfaces: ['eth4', 'eth5'] },
      "method == 'interfaces'",
    ],
    ['too few CPUs to pin to', { bro_lb_procs: 3, bro_pin_cpus: [1] }, 'hostvars[host].bro_pin_cpus'],
    ['variables that are no dictionary', { bro_lb_procs: 1, bro_env_vars: 'A=1' }, 'hostvars[host].bro_env_vars'],
  ])('with %s is not', (_, vars, expression) => {
    const wrong = failing(name, worker(vars));
    expect(wrong).toHaveLength(1);
    expect(wrong[0]).toContain(expression);
  });
});

describe('the manager', () => {
  const name = 'Manager has an address that the others can reach';
  const cluster = (address: string, hosts: readonly string[]): Vars => ({
    hostvars: { m: { ansible_host: address } },
    bro_manager: 'm',
    bro_hosts: hosts,
  });
  it.each(['localhost', '127.0.0.1', '127.1.2.3', '::1'])('cannot be %s for workers elsewhere', address => {
    expect(failing(name, cluster(address, ['m', 'n']))).toHaveLength(1);
  });
  it.each(['10.0.0.1', 'localhost.example.net', 'manager'])('can be %s', address => {
    expect(failing(name, cluster(address, ['m', 'n']))).toEqual([]);
  });
  it('can be localhost where there is no other host', () => {
    expect(failing(name, cluster('localhost', ['m']))).toEqual([]);
  });
});

describe('the cluster', () => {
  it.each<[string, Vars, number]>([
    ['one manager, a proxy, a worker', { manager: ['a'], proxies: ['b'], workers: ['b'] }, 0],
    ['two managers', { manager: ['a', 'b'], proxies: ['b'], workers: ['b'] }, 1],
    ['no proxy', { manager: ['a'], proxies: [], workers: ['b'] }, 1],
    ['no group of workers', { manager: ['a'], proxies: ['a'] }, 1],
  ])('with %s', (_, groups, wrong) => {
    expect(failing('Groups are as a cluster needs them', { groups })).toHaveLength(wrong);
  });

  it.each<[unknown, number]>([
    [21, 0],
    ['21', 0],
    [0, 1],
    [256, 1],
  ])('with the PF_RING cluster id %s', (id, wrong) => {
    expect(failing("PF_RING's cluster has a number", { bro_pfring_cluster_id: id as number })).toHaveLength(wrong);
  });

  it.each<[string, unknown, number]>([
    ['mixed', '', 0],
    ['howto', '', 0],
    ['vlan', 100, 0],
    ['vlan', '', 1],
    ['vlan', 4095, 1],
    ['both', '', 1],
  ])('sharing traffic as %s %s', (mode, vlan, wrong) => {
    expect(
      failing('Traffic is shared in a way that is known', { bro_bpf_mode: mode, bro_bpf_vlan: vlan as string }),
    ).toHaveLength(wrong);
  });

  it.each<[Vars, number]>([
    [{ StatusCmdShowAll: 0, 'lb.custom': 'x' }, 0],
    [{ MailTo: '"root"' }, 1],
    [{ 'Mail To': 'root' }, 1],
    [{ BroArgs: 'a=b' }, 1],
  ])('with the options %j', (options, wrong) => {
    expect(failing('Options of the control program are plain', { bro_control_options: options })).toHaveLength(wrong);
  });

  it.each<[string, number]>([
    ['10.0.0.0/8', 0],
    ['fd00::/8', 0],
    ['10.0.0.0', 1],
    ['home', 1],
  ])('with the network %s', (network, wrong) => {
    expect(failing('Networks are networks', { entry: { network } })).toHaveLength(wrong);
  });
});
