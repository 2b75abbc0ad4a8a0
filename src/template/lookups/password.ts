import { RenderError } from '../../core/value.js';
import { newSalt, passwordHash } from '../crypt.js';
import { chanceFor, choose } from '../random.js';
import type { Run } from '../run.js';
import { isList, mapKnown, type Term, touch } from '../terms.js';
import { toText } from '../text.js';
import { filesOf, type Lookup, type Question } from './lookup.js';
import { keyValues } from './words.js';

const LETTERS = 'abcdefghijklmnopqrstuvwxyz';
const PUNCTUATION = '!"#$%&\'()*+,-./:;<=>?@[\\]^_`{|}~';
const DIGITS = '0123456789';

/** Python's names for sets of characters. */
const SETS: ReadonlyMap<string, string> = new Map(
  Object.entries({
    ascii_lowercase: LETTERS,
    ascii_uppercase: LETTERS.toUpperCase(),
    ascii_letters: LETTERS + LETTERS.toUpperCase(),
    digits: DIGITS,
    hexdigits: `${DIGITS}abcdefABCDEF`,
    octdigits: '01234567',
    punctuation: PUNCTUATION,
    printable: `${DIGITS}${LETTERS}${LETTERS.toUpperCase()}${PUNCTUATION} \t\n\r\v\f`,
  }),
);
const DEFAULT_CHARACTERS = ['ascii_letters', 'digits', '.,:-_'];
const DEFAULT_LENGTH = 20;
const OPTIONS: readonly string[] = ['length', 'encrypt', 'chars', 'ident', 'seed'];
/** A path that keeps nothing: every use makes a new password. */
const NOWHERE = '/dev/null';

/**
 * A password kept in a file of the controller, made at first use: `credentials/db length=15 chars=ascii_letters,digits
 * encrypt=sha512_crypt seed=x`. The file holds the password in clear, and its salt, as Ansible writes them.
 */
export const passwordLookup: Lookup = question =>
  mapKnown(question.terms, term => {
    const password = passwordFor(toText(term), question);
    touch(password);
    return password;
  });

function passwordFor(term: string, { options, run }: Question): Term {
  const [path, ...words] = term.split(' ') as [string, ...string[]];
  const { pairs, rest } = keyValues(words.join(' '));
  const strange = [...pairs.keys()].find(key => !OPTIONS.includes(key)) ?? (rest === '' ? undefined : rest);
  if (strange !== undefined) throw new RenderError(`the password lookup does not know '${strange}'`);
  const option = (name: string): Term | undefined => pairs.get(name) ?? options.get(name);
  const file = path === NOWHERE ? undefined : fileFor(path, run);
  const encrypt = option('encrypt');
  const scheme = encrypt === undefined || encrypt === null ? undefined : toText(encrypt);
  const password = file?.stored?.password ?? make(option, run);
  const salt =
    file?.stored?.salt ?? (scheme === undefined || !file ? undefined : newSalt(chanceFor(undefined, run), scheme));
  const content = salt === undefined ? password : `${password} salt=${salt}`;
  if (file && (!file.stored || salt !== file.stored.salt)) file.write(`${content}\n`);
  return scheme === undefined ? password : passwordHash(password, { scheme, salt }, run);
}

/** What a file of the controller keeps, and how to change it. */
function fileFor(path: string, run: Run) {
  const files = filesOf(run, 'password');
  const absolute = files.find(path, 'files') ?? files.tried(path, 'files').at(-1) ?? path;
  const kept = files.find(absolute, 'files');
  return {
    stored: kept === undefined ? undefined : parse(Buffer.from(files.read(kept)).toString('utf8').trimEnd()),
    write: (content: string) => files.write(absolute, content),
  };
}

function parse(line: string): { password: string; salt: string | undefined } {
  const at = line.lastIndexOf(' salt=');
  if (at < 0) return { password: line, salt: undefined };
  return { password: line.slice(0, at), salt: line.slice(at + ' salt='.length).replace(/ ident=.*$/, '') };
}

function make(option: (name: string) => Term | undefined, run: Run): string {
  const chars = option('chars');
  const names =
    chars === undefined ? DEFAULT_CHARACTERS : isList(chars) ? chars.map(toText) : splitCharacters(toText(chars));
  const letters = names
    .map(name => SETS.get(name) ?? name)
    .join('')
    .replace(/["']/g, '');
  const length = Number(toText(option('length') ?? DEFAULT_LENGTH));
  if (!Number.isInteger(length) || length < 1 || length > 4096)
    throw new RenderError('the length of a password must be a whole number from 1 to 4096');
  const chance = chanceFor(option('seed'), run);
  return Array.from({ length }, () => choose([...letters], chance)).join('');
}

/** Names and characters between commas; two commas are one comma meant as a character. */
const splitCharacters = (text: string): string[] => [
  ...(text.includes(',,') ? [','] : []),
  ...text.replaceAll(',,', ',').split(',').filter(Boolean),
];
