import { posix } from 'node:path';
import { decode } from '../../core/bytes.js';
import { blocked, type Change, type Plan } from '../../core/change.js';
import type { Ran } from '../../core/module.js';
import { Incomplete, lacking, type Output, type Probe, probe } from '../../core/probe.js';
import { join, nothing, type Sh, sh } from '../../core/sh.js';
import type { Value } from '../../core/value.js';
import { writeFile } from '../atomic.js';
import {
  attributeChanges,
  attributesLook,
  changing,
  chmodWord,
  isTold,
  ownership,
  settle,
  type Wish,
} from '../attributes.js';
import { fieldsOf } from '../looks/fields.js';
import { octal, statusLook, unreachable } from '../looks/status.js';
import { parentOf, throughLink, tidy, word } from '../looks/word.js';
import { backupOf, infoAfter, obstacle, type Place, placeOf, shownOnly, target } from '../put.js';

/** The arguments of copy that a source on the target needs. */
export interface RemoteArgs {
  readonly src?: string | undefined;
  readonly dest: string;
  readonly owner?: string | null | undefined;
  readonly group?: string | null | undefined;
  readonly mode?: string | null | undefined;
  readonly directory_mode?: string | null | undefined;
  readonly backup: boolean;
  readonly force: boolean;
  readonly follow: boolean;
  readonly local_follow?: boolean | undefined;
  readonly validate?: string | undefined;
  readonly checksum?: string | undefined;
  readonly unsafe_writes: boolean;
}

export interface Remote extends Place {
  readonly source: 'missing' | 'file' | 'directory' | 'other';
  /** Permission bits and size of a source file, and its SHA-1. */
  readonly sourceMode: number;
  readonly sourceSize: number;
  readonly sum?: string | undefined;
  /** Of a source directory: names below it that are missing or differ at the destination, a letter for the kind first. */
  readonly differing: readonly string[];
  /** How many things below the destination have another owner than wished. */
  readonly strangers: number;
}

const source = (args: RemoteArgs) => args.src!;
/** Where a directory goes: as with rsync, a slash at the end of the source means what is in it. */
const directoryTarget = (args: RemoteArgs): string =>
  source(args).endsWith('/') ? tidy(args.dest) : posix.join(args.dest, posix.basename(source(args)));
const isSlashed = (args: RemoteArgs) => args.dest.endsWith('/');
const name = (args: RemoteArgs): string => posix.basename(source(args));

/** Looks at the source, and as it is a file or a directory, at the file or the tree that shall be like it. */
export function remoteProbe(args: RemoteArgs): Probe<Remote> {
  const script = sh`f=${word(tidy(source(args)))}
if [ ! -e "$f" ]; then echo source missing; echo gone here; elif [ -d "$f" ]; then echo source directory
p=${word(directoryTarget(args))}
${throughLink}
${statusLook}
${attributesLook(args)}
${treeLook(args)}
elif [ -f "$f" ]; then echo source file
${fileLook(args)}
else echo source other; echo gone here; fi`;
  return probe(script, remoteOf);
}

const fileLook = (args: RemoteArgs): Sh =>
  join(
    [
      isSlashed(args) ? target(args.dest + name(args), undefined) : target(args.dest, name(args)),
      ...(args.follow ? [throughLink] : []),
      statusLook,
      attributesLook(args),
      args.mode === 'preserve' ? sh`( p=$f; rm_near through ) || echo strange` : nothing,
      sh`stat -L -c 'source-is %a %s .' "$f" || ${lacking('stat')}
if [ ! -r "$f" ]; then echo unreadable; else h=$(sha1sum <"$f"); h=\${h%% *}; [ \${#h} = 40 ] || ${lacking('sha1sum')}
printf 'sum %s\\n' "$h"; fi
case $s in 8*) if [ -r "$p" ]; then k=$(sha1sum <"$p"); k=\${k%% *}; [ \${#k} = 40 ] || ${lacking('sha1sum')}
[ "$h" != "$k" ] || echo same; fi ;; esac`,
    ],
    '\n',
  );

