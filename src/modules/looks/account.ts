import { lacking } from '../../core/probe.js';
import { type Sh, sh } from '../../core/sh.js';
import { lineOfGroup, type Shared } from '../../core/shared.js';

/** An account's number; `missing` if the target knows no such name. */
export type Account = number | 'missing';

export const isNumber = (name: string): boolean => /^\d+$/.test(name);

/**
 * Lets `$i` be the number of a name in a file of /etc, or empty. By builtins, since a process costs some hundred times as
 * much; a book of an unusual length is left to the name service.
 */
const inBook = (book: 'passwd' | 'group', name: string): Sh => sh`i= k=0
while [ $k -lt 99 ] && IFS=: read -r n x g x; do k=$((k + 1)); [ "$n" != ${name} ] || { i=$g; break; }; done </etc/${book}`;

/**
 * Lets `$i` be the number that the name service has for a name, or empty. getent(1) ends with 2 where there is none; any
 * other end, or a line that is not whole, is no answer.
 */
const inService = (book: 'passwd' | 'group', name: string): Sh => sh`i=$(getent ${book} -- ${name} 2>/dev/null)
case $?$i in 0*:*:[0-9]*:*) i=\${i#*:*:}; i=\${i%%:*} ;; 2) ;; *) i=; ${lacking('getent')} ;; esac`;

/** Prints `owner <uid>`, or `owner` alone if there is no such user. Without getent (busybox) it is `id` that knows. */
export const uidLook = (user: string): Sh => sh`${inBook('passwd', user)}
if [ -n "$i" ]; then :; elif command -v getent >/dev/null; then ${inService('passwd', user)}
else i=$(id -- ${user} 2>&1); case $i in uid=[0-9]*'('*) i=\${i#uid=}; i=\${i%%'('*} ;; *user*) i= ;; *) i=; ${lacking('id')} ;; esac; fi
printf 'owner %s\\n' "$i"`;

/** Prints `group <gid>`, or `group` alone. Without getent (busybox) only /etc/group is known. */
export const gidLook = (group: string): Sh => sh`if ${lineOfGroup(group)}; then i=\${i#*:*:}; i=\${i%%:*}; else
${inBook('group', group)}
if [ -n "$i" ]; then :; elif command -v getent >/dev/null; then ${inService('group', group)}
else while IFS=: read -r n x g x; do [ "$n" != ${group} ] || { i=$g; break; }; done </etc/group; fi; fi
printf 'group %s\\n' "$i"`;

/** What the look of a wished group shares with others of the trip. */
export const sharedGroup = (group: string | null | undefined): readonly Shared[] =>
  group && !isNumber(group) ? [{ group }] : [];

/** Reads the rest of an `owner` or `group` line; nothing if it was not asked. */
export const accountOf = (line: string | undefined): Account | undefined =>
  line === undefined ? undefined : isNumber(line) ? Number(line) : 'missing';
