import { once } from 'node:events';
import type { Blob } from '../core/blob.js';
import type { Failure } from '../core/outcome.js';
import { type Sh, sh } from '../core/sh.js';
import { lost, saying } from './failures.js';
import type { Lane } from './lane.js';
import { newMark } from './mark.js';
import { describe, type Pipe } from './pipe.js';
import { hear } from './wire.js';

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
  sh`{ ( umask 077; printf ${octal(bytes!)} >"$RM_BLOBS"/${digest} ) || rm_full "$RM_BLOBS"/${digest}; }`;

/** A format for printf(1) that gives these bytes: printable ASCII as it is, the rest as three octal digits. */
export function octal(bytes: Uint8Array): string {
  let text = '';
  for (let i = 0; i < bytes.length; i++) {
    const byte = bytes[i]!;
    // A hyphen in front would be an option. Quotes are spelt out, since quoting them takes four bytes too.
    const plain =
      byte === 0x0a ||
      (byte >= 0x20 && byte < 0x7f && !"%\\'".includes(String.fromCharCode(byte)) && (i > 0 || byte !== 0x2d));
    text += plain ? String.fromCharCode(byte) : `\\${byte.toString(8).padStart(3, '0')}`;
  }
  return text;
}

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

/**
 * Sends one large blob through a lane of its own, the helper: the script goes first, and the bytes only after the
 * script has said that it is ready, so that no shell can read ahead into them. Streamed, in flat memory.
 *
 * Any failure ends the helper, because of the bytes still on their way nobody could say what they are; use another then.
 * `idle` seconds without a byte moved are a failure; without it only a dead link is.
 */
export async function send(helper: Lane, blob: Blob, to: Destination, idle: number | undefined): Promise<Sent> {
  const mark = newMark();
  const { wire } = helper;
  wire.write(receive(mark, blob, to).text);
  const ready = await hear(wire, 60, heard => {
    const [, word, rest] = new RegExp(`\\n${mark} (\\w+) ?(.*)\\n`).exec(heard.out) ?? [];
    if (word === 'ready') return { directory: rest! };
    if (word === 'failed') return { why: saying(heard.err) };
    if (heard.ending) return { cut: describe(heard.ending) };
    return heard.late ? { cut: 'no answer within 60 s' } : undefined;
  });
  if ('why' in ready) return { ok: false, failure: unstaged(blob, ready.why ?? '') };
  if ('cut' in ready) return { ok: false, failure: lost(`the link was lost before a file was sent: ${ready.cut}`) };
  const verdict = verdictOf(helper, mark, blob);
  const poured = await pour(blob, wire.pipe, idle, verdict);
  if (poured !== undefined) {
    wire.pipe.drop();
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

/**
 * The remote side. The size is counted and the digest computed of what arrived, before it gets its name. Where nothing
 * on the host can compute one, the size must do: the link has its own integrity check. `head -c` is not POSIX, but
 * GNU, busybox and the BSDs have it, and it reads exactly as many bytes as it is told.
 */
function receive(mark: string, { digest, size }: Blob, { directory, pid, room }: Destination): Sh {
  const say = (words: Sh) => sh`printf '\\n%s %s\\n' ${mark} ${words}`;
  const digestOf = sh`{ sha256sum || openssl dgst -sha256 -r || shasum -a 256 || echo ${digest}; } <"$RM_T" 2>/dev/null`;
  const store = sh`head -c ${size} >"$RM_T" && [ "$(wc -c <"$RM_T")" -eq ${size} ] && RM_S=$(${digestOf}) && [ "\${RM_S%% *}" = ${digest} ] && mv -f "$RM_T" "$RM_BLOBS"/${digest}`;
  // `true`, not `:`, because a redirection that fails on a special builtin ends the shell. One line, so that the shell
  // has read all of it before the bytes come.
  return sh`umask 077; RM_PID=${pid}; RM_BLOBS=${directory ?? '/nonexistent'}; RM_DIRS=
if rm_room ${Math.ceil(room / 1024)} && RM_T=$RM_BLOBS/.${mark} && true >"$RM_T"; then ${say(sh`"ready $RM_BLOBS"`)}; if ${store}; then RM_DIRS=; ${say(sh`stored`)}; else rm_full "$RM_T"; ${say(sh`failed`)}; exit 1; fi; else ${say(sh`failed`)}; exit 1; fi\n`;
}

/** Nothing, once the blob is stored; else why not. */
function verdictOf(helper: Lane, mark: string, blob: Blob): Promise<Failure | undefined> {
  // Without a limit of its own: the pouring has one, and a large digest takes its time.
  return hear<{ failure?: Failure }>(helper.wire, 24 * 3600, heard => {
    const word = new RegExp(`\\n${mark} (\\w+)\\n`).exec(heard.out)?.[1];
    if (word === 'stored') return {};
    if (word === 'failed') return { failure: unstaged(blob, `it did not arrive whole; ${saying(heard.err)}`) };
    if (heard.ending) return { failure: lost(`the link was lost while a file was sent: ${describe(heard.ending)}`) };
    return heard.late ? { failure: lost('no answer to a file that was sent') } : undefined;
  }).then(({ failure }) => failure);
}

/** Small chunks are gathered: each write is a packet or more of its own. */
const CHUNK = 256 * 1024;

/** Streams exactly `size` bytes, no faster than they are taken. A failure, or nothing. Stops when the verdict is early. */
async function pour(
  blob: Blob,
  pipe: Pipe,
  idle: number | undefined,
  verdict: Promise<unknown>,
): Promise<Failure | undefined> {
  let judged = false;
  const early = verdict.then(() => {
    judged = true;
  });
  let left = blob.size;
  let gathered: Uint8Array[] = [];
  let size = 0;
  const flush = async (): Promise<boolean> => {
    const chunk = Buffer.concat(gathered);
    gathered = [];
    size = 0;
    if (chunk.length === 0 || pipe.stdin.write(chunk)) return true;
    return moving(pipe, idle, early);
  };
  try {
    for await (const piece of blob.open()) {
      if (judged) return undefined;
      if (piece.length > left) return changed(blob);
      left -= piece.length;
      size += piece.length;
      gathered.push(piece);
      if (size >= CHUNK && !(await flush())) return stuck(idle);
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

/** Waits until the pipe takes more. False where nothing moved for `idle` seconds. */
async function moving(pipe: Pipe, idle: number | undefined, early: Promise<void>): Promise<boolean> {
  const stop = new AbortController();
  const drained = once(pipe.stdin, 'drain', { signal: stop.signal }).then(
    () => true,
    () => true,
  );
  let clock: NodeJS.Timeout | undefined;
  const stalled = new Promise<boolean>(resolve => {
    if (idle === undefined) return;
    let unsent = pipe.unsent();
    clock = setInterval(() => {
      if (pipe.unsent() === unsent) resolve(false);
      unsent = pipe.unsent();
    }, idle * 1000);
  });
  const answer = await Promise.race([drained, stalled, early.then(() => true)]);
  clearInterval(clock);
  stop.abort();
  return answer;
}
