/** Output up to this many bytes is kept whole. */
const WHOLE = 4 * 1024 * 1024;
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
    if (this.#head === undefined && this.#size <= WHOLE) return;
    if (this.#head === undefined) this.#head = Buffer.concat(this.#kept).subarray(0, END);
    while (this.#keptSize - this.#kept[0]!.length >= END) this.#keptSize -= this.#kept.shift()!.length;
  }

  /** In bytes, all of them. */
  get size(): number {
    return this.#size;
  }

  /** As text: UTF-8, or Latin-1 where it is not UTF-8. Of too long an output the middle is left out, and it says so. */
  text(): string {
    if (this.#head === undefined) return decoded(Buffer.concat(this.#kept));
    const tail = Buffer.concat(this.#kept).subarray(-END);
    const gone = this.#size - this.#head.length - tail.length;
    return `${decoded(withoutHalfCharacter(this.#head))}\n[… ${gone} bytes left out …]\n${decoded(tail.subarray(continuation(tail)))}`;
  }
}

const utf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

function decoded(bytes: Buffer): string {
  try {
    return utf8.decode(bytes);
  } catch {
    return bytes.toString('latin1');
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
