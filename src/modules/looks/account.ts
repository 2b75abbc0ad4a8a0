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

/** Prints `owner <uid>`, or `owner` alone if there is no such user. `id` asks the name service, also on busybox. */
export const uidLook = (user: string): Sh => sh`${inBook('passwd', user)}
printf 'owner %s\\n' "\${i:-$(id -u -- ${user} 2>/dev/null)}"`;

/** Prints `group <gid>`, or `group` alone. Without getent (busybox) only /etc/group is known. */
export const gidLook = (group: string): Sh => sh`if ${lineOfGroup(group)}; then i=\${i#*:*:}; i=\${i%%:*}; else
${inBook('group', group)}
if [ -z "$i" ] && command -v getent >/dev/null; then r=$(getent group -- ${group}) && r=\${r#*:*:} && i=\${r%%:*}
elif [ -z "$i" ]; then while IFS=: read -r n x g x; do [ "$n" != ${group} ] || { i=$g; break; }; done </etc/group; fi; fi
printf 'group %s\\n' "$i"`;

/** What the look of a wished group shares with others of the trip. */
export const sharedGroup = (group: string | null | undefined): readonly Shared[] =>
  group && !isNumber(group) ? [{ group }] : [];

/** Reads the rest of an `owner` or `group` line; nothing if it was not asked. */
export const accountOf = (line: string | undefined): Account | undefined =>
  line === undefined ? undefined : isNumber(line) ? Number(line) : 'missing';
