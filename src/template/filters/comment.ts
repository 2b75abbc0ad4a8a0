import { didYouMean } from '../../core/place.js';
import { RenderError } from '../../core/value.js';
import { weigh } from '../budget.js';
import type { Term } from '../terms.js';
import { toText } from '../text.js';

interface Style {
  readonly decoration: string;
  readonly beginning?: string;
  readonly end?: string;
}

const STYLES: ReadonlyMap<string, Style> = new Map<string, Style>([
  ['plain', { decoration: '# ' }],
  ['erlang', { decoration: '% ' }],
  ['c', { decoration: '// ' }],
  ['cblock', { beginning: '/*', decoration: ' * ', end: ' */' }],
  ['xml', { beginning: '<!--', decoration: ' - ', end: '-->' }],
]);

/** Ansible's `comment` filter: a text as a comment of one of five styles, each part of which can be set. */
export function comment(text: string, styleName: string, settings: ReadonlyMap<string, Term>): string {
  const style = STYLES.get(styleName);
  if (!style)
    throw new RenderError(
      `comment knows no style '${styleName}'`,
      undefined,
      didYouMean(styleName, STYLES.keys()) ?? `it knows ${[...STYLES.keys()].join(', ')}`,
    );
  const setting = (name: string, otherwise: string) => (settings.has(name) ? toText(settings.get(name)!) : otherwise);
  const newline = setting('newline', '\n');
  const decoration = setting('decoration', style.decoration);
  const beginning = setting('beginning', style.beginning ?? '');
  const prefix = setting('prefix', decoration.trimEnd());
  const postfix = setting('postfix', decoration.trimEnd());
  const end = setting('end', style.end ?? '');
  const lines = text
    .split(newline)
    .map(line => decoration + line)
    .join(newline)
    .replaceAll(decoration + newline, decoration.trimEnd() + newline);
  weigh(lines.length);
  return (
    (beginning === '' ? '' : beginning + newline) +
    (prefix === '' ? '' : (prefix === newline ? newline : prefix + newline).repeat(count(settings, 'prefix_count'))) +
    lines +
    (newline + postfix).repeat(count(settings, 'postfix_count')) +
    (end === '' ? '' : newline + end)
  );
}

const MOST_LINES = 1000;

function count(settings: ReadonlyMap<string, Term>, name: string): number {
  const given = Number(settings.has(name) ? toText(settings.get(name)!) : 1);
  if (!Number.isInteger(given) || given < 0 || given > MOST_LINES)
    throw new RenderError(`${name} must be a whole number up to ${MOST_LINES}`);
  return given;
}
