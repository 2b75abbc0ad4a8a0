import type { AskPassphrase } from './auth.js';
import type { HostKeys } from './host-key.js';

/** How hosts are reached in this run. What is absent has the default said beside it. */
export interface ConnectOptions {
  /** Seconds for TCP, and again for the key exchange: 10. ConnectTimeout of the ssh config goes before the default. */
  readonly connectTimeout?: number | undefined;
  /** Seconds for the login: 30. */
  readonly loginTimeout?: number | undefined;
  /** Seconds until /bin/sh must have started, whatever rc files do before: 60. */
  readonly shellTimeout?: number | undefined;
  /** A link is dead after `count` times `seconds` without a sign of life: 3 times 5. */
  readonly keepalive?: { readonly seconds: number; readonly count: number } | undefined;
  /** The login where the inventory names none; goes before the ssh config, as `-u` does. */
  readonly user?: string | undefined;
  /** ssh config files, the user's first: `~/.ssh/config`, `/etc/ssh/ssh_config`. */
  readonly sshConfig?: readonly string[] | undefined;
  /** known_hosts files; they replace those of the ssh config and the defaults. */
  readonly knownHosts?: readonly string[] | undefined;
  /** $SSH_AUTH_SOCK. */
  readonly agentSocket?: string | undefined;
  /** `strict`. `StrictHostKeyChecking accept-new` or `no` of the ssh config make it `accept-new`: a changed key is never taken for it. */
  readonly hostKeys?: HostKeys | undefined;
  /** Asked at most once per key file. */
  readonly askPassphrase?: AskPassphrase | undefined;
  /** Logins under way at one address at a time: 5. sshd turns some away beyond 10 (MaxStartups 10:30:100). */
  readonly connectsPerAddress?: number | undefined;
  /** The user's home, for `~`. */
  readonly home?: string | undefined;
  /** What `local` starts: `/bin/sh`. */
  readonly localShell?: readonly [string, ...string[]] | undefined;
}
