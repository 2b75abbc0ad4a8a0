import { createHash } from 'node:crypto';
import * as z from 'zod';
import { decode, encode } from '../core/bytes.js';
import { type Blocked, blocked } from '../core/change.js';
import { defineModule, type Given } from '../core/module.js';
import { bool, path, str } from '../core/params.js';
import { Incomplete, type Probe, probe } from '../core/probe.js';
import { sh } from '../core/sh.js';
import { renamed } from './args.js';
import { attributeAliases } from './attributes.js';
import { editPlan, editProbe, editResult, editShape, type Page } from './edit.js';
import { EDIT_CAP } from './looks/content.js';
import { tidy, word } from './looks/word.js';
import { patternOf, search } from './pattern.js';

const { path: _path, ...shape } = editShape;
const schema = z
  .strictObject({
    ...shape,
    src: path().describe('The directory of the fragments.'),
    dest: path().describe('The file to make of them.'),
    remote_src: bool().default(true).describe('`src` is on the target; if false, it is searched in `files/`.'),
    delimiter: str().optional().describe('Goes between the fragments; `\\n` and the like are read.'),
    regexp: str().optional().describe('Python regular expression; only fragments whose name matches count.'),
    ignore_hidden: bool().default(false).describe('Leave out fragments whose name begins with a dot.'),
    decrypt: bool()
      .default(true)
      .describe(
        'Whether fragments in a vault are decrypted, which cannot be done here yet and fails; if false, they are taken as they are.',
      ),
  })
  .superRefine((args, issues) => {
    const pattern = args.regexp === undefined ? undefined : patternOf(args.regexp, { on: 'text' });
    const wrong = (message: string, at: string) => issues.addIssue({ code: 'custom', message, path: [at] });
    if (pattern?.ok === false) wrong(`not a Python regular expression: ${pattern.why}`, 'regexp');
  });
type Args = z.infer<typeof schema>;

interface Fragment {
  readonly name: string;
  /** One character a byte. */
  readonly content: string;
}

interface State {
  readonly page: Page;
  readonly fragments: readonly Fragment[] | Blocked;
}

const edit = (args: Args) => ({ ...args, path: args.dest });

/**
 * Names, sizes and contents of all fragments, in three streams: names end with NUL, and contents are cut by the sizes.
 * The rules that choose and join them are Python's, so they are kept here, in the plan.
 */
function assembleProbe(args: Args, { found }: Given): Probe<State> {
  const page = editProbe(edit(args));
  const [source] = found;
  if (!args.remote_src) {
    const fragments = source?.kind === 'tree' ? localFragments(source) : blocked(`${args.src} is not a directory`);
    return probe(page.script, output => ({ page: page.parse(output), fragments }));
  }
  const script = sh`f=${word(tidy(args.src))}
if [ ! -d "$f" ]; then echo fragments missing
elif [ ! -r "$f" ]; then echo fragments unreadable
else set --; k=0
for i in "$f"/* "$f"/.[!.]* "$f"/..?*; do [ ! -f "$i" ] || set -- "$@" "$i"; done
l=; [ $# = 0 ] || l=$(stat -L -c %s "$@")
for z in $l; do k=$((k + z)); done
if [ $k -gt ${EDIT_CAP} ]; then echo fragments large; else
printf 'fragments %s %s %s %s\\n' $# "$(set -- $l; IFS=,; echo "$*")" "$(for i; do printf '%s\\0' "\${i##*/}"; done | base64 | tr -d '\\n')" "$([ $# = 0 ] || cat "$@" | base64 | tr -d '\\n')"
fi; fi
${page.script}`;
  return probe(script, output => ({
    page: page.parse(output),
    fragments: fragmentsOf(args, /^fragments (.*)$/m.exec(output.stdout)?.[1] ?? ''),
  }));
}

function localFragments({ files }: Given['found'][number] & { kind: 'tree' }): readonly Fragment[] | Blocked {
  const top = files.filter(file => !file.path.includes('/'));
  const large = top.find(file => !file.blob.bytes);
  if (large) return blocked(`the fragment ${large.path} is too large`);
  return top.map(({ path: name, blob }) => ({ name, content: Buffer.from(blob.bytes!).toString('latin1') }));
}

