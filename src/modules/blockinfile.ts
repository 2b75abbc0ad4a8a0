import * as z from 'zod';
import { blocked } from '../core/change.js';
import { defineModule } from '../core/module.js';
import { bool, choice, content, str } from '../core/params.js';
import { renamed } from './args.js';
import { type Editing, editAliases, editDiff, editPlan, editProbe, editResult, editShape, type Page } from './edit.js';
import { bytesOf, type Pattern, patternOf, search } from './pattern.js';

const schema = z
  .strictObject({
    ...editShape,
    state: choice('present', 'absent').default('present').describe('Whether the block shall be there.'),
    block: content().default('').describe('The lines between the markers; none removes the block.'),
    marker: str()
      .default('# {mark} ANSIBLE MANAGED BLOCK')
      .describe('Line before and behind the block; `{mark}` becomes the words below.'),
    marker_begin: str().default('BEGIN').describe('The word in the first marker.'),
    marker_end: str().default('END').describe('The word in the last marker.'),
    insertafter: str()
      .optional()
      .describe('`EOF`, or a Python regular expression for the line behind whose last match a new block goes.'),
    insertbefore: str()
      .optional()
      .describe('`BOF`, or a Python regular expression for the line before whose last match a new block goes.'),
    append_newline: bool().default(false).describe('An empty line behind the block.'),
    prepend_newline: bool().default(false).describe('An empty line before the block.'),
    create: bool().default(false).describe('Make the file if it is not there.'),
  })
  .superRefine((args, issues) => {
    const wrong = (message: string, at: string) => issues.addIssue({ code: 'custom', message, path: [at] });
    if (args.insertafter !== undefined && args.insertbefore !== undefined)
      wrong('insertafter and insertbefore exclude each other', 'insertbefore');
    for (const name of ['insertafter', 'insertbefore'] as const) {
      const pattern = args[name] === undefined ? undefined : patternOf(args[name], { on: 'bytes' });
      if (pattern?.ok === false) wrong(`not a Python regular expression: ${pattern.why}`, name);
    }
  });
type Args = z.infer<typeof schema>;

/** As Python's splitlines of bytes: each line with its end, which may be LF, CR or both. */
const linesOf = (text: string): readonly string[] => text.match(/[^\r\n]*(?:\r\n|\n|\r)|[^\r\n]+$/g) ?? [];

/** Where a new block goes: the index of the line before which it is put. */
function placeFor({ insertafter, insertbefore }: Args, text: string, lines: readonly string[]): number {
  const written = insertafter ?? insertbefore;
  if (written === undefined || insertafter === 'EOF') return lines.length;
  if (insertafter === undefined && insertbefore === 'BOF') return 0;
  const pattern = patternOf(written, { on: 'bytes' });
  if (!pattern.ok) throw new Error(`unchecked pattern: ${pattern.why}`);
  const at = matchedLine(pattern, text, lines, insertafter === undefined ? 'before' : 'after');
  if (at === undefined) return lines.length;
  return insertafter === undefined ? at : at + 1;
}

/** The last line that matches; a pattern with `(?m)` is searched in the whole text, and its first match counts. */
function matchedLine(
  { regex, multiline }: Pattern & { ok: true },
  text: string,
  lines: readonly string[],
  side: 'before' | 'after',
): number | undefined {
  if (!multiline) {
    const at = lines.findLastIndex(line => search(regex, line));
    return at < 0 ? undefined : at;
  }
  const match = search(regex, text);
  if (!match) return undefined;
  const upTo = side === 'after' ? match.index + match[0].length : match.index;
  return text.slice(0, upTo).split('\n').length - 1;
}

function withBlock(args: Args, text: string): string {
  const lines = [...linesOf(text)];
  const marker = (word: string) => `${bytesOf(args.marker.replaceAll('{mark}', word))}\n`;
  const [first, last] = [marker(args.marker_begin), marker(args.marker_end)];
  const isPresent = args.state === 'present';
  const block = bytesOf(args.block === '' || args.block.endsWith('\n') ? args.block : `${args.block}\n`);
  const body = isPresent && block !== '' ? [first, ...linesOf(block), last] : [];
  const [begin, end] = [lines.lastIndexOf(first), lines.lastIndexOf(last)];
  let at: number;
  if (begin < 0 || end < 0) at = placeFor(args, text, lines);
  else {
    at = Math.min(begin, end);
    lines.splice(at, Math.abs(end - begin) + 1);
  }
  if (at > 0 && !lines[at - 1]!.endsWith('\n')) lines[at - 1] += '\n';
  if (args.prepend_newline && isPresent && at !== 0 && lines[at - 1] !== '\n') lines.splice(at++, 0, '\n');
  lines.splice(at, 0, ...body);
  const behind = at + body.length;
  if (args.append_newline && isPresent && behind < lines.length && lines[behind] !== '\n')
    lines.splice(behind, 0, '\n');
  return lines.join('');
}

const editing =
  (args: Args): Editing =>
  before => {
    if (before === undefined && args.state === 'absent')
      return { text: '', msg: '', more: { msg: `File ${args.path} not present` } };
    if (before === undefined && !args.create)
      return blocked(`${args.path} does not exist; with create it would be made`);
    const text = withBlock(args, before ?? '');
    if (before === undefined) return { text, msg: 'File created' };
    if (text === before) return { text, msg: '' };
    return { text, msg: args.state === 'absent' || args.block === '' ? 'Block removed' : 'Block inserted' };
  };

/** A block of lines between two markers. Parameters and results are those of Ansible's blockinfile. */
export default defineModule<Args, Page>({
  name: 'blockinfile',
  summary: 'Puts a block of lines between two markers into a file, or removes it.',
  example: `- blockinfile:
    path: /etc/hosts
    block: |
      192.0.2.2 first
      192.0.2.3 second`,
  args: renamed({ ...editAliases, content: 'block' }, schema),
  probe: editProbe,
  plan: (args, page) => editPlan(args, page, editing(args)),
  result: (args, page, ran, { isDiffed }) => ({
    ...editResult(args, page, ran, editing(args)),
    diff: editDiff(args, page, editing(args), isDiffed),
  }),
});
