import { createHash } from 'node:crypto';

/** Types of public keys that may stand in authorized_keys and known_hosts (sshd(8), ssh-keygen(1)). */
const TYPES =
  /^(?:ssh-(?:rsa|dss|ed25519|ed448|xmss@openssh\.com)|ecdsa-sha2-nistp(?:256|384|521)|rsa-sha2-(?:256|512)|(?:webauthn-)?sk-(?:ssh-ed25519|ecdsa-sha2-nistp256)@openssh\.com|[a-z0-9-]+-cert-v01@openssh\.com)$/;

export const isKeyType = (word: string): boolean => TYPES.test(word);

/** A public key: its type and its blob in base64 are what it is; the rest is decoration. */
export interface PublicKey {
  readonly type: string;
  readonly blob: string;
}

export const sameKey = (a: PublicKey, b: PublicKey): boolean => a.type === b.type && a.blob === b.blob;

/** `SHA256:…`, as `ssh-keygen -l` prints it. */
export const fingerprint = ({ blob }: PublicKey): string =>
  `SHA256:${createHash('sha256').update(Buffer.from(blob, 'base64')).digest('base64').replace(/=+$/, '')}`;

/** Length-prefixed fields of a blob (RFC 4253, 6.6), or nothing if it is not made of such. */
export function fieldsOfBlob(blob: string): readonly Buffer[] | undefined {
  if (!/^[A-Za-z0-9+/]+={0,2}$/.test(blob)) return undefined;
  const bytes = Buffer.from(blob, 'base64');
  const fields: Buffer[] = [];
  for (let at = 0; at < bytes.length; ) {
    if (at + 4 > bytes.length) return undefined;
    const length = bytes.readUInt32BE(at);
    if (at + 4 + length > bytes.length) return undefined;
    fields.push(bytes.subarray(at + 4, at + 4 + length));
    at += 4 + length;
  }
  return fields.length > 0 ? fields : undefined;
}

/** The type stands in the blob, too: a key that was cut or pasted together does not pass. */
export const isWhole = ({ type, blob }: PublicKey): boolean => {
  const own = fieldsOfBlob(blob)?.[0]?.toString('latin1');
  return own === type || (own === 'ssh-rsa' && type.startsWith('rsa-sha2-'));
};

/** Bits of a key, as `ssh-keygen -l` counts them; nothing for types whose size nobody asks for. */
export function bitsOf({ type, blob }: PublicKey): number | undefined {
  const fields = fieldsOfBlob(blob);
  const curve = /^ecdsa-sha2-nistp(\d+)$/.exec(type)?.[1];
  if (curve) return Number(curve);
  if (type === 'ssh-ed25519') return 256;
  const number = type === 'ssh-rsa' ? fields?.[2] : type === 'ssh-dss' ? fields?.[1] : undefined;
  if (!number) return undefined;
  const hex = number.toString('hex').replace(/^0+/, '');
  return hex === '' ? 0 : (hex.length - 1) * 4 + Number.parseInt(hex[0]!, 16).toString(2).length;
}
