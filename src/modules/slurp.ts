import * as z from 'zod';
import { blocked, type Plan } from '../core/change.js';
import { defineModule } from '../core/module.js';
import { path } from '../core/params.js';
import { Incomplete, lacking, type Output, probe } from '../core/probe.js';
import { sh } from '../core/sh.js';
import { renamed } from './args.js';
import { fieldsOf } from './looks/fields.js';
import { word } from './looks/word.js';

/** Larger files do not belong into a variable; in bytes. */
const CAP = 32 * 1_048_576;

const schema = z.strictObject({ src: path().describe('The file to read, at most 32 MiB.') });
type Args = z.infer<typeof schema>;

type State = { readonly content: string } | { readonly why: string };

/** `-f` keeps a fifo from being waited for. Files in /proc say they are empty, so theirs is counted. */
const script = ({ src }: Args) => sh`p=${word(src)}
if [ ! -e "$p" ]; then echo missing; elif [ -d "$p" ]; then echo directory; elif [ ! -f "$p" ]; then echo special
elif [ ! -r "$p" ]; then echo unreadable
else z=$(stat -L -c %s. "$p"); case $z in *[0-9].) z=\${z%.} ;; *) z=0; ${lacking('stat')} ;; esac
if [ "$z" -gt ${CAP} ]; then echo large
else case $z$p in 0*|*[0-9]/sys/*) z=$(wc -c <"$p") || ${lacking('wc')} ;; esac
printf 'size %s\\n' $z; echo text; base64 <"$p" || ${lacking('base64')}; fi; fi`;

const WHY: { readonly [said: string]: string } = {
  missing: 'does not exist',
  directory: 'is a directory, not a file',
  special: 'is not a regular file',
  unreadable: 'may not be read',
  large: `is larger than ${CAP} bytes`,
};

function stateOf({ src }: Args, { stdout }: Output): State {
  const { bytes, get } = fieldsOf(stdout);
  if (bytes !== undefined && String(bytes.length) !== get('size')) throw new Incomplete('base64 or wc');
  return bytes ? { content: bytes.toString('base64') } : { why: `${src} ${WHY[stdout.trim()] ?? 'could not be read'}` };
}

/** Brings a file here, as base64: Ansible's slurp. Changes nothing. */
export default defineModule<Args, State>({
  name: 'slurp',
  summary: 'Reads a file of the target into a variable.',
  example: `- slurp:
    src: /etc/hostname`,
  args: renamed({ path: 'src' }, schema),
  probe: args => probe(script(args), output => stateOf(args, output)),
  plan: (_args, state): Plan => ('why' in state ? blocked(state.why) : []),
  result: ({ src }, state) => ('why' in state ? {} : { content: state.content, source: src, encoding: 'base64' }),
});
