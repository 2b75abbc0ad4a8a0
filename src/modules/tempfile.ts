import * as z from 'zod';
import { blocked, type Plan } from '../core/change.js';
import { defineModule } from '../core/module.js';
import { choice, path, str } from '../core/params.js';
import { probe } from '../core/probe.js';
import { type Sh, sh } from '../core/sh.js';
import { Unknown } from '../core/value.js';
import { orNone } from './args.js';
import { tidy, word } from './looks/word.js';

const part = () => str().refine(text => !/[/\0]/.test(text), 'a part of a name holds no slash');
const schema = z.strictObject({
  state: choice('file', 'directory').default('file').describe('What to make.'),
  path: orNone(path()).describe('The directory to make it in; that of temporary files if left out.'),
  prefix: part().default('ansible.').describe('What its name begins with.'),
  suffix: part().default('').describe('What its name ends with.'),
});
type Args = z.infer<typeof schema>;

const folder = (args: Args): Sh => (args.path === undefined ? sh`"\${TMPDIR:-/tmp}"` : word(tidy(args.path)));

/**
 * mktemp of busybox wants its X at the end, so a name with a suffix is made beside a first one that is then removed;
 * `ln` and `mkdir` fail where the name is taken.
 */
function act(args: Args): Sh {
  const template = sh`"$d/"${`${args.prefix}XXXXXXXX`}`;
  const named =
    args.suffix === ''
      ? sh`n=$t`
      : args.state === 'file'
        ? sh`n=$t${args.suffix}; ln "$t" "$n" && rm -f "$t" || { rm -f "$t"; exit 1; }`
        : sh`n=$t${args.suffix}; mkdir -m 700 "$n" && [ -d "$n" ] || { rmdir "$t"; exit 1; }; rmdir "$t" && [ ! -e "$t" ] || { rmdir "$n"; exit 1; }`;
  return sh`d=${folder(args)}
t=$(mktemp ${args.state === 'directory' ? sh`-d ` : sh``}${template}) && case $t in "$d"/*????????) [ -e "$t" ] ;; *) false ;; esac || { echo 'mktemp made nothing' >&2; exit 1; }
${named}
printf %s "$n"`;
}

/** A temporary file or directory of a name that no one else has. Makes one every time it runs, as Ansible's does. */
export default defineModule<Args, boolean>({
  name: 'tempfile',
  summary: 'Makes a temporary file or directory.',
  example: `- tempfile:
    state: directory
    suffix: .build`,
  args: schema,
  probe: args => probe(sh`d=${folder(args)}; [ ! -d "$d" ] || echo there`, ({ stdout }) => stdout === 'there\n'),
  plan(args, isThere): Plan {
    const change = { what: `temporary ${args.state}`, before: null, after: new Unknown([]), apply: act(args) };
    return isThere ? [change] : blocked(`the directory ${args.path} does not exist`, [change]);
  },
  result: (args, _isThere, ran) => ({
    path: ran.kind === 'done' ? (ran.outputs[0]?.stdout ?? '') : new Unknown([]),
    state: args.state,
  }),
});
