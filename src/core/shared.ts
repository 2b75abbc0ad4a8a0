import { createHash } from 'node:crypto';
import { type Sh, sh, userScript } from './sh.js';

/**
 * A path that a probe asks the status of, and perhaps the digest. One process can ask it for all probes of a trip: a
 * process costs a target some thousand times what a variable does.
 */
export interface Shared {
  readonly path: string;
  /** The digest is wanted too, if it is a regular file of so many bytes. */
  readonly size?: number | undefined;
}

/** For `stat -c` of GNU and busybox: names last, since only they may hold blanks; no account name holds a colon. */
export const STATUS_FORMAT = '%f %u %g %s %h:%U:%G';

/** Larger files are not read before their turn, in bytes: nothing is heard of the target meanwhile. */
const LARGEST = 4 * 1024 * 1024;

/** Whether a path can be told by a line and a `case` of the shell. */
export const isShareable = (path: string): boolean => /^\/[\w@%+=:,./-]+$/.test(path);

const nameOf = (kind: 'S' | 'H', path: string): Sh =>
  userScript(`RM_${kind}_${createHash('sha256').update(path).digest('hex').slice(0, 16)}`);

/**
 * Lets `$s` be the status of `$p`, or empty. Where the trip has asked for `path` already, and `$p` is that very path, no
 * process is needed.
 */
export function statusOfPath(path: string | undefined): Sh {
  const ask = sh`s=$(stat -c ${STATUS_FORMAT} "$p" 2>/dev/null)`;
  if (path === undefined || !isShareable(path)) return ask;
  const name = nameOf('S', path);
  return sh`case $p in ${path}) s=\${${name}-$(stat -c ${STATUS_FORMAT} "$p" 2>/dev/null)} ;; *) ${ask} ;; esac`;
}

/** Lets `$h` be the digest of `$p` if the trip has asked for it already, or empty. */
export const digestOfPath = (path: string | undefined): Sh =>
  path === undefined || !isShareable(path)
    ? sh`h=`
    : sh`case $p in ${path}) h=\${${nameOf('H', path)}-} ;; *) h= ;; esac`;

/** Asks for all of these at once. What it finds is in variables until {@link forget}. */
export function askShared(all: readonly Shared[]): Sh {
  const paths = [...new Set(all.map(({ path }) => path))];
  const sizes = new Map<string, Set<number>>();
  for (const { path, size } of all)
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
$(stat -c ${`%n ${STATUS_FORMAT}`} ${paths} 2>/dev/null)
RM_END`;
  if (digested.length === 0) return status;
  return sh`${status}
[ $# = 0 ] || while read -r RM_X RM_F; do case $RM_F in
${userScript(digested.map(path => `${path}) ${nameOf('H', path).text}=$RM_X ;;`).join('\n'))}
esac; done <<RM_END
$(sha256sum "$@" 2>/dev/null </dev/null)
RM_END
set --`;
}

/** Ends what {@link askShared} knew: the next trip may act. */
export const forget = (all: readonly Shared[]): Sh =>
  sh`unset ${userScript([...new Set(all.map(({ path }) => path))].map(path => `${nameOf('S', path).text} ${nameOf('H', path).text}`).join(' '))}`;
