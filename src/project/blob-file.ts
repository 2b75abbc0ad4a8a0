import { createHash } from 'node:crypto';
import { createReadStream, readFileSync, type Stats, statSync } from 'node:fs';
import { type Blob, blobOf } from '../core/blob.js';
import type { Digest } from '../core/names.js';

/** In bytes. What is smaller is kept, so that it travels in the same write as the scripts. */
const SMALL = 256 * 1024;

interface Hashed {
  readonly blob: Blob;
  readonly size: number;
  readonly mtime: number;
}

/** Files of the controller as blobs; each is hashed once, and again only after it changed. Large ones are never held in memory. */
export class FileBlobs {
  readonly #hashed = new Map<string, Hashed>();

  async blob(absolute: string): Promise<Blob> {
    const stat = statSync(absolute);
    const known = this.#hashed.get(absolute);
    if (known && known.size === stat.size && known.mtime === stat.mtimeMs) return known.blob;
    const blob = stat.size <= SMALL ? blobOf(readFileSync(absolute)) : await streamed(absolute, stat);
    this.#hashed.set(absolute, { blob, size: stat.size, mtime: stat.mtimeMs });
    return blob;
  }
}

async function streamed(absolute: string, { size }: Stats): Promise<Blob> {
  const hash = createHash('sha256');
  for await (const chunk of createReadStream(absolute)) hash.update(chunk as Uint8Array);
  return {
    digest: hash.digest('hex') as Digest,
    size,
    open: () => createReadStream(absolute, { highWaterMark: 1024 * 1024 }),
  };
}
