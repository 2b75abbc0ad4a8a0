import { ARRIVAL, type Blob } from '../core/blob.js';
import type { Failure } from '../core/outcome.js';
import { formatOf } from '../core/printf.js';
import { type Sh, sh } from '../core/sh.js';
import { lost, saying } from './failures.js';
import type { Lane } from './lane.js';
import { newMark } from './mark.js';
import { hear } from './shell-streams.js';
import { describe, type Pipe } from './transport.js';

/** A blob this small may travel in the same write as the scripts… */
const SMALL = 64 * 1024;
/** …as long as all of them together are no more than this. */
const SMALL_TOGETHER = 1024 * 1024;

/** Which blobs travel with the scripts, and which on a channel of their own. Twins travel once. */
export function sorted(blobs: readonly Blob[]): { readonly small: readonly Blob[]; readonly large: readonly Blob[] } {
  const small: Blob[] = [];
  const large: Blob[] = [];
  let total = 0;
  for (const blob of new Map(blobs.map(blob => [blob.digest, blob])).values()) {
    const fits = blob.bytes !== undefined && blob.size <= SMALL && total + blob.size <= SMALL_TOGETHER;
    if (fits) total += blob.size;
    (fits ? small : large).push(blob);
  }
  return { small, large };
}

/** Makes sure of the private directory. Its status says whether that worked. */
export const makeRoom = (kib: number): Sh => sh`rm_room ${kib}`;

/** From here on the private directory is this one, made by another shell of ours; this lane removes it. */
export const adopt = (directory: string): Sh =>
  sh`RM_BLOBS=${directory}; case "$RM_DIRS " in *" $RM_BLOBS "*) ;; *) RM_DIRS="$RM_DIRS $RM_BLOBS" ;; esac`;

/**
 * Writes a small blob. `printf` is a builtin everywhere and takes any byte in octal, so that this needs neither base64
 * nor a here-document; its status tells a full disk.
 */
export const inlined = ({ digest, bytes }: Blob): Sh =>
  sh`{ ( umask 077; printf ${formatOf(bytes!)} >"$RM_BLOBS"/${digest} ) || rm_full "$RM_BLOBS"/${digest}; }`;

/** What became of an upload. */
export type Sent =
  | { readonly ok: true; readonly directory: string }
  | { readonly ok: false; readonly failure: Failure };

/** Where blobs go: the private directory of a lane, which may not exist yet. */
export interface Destination {
  /** The directory, where there is one. */
  readonly directory?: string | undefined;
  /** Of the lane that will own it: its shell, for the clean-up of the dead. */
  readonly pid: number;
  /** Bytes that it should have room for. */
  readonly room: number;
}

/** How a blob is sent. */
export interface Sending {
  /** So many seconds without a byte moved are a failure; absent: only a dead link is. */
  readonly idle: number | undefined;
  /** Hears how many bytes of the blob the link has taken. */
  taken(bytes: number): void;
}

/**
 * Sends one large blob through a lane of its own, the helper: the script goes first, and the bytes only after the
 * script has said that it is ready, so that no shell can read ahead into them. Streamed, in flat memory.
 *
 * Any failure ends the helper, because of the bytes still on their way nobody could say what they are; use another then.
 */
export async function send(helper: Lane, blob: Blob, to: Destination, { idle, taken }: Sending): Promise<Sent> {
  const mark = newMark();
  const { streams } = helper;
  streams.write(receive(mark, blob, to).text);
  const ready = await hear(streams, 60, heard => {
    const [, word, rest] = new RegExp(`\\n${mark} (\\w+) ?(.*)\\n`).exec(heard.out) ?? [];
    if (word === 'ready' || word === 'there') return { directory: rest!, isThere: word === 'there' };
    if (word === 'failed') return { why: saying(heard.err) };
    if (heard.ending) return { cut: describe(heard.ending) };
    return heard.late ? { cut: 'no answer within 60 s' } : undefined;
  });
  if ('why' in ready) return { ok: false, failure: unstaged(blob, ready.why ?? '') };
  if ('cut' in ready) return { ok: false, failure: lost(`the link was lost before a file was sent: ${ready.cut}`) };
  if (ready.isThere) return { ok: true, directory: ready.directory };
  const verdict = verdictOf(helper, mark, blob);
  const poured = await pour(blob, streams.pipe, { idle, taken }, verdict);
  if (poured !== undefined) {
    streams.pipe.drop();
    return { ok: false, failure: poured };
  }
  const failure = await verdict;
  return failure === undefined ? { ok: true, directory: ready.directory } : { ok: false, failure };
}

