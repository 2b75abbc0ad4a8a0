import { RenderError } from '../core/value.js';
import type { RegexFlags } from './regex.js';

/** What of a text decides which constructs mean the same in both languages. */
export interface Traits {
  readonly ascii: boolean;
  readonly oddLines: boolean;
  readonly endsInNewline: boolean;
}

const END = '(?![^])';
const START = '(?<![^])';

/** One pattern of Python's on its way to JavaScript. */
export class Translation {
  readonly #pattern: string;
  readonly #traits: Traits;
  #ignoreCase: boolean;
  #multiline: boolean;
  #dotAll: boolean;
  #verbose: boolean;
  #ascii = false;
  #at = 0;

  constructor(pattern: string, flags: RegexFlags, traits: Traits) {
    this.#pattern = pattern;
    this.#traits = traits;
    this.#ignoreCase = flags.ignoreCase ?? false;
    this.#multiline = flags.multiline ?? false;
    this.#dotAll = flags.dotAll ?? false;
    this.#verbose = flags.verbose ?? false;
  }

  /** The translated pattern, and the letters of the flags it needs. */
  result(): { source: string; letters: string } {
    let source = '';
    while (this.#at < this.#pattern.length) source += this.#next();
    return { source, letters: (this.#ignoreCase ? 'i' : '') + (this.#plainLines ? 'm' : '') };
  }

  /** With `\n` as the only line end in the subject, JavaScript's own multiline mode is Python's. */
  get #plainLines(): boolean {
    return this.#multiline && !this.#traits.oddLines;
  }

  #fail(why: string): never {
    throw new RenderError(`regular expression ${this.#pattern}: ${why} at position ${this.#at}`);
  }

  #take(sticky: RegExp): RegExpExecArray | undefined {
    sticky.lastIndex = this.#at;
    const match = sticky.exec(this.#pattern);
    if (match) this.#at += match[0].length;
    return match ?? undefined;
  }

  #next(): string {
    const letter = this.#pattern[this.#at]!;
    if (this.#verbose && this.#take(/\s+|#[^\n]*/y)) return '';
    if (letter === '\\') return this.#escape('outside');
    if (letter === '[') return this.#class();
    if (letter === '(') return this.#group();
    if (letter === '{') return this.#braces();
    if (this.#take(/[*+?]\+/y)) this.#fail('possessive quantifiers are not supported');
    this.#at++;
    switch (letter) {
      case '.':
        return this.#dotAll ? '[^]' : '[^\\n]';
      case '^':
        return this.#multiline && !this.#plainLines ? '(?<![^\\n])' : '^';
      case '$':
        return this.#dollar();
      case '}':
      case ']':
      case '/':
        return `\\${letter}`;
      default:
        return letter;
    }
  }

  #dollar(): string {
    if (this.#multiline) return this.#plainLines ? '$' : '(?![^\\n])';
    return this.#traits.endsInNewline ? `(?=\\n?${END})` : '$';
  }

  #braces(): string {
    const match = this.#take(/\{(\d*)(,?)(\d*)\}([?+])?/y);
    if (!match || (match[1] === '' && match[3] === '' && match[2] === '')) {
      if (match) this.#at -= match[0].length;
      this.#at++;
      return '\\{';
    }
    if (match[4] === '+') this.#fail('possessive quantifiers are not supported');
    return `{${match[1] || '0'}${match[2]}${match[3]}}${match[4] ?? ''}`;
  }

  #group(): string {
    const comment = this.#take(/\(\?#[^)]*\)/y);
    if (comment) return '';
    const named = this.#take(/\(\?P<([A-Za-z_]\w*)>/y);
    if (named) return `(?<${named[1]}>`;
    const reference = this.#take(/\(\?P=([A-Za-z_]\w*)\)/y);
    if (reference) return `\\k<${reference[1]}>`;
    const flags = this.#take(/\(\?([aiLmsux]+)\)/y);
    if (flags) {
      if (flags.index !== 0) this.#fail('global flags must stand at the start');
      this.#setFlags(flags[1]!);
      return '';
    }
    const plain = this.#take(/\(\?(?::|=|!|<=|<!)/y);
    if (plain) return plain[0];
    if (this.#pattern.startsWith('(?', this.#at))
      this.#fail(`the group ${this.#pattern.slice(this.#at, this.#at + 4)}… is not supported`);
    this.#at++;
    return '(';
  }

  #setFlags(flags: string): void {
    if (flags.includes('i')) this.#ignoreCase = true;
    if (flags.includes('m')) this.#multiline = true;
    if (flags.includes('s')) this.#dotAll = true;
    if (flags.includes('x')) this.#verbose = true;
    if (flags.includes('a')) this.#ascii = true;
  }

