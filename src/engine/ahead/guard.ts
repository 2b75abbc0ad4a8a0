import { createHash } from 'node:crypto';
import { encode } from '../../core/bytes.js';
import type { Output } from '../../core/probe.js';
import { type Sh, sh } from '../../core/sh.js';

/** Longer sights are compared by digest, so that a guard does not carry the whole content up again. In characters. */
const LONGEST_COMPARED = 4096;

/** A sight as one text: what was seen, and the status behind it. */
const spell = (seen: Output): string => `${seen.stdout}#${seen.status}`;

/** Lets `$rm_seen` be what a look says, and its status, which {@link seenBy} reads. A script that has no `exit` needs no shell of its own. */
export const seeing = (script: Sh): Sh =>
  /\bexit\b/.test(script.text)
    ? sh`rm_seen=$( ( ${script}\n ) 2>/dev/null; printf '#%s' "$?" )`
    : sh`rm_seen=$( { ${script}\n } 2>/dev/null; printf '#%s' "$?" )`;

/**
 * Looks again in the remote shell, and fails unless it sees, byte for byte, what the plan was drawn from;
 * then it prints what it saw instead, for the plan to be drawn anew.
 */
export const guard = (script: Sh, seen: Output): Sh =>
  sh`${seeing(script)}\n${isSame(seen)} || { printf %s "$rm_seen"; exit 1; }`;

/** The same with an act behind it, in one shell: what it saw instead stands behind a mark, which {@link movedIn} finds. */
export const guarded = (script: Sh, seen: Output, act: Sh): Sh =>
  sh`${seeing(script)}\n${isSame(seen)} || { printf %s%s ${markOf(script)} "$rm_seen"; exit 1; }\n${act}`;

/** Nobody's act says it. */
const markOf = (script: Sh): string => `moved:${createHash('sha256').update(script.text).digest('hex')}:`;

/** The answer of a guard, if what a guarded act said is that its guard failed. */
export function movedIn(script: Sh, answer: Output): Output | undefined {
  const mark = markOf(script);
  return answer.status !== 0 && answer.stdout.startsWith(mark)
    ? { ...answer, stdout: answer.stdout.slice(mark.length) }
    : undefined;
}

/** Whether `$rm_seen` is just that. */
function isSame(seen: Output): Sh {
  const text = spell(seen);
  return text.length <= LONGEST_COMPARED
    ? sh`[ "$rm_seen" = ${text} ]`
    : sh`[ "$(printf %s "$rm_seen" | sha256sum)" = ${`${createHash('sha256').update(encode(text)).digest('hex')}  -`} ]`;
}

/** What a failed guard saw. Undefined when it did not get as far as looking. */
export function seenBy(output: Output): Output | undefined {
  const mark = output.stdout.lastIndexOf('#');
  const status = Number(output.stdout.slice(mark + 1));
  if (mark < 0 || !Number.isInteger(status)) return undefined;
  return { ...output, stdout: output.stdout.slice(0, mark), stderr: '', status };
}
