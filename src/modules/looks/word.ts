import { posix } from 'node:path';
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
export const throughLink: Sh = sh`k=0; while [ -L "$p" ] && [ $k -lt 40 ]; do [ $k -gt 0 ] || echo link
k=$((k + 1)); l=$(readlink "$p" && echo .) || break; l=\${l%??}; case $l in /*) p=$l ;; *) ${parentWord}; p=$d/$l ;; esac; done`;
