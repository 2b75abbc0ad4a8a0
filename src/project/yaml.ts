import { Composer, type CST, type Document, type ParsedNode, Parser } from 'yaml';
import type { Mistakes } from './mistakes.js';
import type { Node } from './node.js';
import type { Text } from './text.js';
import { explain, QUOTE_TEMPLATE, withoutTabs } from './yaml-mistakes.js';
import { YamlReading } from './yaml-reading.js';

/** Deeper than anything a person writes; beyond it the composer would run out of stack. */
const DEEPEST = 200;

/**
 * One YAML (or JSON) document as placed nodes, read as PyYAML would (see `scalars.ts`). Answers `undefined` for
 * an empty file, and after a mistake that leaves nothing to go on with. Every warning of the parser is an error here.
 */
export function parseYaml(text: Text, mistakes: Mistakes): Node | undefined {
  const parsed = documentsOf(text, mistakes);
  if (!parsed) return undefined;
  const [document, second] = parsed.documents;
  if (second) {
    mistakes.error('yaml', 'a second document begins here; one file holds one', {
      place: text.place(documentStart(second, text), 3),
      hint: 'put it into a file of its own',
    });
    return undefined;
  }
  const node = document && rootOf(document, parsed.tokens, text, mistakes);
  return isEmpty(node) ? undefined : node;
}

/** All documents of a text; empty ones are `undefined`. */
export function parseYamlAll(text: Text, mistakes: Mistakes): readonly (Node | undefined)[] {
  const parsed = documentsOf(text, mistakes);
  return parsed?.documents.map(document => rootOf(document, parsed.tokens, text, mistakes)) ?? [];
}

interface Parsed {
  readonly tokens: readonly CST.Token[];
  readonly documents: readonly (Document.Parsed | Document)[];
}

function documentsOf(text: Text, mistakes: Mistakes): Parsed | undefined {
  let content = text.content;
  for (let tries = 0; ; tries++) {
    const parsed = compose(content, text, mistakes);
    const complaint = parsed?.documents.map(firstComplaint).find(one => one !== undefined);
    const mended = complaint && parsed && tries < 50 ? withoutTabs(content, complaint, parsed.tokens) : content;
    if (mended === content) return parsed;
    content = mended;
  }
}

function compose(content: string, text: Text, mistakes: Mistakes): Parsed | undefined {
  const parser = new ShallowParser();
  const tokens = [...parser.parse(content)];
  if (parser.deep !== undefined) {
    mistakes.error('yaml', `nested deeper than ${DEEPEST} levels`, { place: text.place(parser.deep, 1) });
    return undefined;
  }
  // `failsafe`: all scalars stay text and we alone decide what they mean.
  const composer = new Composer({ schema: 'failsafe', resolveKnownTags: false, uniqueKeys: false, merge: false });
  return { tokens, documents: [...composer.compose(tokens, true, content.length)] };
}

function rootOf(
  document: Document.Parsed | Document,
  tokens: readonly CST.Token[],
  text: Text,
  mistakes: Mistakes,
): Node | undefined {
  const complaint = firstComplaint(document);
  if (!complaint)
    return document.contents ? new YamlReading(text, mistakes).document(document.contents as ParsedNode) : undefined;
  const { message, offset, length, hint } = explain(complaint, text, tokens);
  mistakes.error(hint === QUOTE_TEMPLATE ? 'unquoted-template' : 'yaml', message, {
    place: text.place(offset, length),
    hint,
  });
  return undefined;
}

const isEmpty = (node: Node | undefined): boolean =>
  node?.kind === 'scalar' && node.value === null && node.words === '' && node.spelling === 'plain';

const documentStart = (document: Document.Parsed | Document, text: Text): number => {
  const start = document.range?.[0] ?? 0;
  const marker = text.content.lastIndexOf('---', start + 3);
  return marker < 0 ? start : marker;
};

/** Stops at what is nested too deep: both the parser and the composer would run out of stack. */
class ShallowParser extends Parser {
  /** The offset where it stopped. */
  deep: number | undefined;

  override *next(source: string): Generator<CST.Token, void> {
    if (this.deep !== undefined) return;
    // The parser keeps a document, and below it one token a level.
    if (this.stack.length > DEEPEST + 1) {
      this.deep = this.offset;
      this.stack.length = 0;
    } else yield* super.next(source);
  }
}

/** The first complaint of the parser; those behind it are mostly its echo. Tags are judged by {@link YamlReading}. */
function firstComplaint(document: Document.Parsed | Document) {
  const complaints = [
    ...document.errors,
    ...document.warnings.filter(warning => warning.code !== 'TAG_RESOLVE_FAILED'),
  ].sort((a, b) => a.pos[0] - b.pos[0]);
  return complaints[0];
}
