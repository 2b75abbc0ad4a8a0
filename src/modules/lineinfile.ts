import * as z from 'zod';
import { blocked } from '../core/change.js';
import { defineModule } from '../core/module.js';
import { bool, choice, content, str } from '../core/params.js';
import { renamed } from './args.js';
import { type Editing, editAliases, editDiff, editPlan, editProbe, editResult, editShape, type Page } from './edit.js';
import { bytesOf, expand, missingGroup, patternOf, type Reading, replacementOf, search } from './pattern.js';

const BYTES: Reading = { on: 'bytes' };

const schema = z
  .strictObject({
    ...editShape,
    state: choice('present', 'absent').default('present').describe('Whether the line shall be there.'),
    regexp: str()
      .optional()
      .describe('Python regular expression for the line to replace, the last match, or to remove, every match.'),
    search_string: str().optional().describe('Text in the line to replace or remove, instead of `regexp`.'),
    line: content().optional().describe('The line, without its end.'),
    insertafter: str()
      .optional()
      .describe('`EOF`, or a Python regular expression for the line behind whose last match it goes.'),
    insertbefore: str()
      .optional()
      .describe('`BOF`, or a Python regular expression for the line before whose last match it goes.'),
    firstmatch: bool().default(false).describe('The first match counts, not the last.'),
    backrefs: bool().default(false).describe('`line` may hold groups of `regexp`; without a match nothing is done.'),
    create: bool().default(false).describe('Make the file if it is not there.'),
  })
  .superRefine((args, issues) => {
    const wrong = (message: string, at: string) => issues.addIssue({ code: 'custom', message, path: [at] });
    const { state, regexp, search_string, line, insertafter, insertbefore, backrefs } = args;
    if (insertafter !== undefined && insertbefore !== undefined)
      wrong('insertafter and insertbefore exclude each other', 'insertbefore');
    if (regexp !== undefined && search_string !== undefined)
      wrong('regexp and search_string exclude each other', 'search_string');
    if (backrefs && search_string !== undefined)
      wrong('backrefs are those of regexp, not of search_string', 'backrefs');
    if (state === 'present' && line === undefined) wrong('line is required with state: present', 'path');
    if (state === 'present' && backrefs && regexp === undefined) wrong('backrefs need regexp', 'backrefs');
    if (state === 'absent' && regexp === undefined && search_string === undefined && line === undefined)
      wrong('one of line, search_string and regexp is required with state: absent', 'path');
    for (const name of ['regexp', 'insertafter', 'insertbefore'] as const) {
      const pattern = args[name] === undefined ? undefined : patternOf(args[name], BYTES);
      if (pattern?.ok === false) wrong(`not a Python regular expression: ${pattern.why}`, name);
    }
    if (!backrefs || line === undefined || regexp === undefined) return;
    const [replacement, pattern] = [replacementOf(line, BYTES), patternOf(regexp, BYTES)];
    if (!replacement.ok) wrong(replacement.why, 'line');
    else if (pattern.ok) {
      const lost = missingGroup(replacement, pattern.regex);
      if (lost !== undefined) wrong(`regexp has no group ${lost}`, 'line');
    }
  });
type Args = z.infer<typeof schema>;

const compiled = (written: string | undefined): RegExp | undefined => {
  if (written === undefined) return undefined;
  const pattern = patternOf(written, BYTES);
  if (!pattern.ok) throw new Error(`unchecked pattern: ${pattern.why}`);
  return pattern.regex;
};

/** As Python's readlines: each line with its end; only a line feed ends one. */
const linesOf = (text: string): string[] => text.match(/[^\n]*\n|[^\n]+$/g) ?? [];
const bare = (line: string): string => line.replace(/[\r\n]+$/, '');

interface Match {
  readonly at: number;
  /** Of a regular expression; its groups go into the line with backrefs. */
  readonly groups?: RegExpExecArray;
}

/** The line that `regexp` or `search_string` means: the last match, or the first. */
function wanted({ regexp, search_string, firstmatch }: Args, lines: readonly string[]): Match | undefined {
  const regex = compiled(regexp);
  const needle = search_string === undefined ? undefined : bytesOf(search_string);
  let match: Match | undefined;
  for (const [at, line] of lines.entries()) {
    const groups = regex && search(regex, line);
    if (!groups && !(needle !== undefined && line.includes(needle))) continue;
    match = groups ? { at, groups } : { at };
    if (firstmatch) break;
  }
  return match;
}

/**
 * Where the line stands already, and where it would go: the index before which `insertafter` or `insertbefore` puts it.
 * With firstmatch the search ends at the first such place, so that a line further down is not found; Ansible does so.
 */
