import type { Blob } from '../../core/blob.js';
import { Incomplete, lacking } from '../../core/probe.js';
import { type Sh, sh } from '../../core/sh.js';
import { digestOfPath } from '../../core/shared.js';

/** Old text up to this size, in bytes, is brought here for a diff. */
export const DIFF_CAP = 65_536;
/** A file to be edited must be no larger, in bytes: it travels whole. */
export const EDIT_CAP = 1_048_576;

/** `$z` is the size in `$s`. */
const size: Sh = sh`z=\${s#* * * }; z=\${z%% *}`;

/**
 * After the status look, of a regular file at `$p`: `same` if its content is the blob's. The digest is asked only when
 * the sizes are the same. Else the old text, if it is small. As base64, which is the one form of arbitrary bytes that
 * survives `$( )`, and is cheap.
 */
export function sameLook(blob: Blob, path?: string): Sh {
  const same =
    blob.size === 0
      ? sh`[ "$z" = 0 ]`
      : sh`[ "$z" = ${blob.size} ] && { ${digestOfPath(path)}; [ \${#h} = 64 ] || { h=$(sha256sum <"$p"); h=\${h%% *}; }; [ \${#h} = 64 ] || ${lacking('sha256sum')}; } && [ "$h" = ${blob.digest} ]`;
  return sh`case $s in 8*) ${size}
if [ ! -r "$p" ]; then echo unreadable; elif ${same}; then echo same
elif [ "$z" -le ${DIFF_CAP} ]; then echo text; base64 <"$p" || ${lacking('base64')}; fi ;; esac`;
}

/** After the status look, of a regular file at `$p`: its whole content, or `large`. */
export const wholeLook: Sh = sh`case $s in 8*) ${size}
if [ ! -r "$p" ]; then echo unreadable; elif [ "$z" -gt ${EDIT_CAP} ]; then echo large
else echo text; base64 <"$p" || ${lacking('base64')}; fi ;; esac`;

/** The same bytes, if they are as many as `stat` said. A file that changes while it is read is as little an answer. */
export function wholeBytes<B extends Uint8Array>(bytes: B | undefined, size: number | undefined): B | undefined {
  if (bytes !== undefined && bytes.length !== size) throw new Incomplete('base64');
  return bytes;
}

/** Bytes as text for a reader, or nothing if they are no text: a NUL or other control, or not UTF-8. */
export function textOf(bytes: Uint8Array): string | undefined {
  if (bytes.length > DIFF_CAP) return undefined;
  try {
    const text = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes);
    return /[\x00-\x08\x0e-\x1a\x1c-\x1f]/.test(text) ? undefined : text;
  } catch {
    return undefined;
  }
}

/** What a diff shows of content: the text, or its size. */
export const shownContent = (bytes: Uint8Array | undefined, length: number, digest?: string): string =>
  (bytes && textOf(bytes)) ?? `«${length} bytes${digest ? `, sha256 ${digest.slice(0, 12)}…` : ''}»`;
