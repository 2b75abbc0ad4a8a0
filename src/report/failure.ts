import type { Failure } from '../core/outcome.js';
import type { Output } from '../core/probe.js';
import { printDiagnostic, type Sources } from './diagnostic.js';
import { indent, tail } from './lines.js';
import type { Paint } from './paint.js';
import { visible } from './visible.js';

/** How a failure is shown. */
export interface FailureStyle {
  readonly sources: Sources;
  readonly paint: Paint;
}

/** How many lines of what a failed command said are shown. */
const LAST_LINES = 30;

/** Signals (signal(7), the numbers of Linux on x86 and ARM) that end programs often enough to be named. */
const SIGNALS: Readonly<Record<number, string>> = {
  1: 'HUP',
  2: 'INT',
  4: 'ILL',
  6: 'ABRT',
  7: 'BUS',
  8: 'FPE',
  9: 'KILL',
  11: 'SEGV',
  13: 'PIPE',
  15: 'TERM',
};

/** Why a task failed, in full: what, and below it what is known of the cause. Without a final line end. */
export function printFailure(failure: Failure, style: FailureStyle): string {
  const red = (text: string): string => style.paint.red(visible(text));
  switch (failure.reason) {
    case 'bad-args':
    case 'template':
      return failure.diagnostics
        .map(diagnostic => printDiagnostic(diagnostic, style.sources, style.paint, 'error'))
        .join('\n');
    case 'act-failed':
      return [red(`${firstLine(failure.what)}: ${ending(failure.output.status)}`), ...said(failure.output)].join('\n');
    case 'unreachable':
    case 'become':
      return withHint(red(`${failure.reason}[${failure.code}]: ${failure.why}`), failure.hint);
    case 'lost':
      return withHint(red(`connection lost: ${failure.why}`), 'what became of the task on this host is unknown');
    case 'timeout':
      return red(`timeout: ${failure.why}`);
    case 'not-converged':
      return red(`still differs after the change: ${failure.left.join(', ')}`);
    case 'internal':
      return withHint(red(`internal error: ${failure.why}`), 'this is a bug of ringmaster: please report it');
    case 'blocked':
    case 'condition':
    case 'ended':
    case 'interrupted':
      return red(failure.why);
  }
}

const withHint = (text: string, hint: string | undefined): string =>
  hint === undefined
    ? text
    : `${text}\n${visible(hint)
        .split('\n')
        .map((line, i) => `${i === 0 ? '= ' : '  '}${line}`)
        .join('\n')}`;

/** Shells report a death by a signal as 128 + its number; a program may also just exit so, hence both are said. */
function ending(status: number): string {
  const signal = SIGNALS[status - 128];
  return `exit status ${status}${signal === undefined ? '' : `, which is what SIG${signal} leaves`}`;
}

/** What a command said, stdout behind a bar and stderr behind an exclamation mark. */
const said = ({ stdout, stderr }: Output): readonly string[] => [
  ...(stdout.trim() === '' ? [] : [indent(visible(tail(stdout, LAST_LINES)), '│ ')]),
  ...(stderr.trim() === '' ? [] : [indent(visible(tail(stderr, LAST_LINES)), '! ')]),
];

/** A script of many lines is named by its first. */
const firstLine = (text: string): string => {
  const [first = '', ...more] = text.trim().split('\n');
  return more.length > 0 ? `${first} …` : first;
};
