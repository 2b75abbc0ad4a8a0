import { createHash, createHmac } from 'node:crypto';
import { Wildcard } from '../../core/wildcard.js';
import { fingerprint, isKeyType, isWhole, type PublicKey, sameKey } from './keys.js';

/** One line of a known_hosts file (sshd(8), SSH_KNOWN_HOSTS FILE FORMAT). */
export interface KnownHost extends PublicKey {
  /** `@cert-authority`, `@revoked`, or empty. */
  readonly marker: string;
  /** Names, addresses and patterns; or one hashed name. */
  readonly hosts: readonly string[];
  readonly comment: string;
}

/** Reads one line; nothing for comments and for what ssh does not read either. */
export function knownHostOf(line: string): KnownHost | undefined {
  const words = line.trim().split(/\s+/);
  const marker = words[0]?.startsWith('@') ? words.shift()! : '';
  const [hosts = '', type = '', blob = '', ...comment] = words;
  if (hosts === '' || hosts.startsWith('#') || !isKeyType(type) || blob === '') return undefined;
  return { marker, hosts: hosts.split(','), type, blob, comment: comment.join(' ') };
}

export const knownHostLine = ({ marker, hosts, type, blob, comment }: KnownHost): string =>
  [marker, hosts.join(','), type, blob, comment].filter(part => part !== '').join(' ');

const isHashed = (host: string): boolean => host.startsWith('|1|');

/** Whether one name of a line is this host's, or matches it as a pattern does (ssh_config(5), PATTERNS). */
function matches(host: string, name: string): boolean {
  if (!isHashed(host)) return new Wildcard(host, { classes: false, isCaseFolded: true }).test(name);
  const [, , salt = '', digest] = host.split('|');
  return createHmac('sha1', Buffer.from(salt, 'base64')).update(name).digest('base64') === digest;
}

/** Whether a line is about a host: one name matches, and none with `!` before it. */
export const isAbout = ({ hosts }: KnownHost, name: string): boolean =>
  !hosts.some(host => host.startsWith('!') && matches(host.slice(1), name)) && hosts.some(host => matches(host, name));

const isPattern = (host: string): boolean => !isHashed(host) && /[*?!]/.test(host);

/**
 * A name hashed with HMAC-SHA1, as `ssh-keygen -H` does. The salt follows from name and key: a plan must be the same
 * each time it is drawn, and a salt is no secret, it only has to differ from line to line.
 */
export function hashed(name: string, key: PublicKey): string {
  const salt = createHash('sha1').update(`${name}\n${key.type}\n${key.blob}`).digest();
  return `|1|${salt.toString('base64')}|${createHmac('sha1', salt).update(name).digest('base64')}`;
}

/** What a task wants of a known_hosts file. */
export interface KnownWish {
  /** In lower case. */
  readonly name: string;
  readonly keys: readonly KnownHost[];
  readonly state: 'present' | 'absent';
  readonly hash: boolean;
}

/** Keys that a task gives, one a line, each for the host of that name; or what is wrong with one. */
export function knownGiven(
  text: string,
  name: string,
): { readonly keys: readonly KnownHost[] } | { readonly wrong: string } {
  const lines = text.split('\n').filter(line => line.trim() !== '' && !line.trim().startsWith('#'));
  const keys: KnownHost[] = [];
  for (const line of lines) {
    const key = knownHostOf(line);
    if (!key || !isWhole(key))
      return { wrong: `not a line of known_hosts (name, type, key): ${line.trim().slice(0, 60)}` };
    if (!isAbout(key, name)) return { wrong: `the key is for ${key.hosts.join(',')}, not for ${name}` };
    keys.push(key);
  }
  return keys.length > 0 ? { keys } : { wrong: 'no key in it' };
}

/** The file as it shall be. Lines of other hosts, patterns and marked lines are left as they are. */
export function knownEdited(before: string, wish: KnownWish): string {
  const lines = before.split('\n');
  if (lines.at(-1) === '') lines.pop();
  const after = wish.state === 'absent' ? without(lines, wish) : withKeys(lines, wish);
  return after.length === lines.length && after.every((line, i) => line === lines[i])
    ? before
    : after.map(line => `${line}\n`).join('');
}

/** The line without a name: nothing if it had no other. */
function dropped(line: string, known: KnownHost, names: readonly string[]): readonly string[] {
  const hosts = known.hosts.filter(host => isPattern(host) || !names.some(name => matches(host, name)));
  if (hosts.length === known.hosts.length) return [line];
  return hosts.length === 0 || hosts.every(host => host.startsWith('!')) ? [] : [knownHostLine({ ...known, hosts })];
}

const without = (lines: readonly string[], { name, keys }: KnownWish): readonly string[] =>
  lines.flatMap(line => {
    const known = knownHostOf(line);
    if (!known || !isAbout(known, name) || (keys.length === 0 && known.marker !== '')) return [line];
    const isMeant = keys.length === 0 || keys.some(key => sameKey(key, known) && key.marker === known.marker);
    return isMeant ? dropped(line, known, [name]) : [line];
  });

/** Each key with its names: those of its line, or hashed, the one name or each of them. */
function withKeys(lines: readonly string[], { name, keys, hash }: KnownWish): readonly string[] {
  let now = lines;
  for (const key of keys) {
    const names = key.hosts.some(host => isHashed(host) || isPattern(host))
      ? [name]
      : key.hosts.map(host => host.toLowerCase());
    const isRight = (known: KnownHost) =>
      known.marker === key.marker && sameKey(known, key) && !(hash && !known.hosts.every(isHashed));
    const covered = names.filter(each =>
      now.some(line => {
        const known = knownHostOf(line);
        return known !== undefined && isRight(known) && isAbout(known, each);
      }),
    );
    const open = names.filter(each => !covered.includes(each));
    const kept = now.flatMap(line => {
      const known = knownHostOf(line);
      if (!known || known.marker !== key.marker || known.type !== key.type) return [line];
      // Another key of this type for the host is a wrong one; the right one in another form is written anew.
      if (sameKey(known, key)) return isRight(known) && open.length === 0 ? [line] : dropped(line, known, open);
      return dropped(line, known, names);
    });
    now = open.length === 0 ? kept : [...kept, ...written(key, open, hash)];
  }
  return now;
}

function written(key: KnownHost, names: readonly string[], hash: boolean): readonly string[] {
  if (hash) return names.map(name => knownHostLine({ ...key, hosts: [hashed(name, key)] }));
  const isSpecial = key.hosts.some(host => isHashed(host) || isPattern(host));
  return [knownHostLine({ ...key, hosts: isSpecial ? key.hosts : names })];
}

/** Type and fingerprint of each key the file has for a host: what a diff shows, instead of keys nobody can tell apart. */
export const fingerprintsFor = (text: string, names: readonly string[]): string =>
  text
    .split('\n')
    .flatMap(line => {
      const known = knownHostOf(line);
      return known ? names.filter(name => isAbout(known, name)).map(name => ({ known, name })) : [];
    })
    .map(({ known, name }) =>
      [known.marker, name, known.type, fingerprint(known)].filter(part => part !== '').join(' '),
    )
    .toSorted()
    .join('\n');