function places(args: Args, lines: readonly string[], line: string): { exact?: number; anchor?: number } {
  const { insertafter, insertbefore, firstmatch } = args;
  const isAfter = insertafter !== undefined;
  const written = insertafter ?? insertbefore;
  const regex = written === (isAfter ? 'EOF' : 'BOF') || written === 'BOF' ? undefined : compiled(written);
  let exact: number | undefined;
  let anchor: number | undefined;
  for (const [at, each] of lines.entries()) {
    if (bare(each) === line) exact = at;
    else if (regex && search(regex, each)) {
      anchor = isAfter ? at + 1 : at;
      if (firstmatch) break;
    }
  }
  return { ...(exact === undefined ? {} : { exact }), ...(anchor === undefined ? {} : { anchor }) };
}

/** Ends the last line, so that another can follow it. */
const ended = (lines: readonly string[]): readonly string[] =>
  lines.length === 0 || /[\n\r]$/.test(lines.at(-1)!) ? lines : [...lines.slice(0, -1), `${lines.at(-1)}\n`];

/** The lines with the line in them, and Ansible's word for what was done. */
function withLine(args: Args, lines: readonly string[]): { lines: readonly string[]; msg: string } {
  const line = bytesOf(args.line!);
  const found = wanted(args, lines);
  const { exact, anchor } = found ? { exact: undefined, anchor: undefined } : places(args, lines, line);
  const at = found?.at ?? exact;
  if (at !== undefined) {
    const replacement = args.backrefs && found?.groups ? replacementOf(args.line!, BYTES) : undefined;
    const text = replacement?.ok ? expand(replacement, found!.groups!) : line;
    const next = text.endsWith('\n') ? text : `${text}\n`;
    return lines[at] === next ? { lines, msg: '' } : { lines: lines.with(at, next), msg: 'line replaced' };
  }
  if (args.backrefs) return { lines, msg: '' };
  const added = (index: number) => ({
    lines: (index === lines.length ? ended(lines) : lines).toSpliced(index, 0, `${line}\n`),
    msg: 'line added',
  });
  if (args.insertbefore === 'BOF' || args.insertafter === 'BOF') return added(0);
  if (anchor === undefined) return added(lines.length);
  // Inserting behind a match is not repeated where the line stands there already, at the end or not.
  const neighbour = args.insertafter !== undefined ? lines[anchor === lines.length ? anchor - 1 : anchor] : undefined;
  return neighbour !== undefined && bare(neighbour) === line ? { lines, msg: '' } : added(anchor);
}

/** Lines as Ansible's lineinfile edits them: on bytes, last match first, inserting only where nothing matched. */
const editing =
  (args: Args): Editing =>
  before => {
    if (args.state === 'absent') {
      if (before === undefined) return { text: '', msg: '', more: { msg: 'file not present', found: 0 } };
      const lines = linesOf(before);
      const regex = compiled(args.regexp);
      const needle = args.search_string === undefined ? undefined : bytesOf(args.search_string);
      const line = args.line === undefined ? undefined : bytesOf(args.line);
      const isMeant = (each: string) =>
        regex ? search(regex, each) !== undefined : needle !== undefined ? each.includes(needle) : bare(each) === line;
      const kept = lines.filter(each => !isMeant(each));
      const found = lines.length - kept.length;
      return { text: kept.join(''), msg: found > 0 ? `${found} line(s) removed` : '', more: { found } };
    }
    if (before === undefined && !args.create)
      return blocked(`${args.path} does not exist; with create it would be made`);
    const { lines, msg } = withLine(args, linesOf(before ?? ''));
    return { text: lines.join(''), msg };
  };

/** One line of a file. Parameters, results and the order in which things count are those of Ansible's lineinfile. */
export default defineModule<Args, Page>({
  name: 'lineinfile',
  summary: 'Puts one line into a file, replaces one, or removes lines.',
  example: `- lineinfile:
    path: /etc/hosts
    regexp: '^192\\.0\\.2\\.1\\s'
    line: 192.0.2.1 gateway`,
  args: renamed({ ...editAliases, regex: 'regexp', value: 'line' }, schema),
  probe: editProbe,
  plan: (args, page) => editPlan(args, page, editing(args)),
  result: (args, page, ran, { isDiffed }) => {
    const { backup_file = '', ...rest } = editResult(args, page, ran, editing(args));
    return { ...rest, backup: backup_file, diff: editDiff(args, page, editing(args), isDiffed) };
  },
});
