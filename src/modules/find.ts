import * as z from 'zod';
import { decode } from '../core/bytes.js';
import { blocked, type Plan } from '../core/change.js';
import { defineModule } from '../core/module.js';
import { bool, choice, int, mode, str, strings } from '../core/params.js';
import { Incomplete, lacking, type Output, type Probe, probe } from '../core/probe.js';
import { join, type Sh, sh } from '../core/sh.js';
import type { Value } from '../core/value.js';
import { renamed } from './args.js';
import { EDIT_CAP } from './looks/content.js';
import { FULL_FORMAT, statMembers } from './looks/full.js';
import { tidy, word } from './looks/word.js';
import { modeOf } from './mode.js';
import { patternOf, search } from './pattern.js';

const UNITS: { readonly [unit: string]: number } = { s: 1, m: 60, h: 3600, d: 86_400, w: 604_800 };
const SIZES: { readonly [unit: string]: number } = { b: 1, k: 1024, m: 1024 ** 2, g: 1024 ** 3, t: 1024 ** 4 };

const schema = z
  .strictObject({
    paths: strings()
      .refine(paths => paths.length > 0 && paths.every(each => !each.includes('\0')), 'at least one path, without NUL')
      .describe('Directories to search in.'),
    patterns: strings()
      .default([])
      .describe('Globs, or Python regular expressions, for the name of a file; one must match.'),
    excludes: strings().default([]).describe('Globs, or regular expressions, for names that do not count.'),
    use_regex: bool().default(false).describe('Patterns are Python regular expressions for the whole name.'),
    contains: str().optional().describe('Python regular expression for the beginning of some line of the file.'),
    read_whole_file: bool().default(false).describe('`contains` may match anywhere, also over lines.'),
    file_type: choice('file', 'directory', 'link', 'any').default('file').describe('What to find.'),
    recurse: bool().default(false).describe('Search below, too.'),
    depth: int().optional().describe('How many levels deep; with `recurse`.'),
    hidden: bool().default(false).describe('Names that begin with a dot count, too.'),
    follow: bool().default(false).describe('Search what links lead to.'),
    age: str()
      .pipe(z.string().regex(/^-?\d+[smhdwSMHDW]?$/))
      .optional()
      .describe('At least this old, as `2d`; with a minus, at most. Units: s, m, h, d, w.'),
    age_stamp: choice('atime', 'ctime', 'mtime').default('mtime').describe('Which time tells the age.'),
    size: str()
      .pipe(z.string().regex(/^-?\d+[bkmgtBKMGT]?$/))
      .optional()
      .describe('At least this large, as `10m`; with a minus, at most. Units: b, k, m, g, t.'),
    mode: mode()
      .refine(each => each !== 'preserve', 'octal in quotes ("0644") or symbolic (u=rw,g=r)')
      .optional()
      .describe('Permissions it has, as `"0644"` or `u=rw`.'),
    exact_mode: bool().default(true).describe('No other permissions; if false, any one of them suffices.'),
    get_checksum: bool().default(false).describe('Give the checksum of files.'),
    checksum_algorithm: choice('md5', 'sha1', 'sha224', 'sha256', 'sha384', 'sha512')
      .default('sha1')
      .describe('Which checksum.'),
    limit: int().optional().describe('At most so many, those nearest to the top first.'),
    encoding: z.enum(['utf-8', 'UTF-8', 'utf8']).optional().describe('Only UTF-8.'),
  })
  .superRefine((args, issues) => {
    const wrong = (message: string, at: string) => issues.addIssue({ code: 'custom', message, path: [at] });
    if (args.limit !== undefined && args.limit <= 0) wrong('limit must be positive', 'limit');
    const expressions = args.use_regex ? [...args.patterns, ...args.excludes] : [];
    for (const written of [...expressions, ...(args.contains === undefined ? [] : [args.contains])]) {
      const pattern = patternOf(written, { on: 'text' });
      if (!pattern.ok) wrong(`not a Python regular expression: ${written}: ${pattern.why}`, 'patterns');
    }
  });
type Args = z.infer<typeof schema>;

interface Entry {
  readonly path: string;
  readonly members: { readonly [name: string]: Value };
  /** By the target's clock; the age itself would be another one at every look. */
  readonly isOfAge: boolean;
  readonly checksum?: string | undefined;
  readonly text?: string | undefined;
}

interface State {
  readonly entries: readonly Entry[];
  readonly examined: number;
  readonly skipped: { readonly [path: string]: string };
  /** Files changed while we looked, or there is too much text to search. */
  readonly trouble?: string | undefined;
}

const TYPE: { readonly [type: string]: Sh } = {
  file: sh`-type f`,
  directory: sh`-type d`,
  link: sh`-type l`,
  any: sh``,
};

