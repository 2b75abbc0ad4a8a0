import type { Fact } from '../core/fact.js';
import { probe } from '../core/probe.js';
import { sh } from '../core/sh.js';
import { all, one, TAGGED, type Tagged, tagged } from '../core/tagged.js';
import type { Vars } from '../core/value.js';

/** Whether this is a guest, a container or a host of guests. Two forks at most. */
export const virtual: Fact = {
  name: 'virtual',
  summary: 'Virtualisation: what kind, and on which side of it.',
  provides: [
    'virtualization_type',
    'virtualization_role',
    'virtualization_tech_guest',
    'virtualization_tech_host',
    'is_chroot',
  ],
  probe: () => virtualProbe(),
};

/** `root` is put before every path read, for tests. */
export const virtualProbe = (root = '') =>
  probe(
    sh`${TAGGED}
lines cgroup ${root}/proc/1/cgroup
{ tr '\\000\\n' '\\n ' <${root}/proc/1/environ | grep '^container=' | piped env; } 2>/dev/null
first container ${root}/run/systemd/container
first xen ${root}/proc/xen/capabilities
for f in /proc/vz /proc/lve /proc/bc /.dockerenv /.dockerinit /proc/xen /dev/kvm /sys/module/kvm /sys/module/vboxdrv \
  /sys/module/virtio; do [ -e ${root}"$f" ] && say has "$f"; done
for f in product_name sys_vendor product_family bios_vendor; do first "$f" ${root}/sys/devices/virtual/dmi/id/"$f"; done
grep -m 3 -E '^(model name|vendor_id|machine)[[:space:]]*:.*(QEMU Virtual CPU|User Mode Linux|UML|emulated by qemu|PowerVM Lx86|IBM/S390)' \
  ${root}/proc/cpuinfo 2>/dev/null | piped cpu
say roots "$(stat -Lc '%d:%i' ${root}/ ${root}/proc/1/root/. 2>/dev/null | tr '\\n' ' ')"
:`,
    ({ stdout }) => read(tagged(stdout)),
  );

/** One sign of virtualisation, in the order in which Ansible lets the first decide (module_utils/facts/virtual/linux.py). */
interface Sign {
  readonly type: string;
  readonly role: 'guest' | 'host';
}
const guest = (type: string | false | undefined): Sign[] => (type ? [{ type, role: 'guest' }] : []);
const host = (type: string | false): Sign[] => (type ? [{ type, role: 'host' }] : []);

function read(answers: Tagged): Vars {
  const signs = [...containers(answers), ...machines(answers), ...hypervisors(answers)];
  const tech = (role: Sign['role']) => [...new Set(signs.filter(sign => sign.role === role).map(({ type }) => type))];
  const container = one(answers, 'container');
  const guests = tech('guest');
  if (container || guests.some(type => CONTAINERS.has(type))) guests.push('container');
  const roots = one(answers, 'roots')?.split(' ') ?? [];
  return {
    virtualization_type: signs[0]?.type ?? 'NA',
    virtualization_role: signs[0]?.role ?? 'NA',
    virtualization_tech_guest: [...new Set(guests)].sort(),
    virtualization_tech_host: tech('host').sort(),
    // Without permission to look at PID 1's root: a root directory is inode 2 (ext4), 128 (xfs) or 256 (btrfs).
    is_chroot: roots.length === 2 ? roots[0] !== roots[1] : !/:(2|128|256)$/.test(roots[0] ?? ':2'),
  };
}

const CONTAINERS = new Set(['docker', 'lxc', 'podman', 'openvz', 'containerd']);

function containers(answers: Tagged): Sign[] {
  const has = new Set(all(answers, 'has'));
  const groups = all(answers, 'cgroup').join('\n');
  const environment = all(answers, 'env');
  const signs = [
    ...guest(/\/docker(\/|-[0-9a-f]+\.scope)/.test(groups) && 'docker'),
    ...guest(/\/lxc\/|\/machine\.slice\/machine-lxc/.test(groups) && 'lxc'),
    ...guest(groups.includes('/system.slice/containerd.service') && 'containerd'),
    ...guest(environment.some(line => line.startsWith('container=lxc')) && 'lxc'),
    ...guest(environment.some(line => line.startsWith('container=podman')) && 'podman'),
    ...guest(environment.some(line => /^container=./.test(line)) && 'container'),
  ];
  if (has.has('/proc/vz') && !has.has('/proc/lve'))
    signs.push({ type: 'openvz', role: has.has('/proc/bc') ? 'host' : 'guest' });
  signs.push(...guest(one(answers, 'container')));
  signs.push(...guest((has.has('/.dockerenv') || has.has('/.dockerinit')) && 'docker'));
  if (has.has('/proc/xen'))
    signs.push({ type: 'xen', role: one(answers, 'xen')?.includes('control_d') ? 'host' : 'guest' });
  return signs;
}

function machines(answers: Tagged): Sign[] {
  const product = one(answers, 'product_name') ?? '';
  const vendor = one(answers, 'sys_vendor') ?? '';
  const bios = one(answers, 'bios_vendor') ?? '';
  const cpu = all(answers, 'cpu').join('\n');
  return [
    ...guest(['KVM', 'KVM Server', 'Bochs', 'AHV'].includes(product) && 'kvm'),
    ...guest(vendor === 'oVirt' && 'oVirt'),
    ...guest(vendor === 'Red Hat' && one(answers, 'product_family') === 'RHV' && 'RHV'),
    ...guest(vendor === 'Red Hat' && product === 'RHEV Hypervisor' && 'RHEV'),
    ...guest(product.startsWith('VMware') && 'VMware'),
    ...guest(['OpenStack Compute', 'OpenStack Nova'].includes(product) && 'openstack'),
    ...guest(bios === 'Xen' && 'xen'),
    ...guest(bios === 'innotek GmbH' && 'virtualbox'),
    ...guest(['Amazon EC2', 'DigitalOcean', 'Hetzner'].includes(bios) && 'kvm'),
    ...guest(
      ['QEMU', 'Amazon EC2', 'DigitalOcean', 'Google', 'Scaleway', 'Nutanix', 'Hetzner'].includes(vendor) && 'kvm',
    ),
    ...guest(vendor === 'KubeVirt' && 'KubeVirt'),
    ...guest(vendor === 'Microsoft Corporation' && 'VirtualPC'),
    ...guest(vendor === 'Parallels Software International Inc.' && 'parallels'),
    ...guest(vendor === 'OpenStack Foundation' && 'openstack'),
    ...guest(/QEMU Virtual CPU|emulated by qemu/.test(cpu) && 'kvm'),
    ...guest(/User Mode Linux|UML/.test(cpu) && 'uml'),
    ...guest(cpu.includes('PowerVM Lx86') && 'powervm_lx86'),
    ...guest(cpu.includes('IBM/S390') && 'ibm_systemz'),
  ];
}

function hypervisors(answers: Tagged): Sign[] {
  const has = new Set(all(answers, 'has'));
  return [
    ...host(has.has('/sys/module/vboxdrv') && 'virtualbox'),
    ...host(has.has('/dev/kvm') && 'kvm'),
    ...guest(has.has('/sys/module/virtio') && !has.has('/dev/kvm') && 'kvm'),
  ];
}
