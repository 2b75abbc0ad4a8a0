import * as z from 'zod';
import { defineModule } from '../core/module.js';
import { bool, list, str } from '../core/params.js';
import { join } from '../core/sh.js';
import { Unknown } from '../core/value.js';
import { enter, type Guards, guardProbe, needless } from './command/guard.js';
import { isReadOnly } from './command/read-only.js';
import { fed, started } from './command/run.js';
import { said, skippedSince, unsaid } from './command/said.js';
import { guardShape, inputOf, inputShape } from './command/shape.js';
import { wordsOf } from './command/words.js';

const args = z
  .strictObject({
    cmd: str().optional().describe('The command line; split into words, never seen by a shell.'),
    argv: list(str()).optional().describe('The command as a list of words, instead of `cmd`.'),
    ...guardShape,
    ...inputShape,
    expand_argument_vars: bool().default(true).describe('Expand `$NAME` and a leading `~` on the target.'),
  })
  .superRefine(({ cmd, argv }, { addIssue }) => {
    if (cmd !== undefined && argv !== undefined)
      addIssue({ code: 'custom', message: 'either `cmd` or `argv`, not both' });
    const split = wordsOf(cmd ?? '');
    if (!split.ok) addIssue({ code: 'custom', path: ['cmd'], message: split.why });
    else if ((argv ?? split.words).length === 0)
      addIssue({ code: 'custom', path: ['cmd'], message: 'no command given' });
  });
type Args = z.infer<typeof args>;

/** The words of the command; the schema has seen to it that there are some. */
function argvOf({ cmd, argv }: Args): readonly string[] {
  const split = wordsOf(cmd ?? '');
  return argv ?? (split.ok ? split.words : []);
}

export default defineModule<Args, Guards>({
  name: 'command',
  summary: 'Runs a program, without a shell.',
  example: '- command: touch made\n  args: { chdir: /tmp, creates: made }',
  args,
  freeForm: 'cmd',
  opaque: true,
  isReadOnly: given => isReadOnly(argvOf(given)),
  probe: guardProbe,
  plan: (given, guards) => {
    if (needless(given, guards) !== undefined) return [];
    const words = argvOf(given);
    const program = fed(started(words, given.expand_argument_vars), inputOf(given));
    const apply = join([enter(given.chdir), program], '\n');
    return [{ what: words.join(' '), before: null, after: new Unknown([]), apply }];
  },
  result: (given, guards, ran) => {
    const cmd = [...argvOf(given)];
    if (ran.kind === 'foreseen') return unsaid(cmd);
    const output = ran.kind === 'done' ? ran.outputs[0] : undefined;
    if (output) return said(output, { cmd, strip: given.strip_empty_ends });
    return skippedSince(needless(given, guards) ?? '', cmd);
  },
});
