import type { Failure } from '../core/outcome.js';
import { quote } from '../core/sh.js';
import { unreachable } from './failures.js';
import { addKnownHost, fingerprint, judge, type KnownHost, type KnownHosts, lineFor, nameFor } from './known-hosts.js';

/** What is done about host keys. `strict`: only known ones. `accept-new`: the first is learnt, another one never taken. `any`: unchecked. */
export type HostKeys = 'strict' | 'accept-new' | 'any';

/** How one host is to prove itself. */
export interface Identification {
  /** HostKeyAlias, or the name or address connected to. */
  readonly host: string;
  /** 22 where an alias is used: aliases carry no port. */
  readonly port: number;
  /** known_hosts files in order; the first is written to. */
  readonly files: readonly string[];
  readonly policy: HostKeys;
  /** For messages. */
  readonly name: string;
}

/** The one judge of host keys, for targets and jump hosts alike. It has asked the files when it is made. */
export class HostKeyCheck {
  readonly #id: Identification;
  readonly #name: string;
  readonly #about: readonly KnownHost[];
  /** The key found right: it is shown again whenever the connection changes its keys. */
  #proven: Buffer | undefined;

  /** Throws where a known_hosts file cannot be read. */
  constructor(id: Identification, known: KnownHosts) {
    this.#id = id;
    this.#name = nameFor(id.host, id.port);
    this.#about = id.policy === 'any' ? [] : known.about(id.files, [this.#name, id.host.toLowerCase()]);
  }

  /** Key algorithms to offer, known ones first as OpenSSH does, so that a host with several keys shows the one we know. */
  get algorithms(): readonly string[] {
    const known = new Set(this.#about.filter(host => host.marker === 'none').flatMap(host => algorithmsOf(host.type)));
    return [...ALGORITHMS.filter(name => known.has(name)), ...ALGORITHMS.filter(name => !known.has(name))];
  }

  /** Nothing, when the key is right; else why not. */
  refusal(key: Buffer): Failure | undefined {
    if (this.#id.policy === 'any' || this.#proven?.equals(key)) return undefined;
    const failure = this.#judged(key);
    if (failure === undefined) this.#proven = Buffer.from(key);
    return failure;
  }

  #judged(key: Buffer): Failure | undefined {
    const verdict = judge(this.#about, this.#name, key);
    switch (verdict.kind) {
      case 'known':
        return undefined;
      case 'revoked':
        return unreachable(
          'hostkey-revoked',
          `the key of ${this.#id.name} (${shown(key)}) is revoked by ${verdict.by.file}:${verdict.by.line}`,
        );
      case 'changed':
        return this.#changed(key, verdict.known);
      case 'unknown':
        // As OpenSSH: a key known for the host itself will do for its other ports, unless they have their own.
        if (judge(this.#about, this.#id.host.toLowerCase(), key).kind === 'known') return undefined;
        return this.#id.policy === 'accept-new' ? this.#learn(key) : this.#unknown(key, verdict.authorities);
    }
  }

  #changed(key: Buffer, known: readonly KnownHost[]): Failure {
    const lines = known.map(host => `${fingerprint(host.key)} (${short(host.type)}) at ${host.file}:${host.line}`);
    return unreachable(
      'hostkey-changed',
      `the key of ${this.#id.name} has changed: it shows ${shown(key)}, known is ${lines.join(', ')}`,
      `someone may be between you and the host. If it was installed anew: ${[...new Set(known.map(({ file }) => file))]
        .map(file => `ssh-keygen -R ${quote(this.#name)} -f ${quote(file)}`)
        .join('; ')}`,
    );
  }

  #unknown(key: Buffer, authorities: readonly KnownHost[]): Failure {
    const authority = authorities[0];
    const [file = '~/.ssh/known_hosts'] = this.#id.files;
    const why =
      authority === undefined
        ? `the key of ${this.#id.name} is not known: ${shown(key)}`
        : `${authority.file}:${authority.line} names a certificate authority for ${this.#id.name}, but host certificates are not supported, and its plain key is not known: ${shown(key)}`;
    return unreachable(
      'hostkey-unknown',
      why,
      `compare the fingerprint on the host (ssh-keygen -lf /etc/ssh/ssh_host_${short(typeIn(key)).toLowerCase()}_key.pub), then: echo ${quote(lineFor(this.#name, key))} >> ${quote(file)}`,
    );
  }

  #learn(key: Buffer): Failure | undefined {
    const [file] = this.#id.files;
    if (file === undefined) return this.#unknown(key, []);
    try {
      addKnownHost(file, this.#name, key);
      return undefined;
    } catch (error) {
      return unreachable('hostkey-unknown', `the key of ${this.#id.name} cannot be kept: ${(error as Error).message}`);
    }
  }
}

/** What is offered at all: no SHA-1 signatures (`ssh-rsa`), no DSA, as OpenSSH since 8.8. */
const ALGORITHMS = [
  'ssh-ed25519',
  'ecdsa-sha2-nistp256',
  'ecdsa-sha2-nistp384',
  'ecdsa-sha2-nistp521',
  'rsa-sha2-512',
  'rsa-sha2-256',
] as const;

const algorithmsOf = (type: string): readonly string[] =>
  type === 'ssh-rsa' ? ['rsa-sha2-512', 'rsa-sha2-256'] : [type];

const typeIn = (key: Buffer): string => key.toString('latin1', 4, 4 + key.readUInt32BE(0));

/** `ED25519`, as ssh-keygen -l names types. */
const short = (type: string): string =>
  type === 'ssh-rsa' ? 'RSA' : type.startsWith('ecdsa') ? 'ECDSA' : type === 'ssh-ed25519' ? 'ED25519' : type;

const shown = (key: Buffer): string => `${fingerprint(key)} (${short(typeIn(key))})`;
