import type { Vars } from '../core/value.js';

/** Texts of the files in /etc by name, as `os.ts` read them; absent ones are missing, empty ones are ''. */
export type ReleaseFiles = ReadonlyMap<string, string>;

/** What Ansible calls `distribution…` and `os_family`. */
export interface Distribution {
  readonly distribution: string;
  readonly distribution_version: string;
  readonly distribution_major_version: string;
  readonly distribution_release: string;
  readonly distribution_minor_version?: string;
  readonly distribution_file_path?: string;
  readonly distribution_file_variety?: string;
  readonly distribution_file_parsed?: boolean;
  readonly os_family: string;
}

/** `key=value` lines of os-release(5) and lsb-release; one pair of quotes is taken off, shell escapes are undone. */
export function assignments(text: string): ReadonlyMap<string, string> {
  const found = new Map<string, string>();
  for (const line of text.split('\n')) {
    const pair = /^\s*([A-Z_][A-Z0-9_]*)=(.*?)\s*$/.exec(line);
    if (pair) found.set(pair[1]!, unquoted(pair[2]!));
  }
  return found;
}

const unquoted = (text: string): string => {
  const quoted = /^(["'])(.*)\1$/.exec(text);
  return quoted ? (quoted[1] === '"' ? quoted[2]!.replace(/\\(["$`\\])/g, '$1') : quoted[2]!) : text;
};

/**
 * Names the system as ansible-core does (module_utils/facts/system/distribution.py): a guess from os-release(5), which
 * the first release file that is recognised then corrects.
 */
export function distributionOf(files: ReleaseFiles): Distribution {
  const guess = guessed(files);
  for (const [path, name] of FILES) {
    const text = files.get(path);
    if (text === undefined || (text === '' && !MAY_BE_EMPTY.has(path))) continue;
    const facts = recognised(name, path, text, files, guess);
    if (facts === undefined) continue;
    const all = {
      ...guess,
      distribution: name,
      distribution_file_path: path === 'usr-os-release' ? '/usr/lib/os-release' : `/etc/${path}`,
      distribution_file_variety: name,
      ...(text === '' ? {} : { distribution_file_parsed: true }),
      ...facts,
    };
    return { ...all, os_family: FAMILY.get(all.distribution) ?? all.distribution };
  }
  return { ...guess, os_family: FAMILY.get(guess.distribution) ?? guess.distribution };
}

type Named = Omit<Distribution, 'os_family'>;

function guessed(files: ReleaseFiles): Named {
  const release = assignments(files.get('os-release') ?? files.get('usr-os-release') ?? '');
  const id = release.get('ID') ?? '';
  const version = bestVersion(id, files) ?? (release.get('VERSION_ID') || 'NA');
  const codename =
    release.get('VERSION_CODENAME') ??
    release.get('UBUNTU_CODENAME') ??
    /\((\D+)\)|,\s*(\D+)/
      .exec(release.get('VERSION') ?? '')
      ?.slice(1)
      .find(Boolean);
  const name = id.charAt(0).toUpperCase() + id.slice(1).toLowerCase();
  return {
    distribution: { Amzn: 'Amazon', Rhel: 'Redhat', '': 'OtherLinux' }[name] ?? name,
    distribution_version: version,
    distribution_major_version: version.split('.')[0] || 'NA',
    distribution_release: codename?.trim() ?? 'NA',
  };
}

/** Debian and CentOS keep the point release out of os-release. */
function bestVersion(id: string, files: ReleaseFiles): string | undefined {
  if (id === 'debian') return /^\d+(\.\d+)*$/.exec((files.get('debian_version') ?? '').trim())?.[0];
  if (id === 'centos') return /(\d+(?:\.\d+)?)/.exec(files.get('centos-release') ?? '')?.[1];
  return undefined;
}

/** Release files and whom they speak for, in the order they are believed. */
const FILES: readonly (readonly [path: string, name: string])[] = [
  ['altlinux-release', 'Altlinux'],
  ['oracle-release', 'OracleLinux'],
  ['slackware-version', 'Slackware'],
  ['centos-release', 'CentOS'],
  ['redhat-release', 'RedHat'],
  ['openwrt_release', 'OpenWrt'],
  ['os-release', 'Amazon'],
  ['system-release', 'Amazon'],
  ['alpine-release', 'Alpine'],
  ['arch-release', 'Archlinux'],
  ['os-release', 'Archlinux'],
  ['os-release', 'SUSE'],
  ['SuSE-release', 'SUSE'],
  ['gentoo-release', 'Gentoo'],
  ['os-release', 'Debian'],
  ['lsb-release', 'Debian'],
  ['usr-os-release', 'ClearLinux'],
  ['os-release', 'Flatcar'],
  ['os-release', 'NA'],
];
const MAY_BE_EMPTY = new Set(['arch-release']);

/** Every file `distributionOf` can read, by its name in /etc. */
export const RELEASE_FILES = [...new Set(['debian_version', ...FILES.map(([path]) => path)])].filter(
  path => path !== 'usr-os-release',
);

/** What one release file adds, or nothing if it does not speak for that system. */
function recognised(
  name: string,
  path: string,
  text: string,
  files: ReleaseFiles,
  guess: Named,
): Partial<Named> | undefined {
  const firstWord = { distribution: text.trim().split(/\s+/)[0] ?? name };
  switch (name) {
    case 'Altlinux':
      return text.includes('ALT') ? {} : firstWord;
    case 'OracleLinux':
      return text.includes('Oracle Linux') ? {} : firstWord;
    case 'RedHat':
      return text.includes('Red Hat') ? {} : firstWord;
    case 'CentOS':
      if (text.includes('CentOS Stream')) return { distribution_release: 'Stream' };
      return text.includes('TencentOS Server') ? { distribution: 'TencentOS' } : undefined;
    case 'Slackware':
      return text.includes('Slackware') ? version(/(\w+[.]\w+\+?)/.exec(text)?.[1]) : undefined;
    case 'OpenWrt': {
      const lines = assignments(text);
      if (!text.includes('OpenWrt')) return undefined;
      return { ...version(lines.get('DISTRIB_RELEASE')), ...release(lines.get('DISTRIB_CODENAME')) };
    }
    case 'Amazon':
      return text.includes('Amazon') ? amazon(path, text) : undefined;
    case 'Alpine':
      return { distribution_version: text.trim() };
    case 'Archlinux':
      return path === 'arch-release' || text.includes('Arch Linux') ? {} : undefined;
    case 'SUSE':
      return text.toLowerCase().includes('suse') ? suse(text) : undefined;
    case 'Gentoo':
      return {};
    case 'Debian':
      return debian(text, files);
    case 'ClearLinux':
      return undefined;
    case 'Flatcar':
      return guess.distribution === 'Flatcar' ? {} : undefined;
    default:
      return { distribution: assignments(text).get('NAME') ?? guess.distribution };
  }
}

const version = (text: string | undefined): Partial<Named> => (text ? { distribution_version: text } : {});
const release = (text: string | undefined): Partial<Named> => (text ? { distribution_release: text } : {});
const major = (text: string | undefined): Partial<Named> =>
  text ? { distribution_version: text, distribution_major_version: text.split('.')[0]! } : {};

function amazon(path: string, text: string): Partial<Named> {
  if (path !== 'os-release') return version(/(?:^|\s)(\d+)(?:\s|$)/.exec(text)?.[1]);
  const id = assignments(text).get('VERSION_ID');
  return id ? { ...major(id), distribution_minor_version: id.split('.')[1] ?? 'NA' } : {};
}

function suse(text: string): Partial<Named> {
  const lines = assignments(text);
  const id = /^\d+\.?\d*/.exec(lines.get('VERSION_ID') ?? '')?.[0];
  const minor = id?.split('.')[1];
  const name = lines.get('NAME');
  return {
    ...(name ? { distribution: name } : {}),
    ...major(id),
    ...release(text.toLowerCase().includes('enterprise') ? (minor ?? '0') : minor),
  };
}

function debian(text: string, files: ReleaseFiles): Partial<Named> | undefined {
  const lines = assignments(text);
  const id = lines.get('VERSION_ID');
  const codename = release(lines.get('VERSION_CODENAME'));
  if (text.includes('Debian') || text.includes('Raspbian')) {
    const minor = /\d+\.(\d+)/.exec(files.get('debian_version') ?? '')?.[1];
    return {
      distribution: 'Debian',
      ...release(/PRETTY_NAME=[^(]+ \(?([^)]+?)\)/.exec(text)?.[1]),
      ...(minor ? { distribution_minor_version: minor } : {}),
    };
  }
  if (text.includes('Ubuntu')) return { distribution: 'Ubuntu' };
  if (text.includes('SteamOS')) return { distribution: 'SteamOS' };
  for (const name of ['Kali', 'Parrot'])
    if (text.includes(name)) return { distribution: name, ...release(lines.get('DISTRIB_RELEASE')) };
  if (text.includes('Devuan'))
    return {
      distribution: 'Devuan',
      ...major(id),
      ...release(/\(([^)]+)\)/.exec(lines.get('PRETTY_NAME') ?? '')?.[1]),
    };
  if (text.includes('Cumulus'))
    return { distribution: 'Cumulus Linux', ...major(id), ...release(lines.get('VERSION')) };
  if (text.includes('Mint')) return { distribution: 'Linux Mint', ...major(id) };
  if (/UOS|[Uu]os/.test(text)) return { distribution: 'Uos', ...major(id), ...codename };
  if (/[Dd]eepin/.test(text)) return { distribution: 'Deepin', ...major(id), ...codename };
  return undefined;
}

/** Distributions whose family has another name; the rest are a family of their own. */
const FAMILY = new Map(
  Object.entries({
    RedHat:
      'RedHat,RHEL,Fedora,CentOS,Scientific,SLC,Ascendos,CloudLinux,PSBM,OracleLinux,OVS,OEL,Amazon,Virtuozzo,XenServer,Alibaba,EulerOS,openEuler,AlmaLinux,Rocky,TencentOS,EuroLinux,Kylin Linux Advanced Server',
    Debian:
      'Debian,Ubuntu,Raspbian,Neon,KDE neon,Linux Mint,SteamOS,Devuan,Kali,Cumulus Linux,Pop!_OS,Parrot,Pardus GNU/Linux,Uos,Deepin,OSMC',
    Suse: 'SuSE,SLES,SLED,openSUSE,openSUSE Tumbleweed,SLES_SAP,SUSE_LINUX,openSUSE Leap,ALP-Dolomite',
    Archlinux: 'Archlinux,Antergos,Manjaro',
    Gentoo: 'Gentoo,Funtoo',
    ClearLinux: 'Clear Linux OS,Clear Linux Mix',
  }).flatMap(([family, names]) => names.split(',').map(name => [name, family] as const)),
);

/** As facts: a plain dictionary. */
export const distributionFacts = (files: ReleaseFiles): Vars => ({ ...distributionOf(files) });