function fragmentsOf({ src }: Args, said: string): readonly Fragment[] | Blocked {
  if (said === 'missing') return blocked(`the directory ${src} does not exist`);
  if (said === 'unreadable') return blocked(`the directory ${src} may not be read`);
  if (said === 'large')
    return blocked(`the fragments in ${src} are larger than ${EDIT_CAP} bytes, too large to assemble`);
  const [count = '', sizes = '', names = '', contents = ''] = said.split(' ');
  const bytes = Buffer.from(contents, 'base64').toString('latin1');
  const list = decode(Buffer.from(names, 'base64')).split('\0').slice(0, -1);
  const lengths = sizes === '' ? [] : sizes.split(',').map(Number);
  if (lengths.length !== Number(count || Number.NaN)) throw new Incomplete('stat');
  if (list.length !== lengths.length || bytes.length !== lengths.reduce((sum, size) => sum + size, 0))
    throw new Incomplete('cat, base64 or tr');
  let at = 0;
  return list.map((name, i) => {
    const size = lengths[i]!;
    at += size;
    return { name, content: bytes.slice(at - size, at) };
  });
}

/** Python's rules: sorted by name; a line break where a fragment lacks one; the delimiter between, ended by one. */
function assembled(args: Args, fragments: readonly Fragment[]): string {
  const pattern = args.regexp === undefined ? undefined : patternOf(args.regexp, { on: 'text' });
  const chosen = fragments
    .filter(
      ({ name }) => !(pattern?.ok && !search(pattern.regex, name)) && !(args.ignore_hidden && name.startsWith('.')),
    )
    .sort((a, b) => (a.name < b.name ? -1 : 1));
  const delimiter = args.delimiter ? unescaped(args.delimiter) : '';
  const between = delimiter === '' || delimiter.endsWith('\n') ? delimiter : `${delimiter}\n`;
  return chosen.reduce((text, { content }, i) => {
    if (i === 0) return content;
    const lacksEnd = !chosen[i - 1]!.content.endsWith('\n');
    return `${text}${lacksEnd ? '\n' : ''}${between}${content}`;
  }, '');
}

const ESCAPES: { readonly [sign: string]: string } = {
  n: '\n',
  t: '\t',
  r: '\r',
  a: '\x07',
  b: '\b',
  f: '\f',
  v: '\v',
  '\\': '\\',
  "'": "'",
  '"': '"',
};

/** As Python reads escapes in a bytes literal; unknown ones stay. */
const unescaped = (text: string): string =>
  encode(text)
    .toString('latin1')
    .replace(/\\(?:x([0-9a-fA-F]{2})|([0-7]{1,3})|([\s\S]))/g, (whole, hex, octal, sign) => {
      if (hex !== undefined) return String.fromCharCode(Number.parseInt(hex, 16));
      if (octal !== undefined) return String.fromCharCode(Number.parseInt(octal, 8) & 0xff);
      return ESCAPES[sign] ?? whole;
    });

const editing =
  (args: Args, { fragments }: State) =>
  () =>
    'blocked' in fragments ? fragments : { text: assembled(args, fragments), msg: 'OK' };

/** One file made of the fragments in a directory. Parameters and results are those of Ansible's assemble. */
export default defineModule<Args, State>({
  name: 'assemble',
  summary: 'Makes one file of the fragments in a directory.',
  example: `- assemble:
    src: /etc/profile.d
    dest: /etc/profile.all`,
  args: renamed(attributeAliases, schema),
  needs: args => (args.remote_src ? [] : [{ kind: 'file', path: args.src, decrypt: args.decrypt }]),
  probe: assembleProbe,
  plan: (args, state) => editPlan(edit(args), state.page, editing(args, state)),
  result: (args, state, ran) => {
    if ('blocked' in state.fragments) return {};
    const bytes = Buffer.from(assembled(args, state.fragments), 'latin1');
    const sum = (algorithm: string) => createHash(algorithm).update(bytes).digest('hex');
    return {
      src: args.src,
      dest: args.dest,
      checksum: sum('sha1'),
      md5sum: sum('md5'),
      ...editResult(edit(args), state.page, ran, editing(args, state)),
    };
  },
});
