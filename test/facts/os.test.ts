import { describe, expect, it } from 'vitest';
import { osProbe } from '../../src/facts/os.js';
import { run } from '../modules/doing.js';
import { ask, treeOf } from './ask.js';

const debian = `PRETTY_NAME="Debian GNU/Linux 12 (bookworm)"
NAME="Debian GNU/Linux"
VERSION_ID="12"
VERSION="12 (bookworm)"
VERSION_CODENAME=bookworm
ID=debian
`;

interface Row {
  readonly name: string;
  readonly etc: { readonly [file: string]: string };
  readonly bin?: readonly string[];
  /** distribution, version, major, release, family, package manager */
  readonly is: readonly [string, string, string, string, string, string];
}

/** Release files as the distributions ship them, with what ansible-core makes of them. */
const rows: readonly Row[] = [
  {
    name: 'Debian 12, with yum installed as a tool',
    etc: { 'os-release': debian, debian_version: '12.11\n' },
    bin: ['/usr/bin/apt-get', '/usr/bin/yum', '/usr/bin/zypper'],
    is: ['Debian', '12.11', '12', 'bookworm', 'Debian', 'apt'],
  },
  {
    name: 'Debian testing',
    etc: {
      'os-release':
        'PRETTY_NAME="Debian GNU/Linux trixie/sid"\nNAME="Debian GNU/Linux"\nVERSION_CODENAME=trixie\nID=debian\n',
      debian_version: 'trixie/sid\n',
    },
    bin: ['/usr/bin/apt-get'],
    is: ['Debian', 'NA', 'NA', 'trixie', 'Debian', 'apt'],
  },
  {
    name: 'Ubuntu 22.04',
    etc: {
      'os-release':
        'PRETTY_NAME="Ubuntu 22.04.4 LTS"\nNAME="Ubuntu"\nVERSION_ID="22.04"\nVERSION="22.04.4 LTS (Jammy Jellyfish)"\nVERSION_CODENAME=jammy\nID=ubuntu\nID_LIKE=debian\nHOME_URL="https://www.ubuntu.com/"\nUBUNTU_CODENAME=jammy\n',
      debian_version: 'bookworm/sid\n',
      'lsb-release': 'DISTRIB_ID=Ubuntu\nDISTRIB_RELEASE=22.04\nDISTRIB_CODENAME=jammy\n',
    },
    bin: ['/usr/bin/apt-get'],
    is: ['Ubuntu', '22.04', '22', 'jammy', 'Debian', 'apt'],
  },
  {
    name: 'Ubuntu 12.04, without os-release codename',
    etc: {
      'os-release':
        'NAME="Ubuntu"\nVERSION="12.04.5 LTS, Precise Pangolin"\nID=ubuntu\nID_LIKE=debian\nPRETTY_NAME="Ubuntu precise (12.04.5 LTS)"\nVERSION_ID="12.04"\n',
    },
    bin: ['/usr/bin/apt-get'],
    is: ['Ubuntu', '12.04', '12', 'Precise Pangolin', 'Debian', 'apt'],
  },
  {
    name: 'Rocky 9',
    etc: {
      'redhat-release': 'Rocky Linux release 9.3 (Blue Onyx)\n',
      'system-release': 'Rocky Linux release 9.3 (Blue Onyx)\n',
      'os-release':
        'NAME="Rocky Linux"\nVERSION="9.3 (Blue Onyx)"\nID="rocky"\nID_LIKE="rhel centos fedora"\nVERSION_ID="9.3"\n',
    },
    bin: ['/usr/bin/dnf', '/usr/bin/yum'],
    is: ['Rocky', '9.3', '9', 'Blue Onyx', 'RedHat', 'dnf'],
  },
  {
    name: 'RHEL 8',
    etc: {
      'redhat-release': 'Red Hat Enterprise Linux release 8.6 (Ootpa)\n',
      'os-release': 'NAME="Red Hat Enterprise Linux"\nVERSION="8.6 (Ootpa)"\nID="rhel"\nVERSION_ID="8.6"\n',
    },
    bin: ['/usr/bin/dnf', '/usr/bin/yum'],
    is: ['RedHat', '8.6', '8', 'Ootpa', 'RedHat', 'dnf'],
  },
  {
    name: 'CentOS 7',
    etc: {
      'centos-release': 'CentOS Linux release 7.9.2009 (Core)\n',
      'redhat-release': 'CentOS Linux release 7.9.2009 (Core)\n',
      'os-release': 'NAME="CentOS Linux"\nVERSION="7 (Core)"\nID="centos"\nID_LIKE="rhel fedora"\nVERSION_ID="7"\n',
    },
    bin: ['/usr/bin/yum'],
    is: ['CentOS', '7.9', '7', 'Core', 'RedHat', 'yum'],
  },
  {
    name: 'CentOS Stream 9',
    etc: {
      'centos-release': 'CentOS Stream release 9\n',
      'redhat-release': 'CentOS Stream release 9\n',
      'os-release': 'NAME="CentOS Stream"\nVERSION="9"\nID="centos"\nVERSION_ID="9"\n',
    },
    bin: ['/usr/bin/dnf'],
    is: ['CentOS', '9', '9', 'Stream', 'RedHat', 'dnf'],
  },
  {
    name: 'Fedora 40',
    etc: {
      'redhat-release': 'Fedora release 40 (Forty)\n',
      'os-release':
        'NAME="Fedora Linux"\nVERSION="40 (Server Edition)"\nID=fedora\nVERSION_ID=40\nVERSION_CODENAME=""\n',
    },
    bin: ['/usr/bin/dnf'],
    is: ['Fedora', '40', '40', '', 'RedHat', 'dnf'],
  },
  {
    name: 'Amazon Linux 2023',
    etc: {
      'system-release': 'Amazon Linux release 2023 (Amazon Linux)\n',
      'os-release': 'NAME="Amazon Linux"\nVERSION="2023"\nID="amzn"\nID_LIKE="fedora"\nVERSION_ID="2023"\n',
    },
    bin: ['/usr/bin/dnf'],
    is: ['Amazon', '2023', '2023', 'NA', 'RedHat', 'dnf'],
  },
  {
    name: 'Alpine',
    etc: {
      'alpine-release': '3.19.1\n',
      'os-release': 'NAME="Alpine Linux"\nID=alpine\nVERSION_ID=3.19.1\nPRETTY_NAME="Alpine Linux v3.19"\n',
    },
    bin: ['/sbin/apk'],
    is: ['Alpine', '3.19.1', '3', 'NA', 'Alpine', 'apk'],
  },
  {
    name: 'Arch, whose file is empty',
    etc: { 'arch-release': '', 'os-release': 'NAME="Arch Linux"\nID=arch\nBUILD_ID=rolling\n' },
    bin: ['/usr/bin/pacman'],
    is: ['Archlinux', 'NA', 'NA', 'NA', 'Archlinux', 'pacman'],
  },
  {
    name: 'openSUSE Leap',
    etc: {
      'os-release':
        'NAME="openSUSE Leap"\nVERSION="15.5"\nID="opensuse-leap"\nID_LIKE="suse opensuse"\nVERSION_ID="15.5"\n',
    },
    bin: ['/usr/bin/zypper'],
    is: ['openSUSE Leap', '15.5', '15', '5', 'Suse', 'zypper'],
  },
  {
    name: 'SLES',
    etc: {
      'os-release':
        'NAME="SLES"\nVERSION="15-SP4"\nVERSION_ID="15.4"\nPRETTY_NAME="SUSE Linux Enterprise Server 15 SP4"\nID="sles"\n',
    },
    bin: ['/usr/bin/zypper'],
    is: ['SLES', '15.4', '15', '4', 'Suse', 'zypper'],
  },
  {
    name: 'Kali',
    etc: {
      'os-release':
        'PRETTY_NAME="Kali GNU/Linux Rolling"\nNAME="Kali GNU/Linux"\nVERSION_ID="2024.1"\nVERSION_CODENAME="kali-rolling"\nID=kali\nID_LIKE=debian\n',
    },
    bin: ['/usr/bin/apt-get'],
    is: ['Kali', '2024.1', '2024', 'kali-rolling', 'Debian', 'apt'],
  },
];

