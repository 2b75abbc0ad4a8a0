import type { Readable, Writable } from 'node:stream';
import type { Failure } from '../core/outcome.js';

/** How the far end of a pipe ended, as far as anybody said. */
export interface Ending {
  /** An exit status that really arrived. */
  readonly status?: number | undefined;
  /** `SIGKILL`, where the far end said so. */
  readonly signal?: string | undefined;
  /** Why the link under the pipe went, where that was the end. */
  readonly cut?: string | undefined;
}

/** Three streams to a fresh `/bin/sh` of the login. All a lane knows of transports. */
export interface Pipe {
  readonly stdin: Writable;
  readonly stdout: Readable;
  readonly stderr: Readable;
  /** Resolves once, soon after the shell's exit, even if a child of it still holds the streams. Never rejects. */
  readonly ended: Promise<Ending>;
  /** Bytes handed over that have not left this machine; a number that shrinks is a sign of life. */
  unsent(): number;
  /** Lets go at once. The far end is not asked to stop: it finds its streams closed. */
  drop(): void;
}

export type Opened = { readonly ok: true; readonly pipe: Pipe } | { readonly ok: false; readonly failure: Failure };

/**
 * The directory and the search path of the shells: made the same whatever the login is like, or those that the shell was
 * started with.
 */
export type Environment = 'made' | 'inherited';

/** A way to one host as one login: opens pipes, however many connections that needs. */
export interface Link {
  /** For messages: `web1 (admin@10.0.0.5:22)`. */
  readonly name: string;
  /** The login. */
  readonly user: string;
  readonly environment: Environment;
  open(): Promise<Opened>;
  close(): Promise<void>;
}

/** An ending in words, for a message. */
export function describe(ending: Ending): string {
  if (ending.cut !== undefined) return ending.cut;
  if (ending.signal !== undefined) return `the shell was killed by ${ending.signal}`;
  if (ending.status !== undefined) return `the shell ended with status ${ending.status}`;
  return 'the session was closed without an exit status';
}
