import type { Value } from '../../../core/value.js';
import { toText } from '../../../template/text.js';
import { timestamp } from '../task/times.js';
import { isTrue } from '../variables/boolean.js';
import { numberOf } from '../variables/number.js';
import { type Directive, done } from './directive.js';

/** pause: seconds, minutes, or until the person at the terminal goes on. What is registered is as in Ansible's `pause.py`. */
export const pause: Directive = async ({ stage, piece }) => {
  const { run } = stage;
  const { clock } = run.ports;
  const { minutes, prompt } = piece.args;
  const isEchoed = isTrue(piece.args.echo ?? true);
  const seconds = numberOf(piece.args.seconds, 'seconds');
  const long = numberOf(minutes, 'minutes');
  const wait = seconds ?? (long === undefined ? undefined : long * 60);
  const began = clock.now();
  let answer: string | undefined;
  if (run.options.mode !== 'check') {
    if (wait !== undefined) await clock.sleep(Math.max(0, wait) * 1000);
    else answer = await run.ports.ask?.(textOf(prompt), isEchoed ? 'shown' : 'hidden');
    run.changes.suspect();
  }
  const ended = clock.now();
  const unit = seconds === undefined ? 60_000 : 1000;
  return done({
    ...{ rc: 0, stderr: '', echo: isEchoed, user_input: answer ?? '' },
    stdout: `Paused for ${Math.round(((ended - began) / unit) * 100) / 100} ${seconds === undefined ? 'minutes' : 'seconds'}`,
    ...{ start: timestamp(began), stop: timestamp(ended), delta: Math.floor((ended - began) / 1000) },
  });
};

const textOf = (prompt: Value | undefined): string =>
  prompt === undefined || prompt === null ? 'Press enter to continue' : toText(prompt);
