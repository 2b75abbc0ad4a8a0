import { readFileSync, statSync } from 'node:fs';
import ssh2, { type ParsedKey } from 'ssh2';

/** A private key file, as far as it can be used. */
export type KeyFile =
  | { readonly kind: 'key'; readonly path: string; readonly key: ParsedKey }
  | { readonly kind: 'missing'; readonly path: string }
  /** `blob` is the public half, where it can be read without the passphrase. */
  | { readonly kind: 'encrypted'; readonly path: string; readonly blob?: Buffer | undefined }
  | { readonly kind: 'wrong-passphrase'; readonly path: string }
  | { readonly kind: 'unusable'; readonly path: string; readonly why: string };

/**
 * Reads a private key. Refuses one of ours that others may read, as ssh does: bits of mode 0077 are set and the owner
 * is who we run as (sshkey_perm_ok in OpenSSH's authfile.c).
 */
export function readKey(path: string, passphrase: string | undefined): KeyFile {
  let text: Buffer;
  try {
    const { mode, uid } = statSync(path);
    if (uid === process.getuid?.() && (mode & 0o077) !== 0) {
      const shown = (mode & 0o777).toString(8).padStart(4, '0');
      return { kind: 'unusable', path, why: `its mode ${shown} lets others read it: chmod 600 ${path}` };
    }
    text = readFileSync(path);
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    return code === 'ENOENT' ? { kind: 'missing', path } : { kind: 'unusable', path, why: message };
  }
  const parsed: unknown = ssh2.utils.parseKey(text, passphrase);
  if (!(parsed instanceof Error)) {
    const key = (Array.isArray(parsed) ? parsed[0] : parsed) as ParsedKey;
    return key.isPrivateKey() ? { kind: 'key', path, key } : { kind: 'unusable', path, why: 'it holds no private key' };
  }
  if (/no passphrase given/i.test(parsed.message)) return { kind: 'encrypted', path, blob: publicHalf(path, text) };
  if (passphrase !== undefined && /passphrase|integrity|malformed/i.test(parsed.message)) {
    return { kind: 'wrong-passphrase', path };
  }
  return { kind: 'unusable', path, why: parsed.message };
}

/** From the clear part of an openssh-key-v1 file (PROTOCOL.key), else from the `.pub` beside it. */
function publicHalf(path: string, text: Buffer): Buffer | undefined {
  const body = /-----BEGIN OPENSSH PRIVATE KEY-----([^-]+)-----END/.exec(text.toString('latin1'))?.[1];
  if (body !== undefined) {
    const bytes = Buffer.from(body, 'base64');
    let at = 'openssh-key-v1\0'.length;
    const field = () => {
      const length = bytes.readUInt32BE(at);
      at += 4 + length;
      return bytes.subarray(at - length, at);
    };
    try {
      // Cipher, key derivation, its options, the count of keys; then the first public key.
      field();
      field();
      field();
      at += 4;
      return field();
    } catch {
      return undefined;
    }
  }
  try {
    return Buffer.from(readFileSync(`${path}.pub`, 'utf8').split(' ')[1] ?? '', 'base64');
  } catch {
    return undefined;
  }
}
