import * as z from 'zod';
import { blocked, type Change, type Plan } from '../core/change.js';
import { defineModule, type Ran } from '../core/module.js';
import { bool, path, str } from '../core/params.js';
import { lacking, type Output, probe } from '../core/probe.js';
import { type Sh, sh } from '../core/sh.js';
import { Unknown, type Value } from '../core/value.js';
import { renamed, secret } from './args.js';
import { tidy, word } from './looks/word.js';

const schema = renamed(
  { name: 'repo', repository: 'repo', rev: 'revision', version: 'revision' },
  z
    .strictObject({
      repo: str()
        .pipe(z.string().regex(/^[a-z+]+:\/\/[^\s\0]+$/i, 'a URL such as https://svn.example.org/trunk'))
        .describe('Where it comes from.'),
      dest: path().optional().describe('Where it shall stand on the target.'),
      revision: str()
        .default('HEAD')
        .pipe(z.string().regex(/^[\w{}:-]+$/, 'a revision'))
        .describe('Revision, or `HEAD`.'),
      force: bool().default(false).describe('Throw away local modifications; export over what is there.'),
      in_place: bool().default(false).describe('Check out over files that are there.'),
      username: str()
        .pipe(z.string().regex(/^[^-\s]\S*$/, 'a user name'))
        .optional()
        .describe('Who to log in as.'),
      password: secret().optional().describe('Goes by no command line.'),
      executable: path().optional().describe('The svn to use.'),
      checkout: bool().default(true).describe('If false, nothing is checked out newly.'),
      update: bool().default(true).describe('If false, a copy that is there is left as it is.'),
      export: bool().default(false).describe('Only the files, without a working copy.'),
      switch: bool().default(true).describe('Switch a working copy to another URL.'),
      validate_certs: bool().default(true).describe('Only true: a certificate is not taken on trust.'),
    })
    .refine(args => args.dest !== undefined || !(args.checkout || args.update || args.export), {
      message: 'dest is required, unless checkout, update and export are all false',
      path: ['dest'],
    })
    .refine(args => args.validate_certs, { message: 'certificates are always checked', path: ['validate_certs'] }),
);
type Args = z.infer<typeof schema>;

interface State {
  readonly installed: boolean;
  readonly local: 'nothing' | 'occupied' | 'copy';
  readonly revision?: string | undefined;
  readonly changedRevision?: string | undefined;
  readonly url?: string | undefined;
  readonly modified: readonly string[];
  /** Of the repository: the last revision at or before the one asked for in which anything below the URL changed. */
  readonly wanted?: string | undefined;
  readonly error: string;
}

/** svn as a function; the password goes in by stdin. Nothing is asked, and nothing is kept. */
const client = ({ executable, username, password }: Args): Sh => sh`svn() {
  ${password === undefined ? sh`` : sh`printf '%s' ${password} |`} command ${executable ?? 'svn'} --non-interactive --no-auth-cache ${
    username === undefined ? sh`` : sh`--username ${username}`
  } ${password === undefined ? sh`` : sh`--password-from-stdin`} "$@"
}
`;
const destination = ({ dest }: Args): Sh => word(tidy(dest ?? '/nonexistent'));

const look = (args: Args): Sh => sh`command -v ${args.executable ?? 'svn'} >/dev/null || exit 0
${client(args)}p=${destination(args)}
echo installed
i() { w=$1; shift; k=$(svn info --show-item "$@" 2>/dev/null && echo .); case $k in *'
.') printf '%s %s\\n' "$w" "\${k%??}" ;; '') printf '%s \\n' "$w" ;; *) ${lacking('svn')} ;; esac; }
if [ -d "$p/.svn" ]; then
  echo copy
  i revision revision -- "$p@"; i changed last-changed-revision -- "$p@"; i url url -- "$p@"
  svn status -q -- "$p@" 2>/dev/null | sed -e 's/^/modified /' -e 50q
elif [ -e "$p" ] && [ -n "$(ls -A "$p" 2>/dev/null | sed 1q)" ]; then echo occupied
fi
if e=$(svn info --show-item last-changed-revision -r ${args.revision} -- ${`${args.repo}@`} 2>&1); then printf 'wanted %s\\n' "\${e##* }"
else printf '%s\\n' "$e" | sed -e 's/^/error /' -e 10q; fi`;

