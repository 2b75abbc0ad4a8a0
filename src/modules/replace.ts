import * as z from 'zod';
import { encode } from '../core/bytes.js';
import { defineModule } from '../core/module.js';
import { content, str } from '../core/params.js';
import { bounded } from '../core/regex-time.js';
import type { Value } from '../core/value.js';
import { renamed } from './args.js';
import { textIn } from './diff.js';
import {
  type Editing,
  editAliases,
  editPlan,
  editProbe,
  editResult,
  editShape,
  missingFile,
  type Page,
} from './edit.js';
import { expand, missingGroup, patternOf, type Reading, replacementOf, search } from './pattern.js';

const schema = z
  .strictObject({
    ...editShape,
    regexp: str().describe('Python regular expression; `^` and `$` stand for the ends of each line.'),
    replace: content().default('').describe('What each match becomes; may hold groups such as `\\1`.'),
    after: str().optional().describe('Python regular expression; only what follows its first match is changed.'),
    before: str().optional().describe('Python regular expression; only what precedes its match is changed.'),
    encoding: z
      .enum(['utf-8', 'utf8', 'UTF-8', 'ascii', 'latin-1', 'latin1', 'iso-8859-1'])
      .default('utf-8')
      .describe('How the file is written: UTF-8 or Latin-1.'),
  })
  .superRefine((args, issues) => {
    const wrong = (message: string, at: string) => issues.addIssue({ code: 'custom', message, path: [at] });
    const pattern = patternOf(args.regexp, { on: 'text', flags: 'm' });
    const replacement = replacementOf(args.replace, { on: 'text' });
    if (!pattern.ok) wrong(`not a Python regular expression: ${pattern.why}`, 'regexp');
    if (!replacement.ok) wrong(replacement.why, 'replace');
    else if (pattern.ok) {
      const lost = missingGroup(replacement, pattern.regex);
      if (lost !== undefined) wrong(`regexp has no group ${lost}`, 'replace');
    }
    const section = patternOf(sectionOf(args) ?? '', { on: 'text', flags: 's' });
    if (!section.ok) wrong(`not a Python regular expression: ${section.why}`, args.after ? 'after' : 'before');
  });
type Args = z.infer<typeof schema>;

/** The pattern whose group is the part of the file that may be changed; nothing for all of it. */
function sectionOf({ after, before }: Pick<Args, 'after' | 'before'>): string | undefined {
  if (!after && !before) return undefined;
  return `${after ?? ''}(?P<subsection>.*${after && before ? '?' : ''})${before ?? ''}`;
}

const compiled = (written: string, reading: Reading): RegExp => {
  const pattern = patternOf(written, reading);
  if (!pattern.ok) throw new Error(`unchecked pattern: ${pattern.why}`);
  return pattern.regex;
};

/** The same expression, whose matches tell where their groups stand. */
const withIndices = (regex: RegExp): RegExp => new RegExp(regex.source, `${regex.flags}d`);

/** A text of the file and the way back to its bytes. What is not UTF-8 is worked on byte by byte. */
function decoded(
  bytes: string,
  encoding: string,
): { text: string; on: Reading['on']; encode: (text: string) => string } {
  const asLatin = { text: bytes, on: 'text' as const, encode: (text: string) => text };
  if (/latin|8859/.test(encoding)) return asLatin;
  try {
    const text = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(Buffer.from(bytes, 'latin1'));
    return { text, on: 'text', encode: changed => encode(changed).toString('latin1') };
  } catch {
    return { ...asLatin, on: 'bytes' };
  }
}

const editing =
  (args: Args): Editing =>
  before => {
    if (before === undefined) return missingFile(args);
    const { text, on, encode } = decoded(before, args.encoding);
    const section = sectionOf(args);
    const found = section === undefined ? undefined : search(withIndices(compiled(section, { on, flags: 's' })), text);
    if (section !== undefined && !found)
      return { text: before, msg: `Pattern for before/after params did not match the given file: ${section}` };
    const part = found ? found.groups!.subsection! : text;
    const start = found?.indices?.groups?.subsection?.[0] ?? 0;
    const replacement = replacementOf(args.replace, { on });
    if (!replacement.ok) throw new Error(`unchecked replacement: ${replacement.why}`);
    const regex = compiled(args.regexp, { on, flags: 'm' });
    const matches = bounded(regex, part, () => [...part.matchAll(regex)]);
    let changed = '';
    let end = 0;
    for (const match of matches) {
      changed += part.slice(end, match.index) + expand(replacement, match);
      end = match.index + match[0].length;
    }
    changed += part.slice(end);
    if (changed === part) return { text: before, msg: '' };
    return {
      text: encode(text.slice(0, start) + changed + text.slice(start + part.length)),
      msg: `${matches.length} replacements made`,
    };
  };

function replaceDiff(args: Args, page: Page): Value {
  const edited = editing(args)(page.text);
  const { path } = args;
  const after = 'blocked' in edited ? '' : edited.text;
  return { before_header: path, before: textIn(page.text ?? ''), after_header: path, after: textIn(after) };
}

/** Every match of an expression in a file. Parameters and results are those of Ansible's replace. */
export default defineModule<Args, Page>({
  name: 'replace',
  summary: 'Replaces every match of a regular expression in a file.',
  example: `- replace:
    path: /etc/hosts
    regexp: '(\\s)old\\.example\\.org'
    replace: '\\1new.example.org'`,
  args: renamed(editAliases, schema),
  probe: editProbe,
  plan: (args, page) => editPlan(args, page, editing(args)),
  result: (args, page, ran, { isDiffed }) => ({
    ...editResult(args, page, ran, editing(args)),
    rc: 0,
    ...(isDiffed && ran.kind !== 'nothing' ? { diff: replaceDiff(args, page) } : {}),
  }),
});