/** The host could not take the content: a prerequisite, room most often, is missing. */
export const unstaged = (blob: Blob | undefined, why: string): Failure => ({
  reason: 'blocked',
  why: `the host could not store ${blob ? `${blob.size} bytes` : 'the content'} to be installed: ${why || 'no reason given'}`,
});

/** In bytes. `head` reads and writes 8 KiB at a time, which for a large file costs the host as much as sshd does. */
const BLOCK = 128 * 1024;

/**
 * The remote side. The size is counted and the digest computed of what arrived, before it gets its name. Where nothing
 * on the host can compute one, the size must do: the link has its own integrity check. `head -c` is not POSIX, but
 * GNU, busybox and the BSDs have it, and it reads exactly as many bytes as it is told. So does `dd` in whole blocks, where
 * it knows how to wait for one: GNU's, busybox's and FreeBSD's do.
 *
 * What is wanted beside its goal is received there, if it can be, and `$RM_BLOBS` holds a link to it. It is not read again
 * for a digest, which would take longer than to bring it: its size was counted, the link is authenticated, and the file
 * was the same at the controller from its first byte to its last.
 */
function receive(mark: string, blob: Blob, { directory, pid, room }: Destination): Sh {
  const { digest, size, beside } = blob;
  const say = (words: Sh) => sh`printf '\\n%s %s\\n' ${mark} ${words}`;
  const blocks = Math.floor(size / BLOCK);
  const dd = sh`dd iflag=fullblock status=none bs=${BLOCK}`;
  const inBlocks = sh`RM_COUNT=0; ${dd} count=0 </dev/null >/dev/null 2>&1 && RM_COUNT=${blocks}`;
  const taken = sh`{ [ $RM_COUNT -eq 0 ] || ${dd} count=$RM_COUNT; } && head -c $((${size} - RM_COUNT * ${BLOCK}))`;
  const counted = sh`{ ${taken}; } >"$RM_T" && [ "$(wc -c <"$RM_T")" -eq ${size} ]`;
  const digestOf = sh`{ sha256sum || openssl dgst -sha256 -r || shasum -a 256 || echo ${digest}; } <"$RM_T" 2>/dev/null`;
  const checked = blob.isMade ? sh`` : sh` && RM_S=$(${digestOf}) && [ "\${RM_S%% *}" = ${digest} ]`;
  const kept = sh`if [ -n "$RM_A" ]; then ln -sf "$RM_T" "$RM_BLOBS"/${digest}; else true${checked} && mv -f "$RM_T" "$RM_BLOBS"/${digest}; fi`;
  const failed = sh`{ if [ -n "$RM_A" ]; then rm -f "$RM_T"; echo "$(rm_left "$RM_A") KiB are left in $RM_A" >&2; else rm_full "$RM_T"; fi; ${say(sh`failed`)}; exit 1; }`;
  // `true`, not `:`, because a redirection that fails on a special builtin ends the shell. The last command is one
  // compound, so that the shell has read all of it before the bytes come.
  return sh`umask 077; RM_PID=${pid}; RM_BLOBS=${directory ?? '/nonexistent'}; RM_DIRS= RM_A=
${blocks === 0 ? sh`RM_COUNT=0` : inBlocks}
${beside === undefined ? sh`` : arrival(mark, blob, beside)}
if [ "$RM_A" = there ]; then ${say(sh`"there $RM_BLOBS"`)}
elif if [ -n "$RM_A" ]; then rm_room 0; else rm_room ${Math.ceil(room / 1024)} && RM_T=$RM_BLOBS/.${mark} && true >"$RM_T"; fi; then ${say(sh`"ready $RM_BLOBS"`)}; if ${counted} && ${kept}; then RM_T= RM_DIRS=; ${say(sh`stored`)}; else ${failed}; fi; else ${failed}; fi\n`;
}

/**
 * `$RM_A`: the directory beside the goal, where a file of ours is ready to be written, `$RM_T`; empty where that cannot be;
 * `there`: it has come already. Files that a killed lane left there are removed.
 */
