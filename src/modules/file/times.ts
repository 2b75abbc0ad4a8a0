import type { Change } from '../../core/change.js';
import { lacking } from '../../core/probe.js';
import { join, type Sh, sh } from '../../core/sh.js';
import { changing } from '../attributes.js';
import type { Fields } from '../looks/fields.js';
import type { FileWish } from './wish.js';

type Time = 'preserve' | 'now' | { readonly stamp: string };

/** The two times a thing shall have; a touch without words means now. */
export interface Times {
  readonly access: Time;
  readonly modification: Time;
}

export function timesOf(wish: FileWish): Times {
  const fallback = wish.state === 'touch' ? 'now' : 'preserve';
  const time = (text: string = fallback): Time => (text === 'now' || text === 'preserve' ? text : { stamp: text });
  return { access: time(wish.access_time), modification: time(wish.modification_time) };
}

/** Prints the times of `$p` that are wished to be a certain one, in the target's time zone. */
export function timesLook({ access, modification }: Times): Sh {
  const one = (label: string, format: string, time: Time) =>
    typeof time === 'string'
      ? []
      : [
          sh`[ -z "$s" ] || { t=$(stat -c ${format}. "$p"); case $t in *[0-9].) t=$(date -d "@\${t%.}" +%Y%m%d%H%M.%S) ;; *) t=; esac
case $t in ????????????.??) printf '%s %s\\n' ${label} "$t" ;; *) ${lacking('stat or date')} ;; esac; }`,
        ];
  return join([...one('accessed', '%X', access), ...one('modified', '%Y', modification)], '\n');
}

/** The times in which a thing differs. `now` is a change every time. */
export function timeChanges({ access, modification }: Times, fields: Fields, path: Sh): readonly Change[] {
  const touch = (act: Sh): Sh => changing({ path, how: 'through', uids: [] }, act);
  if (access === 'now' && modification === 'now')
    return [{ what: 'times', before: 'earlier', after: 'now', apply: touch(sh`touch -c "$x"`) }];
  const one = (what: string, option: string, time: Time, found: string | undefined): readonly Change[] => {
    if (time === 'preserve') return [];
    if (time === 'now') return [{ what, before: 'earlier', after: 'now', apply: touch(sh`touch -c ${option} "$x"`) }];
    if (time.stamp === found) return [];
    return [
      { what, before: found ?? null, after: time.stamp, apply: touch(sh`touch -c ${option} -t ${time.stamp} "$x"`) },
    ];
  };
  return [
    ...one('access time', '-a', access, fields.get('accessed')),
    ...one('modification time', '-m', modification, fields.get('modified')),
  ];
}
