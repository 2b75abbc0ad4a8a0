import * as z from 'zod';
import { blocked } from '../core/change.js';
import { defineModule } from '../core/module.js';
import { str } from '../core/params.js';
import { probe } from '../core/probe.js';
import { sh } from '../core/sh.js';

const args = z.strictObject({
  data: str().default('pong').describe('What to answer; `crash` makes it fail.'),
});
type Args = z.infer<typeof args>;

export default defineModule<Args, null>({
  name: 'ping',
  summary: 'Proves that a target can be reached and has a shell.',
  example: '- ping:',
  args,
  // It asks nothing, but it is asked: what it proves is that the target answers.
  probe: () => probe(sh`echo pong`, () => null),
  plan: ({ data }) => (data === 'crash' ? blocked('boom') : []),
  result: ({ data }) => ({ ping: data }),
});
