import { createHash } from 'node:crypto';
import { lacking } from './probe.js';
import { join, type Sh, sh, userScript } from './sh.js';

/**
 * What a probe asks, and others of the trip may ask, too. One process can ask it for all of them: a process costs a target
 * some thousand times what a variable does.
 */
export type Shared =
  | {
      /** The status of this path. */
      readonly path: string;
      /** The digest is wanted too, if it is a regular file of so many bytes. */
      readonly size?: number | undefined;
    }
  /** The line of a group. */
  | { readonly group: string };

/** For `stat -c` of GNU and busybox: names last, since only they may hold blanks; no account name holds a colon. */
export const STATUS_FORMAT = '%f %u %g %s %h:%U:%G';

/** What `stat` is asked for: the dot shows that the line is whole. */
const ASKED = `${STATUS_FORMAT}.`;

/** Larger files are not read before their turn, in bytes: nothing is heard of the target meanwhile. */
const LARGEST = 4 * 1024 * 1024;

/** Whether a path can be told by a line and a `case` of the shell. */
export const isShareable = (path: string): boolean => /^\/[\w@%+=:,./-]+$/.test(path);

const nameOf = (kind: 'S' | 'H' | 'G', asked: string): Sh =>
  userScript(`RM_${kind}_${createHash('sha256').update(asked).digest('hex').slice(0, 16)}`);

/**
 * Lets `$s` be the status of `$p`, or empty where nothing is there. Where the trip has asked for `path` already, and `$p`
 * is that very path, no process is needed. That something is there, which `stat` says nothing of, is no answer.
 */
export function statusOfPath(path: string | undefined): Sh {
  const isThere = sh`{ [ -e "$p" ] || [ -L "$p" ]; }`;
  const ask = sh`if ${isThere}; then s=$(stat -c ${ASKED} "$p" 2>/dev/null)
case $s in *:*:*.) s=\${s%.} ;; *) s=; ! ${isThere} || ${lacking('stat')} ;; esac; fi`;
  if (path === undefined || !isShareable(path)) return sh`s=; ${ask}`;
  const name = nameOf('S', path);
  return sh`s=; [ "$p" != ${path} ] || s=\${${name}-}; case $s in *:*:*.) s=\${s%.} ;; *) ${ask} ;; esac`;
}

/** Lets `$i` be the line of a group that the trip has asked for already and found. Its status is 1 if it has not. */
export const lineOfGroup = (group: string): Sh => {
  const name = nameOf('G', group);
  return sh`i=\${${name}-}; case $i in *:*:[0-9]*:*) ;; *) false ;; esac`;
};

/** Whether a group can be told by a line and a `case` of the shell. */
const isPlain = (group: string): boolean => /^[A-Za-z_][\w.-]*$/.test(group);

/** Lets `$h` be the digest of `$p` if the trip has asked for it already, or empty. */
export const digestOfPath = (path: string | undefined): Sh =>
  path === undefined || !isShareable(path)
    ? sh`h=`
    : sh`case $p in ${path}) h=\${${nameOf('H', path)}-} ;; *) h= ;; esac`;

/** Asks for all of these at once. What it finds is in variables until {@link forget}. */
export const askShared = (all: readonly Shared[]): Sh => join([...askPaths(all), ...askGroups(all)], '\n');

function askPaths(all: readonly Shared[]): readonly Sh[] {
  const asked = all.flatMap(one => ('path' in one ? [one] : []));
  const paths = [...new Set(asked.map(({ path }) => path))];
  if (paths.length === 0) return [];
  const sizes = new Map<string, Set<number>>();
  for (const { path, size } of asked)
    if (size !== undefined && size > 0 && size <= LARGEST) sizes.set(path, (sizes.get(path) ?? new Set()).add(size));
  const digested = paths.filter(path => sizes.has(path));
  const wants = (path: string): string =>
    sizes.has(path)
      ? `; case $RM_X in ${[...sizes.get(path)!].map(size => `8*' '*' '*' ${size} '*`).join('|')}) set -- "$@" ${path} ;; esac`
      : '';
  const arms = paths.map(path => `${path}) ${nameOf('S', path).text}=$RM_X${wants(path)} ;;`).join('\n');
  const status = sh`${userScript(paths.map(path => `${nameOf('S', path).text}=`).join(' '))}
set --
while read -r RM_F RM_X; do case $RM_F in
${userScript(arms)}
esac; done <<RM_END
$(stat -c ${`%n ${ASKED}`} ${paths} 2>/dev/null)
RM_END`;
  if (digested.length === 0) return [status];
  const digests = sh`[ $# = 0 ] || while read -r RM_X RM_F; do case $RM_F in
${userScript(digested.map(path => `${path}) ${nameOf('H', path).text}=$RM_X ;;`).join('\n'))}
esac; done <<RM_END
$(sha256sum "$@" 2>/dev/null </dev/null)
RM_END
set --`;
  return [status, digests];
}

/** Where there is no getent (busybox), each look reads the book itself. */
function askGroups(all: readonly Shared[]): readonly Sh[] {
  const groups = groupsOf(all);
  if (groups.length === 0) return [];
  const set = userScript(groups.map(group => `${nameOf('G', group).text}=`).join(' '));
  const arms = userScript(groups.map(group => `${group}:*) ${nameOf('G', group).text}=$RM_X ;;`).join('\n'));
  return [
    sh`if command -v getent >/dev/null; then ${set}
while read -r RM_X; do case $RM_X in
${arms}
esac; done <<RM_END
$(getent group -- ${groups})
RM_END
fi`,
  ];
}

const groupsOf = (all: readonly Shared[]): readonly string[] => [
  ...new Set(all.flatMap(one => ('group' in one && isPlain(one.group) ? [one.group] : []))),
];

/** Ends what {@link askShared} knew: the next trip may act. */
export function forget(all: readonly Shared[]): Sh {
  const paths = all.flatMap(one => ('path' in one ? [one.path] : []));
  const names = [
    ...paths.flatMap(path => [nameOf('S', path).text, nameOf('H', path).text]),
    ...groupsOf(all).map(group => nameOf('G', group).text),
  ];
  return sh`unset ${userScript([...new Set(names)].join(' '))}`;
}