describe('the distribution', () => {
  it.each(rows)('$name', ({ etc, bin = [], is }) => {
    const root = treeOf({
      ...Object.fromEntries(Object.entries(etc).map(([file, text]) => [`etc/${file}`, text])),
      ...Object.fromEntries(bin.map(path => [path, ''])),
      'proc/1/comm': 'systemd\n',
    });
    const found = ask(osProbe(root));
    expect([
      found.distribution,
      found.distribution_version,
      found.distribution_major_version,
      found.distribution_release,
      found.os_family,
      found.pkg_mgr,
    ]).toEqual(is);
    expect(found.service_mgr).toBe('systemd');
  });

  it('of nothing at all is still a word', () => {
    expect(ask(osProbe(treeOf({ 'etc/': '' })))).toMatchObject({ distribution: 'OtherLinux', pkg_mgr: 'unknown' });
  });

  it('knows the minor version and where it was read', () => {
    const found = ask(osProbe(treeOf({ 'etc/os-release': debian, 'etc/debian_version': '12.11\n' })));
    expect(found).toMatchObject({
      distribution_minor_version: '11',
      distribution_file_path: '/etc/os-release',
      distribution_file_variety: 'Debian',
      distribution_file_parsed: true,
    });
  });
});

describe('the service manager', () => {
  it.each([
    [{ 'proc/1/comm': 'init\n', 'etc/init.d/': '' }, 'sysvinit'],
    [{ 'proc/1/comm': 'bash\n', 'etc/init.d/': '', 'sbin/openrc': '' }, 'openrc'],
    [{ 'proc/1/comm': 'runit-init\n' }, 'runit'],
    [{ 'proc/1/comm': 'sh\n' }, 'service'],
  ])('%o is %s', (files, name) => {
    // Without the programs of this machine.
    const found = ask(osProbe(treeOf(files)), { env: { PATH: '/nonexistent' }, shell: ['/bin/dash'] });
    expect(found.service_mgr).toBe(name);
  });
});

describe('a hostile os-release', () => {
  const evil = '{{ lookup("pipe","touch /PWNED") }} $(touch /PWNED) `id` <script> \u001b]0;x\u0007';
  it('is data', () => {
    const root = treeOf({
      'etc/os-release': `ID=debian\nNAME="Debian"\nVERSION_CODENAME=${evil}\npkg /usr/bin/pacman\nmark systemd\nansible_host=10.0.0.1\n`,
    });
    const found = ask(osProbe(root));
    expect(found.distribution_release).toBe(evil);
    expect(found.pkg_mgr).toBe('apt');
    expect(Object.keys(found)).not.toContain('ansible_host');
  });

  it('is cut when it is huge', () => {
    const root = treeOf({
      'etc/os-release': `ID=debian\nNAME=Debian\n${'A'.repeat(300_000)}\n${'x=1\n'.repeat(5_000)}`,
    });
    const output = run(osProbe(root).script);
    expect(output.stdout.length).toBeLessThan(20_000);
    expect(osProbe(root).parse(output)).toMatchObject({ distribution: 'Debian' });
  });
});