  #class(): string {
    const open = this.#take(/\[\^?\]?/y)![0];
    let out = open.endsWith(']') && open.length > 1 ? `${open.slice(0, -1)}\\]` : open;
    for (;;) {
      const letter = this.#pattern[this.#at];
      if (letter === undefined) this.#fail('unterminated character set');
      if (letter === ']') break;
      if (letter === '\\') out += this.#escape('class');
      else {
        out += letter === '[' || letter === '/' ? `\\${letter}` : letter;
        this.#at++;
      }
    }
    this.#at++;
    return `${out}]`;
  }

  #escape(where: 'outside' | 'class'): string {
    const code = this.#take(/\\(?:x([\da-fA-F]{2})|u([\da-fA-F]{4})|U([\da-fA-F]{8}))/y);
    if (code) return literal(String.fromCodePoint(Number.parseInt(code[1] ?? code[2] ?? code[3]!, 16)));
    const octal = this.#take(/\\(0[0-7]{0,2}|[1-3][0-7]{2})/y);
    if (octal) return literal(String.fromCharCode(Number.parseInt(octal[1]!, 8)));
    const back = where === 'outside' ? this.#take(/\\([1-9]\d?)/y) : undefined;
    if (back) return `(?:\\${back[1]})`;
    const match = this.#take(/\\([\s\S])/y);
    if (!match) this.#fail('bad escape at the end');
    return this.#letterEscape(match[1]!, where);
  }

  #letterEscape(letter: string, where: 'outside' | 'class'): string {
    const inClass = where === 'class';
    switch (letter) {
      case 'A':
      case 'Z':
        if (inClass) break;
        return letter === 'A' ? (this.#multiline ? START : '^') : this.#multiline ? END : '$';
      case 'b':
        return inClass ? '\\b' : this.#asciiOnly ? '\\b' : wordBoundary(true);
      case 'B':
        if (inClass) break;
        return this.#asciiOnly ? '\\B' : wordBoundary(false);
      case 'w':
      case 'W':
      case 'd':
      case 'D':
        return this.#asciiOnly ? `\\${letter}` : inClass ? beyondAscii(letter) : `[${beyondAscii(letter)}]`;
      case 's':
      case 'S':
      case 'f':
      case 'n':
      case 'r':
      case 't':
      case 'v':
        return `\\${letter}`;
      case 'a':
        return '\\x07';
    }
    if (/[A-Za-z0-9]/.test(letter)) this.#fail(`bad escape \\${letter}`);
    return literal(letter);
  }

  get #asciiOnly(): boolean {
    return this.#ascii || this.#traits.ascii;
  }
}

const literal = (letter: string): string => letter.replace(/[\\^$.*+?()[\]{}|/-]/g, '\\$&').replace(/\n/g, '\\n');

const wordBoundary = (at: boolean): string => {
  const word = `[${beyondAscii('w')}]`;
  return at
    ? `(?:(?<=${word})(?!${word})|(?<!${word})(?=${word}))`
    : `(?:(?<=${word})(?=${word})|(?<!${word})(?!${word}))`;
};

const ranges = new Map<string, string>();

/** The members of \w, \W, \d or \D beyond ASCII, as ranges: JavaScript's own classes know ASCII only. */
function beyondAscii(kind: string): string {
  let found = ranges.get(kind);
  if (found === undefined) {
    const base = kind.toLowerCase() === 'w' ? /[\p{L}\p{N}_\ud800-\udfff]/u : /\p{Nd}/u;
    const wanted = kind === kind.toLowerCase();
    found = '';
    let start = -1;
    for (let code = 0; code <= 0x10000; code++) {
      const isMember = code < 0x10000 && base.test(String.fromCharCode(code)) === wanted;
      if (isMember && start < 0) start = code;
      if (!isMember && start >= 0) {
        found += `${hex(start)}-${hex(code - 1)}`;
        start = -1;
      }
    }
    ranges.set(kind, found);
  }
  return found;
}

const hex = (code: number): string => `\\u${code.toString(16).padStart(4, '0')}`;
