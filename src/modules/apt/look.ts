import { lacking, type Output, type Probe, probe } from '../../core/probe.js';
import { join, nothing, type Sh, sh, userScript } from '../../core/sh.js';
import { isGlob, matchesGlob, type Wish } from './names.js';

/** `config`: only its configuration is left. `broken`: unpacked, half installed or half configured. */
export type Status = 'installed' | 'config' | 'broken' | 'gone';

/** One package as dpkg knows it. */
export interface Installed {
  readonly name: string;
  readonly architecture: string;
  readonly version: string;
  readonly status: Status;
}

export interface State {
  /** Undefined: the target has no dpkg. */
  readonly packages: readonly Installed[] | undefined;
  /** Wishes that an installed package provides, by name. */
  readonly provided: ReadonlySet<string>;
  /** What apt would install, for those asked after; `(none)` for a name that is only provided or only in dpkg. */
  readonly candidates: ReadonlyMap<string, string>;
  /** Names in the index that a glob matches. */
  readonly known: readonly string[];
  /** Wishes with `>=` that hold. */
  readonly newEnough: ReadonlySet<string>;
  readonly lists: 'fresh' | 'stale' | 'none';
  /** What a simulated apt-get would do: its `Inst`, `Remv`, `Purg` and `Del` lines. */
  readonly simulated: readonly string[];
  readonly archives: boolean;
}

export interface Question {
  readonly wishes: readonly Wish[];
  /** How far apt's index is asked: for all, for what is missing, or not at all. */
  readonly index: 'all' | 'missing' | 'none';
  /** Seconds for which the lists count as fresh; 0: never. */
  readonly validFor: number;
  readonly release: string | undefined;
  /** An apt-get command to simulate, if any. */
  readonly simulate: Sh | undefined;
  /** Whether fetched package files lie about. */
  readonly archives: boolean;
}

const FORMAT = 'pkg\\t${db:Status-Abbrev}\\t${Package}\\t${Architecture}\\t${Version}\\n';

/** The look of `apt`. Lines are `kind TAB …`; nothing in them moves by itself. */
export function aptProbe(question: Question): Probe<State> {
  const { wishes, index, validFor, simulate } = question;
  const globs = wishes.map(({ name }) => name).filter(isGlob);
  const literal = wishes.map(({ name }) => name).filter(name => !isGlob(name));
  const asksIndex = index !== 'none';
  const parts: Sh[] = [sh`command -v dpkg-query >/dev/null || { echo none; exit 0; }`];
  if (wishes.length > 0) parts.push(installedOf(wishes.map(({ name }) => name)));
  parts.push(...wishes.filter(({ version }) => version?.is === '>=').map(newEnough));
  if (globs.length > 0 && asksIndex) parts.push(knownLike(globs));
  if (literal.length > 0 && index === 'missing') parts.push(missing(literal, question));
  if (literal.length > 0 && index === 'all') parts.push(provisions, candidatesOf(literal, question));
  parts.push(listsAge(validFor));
  if (simulate) parts.push(sh`${simulate} 2>/dev/null | sed -n 's/^\\(Inst\\|Remv\\|Purg\\|Del\\) /sim\t\\1 /p'`);
  if (question.archives) parts.push(sh`set -- /var/cache/apt/archives/*.deb; [ ! -e "$1" ] || echo archives`);
  parts.push(nothing);
  const dear = index === 'all' || simulate !== undefined || (globs.length > 0 && asksIndex);
  return { ...probe(join(parts, '\n'), output => parse(output, wishes)), ...(dear ? { dear } : {}) };
}

const installedOf = (names: readonly string[]): Sh =>
  sh`rm_packages=$(dpkg-query -W -f ${FORMAT} ${names} 2>&1; echo "#$?")
case $rm_packages in ?*'
#0'|*'no packages found matching '*'
#1') ;; *) ${lacking('dpkg-query')} ;; esac
printf '%s\n' "$rm_packages"`;

const newEnough = ({ text, name, version }: Wish): Sh =>
  sh`rm_have=$(dpkg-query -W -f '\${Version}' ${name} 2>/dev/null) && dpkg --compare-versions "$rm_have" ge ${version!.pattern} && printf 'ge\t%s\n' ${text}`;

