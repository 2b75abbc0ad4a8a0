import {
  type Alias,
  isAlias,
  isMap,
  isScalar,
  isSeq,
  type ParsedNode,
  type YAMLMap,
  type YAMLSeq,
  type Scalar as YamlScalar,
} from 'yaml';
import { at } from '../core/place.js';
import type { Mistakes } from './mistakes.js';
import { Entry, MapNode, type Node, ScalarNode, SeqNode } from './node.js';
import type { Spelling } from './offsets.js';
import { isCoreTag, isTextTag, plainScalar } from './scalars.js';
import type { Text } from './text.js';
import { unquotedTemplate } from './yaml-mistakes.js';

/** How many values aliases and merges may add to those that are written. */
const MOST_ADDED = 100_000;

/** Turns the parser's tree into placed nodes; anchors are shared, never copied. */
export class YamlReading {
  readonly #anchors = new Map<string, Node | 'open'>();
  readonly #weights = new Map<Node, number>();
  /** Values read so far, and members that merges copied. */
  #written = 0;
  #copied = 0;
  #isBomb = false;

  constructor(
    readonly text: Text,
    readonly mistakes: Mistakes,
  ) {}

  /** The whole document; nothing where aliases make it larger than anybody can walk. */
  document(yaml: ParsedNode): Node | undefined {
    const node = this.#read(yaml);
    return this.#isBomb ? undefined : node;
  }

  #read(yaml: ParsedNode, isUnsafe = false): Node | undefined {
    if (this.#isBomb) return undefined;
    this.#written++;
    if (isAlias(yaml)) return this.#alias(yaml);
    const anchor = yaml.anchor;
    if (anchor) this.#anchors.set(anchor, 'open');
    const node = this.#tagged(yaml, isUnsafe);
    if (anchor && node) this.#anchors.set(anchor, node);
    return node;
  }

