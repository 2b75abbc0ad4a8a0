import type { ToldOutcome } from '../core/outcome.js';
import type { Paint } from './paint.js';

/** What came of a task, in one word; the order is that of a reader's interest. */
export const WORDS = ['failed', 'ignored', 'unsure', 'changed', 'ok', 'skipped'] as const;
export type Word = (typeof WORDS)[number];

/** A failure that the play goes on after is told apart from one that it does not. */
export const wordOf = (outcome: ToldOutcome): Word =>
  outcome.kind === 'failed' && outcome.ignored ? 'ignored' : outcome.kind;

const SIGNS: Readonly<Record<Word, { readonly sign: string; readonly colour: Exclude<keyof Paint, 'dim' | 'bold'> }>> =
  {
    failed: { sign: '✗', colour: 'red' },
    ignored: { sign: '!', colour: 'cyan' },
    unsure: { sign: '?', colour: 'magenta' },
    changed: { sign: '~', colour: 'yellow' },
    ok: { sign: '✓', colour: 'green' },
    skipped: { sign: '–', colour: 'cyan' },
  };

/** The sign of an outcome, in its colour. */
export const signOf = (word: Word, paint: Paint): string => paint[SIGNS[word].colour](SIGNS[word].sign);
