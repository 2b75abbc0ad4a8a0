import type { Change } from '../../core/change.js';
import { Incomplete } from '../../core/probe.js';
import { join, type Sh, sh } from '../../core/sh.js';
import type { Settled, Wish } from '../attributes.js';
import { isNumber } from '../looks/account.js';
import { octal, type Status, statusOf } from '../looks/status.js';
import { modeOf } from '../mode.js';

/** How many things below a directory are of one kind, mode and owner. */
export interface Sort extends Pick<Status, 'kind' | 'mode' | 'uid' | 'gid'> {
  readonly count: number;
}

/**
 * After the status look, of a directory at `$p`: a line for each sort of thing below it, and how many things there are.
 * Few forks however many. The directory itself is among them, so that there is always something said.
 */
export const belowLook: Sh = sh`case $s in 4*) echo below
find "$p" -exec sh -c 'stat -c "%f %u %g" "$@" && echo "count $#"' x {} + | sort | uniq -c ;; esac`;

/** Reads the lines of the look of a directory that stands so. Throws where fewer things were told than there are. */
export function sortsOf(stdout: string, own: Status | undefined): readonly Sort[] {
  const [, below] = stdout.split(/^below$/m);
  if (below === undefined || own === undefined) return [];
  let counted = 0;
  const sorts = below.split('\n').flatMap(line => {
    const [, times = '0', said = ''] = /^ *(\d+) (.*)$/.exec(line) ?? [];
    const count = /^count (\d+)$/.exec(said)?.[1];
    if (count !== undefined) counted += Number(times) * Number(count);
    const status = /^[0-9a-f]+ \d+ \d+$/.test(said) ? statusOf(`${said} 0 0::`) : undefined;
    return status ? [{ ...status, count: Number(times) }] : [];
  });
  if (counted === 0 || sorts.reduce((sum, { count }) => sum + count, 0) !== counted)
    throw new Incomplete('find, sh, stat, sort or uniq');
  const isOwn = (sort: Sort) =>
    sort.kind === own.kind && sort.mode === own.mode && sort.uid === own.uid && sort.gid === own.gid;
  return sorts.map(sort => (isOwn(sort) ? { ...sort, count: sort.count - 1 } : sort)).filter(({ count }) => count > 0);
}

const TYPES = {
  file: 'f',
  directory: 'd',
  link: 'l',
  fifo: 'p',
  socket: 's',
  'block device': 'b',
  'character device': 'c',
} as const;

/** What differs below, and the acts: one `find` for each of owner, group and mode. Links are not followed. */
export function belowChanges(
  { wish, settled, status, umask }: { wish: Wish; settled: Settled; status: Status; umask: number },
  sorts: readonly Sort[],
  path: Sh,
): readonly Change[] {
  const changes: Change[] = [];
  const tally = (differs: (sort: Sort) => boolean) => sorts.filter(differs).reduce((sum, sort) => sum + sort.count, 0);
  const { owner, group } = settled;
  // Where the directory itself has the wished owner, its number was not asked.
  const uid = settled.uid ?? status.uid;
  const gid = settled.gid ?? status.gid;
  const strangers = owner === undefined ? 0 : tally(sort => sort.uid !== uid);
  if (owner !== undefined && strangers > 0)
    changes.push({
      what: 'owner below',
      before: `${strangers} differ`,
      after: owner,
      apply: eachBelow(
        path,
        { owner },
        sh`find ${path} -mindepth 1 ! -user ${isNumber(owner) ? Number(owner) : owner} -exec chown -h ${owner} {} +`,
      ),
    });
  const outsiders = group === undefined ? 0 : tally(sort => sort.gid !== gid);
  if (group !== undefined && outsiders > 0)
    changes.push({
      what: 'group below',
      before: `${outsiders} differ`,
      after: group,
      apply: eachBelow(
        path,
        { owner: `:${group}` },
        sh`find ${path} -mindepth 1 ! -group ${group} -exec chown -h ${`:${group}`} {} +`,
      ),
    });
  if (wish.mode) changes.push(...modeChange({ mode: wish.mode, umask }, sorts, path));
  return changes;
}

/** Two ways to the same: where nobody else may write below, `quick`, which uses names. */
function eachBelow(path: Sh, { owner = '', modes = [] }: { owner?: string; modes?: readonly Turn[] }, quick: Sh): Sh {
  const arms = modes.map(({ sort, wanted }) => sh`${rawOf(sort)}) m=${`0${octal(wanted)}`} ;;`);
  return sh`if rm_strange ${path}; then
rm_mode() { case $1 in ${join([...arms, sh`*) m= ;;`], '\n')} esac; }
rm_at ${path} through; [ "$x" = . ] || cd -P -- "$x" || exit 1
rm_below ${owner} && rm_still
else ${quick}; fi`;
}

const NIBBLES = {
  file: 8,
  directory: 4,
  link: 10,
  fifo: 1,
  socket: 12,
  'block device': 6,
  'character device': 2,
} as const;

/** As `stat` prints it by `%f`. */
const rawOf = ({ kind, mode }: Sort): string => ((NIBBLES[kind] << 12) | mode).toString(16);

function modeChange(
  { mode, umask }: { mode: string; umask: number },
  sorts: readonly Sort[],
  path: Sh,
): readonly Change[] {
  const wrong = new Map<string, Turn>();
  for (const sort of sorts) {
    if (sort.kind === 'link') continue;
    const wanted = modeOf(mode, { found: sort.mode, isDirectory: sort.kind === 'directory', umask });
    if (wanted === sort.mode) continue;
    const key = `${sort.kind} ${octal(sort.mode)}`;
    const known = wrong.get(key);
    wrong.set(key, { sort, wanted, count: (known?.count ?? 0) + sort.count });
  }
  if (wrong.size === 0) return [];
  const all = [...wrong.values()];
  const acts = inOrder(all).map(
    ({ sort, wanted }) =>
      sh`find ${path} -mindepth 1 -depth -type ${TYPES[sort.kind]} -perm ${octal(sort.mode)} -exec chmod ${`0${octal(wanted)}`} {} +`,
  );
  return [
    {
      what: 'mode below',
      before: all.map(({ sort, count }) => `${octal(sort.mode)} (${count} × ${sort.kind})`).join('\n'),
      after: all.map(({ sort, wanted, count }) => `${octal(wanted)} (${count} × ${sort.kind})`).join('\n'),
      apply: eachBelow(path, { modes: all }, join(acts, ' && ')),
    },
  ];
}

interface Turn {
  readonly sort: Sort;
  readonly wanted: number;
  readonly count: number;
}

/** Things that have already what others shall get come first, so that nothing is changed twice. */
function inOrder(turns: readonly Turn[]): readonly Turn[] {
  const ordered: Turn[] = [];
  const visit = (turn: Turn) => {
    if (ordered.includes(turn) || visiting.has(turn)) return;
    visiting.add(turn);
    for (const other of turns) if (other.sort.kind === turn.sort.kind && other.sort.mode === turn.wanted) visit(other);
    ordered.push(turn);
  };
  const visiting = new Set<Turn>();
  for (const turn of turns) visit(turn);
  return ordered;
}
