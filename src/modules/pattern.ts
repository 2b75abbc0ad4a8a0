import { encode } from '../core/bytes.js';
import { bounded } from '../core/regex-time.js';

/** A Python regular expression made ready, or what is wrong with it. */
export type Pattern =
  | { readonly ok: true; readonly regex: RegExp; readonly multiline: boolean }
  | { readonly ok: false; readonly why: string };

export interface Reading {
  /** `bytes`: texts are latin1 strings, one character a byte, as Python's re on bytes; `text`: as on str. */
  readonly on: 'bytes' | 'text';
  /** Python's flags from the outside: `m` multiline, `s` dotall. */
  readonly flags?: string;
}

class Wrong extends Error {}

/**
 * Translates Python's `re` syntax (docs.python.org, "Regular Expression Syntax") to JavaScript's. What means something
 * else there is spelled out: `$` also stands before a last line break, `.` excludes only `\n`, `^` under multiline knows
 * only `\n`. Not translatable: atomic and possessive groups, conditionals, a scoped `(?i:…)`.
 */
export function patternOf(written: string, { on, flags = '' }: Reading): Pattern {
  const source = on === 'bytes' ? bytesOf(written) : written;
  try {
    const translation = new Translation(source, on, new Set(flags));
    const body = translation.all();
    const js = `g${translation.flags.has('i') ? 'i' : ''}u`;
    return { ok: true, regex: new RegExp(body, js), multiline: translation.flags.has('m') };
  } catch (e) {
    if (e instanceof Wrong) return { ok: false, why: e.message };
    if (e instanceof SyntaxError)
      return { ok: false, why: e.message.replace(/^Invalid regular expression: .*: /s, '') };
    throw e;
  }
}

/** Text as the latin1 string of its UTF-8 bytes, in which files are edited. */
export const bytesOf = (text: string): string => encode(text).toString('latin1');

/** The first match; `search` of Python. Throws RenderError where it takes too long. */
export function search(regex: RegExp, text: string): RegExpExecArray | undefined {
  regex.lastIndex = 0;
  return bounded(regex, text, () => regex.exec(text)) ?? undefined;
}

const SPACE = ' \\t\\n\\r\\f\\v';
const CONTROLS: { readonly [letter: string]: string } = { a: '\x07', f: '\f', n: '\n', r: '\r', t: '\t', v: '\v' };
const literal = (c: string): string => (/[\\^$.*+?()[\]{}|/]/.test(c) ? `\\${c}` : c);
const inClass = (c: string): string => (/[\\\][^-]/.test(c) ? `\\${c}` : c);

class Translation {
  #at = 0;
  readonly #scopes: Set<string>[] = [];

  constructor(
    readonly source: string,
    readonly on: Reading['on'],
    public flags: Set<string>,
  ) {}