/** A glob of Python's fnmatch, in which a backslash is nothing special, as one of find's. */
const glob = (pattern: string): Sh => sh`-name ${pattern.replaceAll('\\', '\\\\')}`;

/**
 * Two walks for each directory, since busybox does not take two commands in one: to count all there is, and to tell of what fits. Each batch is a
 * block of lines: one of `stat` for each file, then the names, each ended by NUL, as base64, then what else was asked.
 */
function script(args: Args): Sh {
  const depth = args.recurse ? (args.depth ?? 0) : 1;
  const tests = [
    TYPE[args.file_type]!,
    ...(args.hidden ? [] : [sh`! -name '.*'`]),
    ...(args.use_regex || args.patterns.length === 0 ? [] : [sh`'(' ${join(args.patterns.map(glob), ' -o ')} ')'`]),
    ...(args.use_regex ? [] : args.excludes.map(each => sh`! ${glob(each)}`)),
  ];
  return join(
    args.paths.map(
      root => sh`p=${word(root === '/' ? root : tidy(root))}
echo root
if [ ! -d "$p" ]; then echo skipped; else
walk() { { e=$(find ${args.follow ? sh`-L ` : sh``}"$p" ${depth > 0 ? sh`-maxdepth ${depth} ` : sh``}"$@" 2>&1 >&3 3>&-) || case $e in *'ermission denied'*|*'o such file'*) ;; *) ${lacking('find or sh')} ;; esac; } 3>&1; }
walk -exec sh -c 'echo examined $#' x {} +
walk -mindepth 1 ${join(tests, ' ')} -exec sh -c ${tell(args).text} x {} +
fi`,
    ),
    '\n',
  );
}