  #tagged(yaml: Exclude<ParsedNode, Alias.Parsed>, outerUnsafe: boolean): Node | undefined {
    const tag = yaml.tag;
    if (tag === '!vault' || tag === '!vault-encrypted') {
      this.#error('vault', 'values encrypted with ansible-vault are not supported here yet', yaml);
      return undefined;
    }
    if (tag !== undefined && tag !== '!unsafe' && tag !== '!' && !isCoreTag(tag)) {
      this.#error('unknown-tag', `unknown tag ${shortTag(tag)}`, yaml, 'known are !unsafe, !!str and the like');
      return undefined;
    }
    const isUnsafe = outerUnsafe || tag === '!unsafe';
    if (isScalar(yaml)) return this.#scalar(yaml, isUnsafe);
    if (isMap(yaml)) return this.#map(yaml as YAMLMap.Parsed, isUnsafe);
    if (isSeq(yaml)) return this.#seq(yaml as YAMLSeq.Parsed, isUnsafe);
    throw new Error('a YAML node that is neither scalar nor collection');
  }

  #scalar(yaml: YamlScalar.Parsed, isUnsafe: boolean): Node | undefined {
    const [start, end] = yaml.range;
    const spelling = spellingOf(yaml.type);
    const source = String(yaml.source ?? '');
    const words = spelling === 'block' && this.#isCutShort(end) ? source.replace(/\n$/, '') : source;
    let value = spelling === 'plain' && !isTextTag(yaml.tag) ? plainScalar(words) : words;
    if (typeof value === 'object' && value !== null && 'tooBig' in value) {
      this.#error('big-integer', `${words} is too large for an integer here`, yaml, `quote it: "${words}"`);
      value = words;
    }
    const node = new ScalarNode(this.text, start, end - start, value, words, spelling);
    node.isUnsafe = isUnsafe;
    return node;
  }

  /**
   * Whether a block that ends here ends with the file, in the midst of a line. PyYAML adds no line end then, whatever
   * the block's indicator says; the parser does.
   */
  #isCutShort(end: number): boolean {
    const { content } = this.text;
    return end >= content.length && /\S[^\r\n]*$/.test(content);
  }

  #seq(yaml: YAMLSeq.Parsed, isUnsafe: boolean): SeqNode {
    const node = new SeqNode(this.text, yaml.range[0], yaml.range[1] - yaml.range[0]);
    node.isUnsafe = isUnsafe;
    let weight = 1;
    for (const item of yaml.items) {
      const child = this.#read(item as ParsedNode, isUnsafe);
      if (!child) continue;
      node.items.push(child);
      weight += this.#weight(child);
    }
    this.#weigh(node, weight);
    return node;
  }

  #map(yaml: YAMLMap.Parsed, isUnsafe: boolean): MapNode | undefined {
    const [start, end] = yaml.range;
    if (yaml.flow && /^\{[{%]/.test(this.text.content.slice(start, start + 2))) {
      this.mistakes.error('unquoted-template', ...unquotedTemplate(this.text, start));
      return undefined;
    }
    const node = new MapNode(this.text, start, end - start);
    node.isUnsafe = isUnsafe;
    const merges: Node[] = [];
    let weight = 1;
    for (const pair of yaml.items) {
      const key = this.#key(pair.key as ParsedNode);
      const value = pair.value ? this.#read(pair.value as ParsedNode, isUnsafe) : this.#nothing(key);
      if (!key || !value) continue;
      weight += this.#weight(value);
      if (key.words === '<<' && key.spelling === 'plain') merges.push(value);
      else this.#put(node, key, value);
    }
    for (const merge of merges) this.#merge(node, merge);
    this.#weigh(node, weight);
    return node;
  }

  #nothing(key: ScalarNode | undefined): ScalarNode | undefined {
    return key && new ScalarNode(this.text, key.offset + key.length, 0, null, '', 'plain');
  }

  #key(yaml: ParsedNode): ScalarNode | undefined {
    const node = this.#read(yaml);
    if (!node || node.kind === 'scalar') return node;
    this.mistakes.error('yaml', `a key must be a word, not ${node.kind === 'map' ? 'a dictionary' : 'a list'}`, {
      place: node.place,
    });
    return undefined;
  }

  #put(node: MapNode, key: ScalarNode, value: Node): void {
    const first = node.entries.get(key.words);
    if (first) {
      this.mistakes.error('duplicate-key', `\`${key.words}\` stands twice in one dictionary`, {
        place: key.place,
        hint: `the first is at ${at(first.keyPlace)}`,
      });
      return;
    }
    node.entries.set(key.words, new Entry(key, value));
  }

  /** `<<`: what is written out wins; of several merged, the first. */
  #merge(node: MapNode, merged: Node): void {
    const sources = merged.kind === 'seq' ? merged.items : [merged];
    for (const source of sources) {
      if (source.kind !== 'map') {
        this.mistakes.error('yaml', '`<<` merges dictionaries only', { place: source.place });
        continue;
      }
      this.#copied += source.entries.size;
      if (this.#copied > MOST_ADDED) this.#refuse(node);
      if (this.#isBomb) return;
      for (const [name, entry] of source.entries) if (!node.entries.has(name)) node.entries.set(name, entry);
    }
  }

  #alias(yaml: Alias.Parsed): Node | undefined {
    const target = this.#anchors.get(yaml.source);
    if (target === 'open') {
      this.#error('yaml', `\`*${yaml.source}\` stands inside of what it names`, yaml);
      return undefined;
    }
    if (!target) {
      const hint = 'quote it, if the asterisk belongs to the text';
      this.#error('yaml', `nothing is called \`&${yaml.source}\` above`, yaml, hint);
    }
    return target;
  }

  #weight(node: Node): number {
    return this.#weights.get(node) ?? 1;
  }

  /** Weight counts shared nodes as often as they are named: what a reader of the whole would have to walk. */
  #weigh(node: Node, weight: number): void {
    this.#weights.set(node, weight);
    if (weight > this.#written + MOST_ADDED) this.#refuse(node);
  }

  #refuse({ place }: Node): void {
    if (this.#isBomb) return;
    this.#isBomb = true;
    this.mistakes.error('yaml', `aliases add more than ${MOST_ADDED} values here`, { place });
  }

  #error(code: string, message: string, { range }: { range?: readonly number[] | null }, hint?: string): void {
    const [start, end] = [range?.[0] ?? 0, range?.[1] ?? 1];
    this.mistakes.error(code, message, { place: this.text.place(start, end - start), hint });
  }
}

const shortTag = (tag: string): string => tag.replace(/^tag:yaml\.org,2002:/, '!!');

function spellingOf(type: string | null | undefined): Spelling {
  if (type === 'QUOTE_SINGLE') return 'single';
  if (type === 'QUOTE_DOUBLE') return 'double';
  return type === 'BLOCK_FOLDED' || type === 'BLOCK_LITERAL' ? 'block' : 'plain';
}
