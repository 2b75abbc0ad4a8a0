import { decode } from '../core/bytes.js';
import { MOST_OUTPUT } from '../core/probe.js';

/** Of longer output, this many bytes are kept from either end. */
const END = 64 * 1024;

/** What one snippet wrote to one stream, in bounded memory. */
export class Capture {
  #size = 0;
  #kept: Buffer[] = [];
  #keptSize = 0;
  #head: Buffer | undefined;

  add(bytes: Buffer): void {
    this.#size += bytes.length;
    this.#kept.push(bytes);
    this.#keptSize += bytes.length;
    if (this.#head === undefined && this.#size <= MOST_OUTPUT) return;
    // A copy, which does not hold the rest in memory.
    this.#head ??= Buffer.from(Buffer.concat(this.#kept).subarray(0, END));
    while (this.#keptSize - this.#kept[0]!.length >= END) this.#keptSize -= this.#kept.shift()!.length;
  }

  /** In bytes, all of them. */
  get size(): number {
    return this.#size;
  }

  /** Bytes that {@link text} leaves out. */
  get gone(): number {
    return this.#head === undefined ? 0 : this.#size - this.#head.length - Math.min(END, this.#keptSize);
  }

  /** As text, see {@link decode}. Of too long an output the middle is left out, and it says so. */
  text(): string {
    if (this.#head === undefined) return decode(Buffer.concat(this.#kept));
    const tail = Buffer.concat(this.#kept).subarray(-END);
    return `${decode(withoutHalfCharacter(this.#head))}\n[… ${this.gone} bytes left out …]\n${decode(tail.subarray(continuation(tail)))}`;
  }
}

/** How many bytes at the front belong to a character that was cut in two. */
function continuation(bytes: Buffer): number {
  let n = 0;
  while (n < 3 && n < bytes.length && (bytes[n]! & 0xc0) === 0x80) n++;
  return n;
}

function withoutHalfCharacter(bytes: Buffer): Buffer {
  for (let back = 1; back <= 3 && back <= bytes.length; back++) {
    const byte = bytes[bytes.length - back]!;
    if ((byte & 0xc0) === 0x80) continue;
    const length = byte >= 0xf0 ? 4 : byte >= 0xe0 ? 3 : byte >= 0xc0 ? 2 : 1;
    return length > back ? bytes.subarray(0, bytes.length - back) : bytes;
  }
  return bytes;
}