function stateOf({ stdout }: Output): State {
  const lines = stdout.split('\n');
  const all = (name: string) =>
    lines.filter(line => line.startsWith(`${name} `)).map(line => line.slice(name.length + 1).trim());
  return {
    installed: lines.includes('installed'),
    local: lines.includes('copy') ? 'copy' : lines.includes('occupied') ? 'occupied' : 'nothing',
    revision: all('revision')[0],
    changedRevision: all('changed')[0],
    url: all('url')[0],
    modified: all('modified'),
    wanted: all('wanted')[0],
    error: all('error').join('\n'),
  };
}

const short = (url: string): string => url.replace(/\/+$/, '');

function plan(args: Args, state: State): Plan {
  if (!state.installed) return blocked(`${args.executable ?? 'svn'} is not installed (package subversion)`);
  if (state.error !== '') return blocked(`cannot ask ${args.repo}: ${state.error}`);
  if (args.export) return exports(args, state);
  if (state.local === 'copy') return args.update ? updates(args, state) : [];
  if (!args.checkout) return [];
  if (state.local === 'occupied' && !args.in_place) return blocked(`${args.dest} is there and is no working copy`);
  return [
    fetched(
      args,
      state,
      sh`svn checkout -q ${args.in_place ? sh`--force` : sh``} -r ${args.revision} -- ${`${args.repo}@`} "$p"`,
    ),
  ];
}

function exports(args: Args, state: State): Plan {
  if (state.local !== 'nothing' && !args.force) return [];
  return [fetched(args, state, sh`svn export -q --force -r ${args.revision} -- ${`${args.repo}@`} "$p@"`)];
}

const fetched = (args: Args, state: State, command: Sh): Change => ({
  what: args.dest!,
  before: state.local === 'copy' ? `${state.url}@${state.revision}` : null,
  after: `${args.repo}@${state.wanted}`,
  apply: sh`${client(args)}p=${destination(args)}
${command} || exit 1
r=$(svn info --show-item revision -- "$p@" 2>/dev/null && echo .); u=$(svn info --show-item url -- "$p@" 2>/dev/null && echo .)
case $r$u in ''|*'
.'*'
.') ;; *) echo 'svn failed, or said less than it must' >&2; exit 1 ;; esac
printf 'after %s %s\\n' "\${r%??}" "\${u%??}"`,
});

function updates(args: Args, state: State): Plan {
  const isElsewhere = short(state.url ?? '') !== short(args.repo);
  if (isElsewhere && !args.switch) return blocked(`${args.dest} is a working copy of ${state.url} (switch=no)`);
  if (state.modified.length > 0 && !args.force)
    return blocked(
      `Local modifications exist in the destination: ${args.dest} (force=no).\n${state.modified.join('\n')}`,
    );
  const reverted: readonly Change[] =
    state.modified.length === 0
      ? []
      : [
          {
            what: `${args.dest} local modifications`,
            before: state.modified.join('\n'),
            after: '',
            apply: sh`${client(args)}p=${destination(args)}\nsvn revert -q -R -- "$p@"`,
          },
        ];
  if (isElsewhere)
    return [
      ...reverted,
      fetched(args, state, sh`svn switch -q --ignore-ancestry -r ${args.revision} -- ${`${args.repo}@`} "$p"`),
    ];
  if (state.changedRevision === state.wanted) return reverted;
  return [...reverted, fetched(args, state, sh`svn update -q -r ${args.revision} -- "$p@"`)];
}

function result(args: Args, state: State, ran: Ran): { readonly [name: string]: Value } {
  const lines = (revision: string, url: string) => [`Revision: ${revision}`, `URL: ${url}`];
  const before = state.local === 'copy' ? lines(state.revision ?? '', state.url ?? '') : null;
  const said =
    ran.kind === 'done' ? /^after (\d+) (\S+)$/m.exec(ran.outputs.map(({ stdout }) => stdout).join('\n')) : undefined;
  if (said) return { before, after: lines(said[1]!, said[2]!) };
  return { before, after: ran.kind === 'nothing' ? before : args.export ? null : new Unknown([]) };
}

/** A working copy or an export from a Subversion repository. Files that svn does not know of are never touched. */
export default defineModule<Args, State>({
  name: 'subversion',
  summary: 'Checks out or exports from a Subversion repository.',
  example: '- subversion: { repo: "file:///srv/svn/trunk", dest: /tmp/trunk, checkout: false, update: false }',
  args: schema,
  probe: args => ({ ...probe(look(args), stateOf), dear: true }),
  plan,
  result,
  secrets: ['password'],
});
