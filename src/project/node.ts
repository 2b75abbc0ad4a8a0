import type { Place } from '../core/place.js';
import type { Float } from '../core/value.js';
import { offsetsOf, type Spelling } from './offsets.js';
import type { Text } from './text.js';

/** A placed piece of YAML, before anybody asked what it means. */
export type Node = MapNode | SeqNode | ScalarNode;

abstract class Placed {
  constructor(
    readonly text: Text,
    readonly offset: number,
    readonly length: number,
  ) {}
  /** Computed when asked for: most nodes of a large inventory never are. */
  get place(): Place {
    return this.text.place(this.offset, this.length);
  }
}

/** A key with its value. */
export class Entry {
  constructor(
    readonly keyNode: ScalarNode,
    readonly value: Node,
  ) {}
  get key(): string {
    return this.keyNode.words;
  }
  get keyPlace(): Place {
    return this.keyNode.place;
  }
}

/** A dictionary, with its keys in order and what `<<` merged into it. */
export class MapNode extends Placed {
  readonly kind = 'map';
  /** Under `!unsafe`: strings below stay plain data. */
  isUnsafe = false;
  readonly entries = new Map<string, Entry>();

  get(key: string): Node | undefined {
    return this.entries.get(key)?.value;
  }

  /** The same dictionary less one key. */
  without(key: string): MapNode {
    const rest = new MapNode(this.text, this.offset, this.length);
    rest.isUnsafe = this.isUnsafe;
    for (const [name, entry] of this.entries) if (name !== key) rest.entries.set(name, entry);
    return rest;
  }
}

/** A list. */
export class SeqNode extends Placed {
  readonly kind = 'seq';
  isUnsafe = false;
  readonly items: Node[] = [];
}

/** What a scalar may mean. */
export type Scalar = null | boolean | number | string | Float;

/** A single value, with the words it was written in. */
export class ScalarNode extends Placed {
  readonly kind = 'scalar';
  isUnsafe = false;
  /** Where in the whole scalar this begins, for the rest of one. */
  #from = 0;
  #whole: string | undefined;
  #offsets: Uint32Array | undefined;
  constructor(
    text: Text,
    offset: number,
    length: number,
    readonly value: Scalar,
    /** The characters of the value, before it was taken for a number or a word. */
    readonly words: string,
    readonly spelling: Spelling,
  ) {
    super(text, offset, length);
  }

  /** Where a stretch of the *value* stands in the file, through quotes, folds and indentation. */
  readonly locate = (offset: number, length: number): Place => {
    const words = this.#whole ?? this.words;
    this.#offsets ??= offsetsOf(words, this.text.content, this.offset, this.offset + this.length, this.spelling);
    const last = this.#offsets.length - 1;
    const from = Math.max(0, offset) + this.#from;
    const start = this.#offsets[Math.min(from, last)] ?? this.offset;
    const end = this.#offsets[Math.min(from + Math.max(1, length) - 1, last)] ?? start;
    return this.text.place(start, Math.max(1, end - start + 1));
  };

  /** The text behind an offset of the value, still placed; nothing if there is none. */
  from(offset: number): ScalarNode | undefined {
    const rest = this.words.slice(offset);
    if (rest.trim() === '') return undefined;
    const node = new ScalarNode(this.text, this.offset, this.length, rest, rest, this.spelling);
    node.isUnsafe = this.isUnsafe;
    node.#from = this.#from + offset;
    node.#whole = this.#whole ?? this.words;
    return node;
  }
}

/** The text of a node that holds text; numbers and booleans as they were written. */
export const wordsOf = (node: Node | undefined): string | undefined =>
  node?.kind === 'scalar' && node.value !== null ? node.words : undefined;

/** Null, or nothing written at all. */
export const isNull = (node: Node | undefined): boolean =>
  node === undefined || (node.kind === 'scalar' && node.value === null);

/** A list as it is, nothing as an empty one, and anything else as a list of one. */
export const itemsOf = (node: Node | undefined): readonly Node[] =>
  node === undefined || isNull(node) ? [] : node.kind === 'seq' ? node.items : [node];

/** What a node is, for a message. */
export function kindOf(node: Node): string {
  if (node.kind === 'map') return 'a dictionary';
  if (node.kind === 'seq') return 'a list';
  if (node.value === null) return 'nothing';
  if (typeof node.value === 'string') return 'text';
  return typeof node.value === 'boolean' ? 'a boolean' : 'a number';
}
