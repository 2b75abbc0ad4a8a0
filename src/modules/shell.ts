import * as z from 'zod';
import { defineModule } from '../core/module.js';
import { str } from '../core/params.js';
import { join } from '../core/sh.js';
import { Unknown } from '../core/value.js';
import { orNone } from './args.js';
import { enter, type Guards, guardProbe, needless } from './command/guard.js';
import { scripted } from './command/run.js';
import { said, skippedSince, unsaid } from './command/said.js';
import { guardShape, inputOf, inputShape } from './command/shape.js';

const args = z.strictObject({
  cmd: str().pipe(z.string().min(1, 'no command given')).describe('The script, as one would type it.'),
  executable: orNone(str()).describe('The shell that runs it; `/bin/sh` without it.'),
  ...guardShape,
  ...inputShape,
});
type Args = z.infer<typeof args>;

export default defineModule<Args, Guards>({
  name: 'shell',
  summary: 'Runs a script in a shell.',
  example: '- shell: echo made > "$HOME/made"\n  args: { creates: "$HOME/made" }',
  args,
  freeForm: 'cmd',
  opaque: true,
  probe: guardProbe,
  plan: (given, guards) => {
    if (needless(given, guards) !== undefined) return [];
    const apply = join([enter(given.chdir), scripted(given.cmd, given.executable ?? '/bin/sh', inputOf(given))], '\n');
    return [{ what: given.cmd.trim(), before: null, after: new Unknown([]), apply }];
  },
  result: (given, guards, ran) => {
    if (ran.kind === 'foreseen') return unsaid(given.cmd);
    const output = ran.kind === 'done' ? ran.outputs[0] : undefined;
    if (output) return said(output, { cmd: given.cmd, strip: given.strip_empty_ends });
    return skippedSince(needless(given, guards) ?? '', given.cmd);
  },
});
