import { execFileSync } from 'node:child_process';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { Ran } from '../e2e/rig.js';
import {
  flat,
  installKernel,
  kernelToBuildFor,
  Machine,
  moduleMakefile,
  PF_RING_MODULE,
  standInSource,
  whyNoMachine,
} from './machine.js';

const why = whyNoMachine();
if (why) process.stderr.write(`SKIPPED: the role nic-driver: ${why}\n`);

const SYS = '/run/stand-in/sys/module';
const STATE = '/var/lib/ringmaster/nic-driver';
const kernel = execFileSync('uname', ['-r'], { encoding: 'utf8' }).trim();
const stock = `/lib/modules/${kernel}/kernel/drivers/net/ethernet/intel/igb/igb.ko`;
const ours = `/lib/modules/${kernel}/updates/ringmaster/igb.ko`;
const STOCK = `STAND-IN kernel module: text, not code
name=igb
srcversion=5EED
depends=
vermagic=${kernel} SMP mod_unload
`;

/** Commands that make /sys show a PCI card with this driver. */
const card = (name: string, driver: string, slot: string, more: 'module' | 'built in' = 'module'): string => `
mkdir -p /run/devices/${slot} /run/drivers/${driver} /run/modules/${driver} /sys/class/net/${name}/queues/rx-0
ln -sfn /run/drivers/${driver} /run/devices/${slot}/driver
${more === 'module' ? `ln -sfn /run/modules/${driver} /run/drivers/${driver}/module` : ''}
echo 0x8086 >/run/devices/${slot}/vendor; echo 0x10c9 >/run/devices/${slot}/device
cd /sys/class/net/${name}; ln -sfn /run/devices/${slot} device
echo 1500 >mtu; echo 0x1003 >flags; echo 1 >carrier; echo up >operstate; echo 00:1b:21:00:00:03 >address
`;
/** A bond, a bridge or a VLAN over others. */
const over = (name: string, ...lowers: readonly string[]): string =>
  `mkdir -p /sys/class/net/${name}; cd /sys/class/net/${name}; echo 1500 >mtu; echo 0x1003 >flags
${lowers.map(lower => `ln -sfn ../${lower} lower_${lower}; ln -sfn ../${name} ../${lower}/upper_${name}`).join('\n')}\n`;
const bonded = (bond: string, ...ports: readonly string[]): string =>
  `${over(bond, ...ports)}mkdir bonding; ${ports.map(port => `ln -sfn ../${bond} ../${port}/master`).join('; ')}\n`;

const changed = (out: string): readonly string[] =>
  out.split('\n').flatMap(line => /^ {2}~ (.*?) +localhost/.exec(line)?.[1] ?? []);

