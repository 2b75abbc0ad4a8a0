import { Incomplete, lacking } from '../../core/probe.js';
import { type Sh, sh } from '../../core/sh.js';
import { STATUS_FORMAT as FORMAT, statusOfPath } from '../../core/shared.js';
import type { Fields } from './fields.js';
import { parentOf, parentWord } from './word.js';

export type Kind = 'file' | 'directory' | 'link' | 'fifo' | 'socket' | 'block device' | 'character device';

/** What `stat` says of a path, without its times, which a guard must not trip over. */
export interface Status {
  readonly kind: Kind;
  /** The twelve permission bits. */
  readonly mode: number;
  readonly uid: number;
  readonly gid: number;
  /** in bytes */
  readonly size: number;
  /** Hard links. */
  readonly links: number;
  /** `UNKNOWN` where the id has no name. */
  readonly owner: string;
  readonly group: string;
}

/** Why there is no status: nothing there, or not even the directory, or it may not be searched, or `~user` has no home. */
export type Gone = 'here' | 'no-parent' | 'parent-not-a-directory' | 'denied' | 'no-home';

/** Why nothing can be made at a path, were its directory there or not; nothing where something could. */
export function unreachable(path: string, gone: Gone | undefined): string | undefined {
  if (gone === 'denied') return `${parentOf(path)} may not be searched`;
  if (gone === 'parent-not-a-directory') return `${parentOf(path)} is not a directory`;
  return gone === 'no-home' ? `there is no user whose home is meant by ${path}` : undefined;
}

const KINDS: { readonly [nibble: string]: Kind } = {
  1: 'fifo',
  2: 'character device',
  4: 'directory',
  6: 'block device',
  8: 'file',
  a: 'link',
  c: 'socket',
};

/**
 * Prints `status …` of `$p`, itself and not what it leads to, or `gone …`. Leaves what stat said in `$s`. One fork, or
 * none where `$p` is the `path` that the probe shares.
 */
export const statusLookAt = (path: string | undefined): Sh => sh`${statusOfPath(path)}
if [ -n "$s" ]; then printf 'status %s\\n' "$s"; else ${parentWord}
case $p in '~'*) echo gone no-home; esac
if [ ! -e "$d" ]; then echo gone no-parent; elif [ ! -d "$d" ]; then echo gone parent-not-a-directory
elif [ -x "$d" ]; then echo gone here; else echo gone denied; fi; fi`;

/** The same of a `$p` that nobody shares. */
export const statusLook: Sh = statusLookAt(undefined);

/**
 * Prints the status of another path than `$p`, following links, under another first word. Leaves it in `$s`. Of a
 * directory without its size and its links, which change with all that is put into it.
 */
export const statusAs = (label: string, path: Sh): Sh =>
  sh`s=$(stat -L -c ${`${FORMAT}.`} ${path} 2>/dev/null); case $s in *:*:*.) s=\${s%.}; case $s in 4*) z=\${s#* * * * }; s=\${s%"\${s#* * * }"}"0 0:\${z#*:}" ;; esac
printf '%s %s\\n' ${label} "$s" ;; *) s=; [ ! -e ${path} ] || ${lacking('stat')} ;; esac`;

/** That same form of a status. */
export const statusAsText = (status: string): string => status.replace(/^(4\S* \d+ \d+) \d+ \d+:/, '$1 0 0:');

/** The last word of an act: `status …` of `$p` as it is now, for the result. */
export const statusAfter: Sh = sh`s=$(stat -c ${`${FORMAT}.`} "$p"); case $s in *:*:*.) printf 'status %s\\n' "\${s%.}" ;;
*) printf 'it is done, but stat does not tell how %s stands\\n' "$p" >&2; exit 1 ;; esac`;

/** Reads the rest of a `status` line. Nothing if there was none. */
export function statusOf(line: string | undefined): Status | undefined {
  const m = /^([0-9a-f]+) (\d+) (\d+) (\d+) (\d+):([^:]*):([^:]*)$/.exec(line ?? '');
  if (!m) return undefined;
  const raw = m[1]!;
  return {
    kind: KINDS[raw.slice(0, -3)] ?? 'file',
    mode: Number.parseInt(raw, 16) & 0o7777,
    uid: Number(m[2]),
    gid: Number(m[3]),
    size: Number(m[4]),
    links: Number(m[5]),
    owner: m[6]!,
    group: m[7]!,
  };
}

/** What the status look said: nothing only where it said that nothing is there. */
export function wholeStatus(fields: Fields): Status | undefined {
  const status = statusOf(fields.get('status'));
  if (status === undefined && !fields.has('gone')) throw new Incomplete('stat');
  return status;
}

/** `0644` */
export const octal = (mode: number): string => mode.toString(8).padStart(4, '0');

/** Members that Ansible adds to the result of every task that names a path or dest. */
export const pathInfo = (status: Status) => ({
  uid: status.uid,
  gid: status.gid,
  owner: status.owner === 'UNKNOWN' ? String(status.uid) : status.owner,
  group: status.group === 'UNKNOWN' ? String(status.gid) : status.group,
  mode: octal(status.mode),
  state: status.kind === 'directory' || status.kind === 'link' ? status.kind : status.links > 1 ? 'hard' : 'file',
  size: status.size,
});
