import { isUtf8 } from 'node:buffer';
import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs';
import path from 'node:path';
import type { Place } from '../core/place.js';
import { Mistakes } from './mistakes.js';
import type { MapNode, Node } from './node.js';
import { kindOf } from './node.js';
import { Text } from './text.js';
import { isVaulted, vaultedInWords } from './vaulted.js';
import { parseYaml } from './yaml.js';

/** In bytes. Larger files are not written by people, and would take minutes to read. */
const LARGEST = 16 * 1024 * 1024;

/** In characters. The nodes of a larger file would fill the memory; such files hold data, and are read once. */
const LARGEST_KEPT = 65_536;

/** Every text that was read, once, for readers and for printing carets. */
export class Texts {
  readonly #texts = new Map<string, ReadText>();
  readonly #nodes = new WeakMap<Text, { readonly node: Node | undefined }>();
  readonly #shown = new Map<string, Text>();
  readonly #concealed = new Set<string>();

  constructor(readonly cwd: string) {}

  /** A path as a reader wants to see it. */
  shown(absolute: string): string {
    const relative = path.relative(this.cwd, absolute);
    return relative.startsWith('..') || path.isAbsolute(relative) || relative === '' ? absolute : relative;
  }

  /** The first character of a file, for mistakes about the whole of it. */
  start(absolute: string): Place {
    return { file: this.shown(absolute), line: 1, column: 1, length: 1 };
  }

  /** Text that stands in no file: words of the command line, under a name of its own. */
  given(name: string, content: string): Text {
    const text = new Text(name, name, content);
    this.#shown.set(name, text);
    return text;
  }

  /** Keeps what another reader read, for printing carets. Answers the file as shown. */
  keep(absolute: string, content: string): string {
    const shown = this.shown(absolute);
    this.#shown.set(shown, new Text(shown, absolute, content));
    return shown;
  }

  /**
   * Neither reads nor shows a file or what is below a directory any more: a link out of its role was refused, and what it
   * leads to may be nobody's business.
   */
  conceal(absolute: string): void {
    this.#concealed.add(absolute);
    this.#shown.delete(this.shown(absolute));
  }

  #isConcealed(absolute: string): boolean {
    return [...this.#concealed].some(one => absolute === one || absolute.startsWith(`${one}${path.sep}`));
  }

  /** What was read from a file, by its shown name. */
  content(shown: string): string | undefined {
    return this.#shown.get(shown)?.content;
  }

  /** Reads a UTF-8 text. What cannot be read is noted, at `place` if something asked for it. */
  read(absolute: string, mistakes: Mistakes, place?: Place): Text | undefined {
    if (this.#isConcealed(absolute)) return undefined;
    try {
      const stat = statSync(absolute);
      const known = this.#texts.get(absolute);
      if (known && known.size === stat.size && known.mtime === stat.mtimeMs) return known;
      if (!stat.isFile()) return this.#fail(mistakes, absolute, 'is not a file', place);
      if (stat.size > LARGEST)
        return this.#fail(mistakes, absolute, `is larger than ${LARGEST / 1024 / 1024} MiB`, this.start(absolute));
      const bytes = readFileSync(absolute);
      if (!isVaulted(absolute, bytes)) return this.#keep(absolute, bytes, stat.mtimeMs, mistakes);
      mistakes.error('vault', vaultedInWords(this.shown(absolute)), { place: place ?? this.start(absolute) });
      return undefined;
    } catch (error) {
      return this.#fail(mistakes, absolute, reason(error), place);
    }
  }

  #keep(absolute: string, bytes: Buffer, mtime: number, mistakes: Mistakes): Text | undefined {
    const text = new ReadText(
      this.shown(absolute),
      absolute,
      bytes.toString('utf8').replace(/^\ufeff/, ''),
      bytes.length,
      mtime,
    );
    if (!isUtf8(bytes)) {
      const place = text.place(Math.max(0, text.content.indexOf('\ufffd')), 1);
      mistakes.error('not-text', 'bytes that are not UTF-8', { place });
      return undefined;
    }
    this.#texts.set(absolute, text);
    this.#shown.set(text.file, text);
    return text;
  }

  /** The one document of a YAML or JSON file; nothing if it is empty or broken. */
  yaml(absolute: string, mistakes: Mistakes, place?: Place): Node | undefined {
    const text = this.read(absolute, mistakes, place);
    if (!text) return undefined;
    const wrong = text.content.search(CONTROL);
    if (wrong < 0) return this.#parse(text, mistakes);
    mistakes.error('not-text', 'a control character, which YAML does not allow', { place: text.place(wrong, 1) });
    return undefined;
  }

  /** What has no mistakes is parsed once: task files and roles are used many times. */
  #parse(text: Text, mistakes: Mistakes): Node | undefined {
    const known = this.#nodes.get(text);
    if (known) return known.node;
    const own = new Mistakes();
    const node = parseYaml(text, own);
    mistakes.add(own);
    if (own.errors.length + own.warnings.length === 0 && text.content.length <= LARGEST_KEPT)
      this.#nodes.set(text, { node });
    return node;
  }

  /** A file that holds a dictionary; an empty one holds an empty dictionary, told by `undefined`. */
  dictionary(absolute: string, mistakes: Mistakes, place?: Place): MapNode | undefined {
    const node = this.yaml(absolute, mistakes, place);
    if (node === undefined || node.kind === 'map') return node;
    if (node.kind === 'scalar' && node.value === null) return undefined;
    mistakes.error('bad-value', `this file must hold a dictionary, not ${kindOf(node)}`, { place: node.place });
    return undefined;
  }

  /** Names in the folder of a file, for hints. */
  namesBeside(absolute: string): readonly string[] {
    const folder = path.dirname(absolute);
    return existsSync(folder) ? readdirSync(folder).sort() : [];
  }

  #fail(mistakes: Mistakes, absolute: string, why: string, place: Place | undefined): undefined {
    mistakes.error('unreadable', `${this.shown(absolute)} ${why}`, { place });
    return undefined;
  }
}

class ReadText extends Text {
  constructor(
    file: string,
    absolute: string,
    content: string,
    readonly size: number,
    readonly mtime: number,
  ) {
    super(file, absolute, content);
  }
}

/** Control characters other than tab and line ends. */
const CONTROL = /[\0-\x08\x0b\x0c\x0e-\x1f\x7f]/;

/** Why the file system refused, in words. */
export function reason(error: unknown): string {
  const code = (error as NodeJS.ErrnoException).code;
  if (code === 'ENOENT') return 'does not exist';
  if (code === 'EACCES') return 'may not be read';
  if (code === 'EISDIR') return 'is a directory';
  if (code === 'ELOOP') return 'is a circle of symbolic links';
  return `cannot be read (${code ?? String(error)})`;
}
