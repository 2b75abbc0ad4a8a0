import { posix } from 'node:path';
import { lacking } from '../../core/probe.js';
import { type Sh, sh, userScript } from '../../core/sh.js';

/**
 * A path as one word for the shell. `~`, `~user` and a leading `$HOME` are expanded there, as Ansible's type `path` does;
 * all else is taken byte for byte, and a leading dash cannot become an option.
 */
export function word(path: string): Sh {
  const home = /^(?:~|\$HOME|\$\{HOME\})(?:\/(.*))?$/s.exec(path);
  if (home) return home[1] ? sh`"$HOME"/${home[1]}` : sh`"$HOME"`;
  const user = /^~([a-z_][a-z0-9_-]*)(?:\/(.*))?$/s.exec(path);
  // The name is plain letters, and a tilde must stand unquoted to be expanded.
  if (user) return user[2] ? sh`${userScript(`~${user[1]}`)}/${user[2]}` : userScript(`~${user[1]}`);
  return path.startsWith('-') ? sh`${`./${path}`}` : sh`${path}`;
}

/** The path without slashes at its end, which would make `stat` and `mv` follow a link. */
export const tidy = (path: string): string => path.replace(/(?<=[^/])\/+$/, '');

/** The directory a path stands in. */
export const parentOf = (path: string): string => posix.dirname(path);

/** `$d`, from `$p`, without a fork. */
export const parentWord: Sh = sh`case $p in */*) d=\${p%/*} ;; *) d=. ;; esac; d=\${d:-/}`;

/**
 * Lets `$p` be what a link leads to, however many links it takes; says `link`. A circle of links leaves one. Step by
 * step, since `readlink -f` of busybox takes a link that leads nowhere for one in the current directory.
 */
export const throughLink: Sh = following(sh`[ $k -gt 0 ] || echo link`, sh`{ ${lacking('readlink')}; break; }`);

/** The same in an act, which says nothing, and ends where a link cannot be read. */
export const followLink: Sh = following(
  sh`:`,
  sh`{ printf 'readlink %s: is missing, failed, or said less than it must\\n' "$p" >&2; exit 1; }`,
);

/** The line break that readlink adds shows that it said all. */
function following(each: Sh, otherwise: Sh): Sh {
  return sh`k=0; while [ -L "$p" ] && [ $k -lt 40 ]; do ${each}
k=$((k + 1)); l=$(readlink "$p" && echo .); case $l in ?*'
.') ;; *) ${otherwise} ;; esac
l=\${l%??}; case $l in /*) p=$l ;; *) ${parentWord}; p=$d/$l ;; esac; done`;
}