function tell(args: Args): Sh {
  const stamp = { atime: '%X', ctime: '%Z', mtime: '%Y' }[args.age_stamp];
  const age = args.age === undefined ? undefined : /^(-?)(\d+)(\w?)$/.exec(args.age.toLowerCase())!;
  const seconds = age ? Number(age[2]) * (UNITS[age[3] || 's'] ?? 1) : 0;
  return sh`echo batch
stat -c ${FULL_FORMAT} "$@"
printf 'names '; printf '%s\\0' "$@" | base64 | tr -d '\\n'; echo
${
  age
    ? sh`n=$(date +%s); [ \${#n} -ge 10 ] || exit 1; n=$((n - ${seconds})); printf 'aged '; stat -c ${stamp} "$@" | while read -r t; do [ "$t" ${age[1] ? '-ge' : '-le'} $n ] && printf 1 || printf 0; done; echo`
    : sh`:`
}
${
  args.get_checksum
    ? sh`printf sums; for f; do h=-; [ ! -f "$f" ] || [ -L "$f" ] || [ ! -r "$f" ] || h=$(${`${args.checksum_algorithm}sum`} <"$f"); printf ' %s' "\${h%% *}"; done; echo`
    : sh`:`
}
${
  args.contains === undefined
    ? sh`:`
    : sh`k=0; for z in $(stat -L -c %s "$@"); do k=$((k + z)); done
if [ $k -gt ${EDIT_CAP} ]; then echo large; else printf texts; for f; do printf ' ='; [ ! -f "$f" ] || [ ! -r "$f" ] || base64 <"$f" | tr -d '\\n'; done; echo; fi`
}
echo whole`;
}

function stateOf(args: Args, { stdout }: Output): State {
  const skipped: Record<string, string> = {};
  const entries: Entry[] = [];
  let examined = 0;
  let trouble: string | undefined;
  for (const [i, part] of stdout
    .split(/^root\n/m)
    .slice(1)
    .entries()) {
    const root = args.paths[i]!;
    const isSkipped = part.startsWith('skipped');
    if (isSkipped) skipped[root] = `'${root}' is not a directory`;
    const counts = [...part.matchAll(/^examined (\d+)$/gm)].map(([, count]) => Number(count));
    // The directory itself is counted too, so that there is always something said.
    if (!isSkipped && counts.length === 0) throw new Incomplete('find or sh');
    examined += counts.reduce((sum, count) => sum + count, isSkipped ? 0 : -1);
    for (const batch of part.split(/^batch\n/m).slice(1)) {
      const found = batchOf(args, batch);
      if (typeof found === 'string') trouble = found;
      else entries.push(...found);
    }
  }
  return { entries, examined, skipped, trouble };
}

function batchOf(args: Args, batch: string): readonly Entry[] | string {
  const line = (name: string) => new RegExp(`^${name}( .*)?$`, 'm').exec(batch)?.[1]?.slice(1);
  const names = decode(Buffer.from(line('names') ?? '', 'base64'))
    .split('\0')
    .slice(0, -1);
  const statuses = batch
    .slice(0, batch.search(/^names /m))
    .split('\n')
    .slice(0, -1)
    .map(statMembers);
  if (/^large$/m.test(batch)) return `the files to search in are larger than ${EDIT_CAP} bytes`;
  if (!/^whole$/m.test(batch) || !statuses.every(Boolean)) throw new Incomplete('find, sh or stat');
  if (statuses.length !== names.length) return 'files were removed while they were looked at';
  const aged = line('aged');
  const sums = line('sums')?.split(' ');
  const texts = line('texts')?.split(' ');
  if (aged !== undefined && aged.length !== names.length) throw new Incomplete('stat');
  if (sums?.some(sum => !/^(?:-|[0-9a-f]{32,})$/.test(sum))) throw new Incomplete(`${args.checksum_algorithm}sum`);
  return names.flatMap((name, i) => {
    const members = statuses[i];
    if (!members) return [];
    const text = texts?.[i];
    const bytes = Buffer.from(text?.slice(1) ?? '', 'base64');
    // Files of the kernel say that they are empty.
    if (text && text !== '=' && members.isreg === true && members.size !== 0 && bytes.length !== members.size)
      if (!/^\/(?:proc|sys)\//.test(name)) throw new Incomplete('base64');
    return {
      path: name,
      members,
      isOfAge: aged === undefined || aged[i] === '1',
      checksum: sums?.[i] === '-' ? undefined : sums?.[i],
      text: text === undefined ? undefined : decode(bytes),
    };
  });
}

const compiled = (written: string): RegExp => {
  const pattern = patternOf(written, { on: 'text' });
  if (!pattern.ok) throw new Error(`unchecked pattern: ${pattern.why}`);
  return pattern.regex;
};

/** Python's match: at the start of the text. */
const matches = (regex: RegExp, text: string): boolean => search(regex, text)?.index === 0;

function fits(args: Args, { path: name, members, isOfAge, text }: Entry): boolean {
  if (!isOfAge) return false;
  if (args.use_regex) {
    const base = name.slice(name.lastIndexOf('/') + 1);
    const patterns = args.patterns.length > 0 ? args.patterns : ['.*'];
    if (!patterns.some(each => matches(compiled(each), base))) return false;
    if (args.excludes.some(each => matches(compiled(each), base))) return false;
  }
  const isFile = members.isreg === true;
  if (args.size !== undefined && isFile) {
    const [, minus, number, unit] = /^(-?)(\d+)(\w?)$/.exec(args.size.toLowerCase())!;
    const limit = Number(number) * (SIZES[unit || 'b'] ?? 1);
    const size = members.size as number;
    if (minus ? size > limit : size < limit) return false;
  }
  if (args.mode !== undefined) {
    const bits = Number.parseInt(members.mode as string, 8);
    const wanted = modeOf(args.mode, { found: 0, isDirectory: false, umask: 0 });
    if (args.exact_mode ? bits !== wanted : (bits & wanted) === 0) return false;
  }
  if (args.contains === undefined || args.file_type !== 'file') return true;
  const regex = compiled(args.contains);
  if (args.read_whole_file) return search(regex, text ?? '') !== undefined;
  return (text ?? '').split(/(?<=\n)/).some(line => matches(regex, line));
}

function result(args: Args, state: State): { readonly [name: string]: Value } {
  const depth = (entry: Entry) => entry.path.split('/').length;
  const found = state.entries
    .filter(entry => fits(args, entry))
    .sort((a, b) => depth(a) - depth(b) || (a.path < b.path ? -1 : 1));
  const files = args.limit === undefined ? found : found.slice(0, args.limit);
  const isWhole = Object.keys(state.skipped).length === 0;
  return {
    files: files.map(({ path: name, members, checksum }) => ({
      path: name,
      ...members,
      ...(checksum === undefined ? {} : { checksum }),
    })),
    matched: files.length,
    examined: state.examined,
    skipped_paths: state.skipped,
    msg: isWhole ? 'All paths examined' : 'Not all paths examined, check warnings for details',
  };
}

/** Files by name, age, size and content. Parameters and results are those of Ansible's find. Changes nothing. */
export default defineModule<Args, State>({
  name: 'find',
  summary: 'Finds files by name, age, size and content.',
  example: `- find:
    paths: /etc
    patterns: "*.conf"`,
  args: renamed({ name: 'paths', path: 'paths', pattern: 'patterns', exclude: 'excludes' }, schema),
  probe: (args): Probe<State> => probe(script(args), output => stateOf(args, output)),
  plan: (_args, state): Plan => (state.trouble === undefined ? [] : blocked(state.trouble)),
  result,
});
