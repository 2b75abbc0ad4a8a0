import type { Key } from '../core/keys.js';
import { Float, type Lazy, RenderError } from '../core/value.js';
import { nested, spend } from './budget.js';
import { compare } from './operate.js';
import { bare, type Dict, entriesOf, isDict, isList, Live, mapKnown, type Term, touch, typeName } from './terms.js';
import { floatText } from './text.js';
import { analyze, escapeOf, readsAsText } from './yaml-scalar.js';

/** PyYAML's dump settings. */
export interface YamlStyle {
  /** Columns per level. */
  readonly indent: number;
  /** `block`: one item a line; `flow`: all in brackets; `auto`: in brackets where there are only scalars. */
  readonly collections: 'block' | 'flow' | 'auto';
  readonly sortKeys: boolean;
  /** Longer lines are folded at spaces. */
  readonly width: number;
  readonly explicitStart: boolean;
}

/** Data as YAML, byte for byte as PyYAML on libyaml writes it (but that equal lists are never written as references). */
export function toYaml(term: Term, style: YamlStyle): string {
  const emitter = new Emitter(style);
  return emitter.document(term);
}

/** Where a node stands. */
interface Position {
  /** A value in a mapping: a list there is not indented. */
  readonly inMapping: boolean;
  readonly isKey: boolean;
}
const ITEM: Position = { inMapping: false, isKey: false };
const VALUE: Position = { inMapping: true, isKey: false };
const KEY: Position = { inMapping: true, isKey: true };

/** Follows PyYAML's emitter: a column, an indent, and whether only white space came since the line began. */
class Emitter {
  #out = '';
  #column = 0;
  #indent: number | undefined;
  #whitespace = true;
  #indention = true;
  #flowLevel = 0;

  constructor(readonly style: YamlStyle) {}

  document(term: Term): string {
    requireKnown(term);
    if (this.style.explicitStart) this.#indicator('---', true);
    this.#node(term, ITEM);
    if (this.#column > 0) this.#lineBreak();
    return this.#out;
  }

  #write(text: string): void {
    this.#out += text;
    this.#column += text.length;
  }