/** Names that differ, each behind `d`, `f` or `l` and ended by NUL; `n` ends a batch, and `=` all; as base64. */
const treeLook = (args: RemoteArgs): Sh => {
  const owner = ownership({ owner: args.owner || undefined, group: args.group || undefined });
  return sh`${
    owner === undefined
      ? sh``
      : sh`[ ! -d "$p" ] || printf 'strangers %s\\n' "$({ find "$p" ${strangers(args)} 2>/dev/null -exec sh -c 'echo $#' x {} + && echo end; } | { n=0
while read -r k; do case $k in end) echo $n ;; *) n=$((n + k)) ;; esac; done; })"\n`
  }echo text; { cd "$f" && find . -exec sh -c 't=$1; shift
sum() { h=$(sha1sum <"$1"); h=\${h%% *}; [ \${#h} = 40 ] || exit 1; }
said() { [ -L "$1" ] && l=$(readlink "$1" && echo .) && l=\${l%??} && [ -n "$l" ] || exit 1; }
for f; do g=$t/\${f#./}
if [ "$f" = . ]; then :; elif [ -L "$f" ] && [ ${args.local_follow ? 'f' : 'l'} = l ]; then [ -L "$g" ] && { said "$f"; k=$l; said "$g"; [ "$k" = "$l" ]; } || printf "l%s\\\\0" "$f"
elif [ -d "$f" ]; then [ -d "$g" ] || printf "d%s\\\\0" "$f"
elif [ -f "$f" ]; then if [ ! -e "$g" ]; then printf "f%s\\\\0" "$f"; ${
    args.force ? sh`elif sum "$f"; k=$h; sum "$g"; [ "$k" != "$h" ]; then printf "f%s\\\\0" "$f"; ` : sh``
  }fi; fi; done; printf "n\\\\0"' x "$p" {} + && printf "=\\0"; } | base64 || ${lacking('base64')}`;
};

const strangers = ({ owner, group }: Wish): Sh => {
  const tests = [...(owner ? [sh`! -user ${owner}`] : []), ...(group ? [sh`! -group ${group}`] : [])];
  return tests.length === 0 ? sh`-prune` : sh`'(' ${join(tests, ' -o ')} ')'`;
};

function remoteOf(output: Output): Remote {
  const fields = fieldsOf(output.stdout);
  const [mode = '0', size = '0'] = (fields.get('source-is') ?? '').split(' ');
  const names = decode(fields.bytes ?? Buffer.alloc(0)).split('\0');
  if (fields.get('source') === 'directory' && names.splice(-3).join() !== 'n,=,')
    throw new Incomplete('find or base64');
  const place = placeOf(output);
  // find does not take the name of an account that is not there.
  if (fields.get('strangers') === '' && place.owner !== 'missing' && place.group !== 'missing')
    throw new Incomplete('find');
  return {
    ...place,
    bytes: undefined,
    source: fields.get('source') as Remote['source'],
    // What somebody else could have put there gives no setuid and no setgid.
    sourceMode: Number.parseInt(mode, 8) & (fields.has('strange') ? 0o777 : 0o7777),
    sourceSize: Number(size),
    sum: fields.get('sum'),
    differing: names.filter(name => name !== 'n').sort((a, b) => (a.slice(1) < b.slice(1) ? -1 : 1)),
    strangers: Number(fields.get('strangers') ?? 0),
  };
}

export function remotePlan(args: RemoteArgs, remote: Remote): Plan {
  if (remote.source === 'missing') return blocked(`the source ${args.src} does not exist`);
  if (remote.source === 'other') return blocked(`the source ${args.src} is neither a file nor a directory`);
  return remote.source === 'directory' ? directoryPlan(args, remote) : filePlan(args, remote);
}

const wishOf = (args: RemoteArgs, remote: Remote): Wish => ({
  ...args,
  mode: args.mode === 'preserve' ? octal(remote.sourceMode) : args.mode,
});

const filePath = (args: RemoteArgs, remote: Remote): string =>
  isSlashed(args) || remote.into ? posix.join(args.dest, name(args)) : args.dest;

function filePlan(args: RemoteArgs, remote: Remote): Plan {
  const path = filePath(args, remote);
  const mistake = obstacle(path, remote);
  if (mistake !== undefined) return blocked(mistake);
  if (args.checksum !== undefined && args.checksum !== remote.sum)
    return blocked(`${args.src} has the checksum ${remote.sum}, not ${args.checksum}`);
  const { status } = remote;
  if (status && !args.force) return [];
  const settled = settle(wishOf(args, remote), remote, 'file');
  const attributes = status?.kind === 'file' ? attributeChanges(settled, status, word(path)) : [];
  const content: Change = {
    what: status?.kind === 'link' ? `${path} (instead of the link)` : path,
    before: status ? `«${status.size} bytes»` : null,
    after: `«${remote.sourceSize} bytes of ${args.src}, sha1 ${remote.sum}»`,
    ...writeFile({
      path,
      content: { copyOf: source(args) },
      attributes: settled,
      tell: isTold(settled) ? undefined : 'status',
      link: args.follow ? 'through' : 'replace',
      backup: args.backup ? 'keep' : undefined,
      validate: args.validate,
      parents: isSlashed(args) ? 'make' : undefined,
      fallback: args.unsafe_writes ? 'in-place' : undefined,
    }),
  };
  const changes = remote.same ? attributes : [content, ...attributes.map(shownOnly)];
  if (remote.gone === 'no-parent' && !isSlashed(args))
    return blocked(`the directory ${parentOf(path)} does not exist`, changes);
  return settled.missing.length > 0 ? blocked(settled.missing.join('; '), changes) : changes;
}

function directoryPlan(args: RemoteArgs, remote: Remote): Plan {
  const root = directoryTarget(args);
  const closed = unreachable(root, remote.gone);
  if (closed !== undefined) return blocked(closed);
  if (remote.status && remote.status.kind !== 'directory')
    return blocked(`${root} is a ${remote.status.kind}, not a directory`);
  const settled = settle({ ...args, mode: args.mode === 'preserve' ? undefined : args.mode }, remote, 'directory');
  const changes: Change[] = [];
  if (!remote.status || remote.differing.length > 0)
    changes.push({
      what: root,
      before: remote.status ? '' : null,
      after: [...(remote.status ? [] : [`${root}/`]), ...remote.differing.map(entry => entry.slice(3))].join('\n'),
      apply: copyEntries(args, root, remote.differing),
    });
  const owner = ownership({ owner: settled.owner, group: settled.group });
  const isNew = changes.length > 0;
  if (owner !== undefined && (isNew || remote.strangers > 0))
    changes.push({
      what: `owner below ${root}`,
      before: isNew ? null : `${remote.strangers} differ`,
      after: owner,
      apply: sh`p=${word(root)}
if rm_strange "$p"; then
rm_mode() { m=; }
rm_at "$p" through; [ "$x" = . ] || cd -P -- "$x" || exit 1
rm_below ${owner} && chown -- ${owner} . && rm_still
else find "$p"/ ${strangers(args)} -exec chown -h ${owner} {} +; fi`,
    });
  if (settled.mode !== undefined && settled.mode !== remote.status?.mode)
    changes.push({
      what: 'mode',
      before: remote.status ? octal(remote.status.mode) : null,
      after: octal(settled.mode),
      apply: changing({ path: word(root), how: 'through', uids: [] }, sh`chmod ${chmodWord(settled.mode)} "$x"`),
    });
  return settled.missing.length > 0 ? blocked(settled.missing.join('; '), changes) : changes;
}

/**
 * Each file gets its name only when it is whole; times are those of the copying, modes those of the source, of directories
 * too. A file that somebody else could replace gives no setuid and no setgid.
 */
function copyEntries(args: RemoteArgs, root: string, differing: readonly string[]): Sh {
  const mode = args.directory_mode ? sh`${args.directory_mode}` : sh`"$(modeof "$1")"`;
  const acts = differing.map(entry => {
    const path = entry.slice(3);
    return entry.startsWith('d') ? sh`made ${path}` : entry.startsWith('l') ? sh`linked ${path}` : sh`copied ${path}`;
  });
  return sh`f=${word(tidy(source(args)))}; o=${word(root)}
modeof() { k=$(stat -L -c %a "$f/$1") && printf '00%s\\n' "$k"; }
made() { rm_dirs "$o/$1" ${mode} || [ $? = 2 ] || exit 1; }
copied() { ( RM_CARE=; rm_open "$f/$1"
m=$(stat -L -c %a /dev/fd/5 2>/dev/null || stat -L -c %a "$f/$1") || exit 1
[ -z "$RM_CARE" ] || m=$(printf %o $((0$m & 511)))
p=$o/$1; rm_ground
umask 077; rm_new .ringmaster-0entries
cat <&5 >&3 && chmod "$m" "$t" && sync "$t" || exit 1
rm_name ) || exit 1; }
linked() { ( l=$(readlink "$f/$1" && echo .) || exit 1; l=\${l%??}
p=$o/$1; rm_spare; ln -s -- "$l" "$t" || exit 1; rm_rename ) || exit 1; }
[ -d "$o" ] || made .
${join(acts, '\n')}`;
}

export function remoteResult(args: RemoteArgs, remote: Remote, ran: Ran): { readonly [name: string]: Value } {
  const src = source(args);
  if (remote.source !== 'file') return { src, dest: args.dest };
  const path = filePath(args, remote);
  return {
    src,
    dest: path,
    checksum: remote.sum ?? null,
    ...backupOf(path, ran),
    ...infoAfter(ran, remote.status, settle(wishOf(args, remote), remote, 'file'), {
      size: remote.sourceSize,
      mode: 0o666 & ~remote.umask,
    }),
  };
}
