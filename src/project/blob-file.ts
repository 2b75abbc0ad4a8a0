import { createHash } from 'node:crypto';
import { readFileSync, type Stats, statSync } from 'node:fs';
import { open } from 'node:fs/promises';
import { type Blob, blobOf } from '../core/blob.js';
import type { Digest } from '../core/names.js';

/** In bytes. What is smaller is kept, so that it travels in the same write as the scripts… */
const SMALL = 256 * 1024;
/** …as long as all that is kept is no more than this: a tree of thousands of files is read again when it travels. */
const MOST_KEPT = 64 * 1024 * 1024;
/** Large files are read in such pieces, in bytes. */
const PIECE = 1024 * 1024;

interface Hashed {
  readonly blob: Promise<Blob>;
  readonly stamp: string;
}

/**
 * Files of the controller as blobs; each is hashed once, for all who ask meanwhile too, and again only after it changed.
 * Large ones are never held in memory.
 */
export class FileBlobs {
  readonly #hashed = new Map<string, Hashed>();
  #kept = 0;

  async blob(absolute: string): Promise<Blob> {
    const stat = statSync(absolute);
    const stamp = stampOf(stat);
    const known = this.#hashed.get(absolute);
    if (known?.stamp === stamp) return known.blob;
    const hashed = { blob: this.#read(absolute, stat), stamp };
    this.#hashed.set(absolute, hashed);
    try {
      return await hashed.blob;
    } catch (error) {
      if (this.#hashed.get(absolute) === hashed) this.#hashed.delete(absolute);
      throw error;
    }
  }

  async #read(absolute: string, stat: Stats): Promise<Blob> {
    if (stat.size > SMALL) return await streamed(absolute, stat);
    const blob = blobOf(readFileSync(absolute));
    if (this.#kept + blob.size > MOST_KEPT)
      return { digest: blob.digest, size: blob.size, open: () => piecesOf(absolute, stampOf(stat)) };
    this.#kept += blob.size;
    return blob;
  }
}

/** Tells a file that was changed from one that was not. */
const stampOf = ({ ino, size, mtimeMs }: Stats): string => `${ino} ${size} ${mtimeMs}`;

async function streamed(absolute: string, stat: Stats): Promise<Blob> {
  const hash = createHash('sha256');
  const stamp = stampOf(stat);
  for await (const piece of piecesOf(absolute, stamp)) hash.update(piece);
  return { digest: hash.digest('hex') as Digest, size: stat.size, open: () => piecesOf(absolute, stamp) };
}

/**
 * The content, piece by piece, all in one buffer: a buffer of its own for each would cost more than to read it. Throws
 * where the file is not the one that was hashed: what is sent must be what its digest says.
 */
async function* piecesOf(absolute: string, stamp: string): AsyncGenerator<Uint8Array> {
  const file = await open(absolute);
  try {
    const buffer = Buffer.allocUnsafe(PIECE);
    for (;;) {
      const { bytesRead } = await file.read(buffer, 0, PIECE, null);
      if (bytesRead === 0) break;
      yield buffer.subarray(0, bytesRead);
    }
    if (stampOf(await file.stat()) !== stamp) throw new Error(`${absolute} was changed while it was read`);
  } finally {
    await file.close();
  }
}
