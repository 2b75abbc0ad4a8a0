import { type Sh, sh } from '../../core/sh.js';

/** An account's number; `missing` if the target knows no such name. */
export type Account = number | 'missing';

export const isNumber = (name: string): boolean => /^\d+$/.test(name);

/** Prints `owner <uid>`, or `owner` alone if there is no such user. `id` asks the name service, also on busybox. */
export const uidLook = (user: string): Sh => sh`printf 'owner %s\\n' "$(id -u -- ${user} 2>/dev/null)"`;

/** Prints `group <gid>`, or `group` alone. Without getent (busybox) only /etc/group is known. */
export const gidLook = (group: string): Sh => sh`i=
if command -v getent >/dev/null; then r=$(getent group -- ${group}) && r=\${r#*:*:} && i=\${r%%:*}
else while IFS=: read -r n x g x; do [ "$n" != ${group} ] || { i=$g; break; }; done </etc/group; fi
printf 'group %s\\n' "$i"`;

/** Reads the rest of an `owner` or `group` line; nothing if it was not asked. */
export const accountOf = (line: string | undefined): Account | undefined =>
  line === undefined ? undefined : isNumber(line) ? Number(line) : 'missing';
