import { jsonKey } from '../core/keys.js';
import { Float, RenderError } from '../core/value.js';
import { nested, spend, weigh } from './budget.js';
import { floatOf, intOf } from './number.js';
import { compare } from './operate.js';
import { bare, dictOf, entriesOf, isDict, isList, Live, mapKnown, type Term, touch, typeName } from './terms.js';
import { floatText } from './text.js';

/** Python's json.dumps settings. */
export interface JsonStyle {
  /** What one level is indented by; undefined: all on one line. */
  readonly indent: string | undefined;
  readonly sortKeys: boolean;
  /** Letters beyond ASCII are written as \uXXXX. */
  readonly ascii: boolean;
  readonly itemSeparator: string;
  readonly keySeparator: string;
}

export const PLAIN_JSON: JsonStyle = {
  indent: undefined,
  sortKeys: false,
  ascii: true,
  itemSeparator: ', ',
  keySeparator: ': ',
};

/** Data as JSON, byte for byte as Python's json.dumps writes it. */
export function toJson(term: Term, style: JsonStyle): string {
  const text = written(term, style, '\n');
  weigh(text.length);
  return text;
}

function written(term: Term, style: JsonStyle, line: string): string {
  const value = bare(term);
  touch(value);
  if (value === null) return 'null';
  if (typeof value === 'string') return quoted(value, style.ascii);
  if (typeof value === 'boolean' || typeof value === 'bigint') return String(value);
  if (value instanceof Float) return number(value.value);
  if (typeof value === 'number') return Number.isInteger(value) ? String(BigInt(value)) : number(value);
  if (isList(value))
    return enclosed(
      '[]',
      value.map(item => (next: string) => written(item, style, next)),
      style,
      line,
    );
  if (!isDict(value) || value instanceof Live) throw new RenderError(`a ${typeName(value)} cannot be written as JSON`);
  const entries = style.sortKeys ? entriesOf(value).toSorted(([a], [b]) => compare(a, b)) : entriesOf(value);
  const members = entries.map(
    ([key, member]) =>
      (next: string) =>
        quoted(key instanceof Float ? number(key.value) : jsonKey(key), style.ascii) +
        style.keySeparator +
        written(member, style, next),
  );
  return enclosed('{}', members, style, line);
}

/** A list or dictionary between its brackets; each part is told the line start of its level. */
function enclosed(
  brackets: string,
  parts: readonly ((line: string) => string)[],
  style: JsonStyle,
  line: string,
): string {
  const [open, close] = brackets;
  spend(parts.length);
  if (parts.length === 0) return brackets;
  return nested(() => {
    if (style.indent === undefined) return open + mapKnown(parts, part => part(line)).join(style.itemSeparator) + close;
    const next = line + style.indent;
    return open + next + mapKnown(parts, part => part(next)).join(style.itemSeparator.trimEnd() + next) + line + close;
  });
}

const number = (value: number): string => {
  if (Number.isNaN(value)) return 'NaN';
  if (!Number.isFinite(value)) return value > 0 ? 'Infinity' : '-Infinity';
  return floatText(value);
};

const SHORT: Readonly<Record<string, string>> = {
  '"': '\\"',
  '\\': '\\\\',
  '\n': '\\n',
  '\r': '\\r',
  '\t': '\\t',
  '\f': '\\f',
  '\b': '\\b',
};

function quoted(text: string, ascii: boolean): string {
  const special = ascii ? /["\\\x00-\x1f]|[^\x00-\x7e]/g : /["\\\x00-\x1f]/g;
  const body = text.replace(
    special,
    letter =>
      SHORT[letter] ?? (letter === '\x7f' ? letter : `\\u${letter.charCodeAt(0).toString(16).padStart(4, '0')}`),
  );
  return `"${body}"`;
}

/** Reads JSON as Python does: `1` is an int, `1.0` a float, big ints stay exact, the last of equal keys wins. */
export const fromJson = (text: string): Term => new JsonReader(text).read();

const TOKEN =
  /[\s]*(?:([[\]{},:])|"((?:[^"\\\x00-\x1f]|\\(?:["\\/bfnrt]|u[\da-fA-F]{4}))*)"|(-?(?:0|[1-9]\d*)(\.\d+)?([eE][+-]?\d+)?)|(true|false|null|NaN|-?Infinity))/y;
const WORDS: ReadonlyMap<string, Term> = new Map<string, Term>([
  ['true', true],
  ['false', false],
  ['null', null],
  ['NaN', Number.NaN],
  ['Infinity', Infinity],
  ['-Infinity', -Infinity],
]);

class JsonReader {
  #at = 0;
  constructor(readonly text: string) {}

  read(): Term {
    const value = this.#value(this.#next());
    if (this.text.slice(this.#at).trim() !== '') this.#fail('more follows');
    return value;
  }

  #fail(why: string): never {
    const before = this.text.slice(0, this.#at);
    const line = before.split('\n').length;
    throw new RenderError(`not JSON: ${why} at line ${line}, column ${this.#at - before.lastIndexOf('\n')}`);
  }

  #next(): RegExpExecArray {
    TOKEN.lastIndex = this.#at;
    const token = TOKEN.exec(this.text);
    if (!token) this.#fail(this.text.slice(this.#at).trim() === '' ? 'it ends too early' : 'a value was expected');
    spend(1);
    this.#at = TOKEN.lastIndex;
    return token;
  }

  #value(token: RegExpExecArray): Term {
    const [, mark, string, digits, fraction, exponent, word] = token;
    if (string !== undefined) return string.includes('\\') ? (JSON.parse(`"${string}"`) as string) : string;
    if (digits !== undefined)
      return fraction === undefined && exponent === undefined ? intOf(BigInt(digits)) : floatOf(Number(digits));
    if (word !== undefined) return WORDS.get(word)!;
    if (mark === '[') return this.#list();
    if (mark === '{') return this.#dict();
    return this.#fail(`unexpected '${mark}'`);
  }

  #list(): Term {
    const items: Term[] = [];
    for (let token = this.#next(); token[1] !== ']'; token = this.#next()) {
      if (items.length > 0) {
        if (token[1] !== ',') this.#fail("',' was expected");
        token = this.#next();
      }
      items.push(this.#value(token));
    }
    return items;
  }

  #dict(): Term {
    const entries: [string, Term][] = [];
    let first = true;
    for (let token = this.#next(); token[1] !== '}'; token = this.#next()) {
      if (!first) {
        if (token[1] !== ',') this.#fail("',' was expected");
        token = this.#next();
      }
      first = false;
      if (token[2] === undefined) this.#fail('a key in double quotes was expected');
      const key = this.#value(token) as string;
      if (this.#next()[1] !== ':') this.#fail("':' was expected");
      entries.push([key, this.#value(this.#next())]);
    }
    return dictOf(entries);
  }
}
