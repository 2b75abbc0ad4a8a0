import * as z from 'zod';
import { type Blob, staged } from '../core/blob.js';
import { blocked } from '../core/change.js';
import { defineModule } from '../core/module.js';
import { str } from '../core/params.js';
import { join, type Sh, sh } from '../core/sh.js';
import { Unknown } from '../core/value.js';
import { orNone } from './args.js';
import { enter, type Guards, guardProbe, needless } from './command/guard.js';
import { said, skippedSince, unsaid } from './command/said.js';
import { guardShape } from './command/shape.js';
import { wordsOf } from './command/words.js';

const args = z
  .strictObject({
    cmd: str().describe('Path of the script on the controller, and its arguments.'),
    executable: orNone(str()).describe('The program that runs it, instead of the one its first line names.'),
    ...guardShape,
  })
  .superRefine(({ cmd }, { addIssue }) => {
    const split = wordsOf(cmd);
    const why = split.ok ? (split.words.length === 0 ? 'no script given' : undefined) : split.why;
    if (why !== undefined) addIssue({ code: 'custom', path: ['cmd'], message: why });
  });
type Args = z.infer<typeof args>;

function wordsIn(cmd: string): readonly string[] {
  const split = wordsOf(cmd);
  return split.ok ? split.words : [];
}

/**
 * Runs a staged file by the interpreter that its first line names, so that nothing needs to be executable where it lies
 * (`noexec`); only a binary must be copied to a place where it is.
 */
function run(blob: Blob, words: readonly string[], executable: string | undefined): Sh {
  const { digest } = blob;
  const file = staged(blob);
  if (executable !== undefined) return sh`exec ${wordsIn(executable)} ${file} ${words}`;
  return sh`rm_script=${file}
IFS= read -r rm_first <"$rm_script"
case $rm_first in
'#!'*)
  rm_first=\${rm_first#??}; rm_first=\${rm_first%'\r'}
  set -f; set -- $rm_first; set +f
  rm_with=$1; shift
  exec "$rm_with" \${1+"$*"} "$rm_script" ${words} ;;
?ELF*)
  rm_copy=$(mktemp) && cat "$rm_script" >"$rm_copy" && chmod 700 "$rm_copy" &&
  rm_sum=$(sha256sum <"$rm_copy") && [ "\${rm_sum%% *}" = ${digest} ] ||
    { echo 'mktemp, cat, chmod or sha256sum failed: the program was not copied' >&2; rm -f "$rm_copy"; exit 1; }
  "$rm_copy" ${words}; rm_status=$?
  rm -f "$rm_copy"; exit "$rm_status" ;;
*) exec /bin/sh "$rm_script" ${words} ;;
esac`;
}

export default defineModule<Args, Guards>({
  name: 'script',
  summary: 'Runs a script of the controller on the target.',
  example: '- script: setup.sh --quiet\n  args: { creates: /etc/made-by-setup }',
  args,
  freeForm: 'cmd',
  opaque: true,
  needs: ({ cmd }) => [{ kind: 'file', path: wordsIn(cmd)[0]! }],
  probe: guardProbe,
  plan: (given, guards, { found: [file] }) => {
    if (needless(given, guards) !== undefined) return [];
    if (file?.kind !== 'file') return blocked(`${wordsIn(given.cmd)[0]} is a folder, not a script`);
    const apply = join([enter(given.chdir), run(file.blob, wordsIn(given.cmd).slice(1), given.executable)], '\n');
    return [{ what: given.cmd, before: null, after: new Unknown([]), apply, needs: [file.blob] }];
  },
  result: (given, guards, ran) => {
    if (ran.kind === 'foreseen') return unsaid();
    const output = ran.kind === 'done' ? ran.outputs[0] : undefined;
    if (output) return said(output, { strip: false });
    return { ...skippedSince(needless(given, guards) ?? ''), skipped: true };
  },
});