describe.skipIf(why !== undefined)(
  'the role nic-driver, on a machine with cards of paper',
  { timeout: 300_000 },
  () => {
    let machine: Machine;
    beforeAll(async () => {
      machine = await Machine.withStandIns();
      const repository = standInSource(machine.folder);
      // What the role pfring leaves, and the driver that came with the kernel, loaded.
      machine.write(stock, STOCK);
      machine.sh(`git clone -q ${repository} /usr/local/src/pfring; cp -a /usr/local/src/pfring /usr/local/src/pfring-build
      git -C ${repository} rev-parse HEAD >/usr/local/src/pfring-build/.ringmaster-head
      make -s -C /usr/local/src/pfring-build/kernel all install 2>/dev/null; modprobe pf_ring 2>/dev/null; modprobe igb 2>/dev/null
      for name in eth0 eth4 eth5; do ip link add $name type veth peer name peer-$name; ip link set $name up; ip link set peer-$name up; done
      ip addr add 192.0.2.2/24 dev eth0; ip route add default via 192.0.2.1`);
    });
    afterAll(async () => await machine?.close());
    beforeEach(() => {
      machine.sh(`rm -rf /sys/class/net/* /run/devices /run/drivers /run/modules
      ${card('eth0', 'e1000e', '0000:00:02.0')} ${card('eth4', 'igb', '0000:00:03.0')} ${card('eth5', 'igb', '0000:00:04.0')}`);
    });

    const run = (vars: object = {}, ...more: readonly string[]): Promise<Ran> =>
      machine.role('nic-driver', { pfring_sys_module: SYS, nic_driver_confirm_seconds: 20, ...vars }, ...more);
    const refused = async (vars: object = {}): Promise<string> => {
      const { code, out } = await run(vars, '--check');
      expect(code, out).toBe(2);
      return flat(out);
    };

    describe('refuses', () => {
      it('an interface that is not there, and names those that are', async () => {
        expect(await refused({ nic_interface: 'eth9' })).toContain(
          'there is no interface eth9; this host has eth0, eth4, eth5',
        );
      });

      it('the interface that manages the host', async () => {
        expect(await refused({ nic_interface: 'eth0' })).toContain(
          'eth0 manages this host (it carries our connection or the default route): its driver is not touched. Name the tap in nic_interface',
        );
      });

      it('a VLAN that stands on it', async () => {
        machine.sh(over('eth0.7', 'eth0'));
        expect(await refused({ nic_interface: 'eth0.7' })).toContain('eth0, which eth0.7 stands on, manages this host');
      });

      it('a swap that would take it down too, and says what allows it', async () => {
        machine.sh(card('eth0', 'igb', '0000:00:02.0'));
        expect(await refused()).toContain(
          'a swap of igb would take down eth0, which manages this host and has the same driver as eth4. With nic_driver_allow_management it is done all the same, and undone unless it is confirmed within 20 s',
        );
        const allowed = await run({ nic_driver_allow_management: true }, '--check');
        expect(allowed.code, allowed.out).toBe(0);
      });

      it('a swap that would take down a card below the bond that manages it', async () => {
        machine.sh(`${bonded('bond0', 'eth5')} ${over('bond0.7', 'bond0')}
        ip link add bond0.7 type veth peer name peer7; ip link set bond0.7 up; ip route replace default dev bond0.7`);
        try {
          expect(await refused()).toContain('a swap of igb would take down eth5, which manages this host');
        } finally {
          machine.sh('ip link del bond0.7; ip route replace default via 192.0.2.1');
        }
      });

      describe('always where the root file system comes over the driver', () => {
        const root = (line: string) =>
          machine.sh(
            `printf '%s\\n' '21 1 0:5 / /proc rw - proc proc rw' '${line}' >/run/mountinfo; mount --bind /run/mountinfo /proc/1/mountinfo`,
          );
        const NFS =
          '22 1 0:21 / / rw,relatime - nfs4 192.0.2.9:/export/node rw,vers=4.2,addr=192.0.2.9,local_lock=none';
        afterEach(() => void machine.sh('umount /proc/1/mountinfo'));

        it('whatever else is allowed', async () => {
          root(NFS);
          machine.sh(card('eth0', 'igb', '0000:00:02.0'));
          const said = await refused({ nic_driver_allow_management: true });
          expect(said).toContain(
            'a swap of igb would take the root file system away (nfs4 from 192.0.2.9:/export/node), and with it the way back. This is refused always',
          );
        });

        it.each([
          ['NFS', NFS, 'root eth0 nfs4 from 192.0.2.9:/export/node'],
          [
            'iSCSI below LVM',
            '22 1 254:0 / / rw,relatime - ext4 /dev/mapper/vg-root rw',
            'root eth0 iSCSI from 192.0.2.9',
          ],
          ['a network block device', '22 1 43:0 / / rw,relatime - ext4 /dev/nbd0 rw', 'root ? nbd0'],
          [
            'an NFS that does not say from where',
            '22 1 0:21 / /usr rw - nfs x:/usr rw,vers=3',
            'root ? nfs from x:/usr',
          ],
          ['a local disk', '22 1 8:1 / / rw,relatime - ext4 /dev/sda1 rw', ''],
          ['NFS for something else', '22 1 0:21 / /data rw - nfs4 192.0.2.9:/data rw,addr=192.0.2.9', ''],
        ])('%s', (_, line, expected) => {
          root(line);
          machine.sh(`mkdir -p /run/platform/host2/session3/block/sdb/sdb1 /run/virtual/dm-0/slaves /run/virtual/nbd0 /run/pci/sda1 \
            /sys/class/iscsi_connection/connection3:0
          for at in /run/platform/host2/session3/block/sdb/sdb1 /run/virtual/dm-0; do ln -sfn $at /sys/class/block/\${at##*/}; done
          ln -sfn /run/platform/host2/session3/block/sdb/sdb1 /run/virtual/dm-0/slaves/sdb1
          ln -sfn /run/virtual/dm-0 /sys/dev/block/254:0; ln -sfn /run/virtual/nbd0 /sys/dev/block/43:0; ln -sfn /run/pci/sda1 /sys/dev/block/8:1
          echo 192.0.2.9 >/sys/class/iscsi_connection/connection3:0/address`);
          for (const shell of [['dash'], ['busybox', 'sh']])
            expect(machine.script(['nic-driver/files/root-network.sh'], {}, shell).out.trim()).toBe(expected);
        });
      });

      it('a driver that is built in', async () => {
        machine.sh(`rm -r /run/drivers/igb; ${card('eth4', 'igb', '0000:00:03.0', 'built in')}`);
        expect(await refused()).toContain('the kernel has igb built in, so it cannot be swapped');
      });

      it('a swap that would take a VLAN away', async () => {
        machine.sh(over('eth5.100', 'eth5'));
        expect(await refused()).toContain(
          'eth5.100 on eth5 would be gone after a swap of igb, and nobody would make it anew: take it down first',
        );
      });

      it('where another copy in updates/ may be loaded instead, and says whose it is', async () => {
        machine.sh(`mkdir -p /lib/modules/${kernel}/updates; cp ${stock} /lib/modules/${kernel}/updates/igb.ko`);
        const said = await refused();
        machine.sh(`rm /lib/modules/${kernel}/updates/igb.ko`);
        expect(said).toContain(
          `/lib/modules/${kernel}/updates/igb.ko (of no package) is loaded instead of what comes with the kernel`,
        );
      });

      it('under Secure Boot a driver that nobody signs', async () => {
        machine.sh(`mkdir -p /sys/firmware/efi/efivars
        printf '\\006\\000\\000\\000\\001' >/sys/firmware/efi/efivars/SecureBoot-8be4df61-93ca-11d2-aa0d-00e098032b8c`);
        const said = await refused();
        machine.sh('rm -r /sys/firmware/efi');
        expect(said).toContain(
          'Secure Boot is on, and the kernel would refuse a igb that is not signed: eth4 would be without a driver. Say how to sign it',
        );
      });
    });

    describe('leaves the driver as it is', () => {
      it.each([
        [
          'virtio_net',
          {},
          'eth4 keeps its driver virtio_net: there is no PF_RING driver for it; plain PF_RING captures through the stock one',
        ],
        [
          'tg3',
          {},
          'eth4 keeps its driver tg3: /usr/local/src/pfring has none for tg3, only for e1000e, igb; plain PF_RING captures through the stock one',
        ],
        ['igb_zc', {}, 'eth4 keeps its driver igb_zc: it is a PF_RING driver already, of another package'],
        ['igb', { nic_driver_swap: false }, 'eth4 keeps its driver igb: nic_driver_swap is false'],
      ])('%s, %j', async (driver, vars, said) => {
        machine.sh(card('eth4', driver, '0000:00:03.0'));
        const { code, out } = await run(vars);
        expect(code, out).toBe(0);
        expect(flat(out)).toContain(said);
        expect(changed(out)).toEqual([]);
      });
    });

    it('swaps the driver, confirms, tunes again and checks; then has nothing to do', async () => {
      // What nic-tuning leaves.
      machine.write('/etc/ringmaster-nic-eth4.conf', '');
      machine.write('/usr/local/sbin/ringmaster-nic', '#!/bin/sh\necho "$1" >>/run/tuned\n');
      machine.sh('chmod 755 /usr/local/sbin/ringmaster-nic');
      const foreseen = await run({}, '--check');
      expect(foreseen.code, foreseen.out).toBe(0);
      expect(machine.sh('ls /var/lib')).not.toContain('ringmaster');

      const { code, out } = await run();
      expect(code, out).toBe(0);
      expect(changed(out)).toEqual([
        'The stock driver is kept',
        'The PF_RING driver is built and installed beside the stock one',
        'The swap is at hand on the host',
        'The driver is swapped, detached from our connection',
        'The swap is confirmed',
        'Boot image has the new driver',
        'Interface is tuned again',
      ]);
      expect(machine.read(`${STATE}/backup/${kernel}/igb.ko`)).toBe(STOCK);
      expect(machine.read(`${STATE}/backup/${kernel}/igb.origin`)).toBe(`${stock}\n`);
      expect(machine.read(stock)).toBe(STOCK);
      expect(machine.sh('modinfo -n igb 2>/dev/null')).toBe(`${ours}\n`);
      expect(machine.read(`${SYS}/igb/version`)).toBe('5.14.16_stand-in\n');
      expect(machine.read('/run/tuned')).toBe('eth4\n');
      expect(out).toMatch(/✓ Driver, link, MTU and offloads are as they shall be/);

      for (const more of [[], ['--check']]) {
        const again = await run({}, ...more);
        expect(again.code, again.out).toBe(0);
        expect(changed(again.out)).toEqual([]);
      }
    });

    it('hands the driver to DKMS when asked to', async () => {
      machine.sh(`mkdir -p /lib/modules/${kernel}/build/include`);
      const { code, out } = await run({ pfring_dkms: true });
      expect(code, out).toBe(0);
      expect(changed(out)).toEqual(['DKMS builds it for later kernels']);
      expect(machine.sh('modinfo -n igb 2>/dev/null')).toBe(`/lib/modules/${kernel}/updates/dkms/igb.ko\n`);
      expect(changed((await run({ pfring_dkms: true })).out)).toEqual([]);
    });

    it('goes back to the stock driver on demand, and stays there', async () => {
      const foreseen = await run({ nic_driver_restore: true }, '--check');
      expect(foreseen.code, foreseen.out).toBe(0);
      const { code, out } = await run({ nic_driver_restore: true });
      expect(code, out).toBe(0);
      expect(changed(out)).toContain('The stock driver is put back, detached from our connection');
      expect(machine.sh('dkms status')).toBe('');
      expect(machine.sh('modinfo -n igb 2>/dev/null')).toBe(`${stock}\n`);
      expect(machine.read(`${SYS}/igb/srcversion`)).toBe('5EED\n');
      expect(machine.sh(`ls ${SYS}/pf_ring/holders`)).toBe('');
      const again = await run({ nic_driver_restore: true });
      expect(again.code, again.out).toBe(0);
      expect(changed(again.out)).toEqual([]);
    });

    it('tells of a swap that was taken back, and leaves the boot image with the stock driver', async () => {
      const modinfo = '/usr/local/src/pfring-build/drivers/intel/igb/igb-5.14.16-zc/src/igb.modinfo';
      machine.sh(`sed -i 's/^depends=.*/depends=pf_ring,nosuch/' ${modinfo}`);
      const { code, out } = await run({ nic_driver_confirm_seconds: 8 });
      machine.sh(`sed -i 's/^depends=.*/depends=pf_ring/' ${modinfo}`);
      expect(code, out).toBe(2);
      expect(flat(out)).toContain('igb was rolled back to the stock driver');
      expect(machine.read(`${SYS}/igb/srcversion`)).toBe('5EED\n');
      expect(machine.sh(`ls ${STATE}/${kernel}`)).not.toContain('igb.image');
      const foreseen = await run({}, '--check');
      expect(changed(foreseen.out)).toContain('The PF_RING driver is built and installed beside the stock one');
    });

    it('takes the drivers of what a bond stands on, and refuses where one of these manages', async () => {
      machine.sh(bonded('bond1', 'eth4', 'eth5'));
      const { code, out } = await run({ nic_interface: 'bond1' }, '--check');
      expect(code, out).toBe(0);
      expect(changed(out)).toContain('The driver is swapped, detached from our connection');
      machine.sh(bonded('bond2', 'eth0'));
      expect(await refused({ nic_interface: 'bond2' })).toContain('eth0, which bond2 stands on, manages this host');
    });

    describe('the copy of the stock driver', () => {
      const backup = () =>
        machine.script(['nic-driver/files/choose-source.sh', 'nic-driver/files/backup.sh'], {
          FAMILY: 'igb',
          KERNEL: kernel,
          STATE: '/run/kept',
        });

      it('is of the stock one, though PF_RING’s is what would be loaded', () => {
        machine.sh(
          `mkdir -p /lib/modules/${kernel}/updates/dkms; sed 's/^depends=/depends=pf_ring/' ${stock} >/lib/modules/${kernel}/updates/dkms/igb.ko; rm -rf /run/kept`,
        );
        expect(backup().code).toBe(0);
        expect(machine.read(`/run/kept/backup/${kernel}/igb.origin`)).toBe(`${stock}\n`);
      });

      it('cannot be made where the stock one is gone, which is said', () => {
        machine.sh(`mv ${stock} /run/away; rm -rf /run/kept`);
        const { code, err } = backup();
        machine.sh(`mv /run/away ${stock}; rm -r /lib/modules/${kernel}/updates/dkms`);
        expect(code).toBe(1);
        expect(err).toContain(
          `/lib/modules/${kernel}/updates/dkms/igb.ko is a PF_RING driver, and the stock one is not there any more: reinstall the kernel's package first`,
        );
      });

      it('is refused for going back where it is damaged and there is no other', async () => {
        machine.sh(
          `echo x >>${STATE}/backup/${kernel}/igb.ko; mv ${stock} /run/away; echo igb >${SYS}/pf_ring/holders/igb`,
        );
        const said = await refused({ nic_driver_restore: true });
        machine.sh(`mv /run/away ${stock}; rm ${SYS}/pf_ring/holders/igb`);
        expect(said).toContain(
          `${STATE}/backup/${kernel}/igb.ko is not what was kept, and there is no other copy: reinstall the package of the kernel`,
        );
      });
    });

    describe('the check after a swap', () => {
      const check = (shell: readonly string[], before: string) =>
        machine.script(
          ['nic-driver/files/check.sh'],
          { FAMILY: 'igb', KERNEL: kernel, SYS, INTERFACE: 'eth4', BEFORE: before },
          shell,
        );

      it.each([
        ['all is well', '', ''],
        [
          'another driver',
          'ln -sfn /run/modules/e1000e /run/drivers/igb/module',
          'eth4 is driven by e1000e, not by igb',
        ],
        ['a lost MTU', 'echo 9000 >/sys/class/net/eth4/mtu', 'eth4 has MTU 9000, had 1500'],
        ['it is down', 'echo 0x1002 >/sys/class/net/eth4/flags', 'eth4 is down, was up'],
        ['it is gone', 'rm -r /sys/class/net/eth4', 'eth4 is gone'],
        ['an offload that is on again', 'ethtool -K eth4 gro on', 'generic-receive-offload of eth4 is on again'],
        [
          'another build',
          `echo OTHER >${SYS}/igb/srcversion`,
          'igb is loaded from another build (OTHER) than the installed one (5EED)',
        ],
      ])('%s', (_, deed, said) => {
        machine.sh(deed || ':');
        const { code, err } = check(['dash'], 'was eth4 1500 up carrier\noff eth4 generic-receive-offload\n');
        machine.sh(`ethtool -K eth4 gro off; echo 5EED >${SYS}/igb/srcversion`);
        expect(err.replace(/^STAND-IN.*\n/gm, '').trim()).toBe(said);
        expect(code).toBe(said === '' ? 0 : 1);
      });
    });
  },
);

