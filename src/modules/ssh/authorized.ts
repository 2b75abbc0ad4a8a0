import { isKeyType, isWhole, type PublicKey } from './keys.js';

/** One key of an authorized_keys file (sshd(8), AUTHORIZED_KEYS FILE FORMAT). */
export interface AuthorizedKey extends PublicKey {
  /** As written, without the blank behind them; empty for none. */
  readonly options: string;
  readonly comment: string;
}

/** Reads one line; nothing for comments and for what sshd would not read either. */
export function authorizedKeyOf(line: string): AuthorizedKey | undefined {
  const text = line.trim();
  if (text === '' || text.startsWith('#')) return undefined;
  const first = /^\S+/.exec(text)![0];
  const options = isKeyType(first) ? '' : (/^(?:[^\s"]|"(?:\\.|[^"\\])*")+(?=\s)/.exec(text)?.[0] ?? '');
  const [type = '', blob = '', ...comment] = text.slice(options.length).trim().split(/\s+/);
  return isKeyType(type) && blob !== '' ? { options, type, blob, comment: comment.join(' ') } : undefined;
}

/** The line of a key. */
export const lineOf = ({ options, type, blob, comment }: AuthorizedKey): string =>
  [options, type, blob, comment].filter(part => part !== '').join(' ');

/** Options one by one, in no order, since sshd takes them in any. */
const optionsOf = (options: string): readonly string[] =>
  (options.match(/(?:[^,"]|"(?:\\.|[^"\\])*")+/g) ?? []).map(option => option.trim()).toSorted();

export const sameLine = (a: AuthorizedKey, b: AuthorizedKey): boolean =>
  a.type === b.type &&
  a.blob === b.blob &&
  a.comment === b.comment &&
  optionsOf(a.options).join() === optionsOf(b.options).join();

/** Keys that a task gives, one a line, comments skipped; or what is wrong with one of them. */
export function keysGiven(text: string): { readonly keys: readonly AuthorizedKey[] } | { readonly wrong: string } {
  const lines = text.split('\n').filter(line => line.trim() !== '' && !line.trim().startsWith('#'));
  const keys: AuthorizedKey[] = [];
  for (const line of lines) {
    const key = authorizedKeyOf(line);
    if (!key || !isWhole(key)) return { wrong: `not a public key: ${line.trim().slice(0, 60)}` };
    keys.push(key);
  }
  return keys.length > 0 ? { keys } : { wrong: 'no key in it' };
}

/** What a task wants of the keys in a file. */
export interface KeysWish {
  readonly keys: readonly AuthorizedKey[];
  readonly state: 'present' | 'absent';
  /** Nothing else may stand in the file. */
  readonly exclusive: boolean;
}

/** The file as it shall be. A key that stands there with other options or another comment is put right where it is. */
export function edited(before: string, { keys, state, exclusive }: KeysWish): string {
  const lines = before.split('\n');
  if (lines.at(-1) === '') lines.pop();
  const parsed = lines.map(authorizedKeyOf);
  const wished = (key: AuthorizedKey | undefined) =>
    keys.find(each => each.type === key?.type && each.blob === key.blob);
  if (state === 'absent') {
    const kept = lines.filter((_, i) => wished(parsed[i]) === undefined);
    return kept.length === lines.length ? before : ended(kept);
  }
  const done = new Set<AuthorizedKey>();
  const kept = lines.flatMap((line, i) => {
    const wish = wished(parsed[i]);
    if (wish === undefined) return exclusive ? [] : [line];
    // The same key twice: sshd takes the first, so the others would only mislead.
    if (done.has(wish)) return [];
    done.add(wish);
    return [sameLine(wish, parsed[i]!) ? line : lineOf(wish)];
  });
  const added = keys.filter(
    (key, i) => !done.has(key) && keys.findIndex(each => each.type === key.type && each.blob === key.blob) === i,
  );
  const after = [...kept, ...added.map(lineOf)];
  return after.length === lines.length && after.every((line, i) => line === lines[i]) ? before : ended(after);
}

const ended = (lines: readonly string[]): string => lines.map(line => `${line}\n`).join('');
