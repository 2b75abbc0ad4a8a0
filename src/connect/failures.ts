import type { BecomeCode, Failure, UnreachableCode } from '../core/outcome.js';

/** The host was not reached. */
export const unreachable = (code: UnreachableCode, why: string, hint?: string): Failure => ({
  reason: 'unreachable',
  code,
  why,
  hint,
});

/** The link or the shell was lost while something ran: its state is unknown. */
export const lost = (why: string): Failure => ({ reason: 'lost', why });

/** The other account was not reached. */
export const notBecome = (code: BecomeCode, why: string, hint?: string): Failure => ({
  reason: 'become',
  code,
  why,
  hint,
});

/** The first lines of what a program said, fit for the middle of a sentence: no control characters, at most 300 of them. */
export function saying(text: string): string {
  const said = text
    .replace(/[^\P{Cc}\n]/gu, ' ')
    .split('\n')
    .map(line => line.trim())
    .filter(line => line !== '')
    .join('; ');
  return said.length > 300 ? `${said.slice(0, 300)}…` : said;
}
