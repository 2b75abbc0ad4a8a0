import { createHash } from 'node:crypto';
import type { Digest } from './names.js';
import { type Sh, sh } from './sh.js';

/** Content that travels to a target beside the scripts, named by its digest, so that retries and twins are free. */
export interface Blob {
  readonly digest: Digest;
  /** in bytes */
  readonly size: number;
  /** Set when the content is in memory anyway; small ones then travel in the same write as the scripts. */
  readonly bytes?: Uint8Array;
  open(): AsyncIterable<Uint8Array>;
}

/** A blob of content in memory. */
export function blobOf(content: string | Uint8Array): Blob {
  const bytes = typeof content === 'string' ? Buffer.from(content, 'utf8') : content;
  return {
    digest: createHash('sha256').update(bytes).digest('hex') as Digest,
    size: bytes.length,
    bytes,
    async *open() {
      yield bytes;
    },
  };
}

/**
 * Where the lane has put a blob by the time a change's script runs: a file, 0600, that the script may read or copy
 * but must not move away. `$RM_BLOBS` is the lane's private directory on the target.
 */
export const staged = (blob: Blob): Sh => sh`"$RM_BLOBS"/${blob.digest}`;