const headers = kernelToBuildFor();
const noHeaders = why ?? headers.why;
if (noHeaders) process.stderr.write(`SKIPPED: building a driver for a real kernel: ${noHeaders}\n`);

// Linked against a symbol of pf_ring's, as the real ones are.
const DRIVER = `#include <linux/module.h>
int ring_of(int number);
static int __init begin(void) { return ring_of(0); }
module_init(begin); MODULE_LICENSE("GPL"); MODULE_VERSION("5.14.16_test");
`;
// As PF_RING's driver folders have it above src/.
const ABOVE = `export PF_RING_PATH := $(shell cd ../../../../kernel; pwd)
all:
	cd src; make
clean:
	cd src; make clean
`;

describe.skipIf(noHeaders !== undefined)('a driver, built by the kernel’s own means', { timeout: 300_000 }, () => {
  let machine: Machine;
  const real = headers.kernel!;
  const from = 'drivers/intel/igb/igb-5.14.16-zc';
  const source = '/usr/local/src/pfring';
  const environment = (more: object = {}) => ({
    FAMILY: 'igb',
    KERNEL: real,
    SOURCE: '',
    TREE: source,
    BUILD: `${source}-build`,
    STATE,
    SYS: '/sys/module',
    INTERFACES: 'eth4',
    SIGN: '',
    DKMS: 'no',
    ...more,
  });
  const script = (name: string, more: object = {}) =>
    machine.script(['nic-driver/files/choose-source.sh', `nic-driver/files/${name}.sh`], environment(more));
  const look = (more: object = {}) => script('look', more).out.split('\n');
  const installed = (kernel = real) => machine.sh(`modinfo -k ${kernel} -n igb`).trim();
  beforeAll(async () => {
    machine = await Machine.start();
    machine.sh(`rm -rf /lib/modules/${real}/updates /lib/modules/${real}/kernel/net`);
    machine.write(`${source}/kernel/pf_ring.c`, PF_RING_MODULE);
    machine.write(`${source}/kernel/Makefile`, moduleMakefile('pf_ring'));
    machine.write(`${source}/${from}/Makefile`, ABOVE);
    machine.write(
      `${source}/${from}/src/Makefile`,
      `SYMBOLS := $(PF_RING_PATH)/Module.symvers\n${moduleMakefile('igb')}`,
    );
    machine.write(`${source}/${from}/src/igb.c`, DRIVER);
    machine.sh(`cd ${source}; git init -q; git add -A; git -c user.name=t -c user.email=t@localhost commit -q -m 1; git tag 8.8.0
      cp -a ${source} ${source}-build; git rev-parse HEAD >${source}-build/.ringmaster-head
      make -s -C ${source}-build/kernel BUILD_KERNEL=${real} >&2`);
    // The one of the kernel's package, which headers alone do not bring: compressed, as it may be.
    machine.write('/run/stock/igb.c', '#include <linux/module.h>\nMODULE_LICENSE("GPL");\n');
    machine.write('/run/stock/Makefile', moduleMakefile('igb'));
    machine.sh(`make -s -C /run/stock BUILD_KERNEL=${real} >&2; mkdir -p /lib/modules/${real}/kernel/drivers/net
      xz -c --check=crc32 /run/stock/igb.ko >/lib/modules/${real}/kernel/drivers/net/igb.ko.xz; depmod ${real} 2>/dev/null`);
  });
  afterAll(async () => await machine?.close());

  it('is installed beside the stock one, whose copy is kept as it was', () => {
    expect(look()).toEqual(expect.arrayContaining(['installed other', `source ${from}`, 'families igb ']));
    const kept = script('backup');
    expect(kept.code, kept.err).toBe(0);
    expect(machine.sh(`cd ${STATE}/backup/${real}; sha256sum -c igb.sha256; cat igb.origin`)).toBe(
      `igb.ko.xz: OK\n/lib/modules/${real}/kernel/drivers/net/igb.ko.xz\n`,
    );
    const built = script('build');
    expect(built.code, built.err).toBe(0);
    expect(installed()).toBe(`/lib/modules/${real}/updates/ringmaster/igb.ko`);
    expect(machine.sh(`modinfo -k ${real} -F depends igb; ls /lib/modules/${real}/kernel/drivers/net`)).toBe(
      'pf_ring\nigb.ko.xz\n',
    );
    expect(look()).toContain('installed ours');
    expect(look()).toContain(`stock /lib/modules/${real}/kernel/drivers/net/igb.ko.xz`);
  });

  it('is handed to DKMS, which builds it with its own pf_ring for a kernel that is installed later', () => {
    expect(look({ DKMS: 'yes' })).toContain('dkms stale');
    const handed = script('dkms', { DKMS: 'yes' });
    expect(handed.code, handed.err).toBe(0);
    expect(installed()).toMatch(new RegExp(`^/lib/modules/${real}/updates/dkms/igb\\.ko`));
    expect(look({ DKMS: 'yes' })).toContain('installed ours');
    expect(look({ DKMS: 'yes' })).not.toContain('dkms stale');
    const later = '6.99.0-1-amd64';
    machine.sh(installKernel(later, real));
    expect(installed(later)).toMatch(/updates\/dkms\/igb\.ko/);
    // There the role has nothing left to build, and still finds what it can go back to.
    machine.sh(`mkdir -p /lib/modules/${later}/kernel/drivers/net; cp /run/stock/igb.ko /lib/modules/${later}/kernel/drivers/net
      depmod ${later}`);
    expect(look({ DKMS: 'yes', KERNEL: later })).toContain('installed ours');
    expect(script('backup', { KERNEL: later }).code).toBe(0);
    expect(machine.read(`${STATE}/backup/${later}/igb.origin`)).toBe(
      `/lib/modules/${later}/kernel/drivers/net/igb.ko\n`,
    );
  });

  it('is installed by hand again before it is swapped again, so that the swap can be taken back', () => {
    machine.write('/sys/module/igb/refcnt', '0\n');
    expect(look({ DKMS: 'yes' })).toContain('installed other');
    const built = script('build', { DKMS: 'yes' });
    expect(built.code, built.err).toBe(0);
    expect(installed()).toBe(`/lib/modules/${real}/updates/ringmaster/igb.ko`);
    expect(machine.sh('dkms status')).toBe('');
  });

  it('says how a build failed, and which families there are', () => {
    machine.sh(`echo '#error no such thing in this kernel' >>${source}-build/${from}/src/igb.c`);
    const { code, err } = script('build');
    expect(code).toBe(1);
    expect(err).toContain('no such thing in this kernel');
    expect(flat(err)).toContain(
      `${from} does not build for ${real} (all of it: ${STATE}/${real}/igb.log); try a newer pfring_ref, or leave the stock driver`,
    );
    expect(script('build', { FAMILY: 'bnx2' }).err).toBe(`there is no driver for bnx2 in ${source}; there are: igb \n`);
  });
});
