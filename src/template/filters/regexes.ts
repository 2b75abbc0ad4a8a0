import { bounded } from '../../core/regex-time.js';
import { RenderError } from '../../core/value.js';
import { spend, weigh } from '../budget.js';
import { flagOr, strictText } from '../cast.js';
import { expandReplacement, groupOf, pythonRegex, type RegexFlags } from '../regex.js';
import { type Term, tupleOf } from '../terms.js';
import { toText } from '../text.js';
import { type Filters, filter } from './filter.js';

const flags = (ignoreCase: Term | undefined, multiline: Term | undefined): RegexFlags => ({
  ignoreCase: flagOr(ignoreCase, false),
  multiline: flagOr(multiline, false),
});

const allMatches = (regex: RegExp, text: string): readonly RegExpExecArray[] =>
  bounded(regex, text, () => [...text.matchAll(regex)]);

function regexReplace(text: string, pattern: string, replacement: string, how: RegexFlags): string {
  let out = '';
  let at = 0;
  for (const match of allMatches(pythonRegex(pattern, how, text), text)) {
    spend(1);
    out += text.slice(at, match.index) + expandReplacement(replacement, match);
    at = match.index + match[0].length;
    weigh(out.length);
  }
  return out + text.slice(at);
}

/** The text that was found, or those of its groups that are asked for as `\1` or `\g<name>`; None if nothing was. */
function regexSearch(text: string, pattern: string, groups: readonly Term[], how: RegexFlags): Term {
  const wanted = groups.map(group => {
    const name = /^\\(?:g<(\S+)>|(\d+))/.exec(strictText(group, 'a group'));
    if (!name) throw new RenderError(`regex_search: a group is written \\\\1 or \\\\g<name>, not ${toText(group)}`);
    return name[1] ?? name[2]!;
  });
  const regex = pythonRegex(pattern, how, text);
  const match = bounded(regex, text, () => regex.exec(text));
  if (!match) return null;
  if (wanted.length === 0) return match[0];
  return wanted.map(group => {
    const found = groupOf(match, group);
    const took = /^\d+$/.test(group) ? match[Number(group)] : match.groups?.[group];
    return took === undefined ? null : found;
  });
}

/** All that was found: texts, or the groups where the pattern has some. */
function regexFindall(text: string, pattern: string, how: RegexFlags): Term[] {
  return allMatches(pythonRegex(pattern, how, text), text).map(match => {
    spend(1);
    const groups = match.slice(1).map(group => group ?? '');
    if (groups.length === 0) return match[0];
    return groups.length === 1 ? groups[0]! : tupleOf(groups);
  });
}

function regexEscape(text: string, kind: string): string {
  if (kind === 'python') return text.replace(/[()[\]{}?*+\-|^$\\.&~# \t\n\r\v\f]/g, '\\$&');
  if (kind === 'posix_basic') return text.replace(/[\].[^$*\\]/g, '\\$&');
  throw new RenderError(`regex_escape knows python and posix_basic, not '${kind}'`);
}

export const regexFilters: Filters = [
  [
    'regex_replace',
    filter('pattern? replacement? ignorecase? multiline?', (input, [pattern, replacement, ignoreCase, multiline]) =>
      regexReplace(
        toText(input),
        strictText(pattern ?? '', 'the pattern'),
        strictText(replacement ?? '', 'the replacement'),
        flags(ignoreCase, multiline),
      ),
    ),
  ],
  [
    'regex_search',
    filter('regex *groups ignorecase? multiline?', (input, [pattern, ignoreCase, multiline], { rest }) =>
      regexSearch(toText(input), strictText(pattern, 'the pattern'), rest, flags(ignoreCase, multiline)),
    ),
  ],
  [
    'regex_findall',
    filter('regex multiline? ignorecase?', (input, [pattern, multiline, ignoreCase]) =>
      regexFindall(toText(input), strictText(pattern, 'the pattern'), flags(ignoreCase, multiline)),
    ),
  ],
  ['regex_escape', filter('re_type?', (input, [kind]) => regexEscape(toText(input), toText(kind ?? 'python')))],
];
