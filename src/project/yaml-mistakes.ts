import { type CST, CST as Syntax, type YAMLError } from 'yaml';
import type { Detail } from './mistakes.js';
import type { Text } from './text.js';

/** A parser's complaint in words that help. */
interface Explanation {
  readonly message: string;
  readonly offset: number;
  readonly length: number;
  readonly hint?: string | undefined;
}

/** A value that begins with braces without quotes: YAML takes them for a dictionary. */
const BARE_TEMPLATE = /(?:^|[:\-[,]\s+|\[)(\{[{%])/;

/** Says what is meant by an error of the YAML parser, and what would help, as far as the line shows it. */
export function explain({ code, message, pos }: YAMLError, text: Text, tokens: readonly CST.Token[]): Explanation {
  const offset = Math.min(pos[0], text.content.length);
  const plainly = { message: firstSentence(message), offset, length: Math.max(1, pos[1] - pos[0]) };
  const template = bareTemplate(text, offset);
  if (template !== undefined) {
    return { message: UNQUOTED, offset: template, length: 2, hint: QUOTE_TEMPLATE };
  }
  if (code === 'TAB_AS_INDENT' || (code === 'BAD_SCALAR_START' && text.content[offset] === '\t'))
    return { ...plainly, message: 'a tab cannot indent', hint: 'use spaces' };
  if (code === 'BLOCK_AS_IMPLICIT_KEY')
    return {
      ...plainly,
      message: 'a second `: ` in one line',
      hint: 'quote the value, if the colon belongs to it; or check the indentation',
    };
  if (code === 'BAD_SCALAR_START') return { ...plainly, hint: 'quote the value' };
  if (/closing .quote/.test(message))
    return { message: 'this quote is never closed', offset: quoteEndingAt(offset, tokens) ?? offset, length: 1 };
  if (/at node end/.test(message)) {
    const isFirst =
      text
        .lineAt(offset)
        .text.slice(0, offset - text.lineAt(offset).start)
        .trim() === '';
    if (isFirst)
      return { ...plainly, message: 'this does not belong to what stands above', hint: 'check the indentation' };
    return { ...plainly, message: 'more text behind a closed quote', hint: 'put the whole value in quotes' };
  }
  return plainly;
}

/**
 * Quoted text over several lines may be indented by tabs, for PyYAML but not for our parser, which then misses the
 * closing quote. Answers the text with those tabs made spaces, one for one, so that all offsets stay; or as it was.
 */
export function withoutTabs(content: string, { message, pos }: YAMLError, tokens: readonly CST.Token[]): string {
  const start = /closing .quote/.test(message) ? quoteEndingAt(pos[0], tokens) : undefined;
  if (start === undefined) return content;
  const end = content.indexOf(content[start]!, start + 1);
  const quoted = content.slice(start, end < 0 ? undefined : end);
  const spaced = quoted.replace(/(?<=\n)[ \t]+/g, white => ' '.repeat(white.length));
  return content.slice(0, start) + spaced + content.slice(start + quoted.length);
}

/** Where a quoted scalar begins that ends at an offset. */
function quoteEndingAt(offset: number, tokens: readonly CST.Token[]): number | undefined {
  let found: number | undefined;
  for (const token of tokens) {
    if (token.type !== 'document' || !token.value) continue;
    Syntax.visit(token, item => {
      for (const part of [item.key, item.value])
        if (
          part &&
          'source' in part &&
          part.type.endsWith('quoted-scalar') &&
          part.offset + part.source.length === offset
        )
          found = part.offset;
    });
  }
  return found;
}

/** The hint for a template without quotes. */
export const QUOTE_TEMPLATE = 'quote this template';
const UNQUOTED = 'a value that begins with `{{` is taken for a dictionary';

/** What to say of an unquoted template at an offset. */
export const unquotedTemplate = (text: Text, offset: number): [string, Detail] => [
  UNQUOTED,
  { place: text.place(offset, 2), hint: QUOTE_TEMPLATE },
];

/** In the line of the complaint, or in the one before it, where the value may have begun. */
function bareTemplate(text: Text, offset: number): number | undefined {
  const here = text.lineAt(offset);
  const lines = here.start > 0 ? [here, text.lineAt(here.start - 1)] : [here];
  for (const { start, text: line } of lines) {
    const found = BARE_TEMPLATE.exec(line.replace(/"(?:[^"\\]|\\.)*"|'[^']*'/g, quoted => '_'.repeat(quoted.length)));
    if (found) return start + found.index + found[0].length - 2;
  }
  return undefined;
}

const firstSentence = (message: string): string => {
  const line = message.split('\n')[0]!.replace(/ at line \d+, column \d+:?$/, '');
  return line.charAt(0).toLowerCase() + line.slice(1);
};