  #lineBreak(): void {
    this.#out += '\n';
    this.#column = 0;
    this.#whitespace = true;
    this.#indention = true;
  }

  #writeIndent(): void {
    const indent = this.#indent ?? 0;
    if (!this.#indention || this.#column > indent || (this.#column === indent && !this.#whitespace)) this.#lineBreak();
    if (this.#column < indent) {
      this.#write(' '.repeat(indent - this.#column));
      this.#whitespace = true;
    }
  }

  #indicator(text: string, needsSpace: boolean, keeps: { space?: boolean; indention?: boolean } = {}): void {
    this.#write(this.#whitespace || !needsSpace ? text : ` ${text}`);
    this.#whitespace = keeps.space ?? false;
    this.#indention = this.#indention && (keeps.indention ?? false);
  }

  /** Runs with the indent one level deeper. */
  #deeper(kind: 'flow' | 'block' | 'indentless', work: () => void): void {
    const before = this.#indent;
    if (before === undefined) this.#indent = kind === 'flow' ? this.style.indent : 0;
    else if (kind !== 'indentless') this.#indent = before + this.style.indent;
    work();
    this.#indent = before;
  }

  #node(term: Term, at: Position): void {
    const value = bare(term);
    touch(value);
    spend(1);
    if (isList(value)) nested(() => this.#sequence(value, at));
    else if (isDict(value)) nested(() => this.#mapping(value));
    else this.#scalar(value, at);
  }

  #isFlow(members: readonly Term[]): boolean {
    if (this.#flowLevel > 0 || members.length === 0 || this.style.collections === 'flow') return true;
    return this.style.collections === 'auto' && members.every(member => !isList(member) && !isDict(member));
  }

  #sequence(items: readonly Term[], at: Position): void {
    const writers = items.map(item => () => this.#node(item, ITEM));
    if (this.#isFlow(items)) this.#flow('[', ']', writers);
    else {
      const indentless = at.inMapping && !this.#indention;
      this.#deeper(indentless ? 'indentless' : 'block', () => {
        for (const write of writers) {
          this.#writeIndent();
          this.#indicator('-', true, { indention: true });
          write();
        }
      });
    }
  }

  #mapping(dict: Dict | Lazy): void {
    const all = entriesOf(dict);
    const entries = this.style.sortKeys ? sortedByKey(all) : all;
    const writers = entries.map(
      ([key, value]) =>
        () =>
          this.#pair(key, value),
    );
    if (this.#isFlow(entries.map(([, value]) => value))) this.#flow('{', '}', writers);
    else
      this.#deeper('block', () => {
        for (const write of writers) {
          this.#writeIndent();
          write();
        }
      });
  }

  #pair(key: Key, value: Term): void {
    if (isSimpleKey(key)) {
      this.#node(key, KEY);
      this.#indicator(':', false);
    } else {
      this.#indicator('?', true, { indention: true });
      this.#node(key, VALUE);
      this.#writeIndent();
      this.#indicator(':', true, { indention: true });
    }
    this.#node(value, VALUE);
  }

  #flow(open: string, close: string, parts: readonly (() => void)[]): void {
    this.#indicator(open, true, { space: true });
    this.#flowLevel++;
    this.#deeper('flow', () => {
      parts.forEach((part, i) => {
        if (i > 0) this.#indicator(',', false);
        if (this.#column > this.style.width) this.#writeIndent();
        part();
      });
    });
    this.#flowLevel--;
    this.#indicator(close, false);
  }

  #scalar(value: Term, at: Position): void {
    const text = typeof value === 'string' ? value : scalarText(value);
    const { multiline, flowPlain, blockPlain, single } = analyze(text);
    const allowed = !(at.isKey && multiline);
    const plain =
      allowed && (this.#flowLevel > 0 ? flowPlain : blockPlain) && (typeof value !== 'string' || readsAsText(text));
    this.#deeper('flow', () => {
      if (plain) this.#plain(text, !at.isKey);
      else if (allowed && single) this.#single(text, !at.isKey);
      else this.#double(text, !at.isKey);
    });
  }

  /** A plain word, folded at single spaces where the line has become too long. */
  #plain(text: string, fold: boolean): void {
    if (text === '') return;
    if (!this.#whitespace) this.#write(' ');
    this.#whitespace = false;
    this.#indention = false;
    for (const piece of text.match(/ +|[^ ]+/g) ?? []) {
      if (piece !== ' ' || !fold || this.#column <= this.style.width) this.#write(piece);
      else {
        this.#writeIndent();
        this.#whitespace = false;
        this.#indention = false;
      }
    }
  }

  #single(text: string, fold: boolean): void {
    this.#indicator("'", true);
    let at = 0;
    for (const piece of text.match(/ +|\n+|[^ \n]+/g) ?? []) {
      const end = at + piece.length;
      if (piece.startsWith('\n')) {
        this.#lineBreak();
        for (const _ of piece) this.#lineBreak();
        this.#writeIndent();
      } else if (piece === ' ' && fold && this.#column > this.style.width && at > 0 && end < text.length)
        this.#writeIndent();
      else this.#write(piece.replaceAll("'", "''"));
      at = end;
    }
    // What stood on the last line is content, so that the closing mark follows it at once.
    this.#indicator("'", false);
  }

  /** With escapes; folded at spaces, and where the next line would begin with a space, that one is escaped. */
  #double(text: string, fold: boolean): void {
    this.#indicator('"', true);
    const letters = Array.from(text);
    letters.forEach((letter, i) => {
      const mayFold = letter === ' ' && letters[i - 1] !== ' ' && i > 0 && i < letters.length - 1;
      if (fold && mayFold && this.#column > this.style.width) {
        this.#writeIndent();
        if (letters[i + 1] === ' ') this.#write('\\');
      } else this.#write(escapeOf(letter) ?? letter);
    });
    this.#indicator('"', false);
  }
}

/** Throws for everything unknown at any depth, before a letter is written. */
function requireKnown(term: Term): void {
  touch(term);
  const members = isList(term) ? term : isDict(term) ? entriesOf(term).map(([, value]) => value) : [];
  nested(() => mapKnown(members, requireKnown));
}

const LONGEST_KEY = 128;
const isSimpleKey = (key: Key): boolean =>
  typeof key !== 'string' || (key.length < LONGEST_KEY && !analyze(key).multiline);

/** Keys that Python cannot compare, such as 1 and 'a', stay in their order, as with PyYAML. */
function sortedByKey(entries: readonly (readonly [Key, Term])[]): readonly (readonly [Key, Term])[] {
  try {
    return entries.toSorted(([a], [b]) => compare(a, b));
  } catch (error) {
    if (error instanceof RenderError) return entries;
    throw error;
  }
}

function scalarText(value: Term): string {
  if (value === null) return 'null';
  if (typeof value === 'boolean') return value ? 'true' : 'false';
  if (typeof value === 'bigint' || (typeof value === 'number' && Number.isInteger(value))) return String(BigInt(value));
  if (value instanceof Float || typeof value === 'number') return floatScalar(Number(value));
  throw new RenderError(`a ${value instanceof Live ? value.title : typeName(value)} cannot be written as YAML`);
}

function floatScalar(value: number): string {
  if (Number.isNaN(value)) return '.nan';
  if (!Number.isFinite(value)) return value > 0 ? '.inf' : '-.inf';
  const text = floatText(value);
  return text.includes('.') ? text : text.replace('e', '.0e');
}
