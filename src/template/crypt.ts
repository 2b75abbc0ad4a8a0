import { createHash } from 'node:crypto';
import { type PasswordHashing, RenderError, type Unknown } from '../core/value.js';
import { md5Crypt } from './crypt-md5.js';
import { digestText } from './crypt-text.js';
import { type Chance, choose, SYSTEM } from './random.js';
import type { Run } from './run.js';

/** Where a salt's letters come from, in Ansible's order. */
const SALT_LETTERS = 'abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789./';
const SALT_LENGTH = 16;
const MD5_SALT_LENGTH = 8;

interface Scheme {
  readonly hash: 'sha256' | 'sha512';
  readonly prefix: string;
  /** What passlib, and so Ansible, takes where no rounds are given. */
  readonly rounds: number;
  /** In which order the bytes of the digest are printed, three at a time. */
  readonly order: readonly (readonly number[])[];
}

/** Byte positions of the printed groups: three columns, each turning one place on. */
function orderOf(groups: number, offset: number, turn: 'left' | 'right', last: readonly number[]) {
  const rows: number[][] = [];
  let row = [0, offset, 2 * offset];
  for (let i = 0; i < groups; i++) {
    rows.push(row);
    const [a, b, c] = row as [number, number, number];
    row = turn === 'left' ? [b + 1, c + 1, a + 1] : [c + 1, a + 1, b + 1];
  }
  return [...rows, last];
}

const SCHEMES: ReadonlyMap<string, Scheme> = new Map(
  Object.entries({
    sha512: { hash: 'sha512', prefix: '$6$', rounds: 656_000, order: orderOf(21, 21, 'left', [-1, -1, 63]) },
    sha256: { hash: 'sha256', prefix: '$5$', rounds: 535_000, order: orderOf(10, 10, 'right', [-1, 31, 30]) },
  } satisfies Record<string, Scheme>),
);

const FEWEST_ROUNDS = 1000;
const MOST_ROUNDS = 999_999_999;

/** From here on a hash takes so long that others must not wait for it: some 20 ms. */
const MANY_ROUNDS = 10_000;

/** The same hash is often wanted for every host. */
const done = new Map<string, string>();

const isMd5 = (scheme: string): boolean => /^md5(?:_crypt)?$/.test(scheme);

/** A salt by chance, as long as the scheme takes. */
export const newSalt = (chance: Chance, scheme: string): string =>
  Array.from({ length: isMd5(scheme) ? MD5_SALT_LENGTH : SALT_LENGTH }, () => choose([...SALT_LETTERS], chance)).join(
    '',
  );

export interface Recipe {
  /** `sha512`, `sha256`, `md5`, or their names with `_crypt`. */
  readonly scheme: string;
  /** Absent: by chance. */
  readonly salt?: string | undefined;
  readonly rounds?: number | undefined;
}

/** A line for /etc/shadow, by SHA-crypt or MD5-crypt. Throws RenderError for other schemes and bad salts. */
export function passwordHash(password: string, recipe: Recipe, run: Run): string | Unknown {
  if (isMd5(recipe.scheme)) return md5Hash(password, recipe.salt, run);
  const scheme = SCHEMES.get(recipe.scheme.replace(/_crypt$/, ''));
  if (!scheme)
    throw new RenderError(
      `password_hash does not know '${recipe.scheme}'`,
      undefined,
      'it knows sha512, sha256 and md5',
    );
  const { salt } = recipe;
  const hashing = {
    scheme: scheme.hash,
    password,
    salt,
    rounds: Math.min(MOST_ROUNDS, Math.max(FEWEST_ROUNDS, recipe.rounds ?? scheme.rounds)),
  };
  if (salt !== undefined && !isSalt(salt)) throw new RenderError('a salt is 1 to 16 letters, digits, dots and slashes');
  if (salt === undefined) run.note('random');
  if (hashing.rounds > MANY_ROUNDS && run.scope.hashPassword) return run.scope.hashPassword(hashing);
  return shaCrypt(hashing);
}

function md5Hash(password: string, salt: string | undefined, run: Run): string {
  if (salt === undefined) run.note('random');
  else if (!isSalt(salt) || salt.length > MD5_SALT_LENGTH)
    throw new RenderError('a salt of md5 is 1 to 8 letters, digits, dots and slashes');
  return md5Crypt(password, salt ?? newSalt(SYSTEM, 'md5'));
}

const isSalt = (text: string): boolean => /^[./0-9A-Za-z]{1,16}$/.test(text);

/** Drepper's SHA-crypt. Takes about 2 ms for each thousand rounds. */
export function shaCrypt({ scheme: kind, password, salt = newSalt(SYSTEM, kind), rounds }: PasswordHashing): string {
  const scheme = SCHEMES.get(kind)!;
  const key = JSON.stringify([kind, salt, rounds, password]);
  let hash = done.get(key);
  if (hash === undefined) {
    hash = `${scheme.prefix}rounds=${rounds}$${salt}$${digestText(digest(password, salt, rounds, scheme), scheme.order)}`;
    done.set(key, hash);
  }
  return hash;
}

/** https://www.akkadia.org/drepper/SHA-crypt.txt, its steps in their order. */
function digest(password: string, saltText: string, rounds: number, scheme: Scheme): Buffer {
  const key = Buffer.from(password, 'utf8');
  const salt = Buffer.from(saltText, 'ascii');
  const hash = (...parts: readonly Uint8Array[]) => {
    const one = createHash(scheme.hash);
    for (const part of parts) one.update(part);
    return one.digest();
  };
  const b = hash(key, salt, key);
  const parts: Uint8Array[] = [key, salt, stretched(b, key.length)];
  for (let bits = key.length; bits > 0; bits >>= 1) parts.push(bits & 1 ? b : key);
  let a = hash(...parts);
  const p = stretched(hash(...Array.from({ length: key.length }, () => key)), key.length);
  const s = stretched(hash(...Array.from({ length: 16 + a[0]! }, () => salt)), salt.length);
  for (let round = 0; round < rounds; round++) {
    const mixed = createHash(scheme.hash).update(round % 2 ? p : a);
    if (round % 3) mixed.update(s);
    if (round % 7) mixed.update(p);
    a = mixed.update(round % 2 ? a : p).digest();
  }
  return a;
}

const stretched = (bytes: Buffer, length: number): Buffer => Buffer.alloc(length, bytes);
