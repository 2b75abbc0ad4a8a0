import { execFileSync, spawn } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Ran } from '../e2e/rig.js';
import {
  commit,
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
if (why) process.stderr.write(`SKIPPED: the role pfring: ${why}\n`);

const SYS = '/run/stand-in/sys/module';
const PROC = '/run/stand-in/proc/net/pf_ring';

/** Byte 5 of the variable is 1. */
const SECURE_BOOT = `mkdir -p /sys/firmware/efi/efivars
printf '\\006\\000\\000\\000\\001' >/sys/firmware/efi/efivars/SecureBoot-8be4df61-93ca-11d2-aa0d-00e098032b8c`;

/** Names of the tasks that changed something, in order. */
const changed = (out: string): readonly string[] =>
  out.split('\n').flatMap(line => /^ {2}~ (.*?) +localhost/.exec(line)?.[1] ?? []);

describe.skipIf(why !== undefined)(
  'the role pfring, on a machine whose kernel modules are texts',
  { timeout: 300_000 },
  () => {
    let machine: Machine;
    let repository: string;
    const kernel = execFileSync('uname', ['-r'], { encoding: 'utf8' }).trim();
    beforeAll(async () => {
      machine = await Machine.withStandIns();
      repository = standInSource(machine.folder);
    });
    afterAll(async () => await machine?.close());

    const usual = () => ({
      pfring_repo: `file://${repository}`,
      pfring_ref: '8.8.0-stand-in',
      pfring_packages: [],
      pfring_kernel_headers: [],
      pfring_proc: PROC,
      pfring_sys_module: SYS,
      apt_cache_valid: 86_400,
    });
    const scripts = {
      SRC: '/usr/local/src/pfring',
      BUILD: '/usr/local/src/pfring-build',
      PREFIX: '/usr/local/pfring',
      STAMPS: '/var/lib/ringmaster/pfring',
      KERNEL: kernel,
      HEADERS: '',
      SYS,
      PROC,
      JOBS: '1',
      DKMS: 'no',
      SIGN: '',
      PARAMS: '',
      RUNTIME: '',
    };
    const run = (vars: object = {}, ...more: readonly string[]): Promise<Ran> =>
      machine.role('pfring', { ...usual(), ...vars }, ...more);
    const refused = async (vars: object, ...more: readonly string[]): Promise<string> => {
      const { code, out } = await run(vars, ...more);
      expect(code, out).toBe(2);
      return flat(out);
    };

    it('says in a dry run what it would do, and does nothing', async () => {
      const { code, out } = await run({}, '--check');
      expect(code, out).toBe(0);
      expect(changed(out)).toContain('Source is at the pinned release');
      expect(machine.sh('ls /usr/local/src /etc/modprobe.d')).not.toMatch(/pfring|pf_ring/);
    });

    it('refuses under Secure Boot to build what the kernel would not load', async () => {
      machine.sh(SECURE_BOOT);
      const said = await refused({});
      expect(said).toContain('Secure Boot is on, and the kernel would refuse a pf_ring that is not signed.');
      expect(said).toContain(
        'pfring_dkms: true; its key is enrolled once with `mokutil --import /var/lib/dkms/mok.pub`',
      );
      expect(machine.sh('ls /usr/local')).not.toContain('pfring');
      machine.sh('rm -r /sys/firmware/efi');
    });

    it('builds the module, then libpfring, libpcap and tcpdump, and loads the module with its parameters', async () => {
      const { code, out } = await run();
      expect(code, out).toBe(0);
      expect(changed(out)).toEqual([
        'Kernel module is built and installed for the running kernel',
        'Libraries and tools are built and installed',
        'Loader finds the libraries',
        "Loader's cache has the libraries",
        'Shells find the tools',
        'Parameters stand before the module is first loaded',
        'Module is loaded at boot',
        'Module is loaded',
      ]);
      const built = machine
        .sh('ls -tr --time-style=+%s.%N /var/lib/ringmaster/pfring | grep -v log')
        .trim()
        .split('\n');
      expect(built).toEqual(['kernel', 'lib', 'libpcap', 'tcpdump']);
      expect(machine.read('/etc/modprobe.d/ringmaster-pf_ring.conf')).toBe(
        'options pf_ring enable_tx_capture=0 transparent_mode=2\n',
      );
      expect(machine.read('/etc/modules-load.d/ringmaster-pf_ring.conf')).toBe('pf_ring\n');
      expect(machine.read('/etc/ld.so.conf.d/00-ringmaster-pfring.conf')).toBe('/usr/local/pfring/lib\n');
      expect(machine.sh('/sbin/ldconfig -p')).toContain('=> /usr/local/pfring/lib/libpcap.so');
      expect(machine.sh('. /etc/profile.d/ringmaster-pfring.sh; command -v pcap-config tcpdump; echo $PATH')).toMatch(
        /:\/usr\/local\/pfring\/bin:\/usr\/local\/pfring\/sbin\n$/,
      );
      expect(
        machine.sh(`cat ${SYS}/pf_ring/parameters/transparent_mode ${SYS}/pf_ring/parameters/enable_tx_capture`),
      ).toBe('2\n0\n');
    });

    it('signs a module on demand, and does not let the old one go for one that Secure Boot would refuse', () => {
      const file = `/lib/modules/${kernel}/kernel/net/pf_ring/pf_ring.ko`;
      machine.write('/usr/local/sbin/sign', '#!/bin/sh\necho "signer=us, $*" >>"$2"\n');
      machine.sh('chmod 755 /usr/local/sbin/sign; mkdir -p /run/tree');
      const environment = { ...scripts, PART: 'kernel', SIGN: 'sign key' };
      const signed = machine.script(['pfring/files/whose.sh', 'pfring/files/build.sh'], environment);
      expect(signed.code, signed.err).toBe(0);
      expect(machine.sh('modinfo -F signer pf_ring 2>/dev/null')).toBe(`us, key ${file}\n`);
      machine.sh(`${SECURE_BOOT}; sed -i /^signer/d ${file}`);
      const unsigned = machine.script(['pfring/files/whose.sh', 'pfring/files/load.sh'], { ...scripts, RELOAD: 'yes' });
      expect(unsigned.code).toBe(1);
      expect(flat(unsigned.err)).toContain(
        `Secure Boot is on and ${file} is not signed, so the kernel would refuse it: sign it with a key the firmware knows (pfring_sign_command), let DKMS build and sign it`,
      );
      expect(machine.read(`${SYS}/pf_ring/initstate`)).toBe('live\n');
      machine.sh('rm -r /sys/firmware/efi');
    });

    it('says what the kernel’s refusal of a key means', () => {
      machine.write(
        '/run/refuse/modprobe',
        `#!/bin/sh\necho "modprobe: ERROR: could not insert 'pf_ring': Key was rejected by service" >&2\nexit 1\n`,
      );
      machine.sh('chmod 755 /run/refuse/modprobe');
      const PATH = '/run/refuse:/usr/local/sbin:/usr/sbin:/usr/bin:/sbin:/bin';
      const { code, err } = machine.script(['pfring/files/whose.sh', 'pfring/files/load.sh'], {
        ...scripts,
        RELOAD: 'no',
        PATH,
      });
      expect(code).toBe(1);
      expect(flat(err)).toContain(
        "modprobe: ERROR: could not insert 'pf_ring': Key was rejected by service The kernel takes only modules signed with a key it knows: sign it",
      );
    });

    it('does nothing the second time, and foresees nothing', async () => {
      for (const more of [[], ['--check']]) {
        const { code, out } = await run({}, ...more);
        expect(code, out).toBe(0);
        expect(changed(out)).toEqual([]);
      }
    });

    it('writes a parameter in place where that is safe, and renews a cache that lost the libraries', async () => {
      machine.sh(`echo 1 >${SYS}/pf_ring/parameters/enable_tx_capture; rm /etc/ld.so.cache`);
      const { code, out } = await run();
      expect(code, out).toBe(0);
      expect(changed(out)).toEqual(["Loader's cache has the libraries", 'Parameters are set while it runs']);
      expect(machine.read(`${SYS}/pf_ring/parameters/enable_tx_capture`)).toBe('0\n');
    });

    it('does not reload a module in use, and names who uses it; reloads it when they were told to let go', async () => {
      const user = spawn('sleep', ['1000']);
      try {
        machine.sh(
          `echo 0 >${SYS}/pf_ring/parameters/transparent_mode; echo x >${SYS}/pf_ring/holders/igb; echo x >${PROC}/${user.pid}-eth4.1`,
        );
        const said = await refused({});
        expect(said).toContain(
          'pf_ring must be reloaded (transparent_mode is 0), but is in use by module igb, a ring of sleep: stop these first, or say how in pfring_release_command',
        );
        expect(machine.read(`${SYS}/pf_ring/parameters/transparent_mode`)).toBe('0\n');
        const { code, out } = await run({
          pfring_release_command: `rm ${SYS}/pf_ring/holders/igb ${PROC}/${user.pid}-eth4.1`,
        });
        expect(code, out).toBe(0);
        expect(changed(out)).toEqual(['What uses the module lets it go', 'Module is reloaded with its parameters']);
        expect(machine.read(`${SYS}/pf_ring/parameters/transparent_mode`)).toBe('2\n');
      } finally {
        user.kill();
      }
    });

    it('refuses a new release while the old module is in use, before any library is built', async () => {
      writeFileSync(path.join(repository, 'VERSION'), '8.9.0-stand-in\n');
      commit(repository, '8.9.0-stand-in');
      machine.sh(`echo x >${SYS}/pf_ring/holders/igb`);
      const before = machine.sh('stat -c %y /usr/local/pfring/lib/libpcap.so');
      const said = await refused({ pfring_ref: '8.9.0-stand-in' });
      expect(said).toContain('pf_ring must be reloaded (it is built anew), but is in use by module igb');
      expect(machine.sh('stat -c %y /usr/local/pfring/lib/libpcap.so')).toBe(before);
      machine.sh(`rm ${SYS}/pf_ring/holders/igb`);
      const { code, out } = await run({ pfring_ref: '8.9.0-stand-in' });
      expect(code, out).toBe(0);
      expect(machine.read(`${SYS}/pf_ring/version`)).toBe('8.9.0-stand-in\n');
    });

    it('refuses transparent_mode=2 of an old release while a PF_RING driver manages the host', async () => {
      machine.sh(`mkdir -p /run/device /run/drivers/e1000e /run/modules/e1000e /sys/class/net/eth0 /sys/module/pf_ring/holders/e1000e
        ln -s /run/device /sys/class/net/eth0/device; ln -s /run/drivers/e1000e /run/device/driver
        ln -s /run/modules/e1000e /run/drivers/e1000e/module
        ip link add eth0 type veth peer name far; ip link set eth0 up; ip link set far up
        ip addr add 192.0.2.2/24 dev eth0; ip route add default via 192.0.2.1`);
      expect(await refused({ pfring_ref: '6.0.3' }, '--check')).toContain(
        'transparent_mode=2 would take the packets of eth0 away from the host, because its driver e1000e is a PF_RING driver: use 0',
      );
      machine.sh('rm -r /sys/class/net/eth0 /sys/module/pf_ring; ip link del eth0');
    });

    it('removes the stock tcpdump only if nothing else goes with it', async () => {
      const vars = { pfring_remove_stock_tcpdump: true, pfring_removable: ['tcpdump', 'libpcap0.8'] };
      const said = await refused({ pfring_ref: '8.9.0-stand-in', ...vars }, '--check');
      expect(said).toMatch(/removing the stock tcpdump and libpcap would also remove .*libpcap-dev/);
    });

    it('refuses a parameter that the module does not have, and names those it has', async () => {
      const said = await refused({ pfring_ref: '8.9.0-stand-in', pfring_module_params: { transparent: 2 } });
      expect(said).toContain(
        'pf_ring 8.9.0-stand-in has no parameter transparent; it has: min_num_slots transparent_mode enable_tx_capture enable_ip_defrag quick_mode',
      );
      expect(machine.read('/etc/modprobe.d/ringmaster-pf_ring.conf')).toContain('transparent_mode=2');
    });

    it('refuses where another copy in updates/ would be loaded instead, and says whose it is', async () => {
      const other = '/var/lib/dkms/pfring';
      machine.sh(`mkdir -p ${other}/8.6.0/${kernel}/x86_64/module /lib/modules/${kernel}/updates/dkms
      ln -s 8.6.0/${kernel}/x86_64 ${other}/kernel-${kernel}-x86_64
      cp /lib/modules/${kernel}/kernel/net/pf_ring/pf_ring.ko ${other}/8.6.0/${kernel}/x86_64/module/
      cp /lib/modules/${kernel}/kernel/net/pf_ring/pf_ring.ko /lib/modules/${kernel}/updates/dkms/`);
      const said = await refused({ pfring_ref: '8.9.0-stand-in' }, '--check');
      expect(said).toContain(
        `/lib/modules/${kernel}/updates/dkms/pf_ring.ko (DKMS pfring/8.6.0) is loaded before what is built here. Take it away (\`dkms remove NAME/VERSION --all\`, or remove its package`,
      );
      machine.sh(`rm -r ${other} /lib/modules/${kernel}/updates/dkms`);
    });

    it('refuses where the loaded module is of another release than the libraries', async () => {
      machine.sh(`sed -i 's/^Slot version .*/Slot version             : 16/' ${PROC}/info`);
      const said = await refused({ pfring_ref: '8.9.0-stand-in', pfring_kernel_module: false });
      expect(said).toContain(
        'the loaded module has ring version 16, the library 21: no ring would open ("Wrong RING version"). Load a module of 8.9.0-stand-in, or build it here (pfring_kernel_module: true)',
      );
      // Where the module is ours to load, it is.
      const { code, out } = await run({ pfring_ref: '8.9.0-stand-in' });
      expect(code, out).toBe(0);
      expect(changed(out)).toEqual(['Module is reloaded with its parameters']);
      expect(machine.read(`${PROC}/info`)).toMatch(/^Slot version +: 21$/m);
    });

    it('says which kernel to reboot into when the headers of the running one are gone from the archive', async () => {
      machine.sh(`mkdir -p /lib/modules/6.1.0-9-amd64 /lib/modules/6.1.0-28-amd64; : >/boot/vmlinuz-6.1.0-9-amd64; : >/boot/vmlinuz-6.1.0-28-amd64
      printf 'Package: other\\n' >/var/lib/apt/lists/none_Packages`);
      const said = await refused({ pfring_kernel_headers: [`linux-headers-${kernel}`] }, '--check');
      expect(said).toContain(
        `the running kernel ${kernel} has no headers package in the archive any more (linux-headers-${kernel}): reboot into 6.1.0-28-amd64, which is installed, or install the headers from where the kernel came, and hold them`,
      );
      machine.sh('rm -r /lib/modules/6.1.0-* /boot/vmlinuz-6.1.0-*');
      for (const shell of [['dash'], ['busybox', 'sh']])
        expect(
          machine.script(
            ['pfring/files/headers.sh'],
            { KERNEL: '6.1.0-28-amd64', HEADERS: 'linux-headers-6.1.0-28-amd64' },
            shell,
          ).out,
        ).toContain('install the newest kernel and reboot into it, or');
    });

    it('takes the source from subversion too', async () => {
      execFileSync('sh', [
        '-euc',
        'svnadmin create "$0/svn"; git clone -q "$1" "$0/tree"; rm -rf "$0/tree/.git"; svn import -q -m r1 "$0/tree" "file://$0/svn/trunk"',
        machine.folder,
        repository,
      ]);
      const vars = {
        pfring_source: 'svn',
        pfring_repo: `file://${machine.folder}/svn/trunk`,
        pfring_ref: '1',
        pfring_src_dir: '/usr/local/src/svn',
      };
      const { code, out } = await run(vars, '--check');
      expect(code, out).toBe(0);
      expect(changed(out)).toContain('Source is at the pinned revision');
      machine.sh(`svn checkout -q -r 1 ${vars.pfring_repo} ${vars.pfring_src_dir}`);
      const environment = {
        ...scripts,
        PART: 'kernel',
        SRC: vars.pfring_src_dir,
        BUILD: '/run/build',
        STAMPS: '/run/stamps',
      };
      const look = () =>
        machine.script(['pfring/files/whose.sh', 'pfring/files/look.sh'], environment).out.split('\n')[0];
      expect(look()).toBe('stale kernel');
      expect(machine.script(['pfring/files/whose.sh', 'pfring/files/build.sh'], environment).code).toBe(0);
      expect(machine.read('/run/stamps/kernel')).toMatch(new RegExp(`^1 ${kernel} `));
      expect(look()).toBe('fresh kernel');
    });

    it('hands the module to DKMS', async () => {
      machine.sh(`mkdir -p /lib/modules/${kernel}/build/include`);
      const vars = { pfring_ref: '8.9.0-stand-in', pfring_dkms: true, pfring_dkms_packages: ['dkms'] };
      const { code, out } = await run(vars);
      expect(code, out).toBe(0);
      expect(machine.sh('dkms status')).toMatch(
        new RegExp(`^ringmaster-pf_ring/8\\.9\\.0\\.stand\\.in, ${kernel}, \\w+: installed`, 'm'),
      );
      expect(machine.sh('modinfo -n pf_ring 2>/dev/null').trim()).toBe(
        `/lib/modules/${kernel}/updates/dkms/pf_ring.ko`,
      );
      machine.write(
        `/lib/modules/${kernel}/build/include/config/auto.conf`,
        'CONFIG_CC_VERSION_TEXT="gcc-4.6 (Debian 4.6.3-14) 4.6.3"\n',
      );
      const again = await run(vars);
      expect(changed(again.out)).toEqual([]);
      expect(flat(again.out)).toMatch(
        /the kernel was built by compiler 4\.6\.3, not [0-9.]+; a module built by another mostly works/,
      );
    });
  },
);

// A module of C, the headers of Debian and its DKMS: what is built is not loaded, for it is of another kernel than the one that runs.
const headers = kernelToBuildFor();
const noHeaders = why ?? headers.why;
if (noHeaders) process.stderr.write(`SKIPPED: building pf_ring for a real kernel: ${noHeaders}\n`);

describe.skipIf(noHeaders !== undefined)('the module, built by the kernel’s own means', { timeout: 300_000 }, () => {
  let machine: Machine;
  const kernel = headers.kernel!;
  const environment = (more: object = {}) => ({
    PART: 'kernel',
    SRC: `${machine.folder}/source`,
    BUILD: `${machine.folder}/build`,
    PREFIX: '/usr/local/pfring',
    STAMPS: '/var/lib/ringmaster/pfring',
    KERNEL: kernel,
    HEADERS: `linux-headers-${kernel}`,
    JOBS: '1',
    DKMS: 'no',
    SIGN: '',
    SYS: '/nowhere',
    PROC: '/nowhere',
    PARAMS: '',
    RUNTIME: '',
    ...more,
  });
  const build = (more: object = {}) =>
    machine.script(['pfring/files/whose.sh', 'pfring/files/build.sh'], environment(more));
  const look = (more: object = {}) =>
    machine.script(['pfring/files/whose.sh', 'pfring/files/look.sh'], environment(more)).out.split('\n')[0];
  beforeAll(async () => {
    machine = await Machine.start();
    machine.sh(`rm -rf /lib/modules/${kernel}/updates /lib/modules/${kernel}/kernel/net/pf_ring`);
    machine.write(`${machine.folder}/source/kernel/pf_ring.c`, PF_RING_MODULE);
    machine.write(`${machine.folder}/source/kernel/Makefile`, moduleMakefile('pf_ring'));
    machine.write(
      `${machine.folder}/source/kernel/linux/pf_ring.h`,
      '#define RING_FLOWSLOT_VERSION          21 /* … */\n',
    );
    commit(`${machine.folder}/source`, '1.0');
  });
  afterAll(async () => await machine?.close());

  it('is stale, is built, is fresh; is stale for another kernel', () => {
    expect(look()).toBe('stale kernel');
    const built = build();
    expect(built.code, built.err).toBe(0);
    expect(machine.sh(`modinfo -k ${kernel} -n pf_ring`).trim()).toBe(
      `/lib/modules/${kernel}/kernel/net/pf_ring/pf_ring.ko`,
    );
    expect(look()).toBe('fresh kernel');
    expect(look({ KERNEL: '6.0.0-1-amd64' })).toBe('stale kernel');
  });

  it('is stale for a new commit, and says how a build failed', () => {
    writeFileSync(
      `${machine.folder}/source/kernel/pf_ring.c`,
      `${PF_RING_MODULE}#error the kernel has no such thing\n`,
    );
    commit(`${machine.folder}/source`, '1.1');
    expect(look()).toBe('stale kernel');
    const { code, err } = build();
    expect(code).toBe(1);
    expect(err).toContain('the kernel has no such thing');
    expect(err).toMatch(
      new RegExp(
        `failed: make .*all of it: /var/lib/ringmaster/pfring/kernel.log\\); this release of PF_RING may not fit ${kernel}: try a newer pfring_ref`,
      ),
    );
    expect(look()).toBe('stale kernel');
    writeFileSync(`${machine.folder}/source/kernel/pf_ring.c`, PF_RING_MODULE);
    commit(`${machine.folder}/source`, '1.2');
  });

  it('says that headers are missing', () => {
    const { code, err } = build({ KERNEL: '6.0.0-1-amd64', HEADERS: 'linux-headers-6.0.0-1-amd64' });
    expect(code).toBe(1);
    expect(err).toContain(
      'the headers of the running kernel 6.0.0-1-amd64 are not there (linux-headers-6.0.0-1-amd64): install them, or reboot into a kernel that has them',
    );
  });

  it('is built by DKMS for this kernel, and for one that is installed later', () => {
    const built = build({ DKMS: 'yes' });
    expect(built.code, built.err).toBe(0);
    const made = machine.sh(`modinfo -k ${kernel} -n pf_ring`).trim();
    expect(made).toMatch(new RegExp(`^/lib/modules/${kernel}/updates/dkms/pf_ring\\.ko`));
    expect(machine.sh('dkms status')).toMatch(/^ringmaster-pf_ring\/1\.2, .*: installed$/m);
    expect(look({ DKMS: 'yes' })).toBe('fresh kernel');

    const later = '6.99.0-1-amd64';
    machine.sh(installKernel(later, kernel));
    expect(machine.sh(`modinfo -k ${later} -n pf_ring`).trim()).toMatch(/updates\/dkms\/pf_ring\.ko/);
  });

  it('is taken from DKMS again, everywhere', () => {
    const built = build();
    expect(built.code, built.err).toBe(0);
    expect(
      machine.sh(
        'dkms status; find /lib/modules -path "*updates/dkms/pf_ring*"; ls -d /usr/src/ringmaster* 2>/dev/null || :',
      ),
    ).toBe('');
    expect(look()).toBe('fresh kernel');
    expect(readFileSync('/proc/self/mounts', 'utf8')).not.toContain('ringmaster-machine');
  });
});
