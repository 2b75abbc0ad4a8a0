import * as z from 'zod';
import { decode } from '../core/bytes.js';
import { blocked, type Plan } from '../core/change.js';
import { defineModule } from '../core/module.js';
import { bool, choice, path } from '../core/params.js';
import { Incomplete, lacking, type Output, probe } from '../core/probe.js';
import { join, sh } from '../core/sh.js';
import type { Value } from '../core/value.js';
import { renamed } from './args.js';
import { fieldsOf } from './looks/fields.js';
import { FULL_FORMAT, statMembers } from './looks/full.js';
import { parentWord, word } from './looks/word.js';

const schema = z.strictObject({
  path: path().describe('What to look at.'),
  follow: bool().default(false).describe('Look at what a link leads to.'),
  get_checksum: bool().default(true).describe('Read a regular file and give its checksum.'),
  checksum_algorithm: choice('md5', 'sha1', 'sha224', 'sha256', 'sha384', 'sha512')
    .default('sha1')
    .describe('Which checksum.'),
  get_mime: bool()
    .default(false)
    .describe('Ask `file` for the type of the content. Off unless asked for, since it is slow.'),
  get_attributes: bool()
    .default(false)
    .describe('Ask `lsattr` for its attributes. Off unless asked for, since it is slow.'),
});
type Args = z.infer<typeof schema>;

const DIGITS = { md5: 32, sha1: 40, sha224: 56, sha256: 64, sha384: 96, sha512: 128 } as const;

/** Members of the result, or why they could not be had. */
type State = { readonly stat: { readonly [name: string]: Value } } | { readonly denied: string };

/** The digest comes first: reading sets the access time, and the second look must say the same as the first. */
const script = (args: Args) =>
  join(
    [
      sh`p=${word(args.path)}`,
      // A trailing newline in a name or a link would be eaten by $( ): the text is ended by a dot.
      sh`[ ! -L "$p" ] || { printf 'target '; { readlink "$p"; echo .; } | base64 | tr -d '\\n'; echo
${parentWord}; printf 'source '; { (cd "$d" && readlink -f "./\${p##*/}"); echo .; } | base64 | tr -d '\\n'; echo; }`,
      ...(args.get_checksum
        ? [
            sh`if [ -f "$p" ] && [ -r "$p" ]${args.follow ? sh`` : sh` && [ ! -L "$p" ]`}; then h=$(${`${args.checksum_algorithm}sum`} <"$p"); h=\${h%% *}
if [ \${#h} = ${DIGITS[args.checksum_algorithm]} ]; then printf 'checksum %s\\n' "$h"; else ${lacking(`${args.checksum_algorithm}sum`)}; fi; fi`,
          ]
        : []),
      ...(args.get_mime
        ? [
            sh`if [ -e "$p" ] || [ -L "$p" ]; then m=$(file -b ${args.follow ? '-L' : '-h'} --mime-type --mime-encoding "$p" 2>/dev/null)
case $m in *'; charset='?*|*cannot*) printf 'mime %s\\n' "$m" ;; *) ${lacking('file')} ;; esac; fi`,
          ]
        : []),
      ...(args.get_attributes ? [sh`a=$(lsattr -vd "$p" 2>/dev/null) && printf 'attributes %s\\n' "$(echo $a)"`] : []),
      sh`if s=$(stat ${args.follow ? sh`-L ` : sh``}-c ${FULL_FORMAT} "$p" 2>/dev/null); then printf 'stat %s\\n' "$s"
m=; [ ! -r "$p" ] || m=r; [ ! -w "$p" ] || m=\${m}w; [ ! -x "$p" ] || m=\${m}x; echo may $m
elif ${args.follow ? sh`[ -e "$p" ]` : sh`[ -e "$p" ] || [ -L "$p" ]`}; then ${lacking('stat')}
else d=$p; while [ ! -e "$d" ] && [ "$d" != / ] && [ "$d" != . ]; do case $d in */) d=\${d%/} ;; */*) d=\${d%/*}; d=\${d:-/} ;; *) d=. ;; esac; done
[ ! -d "$d" ] || [ -x "$d" ] || echo denied; fi`,
    ],
    '\n',
  );

function stateOf(args: Args, { stdout }: Output): State {
  const fields = fieldsOf(stdout);
  const members = statMembers(fields.get('stat'));
  if (!members && fields.has('stat')) throw new Incomplete('stat');
  if (!members)
    return fields.has('denied') ? { denied: `${args.path}: Permission denied` } : { stat: { exists: false } };
  const may = fields.get('may') ?? '';
  const text = (name: string) => {
    const encoded = fields.get(name);
    if (encoded === undefined) return undefined;
    const said = decode(Buffer.from(encoded, 'base64'));
    if (!said.endsWith('\n.\n')) throw new Incomplete('readlink, base64 or tr');
    return said.slice(0, -3);
  };
  const optional = (name: string, value: Value | undefined) => (value === undefined ? {} : { [name]: value });
  const isLink = members.islnk === true;
  return {
    stat: {
      exists: true,
      path: args.path,
      ...members,
      readable: may.includes('r'),
      writeable: may.includes('w'),
      executable: may.includes('x'),
      ...optional('checksum', fields.get('checksum')),
      ...(isLink ? { ...optional('lnk_source', text('source')), ...optional('lnk_target', text('target')) } : {}),
      ...(args.get_mime ? mimeOf(fields.get('mime')) : {}),
      ...(args.get_attributes ? attributesOf(fields.get('attributes')) : {}),
    },
  };
}

function mimeOf(said = ''): { readonly [name: string]: Value } {
  const m = /^([^;]+); charset=(\S+)$/.exec(said);
  return { mimetype: m?.[1] ?? 'unknown', charset: m?.[2] ?? 'unknown' };
}

const ATTRIBUTES: { readonly [flag: string]: string } = {
  A: 'noatime',
  a: 'append',
  c: 'compressed',
  C: 'nocow',
  d: 'nodump',
  D: 'dirsync',
  e: 'extents',
  i: 'immutable',
  I: 'indexed',
  j: 'journalled',
  s: 'zero',
  S: 'synchronous',
  t: 'notail',
  T: 'topdir',
  u: 'undelete',
  V: 'verity',
};

function attributesOf(said: string | undefined): { readonly [name: string]: Value } {
  const [version, dashed = ''] = said?.split(' ') ?? [];
  const flags = dashed.replaceAll('-', '');
  return {
    version: version ?? null,
    attr_flags: flags,
    attributes: [...flags].flatMap(flag => ATTRIBUTES[flag] ?? []),
  };
}

/** What there is to know of a path, under Ansible's names. Nothing is ever changed. Times are whole seconds. */
export default defineModule<Args, State>({
  name: 'stat',
  summary: 'Looks at a file, directory or link.',
  example: `- stat:
    path: /etc/hostname`,
  args: renamed(
    {
      dest: 'path',
      name: 'path',
      mime: 'get_mime',
      mime_type: 'get_mime',
      'mime-type': 'get_mime',
      attr: 'get_attributes',
      attributes: 'get_attributes',
      checksum: 'checksum_algorithm',
      checksum_algo: 'checksum_algorithm',
    },
    schema,
  ),
  probe: args => probe(script(args), output => stateOf(args, output)),
  plan: (_args, state): Plan => ('denied' in state ? blocked(state.denied) : []),
  result: (_args, state) => ('denied' in state ? {} : { stat: state.stat }),
});
