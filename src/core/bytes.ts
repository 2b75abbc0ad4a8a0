/*
 * Text and bytes. Whatever a host says is text here, and becomes the same bytes again where it goes back to a host. Bytes
 * that are not UTF-8 stand in text as lone low surrogates, U+DC80 to U+DCFF for 0x80 to 0xFF, as Python's `surrogateescape`
 * has them (PEP 383): valid text never holds one, so that nothing else can be meant.
 */

const utf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

/** Bytes as text: UTF-8, and each byte that is none as its own surrogate. Never fails. */
export function decode(bytes: Uint8Array): string {
  try {
    return utf8.decode(bytes);
  } catch {
    return decodeMixed(bytes);
  }
}

function decodeMixed(bytes: Uint8Array): string {
  const parts: string[] = [];
  let from = 0;
  for (let at = 0; at < bytes.length; ) {
    const length = characterAt(bytes, at);
    if (length > 0) {
      at += length;
      continue;
    }
    if (at > from) parts.push(utf8.decode(bytes.subarray(from, at)));
    parts.push(String.fromCharCode(0xdc00 + bytes[at]!));
    from = ++at;
  }
  parts.push(utf8.decode(bytes.subarray(from)));
  return parts.join('');
}

/**
 * How many bytes the character at a place has; 0 where there is none. Overlong forms, surrogates (CESU-8) and what is beyond
 * U+10FFFF are none (Unicode, table 3-7).
 */
function characterAt(bytes: Uint8Array, at: number): number {
  const first = bytes[at]!;
  if (first < 0x80) return 1;
  const length = first >= 0xc2 && first <= 0xdf ? 2 : first >= 0xe0 && first <= 0xef ? 3 : 4;
  if (first < 0xc2 || first > 0xf4 || at + length > bytes.length) return 0;
  const second = bytes[at + 1]!;
  const least = first === 0xe0 ? 0xa0 : first === 0xf0 ? 0x90 : 0x80;
  const most = first === 0xed ? 0x9f : first === 0xf4 ? 0x8f : 0xbf;
  if (second < least || second > most) return 0;
  for (let i = 2; i < length; i++) if ((bytes[at + i]! & 0xc0) !== 0x80) return 0;
  return length;
}

const BYTE = /[\udc80-\udcff]/u;
const BYTES = /[\udc80-\udcff]+/gu;

/** Text as bytes: {@link decode} the other way round. Other lone surrogates, which no host can have said, become U+FFFD. */
export function encode(text: string): Buffer {
  if (!BYTE.test(text)) return Buffer.from(text, 'utf8');
  const parts: Buffer[] = [];
  let from = 0;
  for (const { 0: run, index } of text.matchAll(BYTES)) {
    parts.push(Buffer.from(text.slice(from, index), 'utf8'));
    // The last eight bits of the code unit are the byte.
    parts.push(Buffer.from(run, 'latin1'));
    from = index + run.length;
  }
  parts.push(Buffer.from(text.slice(from), 'utf8'));
  return Buffer.concat(parts);
}

/** Text as a person or a JSON reader may have it: what stands for a byte, as U+FFFD. */
export const wellFormed = (text: string): string => text.toWellFormed();
