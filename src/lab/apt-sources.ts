import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { run } from './command.js';
import { LabError } from './failure.js';

/** One stanza of sources.list(5) in its deb822 form: field names as written there, values verbatim. */
export type Stanza = ReadonlyMap<string, string>;

/** The release of the lab's hosts: Debian 12. */
export const RELEASE = 'bookworm';

const OPTION_FIELDS: Readonly<Record<string, string>> = {
  arch: 'Architectures',
  lang: 'Languages',
  target: 'Targets',
  'by-hash': 'By-Hash',
  pdiffs: 'PDiffs',
  trusted: 'Trusted',
  'signed-by': 'Signed-By',
  'check-valid-until': 'Check-Valid-Until',
  'valid-until-min': 'Valid-Until-Min',
  'valid-until-max': 'Valid-Until-Max',
  'check-date': 'Check-Date',
  'allow-insecure': 'Allow-Insecure',
};

/** `deb [signed-by=…] URI suite component…` lines as stanzas. Other lines are none. */
export function parseList(text: string): readonly Stanza[] {
  return text.split('\n').flatMap(line => {
    const found = /^\s*deb\s+(?:\[([^\]]*)\]\s+)?(\S+)\s+(\S+)\s*([^#]*)/.exec(line);
    if (!found) return [];
    const [, options = '', uri, suite, components] = found;
    const fields = new Map([
      ['Types', 'deb'],
      ['URIs', uri!],
      ['Suites', suite!],
      ['Components', components!.trim()],
    ]);
    for (const option of options.split(/\s+/)) {
      const [name, value] = option.split('=');
      const field = OPTION_FIELDS[name!.toLowerCase()];
      if (field !== undefined && value !== undefined) fields.set(field, value.replaceAll(',', ' '));
    }
    return [fields];
  });
}

/** deb822 text as stanzas: comment lines are dropped, continuation lines (keys written in full) kept. Disabled ones are none. */
export function parseSources(text: string): readonly Stanza[] {
  const lines = text.split('\n').filter(line => !line.startsWith('#'));
  return lines
    .join('\n')
    .split(/\n\s*\n/)
    .flatMap(block => {
      const fields = new Map<string, string>();
      let last: string | undefined;
      for (const line of block.split('\n')) {
        const found = /^([\w-]+):\s*(.*)$/.exec(line);
        if (found) {
          last = found[1]!;
          fields.set(last, found[2]!);
        } else if (last !== undefined && /^\s/.test(line)) fields.set(last, `${fields.get(last)}\n${line}`);
      }
      const enabled = !/^(no|false|0|off)$/i.test(fields.get('Enabled') ?? 'yes');
      return fields.has('URIs') && enabled && words(fields, 'Types').includes('deb') ? [fields] : [];
    });
}

const words = (stanza: Stanza, field: string): readonly string[] =>
  (stanza.get(field) ?? '').split(/\s+/).filter(Boolean);

/**
 * The stanzas that name Debian itself, turned to {@link RELEASE}: `own` and its -updates and -security, component main.
 * Third parties are left out where they can be told: by their key, or by a suite of another name.
 */
export function debianOnly(stanzas: readonly Stanza[], own: string): readonly Stanza[] {
  const wanted = [own, `${own}-updates`, `${own}-security`, `${own}/updates`];
  const fitting = stanzas.flatMap(stanza => {
    const suites = words(stanza, 'Suites').filter(suite => wanted.includes(suite));
    if (suites.length === 0 || !words(stanza, 'Components').includes('main')) return [];
    const fields = new Map(stanza).set('Types', 'deb').set('Components', 'main');
    return [fields.set('Suites', suites.map(suite => suite.replace(own, RELEASE)).join(' '))];
  });
  const foreign = (stanza: Stanza) =>
    /^\s*\//.test(stanza.get('Signed-By') ?? '') && !/debian-archive/.test(stanza.get('Signed-By')!);
  const debian = fitting.filter(stanza => !foreign(stanza));
  return debian.length > 0 ? debian : fitting;
}

/** Stanzas as the text of a `.sources` file. */
export const sourcesText = (stanzas: readonly Stanza[]): string =>
  `${stanzas.map(stanza => [...stanza].map(([name, value]) => `${name}: ${value}\n`).join('')).join('\n')}`;

/** How this machine reaches its Debian mirror. */
export interface MachineApt {
  /** deb822 text for {@link RELEASE}. */
  readonly sources: string;
  /** `Acquire::…` settings, as apt.conf(5) lines: proxies, retries, checks of dates. */
  readonly settings: readonly string[];
}

/** What apt-config prints and a fetch must keep, lest it fail where the machine's own apt works. */
const KEPT = /^Acquire::(https?(::\S*)?|Check-Valid-Until|Check-Date|Retries|ForceIPv[46]) "[^"]+";$/;

/** Reads this machine's apt configuration. Throws {@link LabError} where it is not Debian's. */
export async function machineApt(etc = '/etc'): Promise<MachineApt> {
  const release = readFileSync(join(etc, 'os-release'), 'utf8');
  const own = /^VERSION_CODENAME="?([\w-]+)/m.exec(release)?.[1];
  if (own === undefined || !/^ID="?debian"?$/m.test(release))
    throw new LabError(
      'lab-mirror',
      'the lab is built from a Debian machine’s own package sources; this is not Debian',
    );
  const stanzas = debianOnly(machineStanzas(etc), own);
  if (stanzas.length === 0) {
    const hint = `add a line such as \`deb <mirror> ${own} main\` to ${etc}/apt/sources.list`;
    throw new LabError('lab-mirror', `no package source under ${etc}/apt names Debian’s ${own} main`, hint);
  }
  const dump = await run(['apt-config', 'dump', 'Acquire']);
  return { sources: sourcesText(stanzas), settings: dump.stdout.split('\n').filter(line => KEPT.test(line)) };
}

function machineStanzas(etc: string): readonly Stanza[] {
  const parts = join(etc, 'apt', 'sources.list.d');
  const names = existsSync(parts) ? readdirSync(parts).sort() : [];
  const files = [join(etc, 'apt', 'sources.list'), ...names.map(name => join(parts, name))];
  return files.flatMap(file => {
    if (!existsSync(file)) return [];
    if (file.endsWith('.list')) return parseList(readFileSync(file, 'utf8'));
    return file.endsWith('.sources') ? parseSources(readFileSync(file, 'utf8')) : [];
  });
}
