import type { Blob } from './blob.js';
import type { Draft } from './draft.js';
import type { Fate } from './fate.js';
import type { HostName } from './names.js';
import type { Failure } from './outcome.js';
import type { Place } from './place.js';
import type { Output } from './probe.js';
import type { Secret } from './secret.js';
import type { Sh } from './sh.js';
import type { Shared } from './shared.js';

/** How a host is reached. Absent members are for `~/.ssh/config` and the defaults to say. */
export interface Target {
  readonly host: HostName;
  readonly connection: 'ssh' | 'local';
  /** Name or address to connect to; also the name looked up in known_hosts and the ssh config. */
  readonly address: string;
  readonly port?: number | undefined;
  readonly user?: string | undefined;
  readonly privateKeyFile?: string | undefined;
  readonly password?: Secret | undefined;
  readonly passphrase?: Secret | undefined;
  /** `-J` style, or an `-o ProxyJump=` found in ansible_ssh_common_args. */
  readonly proxyJump?: string | undefined;
  readonly knownHostsFile?: string | undefined;
  /** `false` only where the user said so for this host or run. */
  readonly checkHostKey?: boolean | undefined;
  /** Of `local`: the directory in which tasks run, the playbook's; the one this program runs in, if absent. */
  readonly directory?: string | undefined;
  /** Where the inventory names it. */
  readonly place?: Place | undefined;
}

/** As whom a script runs. `undefined` where one is expected: as the login itself. */
export interface Become {
  readonly user: string;
  readonly method: 'sudo' | 'su';
  readonly password?: Secret | undefined;
}

/** One trip: all snippets in one write, answered one by one. */
export interface Batch {
  readonly snippets: readonly Sh[];
  /** `each`: all run. `chain`: the first that fails ends it; those behind it are not answered. */
  readonly how: 'each' | 'chain';
  /** Asked before the first snippet, for all of them. Only where nothing acts. */
  readonly shared?: readonly Shared[] | undefined;
  /**
   * Looks, by index, whose output is handed on as it comes: they may take long, or leave processes behind that hold their
   * output. That of many others in a row is handed on together.
   */
  readonly asTheyCome?: ReadonlySet<number> | undefined;
  /** On the target, in `$RM_BLOBS`, before the first snippet runs. */
  readonly blobs?: readonly Blob[];
  /** New files to be made ready before a snippet, by its index: at most `MOST_DRAFTS`. Only in a chain. */
  readonly drafts?: ReadonlyMap<number, readonly Draft[]> | undefined;
  /** Seconds for the whole batch without any sign of life or, for a chain, per snippet. Default: none but the keepalive. */
  readonly timeout?: number | undefined;
  /** Sees output as it comes; for the live report. */
  readonly watch?: ((snippet: number, text: string) => void) | undefined;
  /**
   * Hears how many bytes the link has taken of the blobs that travel apart from the scripts, and how many they are together:
   * often, and before the first snippet runs.
   */
  readonly sent?: ((bytes: number, size: number) => void) | undefined;
  /**
   * Gets each snippet's answer as soon as it is complete, in the order of the snippets, before the batch ends. Looks that
   * are handed on together (see `asTheyCome`) are heard together. The answer to the batch has them all again.
   */
  readonly heard?: ((snippet: number, output: Output) => void) | undefined;
  /**
   * Once aborted, no further snippet starts, and a batch that waits for its turn is not sent. The snippet that runs goes
   * on to its end and is answered. Looks that are handed on together count as one.
   */
  readonly stop?: AbortSignal | undefined;
}

export type Answer =
  | { readonly kind: 'answered'; readonly outputs: readonly Output[] }
  /** `stop` came first: the snippets behind `outputs` did not start, and will not. */
  | { readonly kind: 'stopped'; readonly outputs: readonly Output[] }
  /**
   * The link was lost, or there never was a shell: `outputs` are those that arrived before; of the next nobody knows.
   * The failure may also be that the other account (`become`) or the time was refused, or that a blob had no room (`blocked`).
   */
  | { readonly kind: 'lost'; readonly failure: Failure; readonly outputs: readonly Output[] };

/** A host that was reached. Questions of one identity queue up; those of different identities run beside each other. */
export interface Connection {
  ask(as: Become | undefined, batch: Batch): Promise<Answer>;
  /** Round trips so far: writes that waited for an answer; connecting does not count, blobs sent apart do. */
  readonly trips: number;
  /**
   * Ends all that runs for us on the host, with SIGTERM and then SIGKILL, and sends nothing more. What was asked is answered
   * as `lost`. Takes 5 s at most. Processes that an earlier batch left behind, such as daemons, live on.
   */
  end(): Promise<Fate>;
  close(): Promise<void>;
}

export type Connected =
  | { readonly ok: true; readonly connection: Connection }
  | { readonly ok: false; readonly failure: Failure };
/** Reaches a host. Never throws. */
export type Connect = (target: Target) => Promise<Connected>;