const arrival = (mark: string, { digest, size }: Blob, beside: Sh): Sh => sh`RM_F=$(readlink "$RM_BLOBS"/${digest})
case $RM_F in */${ARRIVAL}*) [ "$(wc -c <"$RM_F")" -eq ${size} ] && RM_A=there ;; esac 2>/dev/null
if [ -z "$RM_A" ]; then
RM_A=$( ( { ${beside}
} >/dev/null; printf '%s.' "$d" ) 2>/dev/null </dev/null ); RM_A=\${RM_A%.}
case $RM_A in /*) ;; *) RM_A= ;; esac
if [ -n "$RM_A" ] && [ -d "$RM_A" ] && [ -w "$RM_A" ] && [ "$(rm_left "$RM_A")" -ge ${Math.ceil(size / 1024)} ]; then
for RM_X in "$RM_A"/${ARRIVAL}*; do RM_P=\${RM_X##*${ARRIVAL}}; RM_P=\${RM_P%%.*}
[ -f "$RM_X" ] && [ -d /proc/self ] && [ ! -d "/proc/$RM_P" ] && rm -f "$RM_X"; done
RM_T=$RM_A/${ARRIVAL}$RM_PID.${mark}; ( set -C; : >"$RM_T" ) || RM_A= RM_T=
else RM_A=; fi 2>/dev/null; fi`;

/** Nothing, once the blob is stored; else why not. */
function verdictOf(helper: Lane, mark: string, blob: Blob): Promise<Failure | undefined> {
  // Without a limit of its own: the pouring has one, and a large digest takes its time.
  return hear<{ failure?: Failure }>(helper.streams, 24 * 3600, heard => {
    const word = new RegExp(`\\n${mark} (\\w+)\\n`).exec(heard.out)?.[1];
    if (word === 'stored') return {};
    if (word === 'failed') return { failure: unstaged(blob, `it did not arrive whole; ${saying(heard.err)}`) };
    if (heard.ending) return { failure: lost(`the link was lost while a file was sent: ${describe(heard.ending)}`) };
    return heard.late ? { failure: lost('no answer to a file that was sent') } : undefined;
  }).then(({ failure }) => failure);
}

/** Small pieces are gathered to so many bytes, since each write is a packet or more of its own… */
const CHUNK = 256 * 1024;
/** …and pieces from this size on are written as they are. */
const LARGE_PIECE = 64 * 1024;

/** Streams exactly `size` bytes, no faster than they are taken. A failure, or nothing. Stops when the verdict is early. */
async function pour(
  blob: Blob,
  pipe: Pipe,
  { idle, taken }: Sending,
  verdict: Promise<unknown>,
): Promise<Failure | undefined> {
  let judged = false;
  const early = verdict.then(() => {
    judged = true;
  });
  let left = blob.size;
  const gathered = Buffer.allocUnsafe(Math.min(CHUNK, blob.size));
  let size = 0;
  const flush = async (): Promise<boolean> => {
    const chunk = gathered.subarray(0, size);
    size = 0;
    return chunk.length === 0 || written(chunk, pipe, idle, early);
  };
  try {
    for await (const piece of blob.open()) {
      if (judged) return undefined;
      if (piece.length > left) return changed(blob);
      left -= piece.length;
      const isLarge = piece.length >= LARGE_PIECE;
      if ((isLarge || size + piece.length > CHUNK) && !(await flush())) return stuck(idle);
      if (!isLarge) {
        gathered.set(piece, size);
        size += piece.length;
      } else if (!(await written(piece, pipe, idle, early))) return stuck(idle);
      taken(blob.size - left - size);
    }
  } catch (error) {
    return { reason: 'blocked', why: `a file could not be read while it was sent: ${(error as Error).message}` };
  }
  if (left > 0) return changed(blob);
  return (await flush()) ? undefined : stuck(idle);
}

const changed = (blob: Blob): Failure => ({
  reason: 'blocked',
  why: `a file of ${blob.size} bytes changed its size while it was sent`,
});

const stuck = (idle = 0): Failure => ({
  reason: 'timeout',
  seconds: idle,
  why: `no byte of a file could be sent for ${idle} s`,
});

/** Waits until the pipe has taken all of a chunk, which may be overwritten then. False where nothing moved for `idle` seconds. */
async function written(
  chunk: Uint8Array,
  pipe: Pipe,
  idle: number | undefined,
  early: Promise<void>,
): Promise<boolean> {
  // An error is told by the end of the pipe.
  const taken = new Promise<boolean>(resolve => pipe.stdin.write(chunk, () => resolve(true)));
  let clock: NodeJS.Timeout | undefined;
  const stalled = new Promise<boolean>(resolve => {
    if (idle === undefined) return;
    let unsent = pipe.unsent();
    clock = setInterval(() => {
      if (pipe.unsent() === unsent) resolve(false);
      unsent = pipe.unsent();
    }, idle * 1000);
  });
  const answer = await Promise.race([taken, stalled, early.then(() => true)]);
  clearInterval(clock);
  return answer;
}
