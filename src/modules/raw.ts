import * as z from 'zod';
import { defineModule } from '../core/module.js';
import { str } from '../core/params.js';
import { probe } from '../core/probe.js';
import { nothing, userScript } from '../core/sh.js';
import { Unknown } from '../core/value.js';
import { orNone } from './args.js';
import { scripted } from './command/run.js';
import { said, unsaid } from './command/said.js';

const args = z.strictObject({
  cmd: str().pipe(z.string().min(1, 'no command given')).describe('The command line, as it is.'),
  executable: orNone(str()).describe('A shell to hand it to, instead of the one that the connection has.'),
});
type Args = z.infer<typeof args>;

export default defineModule<Args, null>({
  name: 'raw',
  summary: 'Runs a command line as it is, in the shell of the connection.',
  example: '- raw: uptime',
  args,
  freeForm: 'cmd',
  opaque: true,
  probe: () => probe(nothing, () => null),
  plan: ({ cmd, executable }) => [
    {
      what: cmd.trim(),
      before: null,
      after: new Unknown([]),
      apply: executable === undefined ? userScript(cmd) : scripted(cmd, executable, undefined),
    },
  ],
  result: (_, __, ran) => {
    const output = ran.kind === 'done' ? ran.outputs[0] : undefined;
    return output ? said(output, { strip: false }) : unsaid();
  },
});
