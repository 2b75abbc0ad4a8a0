import { createHash, createHmac } from 'node:crypto';
import { appendFileSync, mkdirSync, readFileSync, statSync } from 'node:fs';
import { dirname } from 'node:path';
import { matchesList } from './patterns.js';

/** One usable line of a known_hosts file (sshd(8), SSH_KNOWN_HOSTS FILE FORMAT). */
export interface KnownHost {
  readonly marker: 'none' | 'revoked' | 'cert-authority';
  /** The first field: patterns, or one hashed name. */
  readonly names: string;
  /** `ssh-ed25519`. */
  readonly type: string;
  /** The key in base64, as on the line. */
  readonly key: string;
  readonly file: string;
  /** From 1. */
  readonly line: number;
}

/** Reads the text of a file. Lines that cannot be understood are passed over, as OpenSSH does. */
export function parseKnownHosts(text: string, file: string): readonly KnownHost[] {
  return text.split('\n').flatMap((line, i) => {
    const fields = line.trim().split(/[ \t]+/);
    if (fields[0] === '' || fields[0]!.startsWith('#')) return [];
    const marker = fields[0]!.startsWith('@') ? fields.shift()!.slice(1) : 'none';
    const [names, type, key] = fields;
    if (marker !== 'none' && marker !== 'revoked' && marker !== 'cert-authority') return [];
    if (names === undefined || type === undefined || key === undefined || typeOf(key) !== type) return [];
    return [{ marker, names, type, key, file, line: i + 1 }];
  });
}

/** The key type a blob in base64 names itself; nothing where it is no key. */
function typeOf(key: string): string | undefined {
  const blob = Buffer.from(key, 'base64');
  if (blob.length < 8) return undefined;
  const length = blob.readUInt32BE(0);
  return length <= blob.length - 4 ? blob.toString('latin1', 4, 4 + length) : undefined;
}

/** Reads files in order. A missing one is empty; one that cannot be read throws: what it forbids is not known. */
export function readKnownHosts(files: readonly string[]): readonly KnownHost[] {
  return files.flatMap(file => {
    try {
      return parseKnownHosts(readFileSync(file, 'utf8'), file);
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === 'ENOENT') return [];
      throw error;
    }
  });
}

/** What a file holds: lines that name hosts plainly by each of the names, and those that must be tried one by one. */
interface Index {
  /** Tells a file that was changed from one that was not. */
  readonly stamp: string;
  readonly plain: ReadonlyMap<string, readonly KnownHost[]>;
  readonly others: readonly KnownHost[];
}

/** known_hosts files for many hosts: each is read once, and again only after it changed. */
export class KnownHosts {
  readonly #files = new Map<string, Index>();

  /** Lines about any of these names, in order of files and lines. Throws where a file cannot be read. */
  about(files: readonly string[], names: readonly string[]): readonly KnownHost[] {
    return files.flatMap(file => {
      const { plain, others } = this.#index(file);
      const found = new Set(names.flatMap(name => plain.get(name) ?? []));
      for (const host of others) if (names.some(name => isAbout(host, name))) found.add(host);
      return [...found].sort((a, b) => a.line - b.line);
    });
  }

  #index(file: string): Index {
    const stat = statSync(file, { throwIfNoEntry: false });
    const stamp = stat === undefined ? '' : `${stat.ino} ${stat.size} ${stat.mtimeMs}`;
    const known = this.#files.get(file);
    if (known?.stamp === stamp) return known;
    const index = indexOf(readKnownHosts([file]), stamp);
    this.#files.set(file, index);
    return index;
  }
}

function indexOf(hosts: readonly KnownHost[], stamp: string): Index {
  const plain = new Map<string, KnownHost[]>();
  const others: KnownHost[] = [];
  for (const host of hosts) {
    if (/^\||[*?!]/.test(host.names)) others.push(host);
    else
      for (const name of host.names.toLowerCase().split(',')) {
        const lines = plain.get(name);
        if (lines === undefined) plain.set(name, [host]);
        else lines.push(host);
      }
  }
  return { stamp, plain, others };
}

/** How a host is written in known_hosts: `[name]:port` where the port is not 22. */
export const nameFor = (host: string, port: number): string =>
  port === 22 ? host.toLowerCase() : `[${host.toLowerCase()}]:${port}`;

/** Whether a line is about a host, named as {@link nameFor} does. */
export function isAbout({ names }: KnownHost, name: string): boolean {
  if (!names.startsWith('|1|')) return matchesList(names.split(','), name);
  const [, , salt = '', hash = ''] = names.split('|');
  return createHmac('sha1', Buffer.from(salt, 'base64')).update(name).digest('base64') === hash;
}

export type Verdict =
  | { readonly kind: 'known' }
  /** No key is known; `authorities` are those whose certificates would be taken. */
  | { readonly kind: 'unknown'; readonly authorities: readonly KnownHost[] }
  /** Other keys are known, and not this one. A key of another type counts as another key. */
  | { readonly kind: 'changed'; readonly known: readonly KnownHost[] }
  | { readonly kind: 'revoked'; readonly by: KnownHost };

/** Judges the key a host has shown. */
export function judge(hosts: readonly KnownHost[], name: string, key: Buffer): Verdict {
  const shown = key.toString('base64');
  const about = hosts.filter(host => isAbout(host, name));
  const revoked = about.find(host => host.marker === 'revoked' && host.key === shown);
  if (revoked) return { kind: 'revoked', by: revoked };
  const known = about.filter(host => host.marker === 'none');
  if (known.some(host => host.key === shown)) return { kind: 'known' };
  if (known.length > 0) return { kind: 'changed', known };
  return { kind: 'unknown', authorities: about.filter(host => host.marker === 'cert-authority') };
}

/** `SHA256:…` as ssh-keygen -l prints it, of a key blob or its base64. */
export const fingerprint = (key: Buffer | string): string =>
  `SHA256:${createHash('sha256')
    .update(typeof key === 'string' ? Buffer.from(key, 'base64') : key)
    .digest('base64')
    .replace(/=+$/, '')}`;

/**
 * Adds a host. One write to a file opened for appending, so that lines of several writers stay whole. Throws where the
 * file cannot be written.
 */
export function addKnownHost(file: string, name: string, key: Buffer): void {
  mkdirSync(dirname(file), { recursive: true, mode: 0o700 });
  let before = '';
  try {
    before = readFileSync(file, 'utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
  }
  const newline = before === '' || before.endsWith('\n') ? '' : '\n';
  appendFileSync(file, `${newline}${lineFor(name, key)}\n`, { mode: 0o600 });
}

/** The line that makes a key known. */
export const lineFor = (name: string, key: Buffer): string => {
  const text = key.toString('base64');
  return `${name} ${typeOf(text) ?? 'unknown'} ${text}`;
};
