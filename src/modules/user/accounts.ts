import { lacking } from '../../core/probe.js';
import { type Sh, sh } from '../../core/sh.js';

/** One line of passwd(5), without the password. */
export interface Account {
  readonly name: string;
  readonly uid: number;
  readonly gid: number;
  readonly comment: string;
  readonly home: string;
  readonly shell: string;
}

/** One line of group(5). */
export interface GroupLine {
  readonly name: string;
  readonly gid: number;
  readonly members: readonly string[];
}

/** Which books are asked: all that the target's name service knows, or only the files in /etc. */
export type Book = 'any' | 'files';

/**
 * Prints the line of a key, a name or number, from a database of getent(1), with a word before it. Where there is no
 * getent (busybox), or only the files are meant, the file is read by builtins.
 */
export function lineOf(
  database: 'passwd' | 'group' | 'shadow',
  key: string,
  { word, book }: { readonly word: string; readonly book: Book },
): Sh {
  const byNumber = /^\d+$/.test(key);
  const pattern = byNumber ? sh`${key}:*|*:*:${key}:*` : sh`${key}:*`;
  const file = sh`while IFS= read -r rm_line; do case $rm_line in ${pattern}) printf '%s %s\n' ${word} "$rm_line"; break ;; esac; done <${`/etc/${database}`}`;
  if (book === 'files') return file;
  // getent(1) ends with 2 where there is no such entry; the line break shows that a line is whole.
  return sh`if command -v getent >/dev/null; then rm_line=$(getent ${database} ${key} && echo .)
case $?$rm_line in 0*:*'
.') rm_line=\${rm_line%??}; printf '%s %s\n' ${word} "$rm_line" ;; 2) ;; *) rm_line=; ${lacking('getent')} ;; esac
else ${file}
fi`;
}

/** In an act: lets `$rm_home` and `$rm_owner` be the home and the numbers of an account, or ends. */
export const accountWords = (name: string): Sh => sh`rm_line=
${lineOf('passwd', name, { word: 'user', book: 'any' })} >/dev/null
case $rm_line in *:*:*:*:*:*:*) ;; *) printf 'no account %s is found (getent)\n' ${name} >&2; exit 1 ;; esac
rm_home=\${rm_line%:*}; rm_home=\${rm_home##*:}
rm_owner=\${rm_line#*:*:}; rm_uid=\${rm_owner%%:*}; rm_owner=\${rm_owner#*:}; rm_owner=$rm_uid:\${rm_owner%%:*}`;

/** Behind an act: whether the file in /etc has the entry now, as it should. A tool that did nothing is found out by builtins. */
export const isListed = (database: 'passwd' | 'group', key: string, is: 'there' | 'gone'): Sh =>
  sh`rm_line=; while IFS= read -r rm_line; do case $rm_line in ${key}:*) break ;; esac; rm_line=; done <${`/etc/${database}`}
[ ${is === 'there' ? '-n' : '-z'} "$rm_line" ] || { printf '%s is %s in %s after all\n' ${key} ${is === 'there' ? 'not' : 'still'} ${`/etc/${database}`} >&2; exit 1; }`;

/** Reads a line of passwd. */
export function accountOf(line: string | undefined): Account | undefined {
  if (line === undefined) return undefined;
  const [name = '', , uid = '', gid = '', comment = '', home = '', shell = ''] = line.split(':');
  return { name, uid: Number(uid), gid: Number(gid), comment, home, shell };
}

/** Reads a line of group. */
export function groupOf(line: string | undefined): GroupLine | undefined {
  if (line === undefined) return undefined;
  const [name = '', , gid = '', members = ''] = line.split(':');
  return { name, gid: Number(gid), members: members === '' ? [] : members.split(',') };
}

/** A word in front of lines: those that start with it, without it. */
export const linesWith = (stdout: string, word: string): readonly string[] =>
  stdout
    .split('\n')
    .filter(line => line.startsWith(`${word} `))
    .map(line => line.slice(word.length + 1));

/** A login or group name that the tools take: no option, no field separator, no path (useradd(8), CAVEATS). */
export const NAME = /^[a-zA-Z_][\w.@-]*\$?$/;