  all(): string {
    let out = '';
    for (let m = this.#take(/\(\?([aiLmsux]+)\)/y); m; m = this.#take(/\(\?([aiLmsux]+)\)/y))
      for (const flag of m[1]!) this.flags.add(flag);
    while (this.#at < this.source.length) out += this.#next();
    if (this.#scopes.length > 0) throw new Wrong('a parenthesis is not closed');
    return out;
  }

  #take(regex: RegExp): RegExpExecArray | null {
    regex.lastIndex = this.#at;
    const m = regex.exec(this.source);
    if (m) this.#at = regex.lastIndex;
    return m;
  }

  #next(): string {
    const c = this.#take(/[\s\S]/uy)![0];
    const { flags } = this;
    if (flags.has('x') && /\s/.test(c)) return '';
    if (flags.has('x') && c === '#') {
      this.#take(/[^\n]*/y);
      return '';
    }
    if (c === '\\') return this.#escape('outside');
    if (c === '[') return this.#class();
    if (c === '(') return this.#open();
    if (c === ')') {
      const outer = this.#scopes.pop();
      if (!outer) throw new Wrong('a parenthesis is closed that was not opened');
      this.flags = outer;
      return ')';
    }
    if (c === '.') return flags.has('s') ? '[\\s\\S]' : '[^\\n]';
    if (c === '^') return flags.has('m') ? '(?<![^\\n])' : '^';
    if (c === '$') return flags.has('m') ? '(?![^\\n])' : '(?=\\n?$)';
    if (c === '|') return c;
    if (c === '*' || c === '+' || c === '?') return c + this.#lazy();
    if (c === '{') {
      const m = this.#take(/(\d*)(,?)(\d*)\}/y);
      if (m && (m[1] !== '' || m[2] !== '')) return `{${m[1] || '0'}${m[2]}${m[3]}}${this.#lazy()}`;
      if (m) this.#at -= m[0].length;
    }
    return literal(c);
  }

  #lazy(): string {
    if (this.#take(/\+/y)) throw new Wrong('possessive repeats are not supported');
    return this.#take(/\?/y) ? '?' : '';
  }

  #open(): string {
    const inherit = () => this.#scopes.push(new Set(this.flags));
    if (!this.#take(/\?/y)) {
      inherit();
      return '(';
    }
    if (this.#take(/#[^)]*\)/y)) return '';
    const back = this.#take(/P=(\w+)\)/y);
    if (back) return `\\k<${back[1]}>`;
    const named = this.#take(/P<([A-Za-z_]\w*)>/y);
    const plain = named ? null : this.#take(/:|=|!|<=|<!/y);
    if (named || plain) {
      inherit();
      return named ? `(?<${named[1]}>` : `(?${plain![0]}`;
    }
    const scoped = this.#take(/([aLmsux]*)(?:-([msx]+))?:/y);
    if (scoped) {
      inherit();
      this.flags = new Set([...this.flags, ...scoped[1]!]);
      for (const flag of scoped[2] ?? '') this.flags.delete(flag);
      return '(?:';
    }
    if (this.#take(/>/y)) throw new Wrong('atomic groups are not supported');
    if (this.#take(/\(/y)) throw new Wrong('conditional groups are not supported');
    if (this.#take(/[a-zA-Z-]+\)/y)) throw new Wrong('flags must stand at the start of the expression');
    throw new Wrong(`(?${this.source.slice(this.#at, this.#at + 1)} is not supported`);
  }

  #class(): string {
    let out = this.#take(/\^/y) ? '[^' : '[';
    let isFirst = true;
    for (;;) {
      const c = this.#take(/[\s\S]/uy)?.[0];
      if (c === undefined) throw new Wrong('a [ is not closed');
      if (c === ']' && !isFirst) return `${out}]`;
      const isAtEdge = isFirst || this.source[this.#at] === ']';
      isFirst = false;
      if (c === '\\') out += this.#escape('class');
      // A range stays one only between two characters; at the ends the dash is itself.
      else if (c === '-') out += isAtEdge ? '\\-' : '-';
      else out += inClass(c);
    }
  }

  #escape(where: 'outside' | 'class'): string {
    const spell = where === 'class' ? inClass : literal;
    const code = this.#take(/x([0-9a-fA-F]{2})|u([0-9a-fA-F]{4})|U([0-9a-fA-F]{8})/y);
    if (code) return `\\u{${code[1] ?? code[2] ?? code[3]}}`;
    const octal = this.#take(where === 'class' ? /[0-7]{1,3}/y : /0[0-7]{0,2}|[0-3][0-7]{2}/y);
    if (octal) return `\\u{${Number.parseInt(octal[0], 8).toString(16)}}`;
    const back = this.#take(/[1-9]\d?/y);
    if (back) return `(?:\\${back[0]})`;
    const c = this.#take(/[\s\S]/uy)?.[0];
    if (c === undefined) throw new Wrong('a backslash stands at the end');
    if (c in CONTROLS) return `\\u{${CONTROLS[c]!.charCodeAt(0).toString(16)}}`;
    if (this.on === 'text' && /[wWbB]/.test(c) && !(where === 'class' && c !== 'w')) return unicode(c, where);
    if (/[dDwW]/.test(c)) return `\\${c}`;
    if (c === 's') return this.on === 'text' ? '\\s' : where === 'class' ? SPACE : `[${SPACE}]`;
    if (c === 'S') return this.on === 'text' ? '\\S' : where === 'class' ? '\\S\\u00a0' : `[^${SPACE}]`;
    if (where === 'class' && c === 'b') return '\\u0008';
    if (where === 'outside' && /[bB]/.test(c)) return `\\${c}`;
    if (where === 'outside' && c === 'A') return '(?<![\\s\\S])';
    if (where === 'outside' && c === 'Z') return '(?![\\s\\S])';
    if (/[A-Za-z]/.test(c)) throw new Wrong(`\\${c} is not known`);
    return spell(c);
  }
}

const WORD = '\\p{L}\\p{N}_';

/** On text, Python's words are those of all scripts. */
function unicode(c: string, where: 'outside' | 'class'): string {
  if (c === 'w') return where === 'class' ? WORD : `[${WORD}]`;
  if (c === 'W') return `[^${WORD}]`;
  const [here, gone] = [`(?<=[${WORD}])`, `(?<![${WORD}])`];
  const [next, end] = [`(?=[${WORD}])`, `(?![${WORD}])`];
  return c === 'b' ? `(?:${here}${end}|${gone}${next})` : `(?:${here}${next}|${gone}${end})`;
}

/** A Python replacement, read: literal text and groups by number or name. */
export type Replacement =
  | { readonly ok: true; readonly parts: readonly (string | { readonly group: number | string })[] }
  | { readonly ok: false; readonly why: string };

/** Reads what `re.sub` and `Match.expand` take: `\1`, `\g<name>`, `\n`; a backslash before other signs stays. */
export function replacementOf(written: string, { on }: Reading): Replacement {
  const parts: (string | { group: number | string })[] = [];
  const text = on === 'bytes' ? bytesOf(written) : written;
  let end = 0;
  for (const m of text.matchAll(/\\(?:g<(\w+)>|(0[0-7]{0,2}|[0-3][0-7]{2})|([1-9]\d?)|([\s\S])|$)/g)) {
    parts.push(text.slice(end, m.index));
    end = m.index + m[0].length;
    const [whole, name, octal, number, other] = m;
    if (name !== undefined) parts.push({ group: /^\d+$/.test(name) ? Number(name) : name });
    else if (octal !== undefined) parts.push(String.fromCharCode(Number.parseInt(octal, 8) & 0xff));
    else if (number !== undefined) parts.push({ group: Number(number) });
    else if (other === undefined) return { ok: false, why: 'a backslash stands at the end' };
    else if (other === '\\') parts.push('\\');
    else if (other === 'b') parts.push('\b');
    else if (other in CONTROLS) parts.push(CONTROLS[other]!);
    else if (/[A-Za-z]/.test(other)) return { ok: false, why: `\\${other} is not known` };
    else parts.push(whole);
  }
  parts.push(text.slice(end));
  return { ok: true, parts: parts.filter(part => part !== '') };
}

/** The replacement with the groups of a match put in; a group that took no part is empty. */
export const expand = ({ parts }: Replacement & { ok: true }, match: RegExpExecArray | RegExpMatchArray): string =>
  parts
    .map(part =>
      typeof part === 'string'
        ? part
        : ((typeof part.group === 'number' ? match[part.group] : match.groups?.[part.group]) ?? ''),
    )
    .join('');

/** A group that the replacement names and the pattern does not have, or nothing. */
export function missingGroup({ parts }: Replacement & { ok: true }, regex: RegExp): string | undefined {
  // With an empty alternative it matches anything, and so tells all its groups.
  const match = new RegExp(`(?:${regex.source})|`, 'u').exec('')!;
  const known = (group: number | string) =>
    typeof group === 'number' ? group < match.length : match.groups !== undefined && group in match.groups;
  const lost = parts.find(part => typeof part !== 'string' && !known(part.group));
  return lost === undefined || typeof lost === 'string' ? undefined : String(lost.group);
}
