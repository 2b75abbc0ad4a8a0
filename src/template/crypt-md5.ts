import { createHash } from 'node:crypto';
import { digestText } from './crypt-text.js';

const ROUNDS = 1000;
/** Which bytes of the digest are printed together, and in which order. */
const ORDER: readonly (readonly number[])[] = [
  [0, 6, 12],
  [1, 7, 13],
  [2, 8, 14],
  [3, 9, 15],
  [4, 10, 5],
  [-1, -1, 11],
];

const md5 = (...parts: readonly Uint8Array[]): Buffer => {
  const hash = createHash('md5');
  for (const part of parts) hash.update(part);
  return hash.digest();
};

/** Kamp's MD5-crypt, `$1$…`, as in FreeBSD's crypt-md5.c. The salt has eight characters at most. */
export function md5Crypt(password: string, saltText: string): string {
  const key = Buffer.from(password, 'utf8');
  const salt = Buffer.from(saltText, 'ascii');
  const between = md5(key, salt, key);
  const parts: Uint8Array[] = [key, Buffer.from('$1$'), salt, Buffer.alloc(key.length, between)];
  for (let bits = key.length; bits > 0; bits >>= 1) parts.push(bits & 1 ? Buffer.alloc(1) : key.subarray(0, 1));
  let digest = md5(...parts);
  for (let round = 0; round < ROUNDS; round++) {
    const mixed: Uint8Array[] = [round % 2 ? key : digest];
    if (round % 3) mixed.push(salt);
    if (round % 7) mixed.push(key);
    mixed.push(round % 2 ? digest : key);
    digest = md5(...mixed);
  }
  return `$1$${saltText}$${digestText(digest, ORDER)}`;
}
