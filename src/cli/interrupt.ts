import { setMaxListeners } from 'node:events';
import { EXIT } from './exit.js';

/** What the user's signals ask for. */
export interface Interrupts {
  /** Aborted by the first signal: no further task starts, running tasks are waited for. */
  readonly signal: AbortSignal;
  /** Aborted by the second: what runs is to be ended. */
  readonly kill: AbortSignal;
  /** The exit code of the first signal; undefined where none came. */
  code(): number | undefined;
}

const SIGNALS = {
  SIGINT: { code: EXIT.interrupted, word: 'Interrupted', again: 'Press Ctrl-C again' },
  SIGTERM: { code: EXIT.terminated, word: 'Terminated', again: 'Send the signal again' },
  SIGHUP: { code: EXIT.hungUp, word: 'Hung up', again: 'Send the signal again' },
} as const;

/** Listens for signals: the first asks for an end in order, the second for one within seconds, the third ends us at once. */
export function onInterrupt(say: (text: string) => void): Interrupts {
  const [first, second] = [new AbortController(), new AbortController()];
  // Every wait of a run listens.
  setMaxListeners(0, first.signal, second.signal);
  let count = 0;
  let code: number | undefined;
  const hear = (signal: keyof typeof SIGNALS): void => {
    const { word, again, ...of } = SIGNALS[signal];
    code ??= of.code;
    count++;
    if (count === 1) {
      process.exitCode = code;
      say(`\n${word}: waiting for running tasks. ${again} to stop them now.\n`);
      first.abort();
    } else if (count === 2) {
      say(`\nStopping the running tasks. ${again} to leave at once, whatever becomes of them.\n`);
      second.abort();
    } else process.exit(code);
  };
  for (const signal of Object.keys(SIGNALS) as (keyof typeof SIGNALS)[]) process.on(signal, () => hear(signal));
  return { signal: first.signal, kill: second.signal, code: () => code };
}
