import { createHash } from 'node:crypto';
import { encode } from './bytes.js';
import type { Digest } from './names.js';
import { type Sh, sh } from './sh.js';

/** Content that travels to a target beside the scripts, named by its digest, so that retries and twins are free. */
export interface Blob {
  readonly digest: Digest;
  /** in bytes */
  readonly size: number;
  /** It is put together as it travels: the digest is that of its parts, and names it, but its bytes have another. */
  readonly isMade?: true;
  /** Set when the content is in memory anyway; small ones then travel in the same write as the scripts. */
  readonly bytes?: Uint8Array;
  /**
   * Lets `$d` be the directory where the content is wanted: a large one is then received there, on the file system where it
   * shall stay, so that it need not be copied. Who may take it away finds a link in `$RM_BLOBS`.
   */
  readonly beside?: Sh;
  /** A piece holds until the next one is asked for. */
  open(): AsyncIterable<Uint8Array>;
}

/** A blob of content in memory. */
export function blobOf(content: string | Uint8Array): Blob {
  const bytes = typeof content === 'string' ? encode(content) : content;
  return {
    digest: createHash('sha256').update(bytes).digest('hex') as Digest,
    size: bytes.length,
    bytes,
    async *open() {
      yield bytes;
    },
  };
}

/** The first part of the name of a file that was received beside its goal; the pid of its lane and a mark follow. */
export const ARRIVAL = '.ringmaster-arrival.';

/**
 * Where the lane has put a blob by the time a change's script runs: a file, 0600, that the script may read or copy
 * but must not move away. `$RM_BLOBS` is the lane's private directory on the target.
 */
export const staged = (blob: Blob): Sh => sh`"$RM_BLOBS"/${blob.digest}`;