/** apt-cache says nothing of a name it does not know, and ends with status 0 all the same. */
const candidatesOf = (names: readonly string[] | Sh, { release }: Question): Sh => {
  const from = release === undefined ? [] : ['-t', release];
  return sh`apt-cache ${from} policy ${names} 2>/dev/null | sed -n 's/^\\([^ ].*\\):$/can\t\\1/p; s/^  Candidate: /is\t/p'`;
};

/** What the installed packages provide (Debian Policy 7.5). */
const provisions = sh`dpkg-query -W -f '\${db:Status-Abbrev}\\t\${Provides}\\n' | sed -n 's/^.i.\t\\(..*\\)/prov\t\\1/p'`;

/**
 * Of those that are not installed: what provides them, and whether the index has them, so that a slip in a name is
 * found in check mode. Costs nothing where all is installed.
 */
const missing = (names: readonly string[], question: Question): Sh => sh`rm_gone=
for rm_name in ${names}; do
  case $rm_packages in *"\t"?[itW]?"\t\${rm_name%%:*}\t"*) ;; *) rm_gone="$rm_gone $rm_name" ;; esac
done
if [ -n "$rm_gone" ]; then
  ${provisions}
  ${candidatesOf(sh`$rm_gone`, question)}
fi`;

/** Names in the index that a glob matches. `wishOf` lets nothing into a name that sh would take for more than a pattern. */
const knownLike = (globs: readonly string[]): Sh => {
  const patterns = userScript(globs.map(glob => glob.replace(/:.*/, '')).join('|'));
  return sh`apt-cache pkgnames 2>/dev/null | sort | while read -r rm_name; do case $rm_name in ${patterns}) printf 'known\t%s\n' "$rm_name" ;; esac; done`;
};

/** Only the verdict, for the age itself would never be the same twice. Lists that were wiped are as good as none. */
const listsAge = (seconds: number): Sh => sh`set -- /var/lib/apt/lists/*_Packages*
if [ ! -e "$1" ]; then printf 'lists\tnone\n'
else
  rm_at=$(stat -c %Y /var/lib/apt/periodic/update-success-stamp 2>/dev/null || stat -c %Y /var/lib/apt/lists)
  if [ "$(( $(date +%s) - rm_at ))" -lt ${seconds} ]; then printf 'lists\tfresh\n'; else printf 'lists\tstale\n'; fi
fi`;

/** Reads what the probe said. */
function parse({ stdout }: Output, wishes: readonly Wish[]): State {
  const rows = stdout.split('\n').map(line => line.split('\t'));
  const of = (kind: string) => rows.filter(([first]) => first === kind).map(([, ...rest]) => rest);
  const candidates = new Map<string, string>();
  let asked = '';
  for (const [kind, text = ''] of rows) {
    if (kind === 'can') asked = text;
    else if (kind === 'is') candidates.set(asked, text);
  }
  const provisions = new Set(
    of('prov').flatMap(([list = '']) => list.split(',').map(one => one.trim().replace(/ .*/, ''))),
  );
  return {
    packages: rows[0]?.[0] === 'none' ? undefined : of('pkg').map(packageOf),
    provided: new Set(wishes.map(({ name }) => name).filter(name => provisions.has(name))),
    candidates,
    known: of('known').map(([name = '']) => name),
    newEnough: new Set(of('ge').map(([text = '']) => text)),
    lists: (of('lists')[0]?.[0] ?? 'none') as State['lists'],
    simulated: of('sim').map(([line = '']) => line),
    archives: of('archives').length > 0,
  };
}

/** dpkg-query(1), `db:Status-Abbrev`: wish, state, error. W and t wait for triggers, which is as good as installed. */
function packageOf([abbreviated = '', name = '', architecture = '', version = '']: readonly string[]): Installed {
  const letter = abbreviated[1] ?? 'n';
  const status = /[itW]/.test(letter) ? 'installed' : letter === 'c' ? 'config' : letter === 'n' ? 'gone' : 'broken';
  return { name, architecture, version, status };
}

/** The packages that a wish names. */
export function namedBy(wish: Wish, packages: readonly Installed[]): readonly Installed[] {
  const [name = '', architecture] = wish.name.split(':');
  return packages.filter(
    one =>
      (isGlob(name) ? matchesGlob(name, one.name) : one.name === name) &&
      (architecture === undefined || architecture === 'any' || matchesGlob(architecture, one.architecture)),
  );
}
