import { createHash } from 'node:crypto';
import type { Blob } from '../../core/blob.js';
import { encode } from '../../core/bytes.js';
import type { Digest } from '../../core/names.js';

/** One regular file of an archive; directories above it are made by whoever unpacks it. */
export interface Member {
  /** Relative, without `..`. */
  readonly path: string;
  readonly mode: number;
  readonly content: Blob;
}

const BLOCK = 512;
/** A name up to this many bytes stands in the header itself. */
const SHORT_NAME = 100;
/** The first size that eleven octal digits cannot tell. */
const HUGE = 8 ** 11;

/**
 * A tar archive as a blob: written while it travels, in flat memory, and never held. Headers are of ustar (POSIX.1-1988)
 * with the two extensions of GNU tar that busybox reads as well: long names, and sizes from 8 GiB on. No owners and no
 * times: who unpacks is the owner, and now is the time.
 *
 * Its digest is that of the list of members and of their digests: it names the archive, but is not that of its bytes.
 */
export function archiveOf(members: readonly Member[]): Blob {
  const list = createHash('sha256');
  let size = 2 * BLOCK;
  for (const { path, mode, content } of members) {
    list.update(`${mode} ${content.digest} ${content.size} ${path}\0`);
    const name = encode(path).length;
    size += (name > SHORT_NAME ? BLOCK + padded(name + 1) : 0) + BLOCK + padded(content.size);
  }
  return { digest: list.digest('hex') as Digest, isMade: true, size, open: () => written(members) };
}

async function* written(members: readonly Member[]): AsyncGenerator<Uint8Array> {
  for (const { path, mode, content } of members) {
    const name = encode(path);
    if (name.length > SHORT_NAME) {
      yield header({ name: Buffer.from('././@LongLink'), mode: 0, size: name.length + 1, type: 'L' });
      yield Buffer.concat([name, Buffer.alloc(padded(name.length + 1) - name.length)]);
    }
    yield header({ name: name.subarray(0, SHORT_NAME), mode, size: content.size, type: '0' });
    if (content.bytes !== undefined) yield content.bytes;
    else {
      let left = content.size;
      for await (const piece of content.open()) {
        left -= piece.length;
        if (left < 0) break;
        yield piece;
      }
      if (left !== 0) throw new Error(`${path} changed its size`);
    }
    const rest = padded(content.size) - content.size;
    if (rest > 0) yield Buffer.alloc(rest);
  }
  yield Buffer.alloc(2 * BLOCK);
}

const padded = (size: number): number => Math.ceil(size / BLOCK) * BLOCK;

interface Header {
  readonly name: Uint8Array;
  readonly mode: number;
  readonly size: number;
  readonly type: '0' | 'L';
}

/** Fields and their places: tar(5), ustar. */
function header({ name, mode, size, type }: Header): Buffer {
  const block = Buffer.alloc(BLOCK);
  const octal = (value: number, at: number, digits: number) =>
    block.write(`${value.toString(8).padStart(digits, '0')}\0`, at, 'latin1');
  block.set(name, 0);
  octal(mode, 100, 7);
  octal(0, 108, 7);
  octal(0, 116, 7);
  if (size < HUGE) octal(size, 124, 11);
  else {
    block[124] = 0x80;
    block.writeBigUInt64BE(BigInt(size), 128);
  }
  octal(0, 136, 11);
  block.write(' '.repeat(8), 148, 'latin1');
  block.write(`${type}`, 156, 'latin1');
  block.write('ustar\x0000', 257, 'latin1');
  octal(
    block.reduce((sum, byte) => sum + byte, 0),
    148,
    6,
  );
  return block;
}
