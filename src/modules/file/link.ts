import { posix } from 'node:path';
import { decode } from '../../core/bytes.js';
import { blocked, type Change, type Plan } from '../../core/change.js';
import type { Standing } from '../../core/effect.js';
import { lacking, type Probe } from '../../core/probe.js';
import { type Sh, sh } from '../../core/sh.js';
import { attributeChanges, attributesLook, isTold, type Settled } from '../attributes.js';
import { accountsAfter, headAfter } from '../looks/after.js';
import type { Status } from '../looks/status.js';
import {
  statusAfter,
  statusAs,
  statusAsText,
  statusLook,
  statusLookAt,
  statusOf,
  unreachable,
} from '../looks/status.js';
import { parentOf, parentWord, tidy, word } from '../looks/word.js';
import type { Seen } from './seen.js';
import type { FileWish } from './wish.js';

/** What a link says, byte for byte; only a home directory is expanded. */
const linkText = (src: string): Sh => (/^(?:~|\$\{?HOME)/.test(src) ? word(src) : sh`${src}`);

/** Looks at a symbolic link, at what it says, and at what it leads to or shall lead to. */
export function linkLook(wish: FileWish): Sh {
  const { src } = wish;
  // A link's text is relative to the directory the link stands in; Ansible takes an existing directory for that.
  const aim =
    src === undefined
      ? sh`a=$p`
      : src.startsWith('/') || src.startsWith('~') || src.startsWith('$')
        ? sh`a=${word(src)}`
        : sh`${parentWord}; [ ! -d "$p" ] || [ -L "$p" ] || d=$p; a=$d/${src}`;
  return sh`p=${word(tidy(wish.path))}
${statusLookAt(tidy(wish.path))}
[ ! -d "$p" ] || [ -L "$p" ] || [ -z "$(ls -A "$p")" ] || echo full
${aim}
if [ -e "$a" ]; then ${wish.follow ? statusAs('aim', sh`"$a"`) : sh`:`}; else echo src missing; ${wish.follow ? sh`s=` : sh`:`}; fi
${attributesLook(wish)}
if [ -L "$p" ]; then l=$(readlink "$p" && echo .); case $l in ?*'
.') ;; *) ${lacking('readlink')} ;; esac
l=\${l%??}
if ${src === undefined ? sh`:` : sh`[ "$l" = ${linkText(src)} ]`}; then echo said; else echo text; printf %s "$l" | base64 || ${lacking('base64')}; fi; fi`;
}

/** What that look will say behind the effects of other tasks, of a link yet to be made. */
export const linkAfter =
  (wish: FileWish): NonNullable<Probe<Seen>['after']> =>
  (seen, effects) => {
    const path = tidy(wish.path);
    const aim = wish.src === undefined ? undefined : effects.at(posix.resolve(parentOf(path), tidy(wish.src)));
    const [first = '', second = '', umask = ''] = seen.stdout.split('\n');
    if (!first.startsWith('gone ') || !/^(?:aim |src missing)/.test(second) || !umask.startsWith('umask '))
      return aim === undefined && effects.at(path) === undefined ? seen : undefined;
    const head = headAfter({ path, line: first, standing: effects.at(path) }, effects);
    const led = aim === undefined ? second : aimAfter(aim);
    if (!head?.startsWith('gone ') || led === undefined) return undefined;
    const lines = seen.stdout.split('\n');
    const accounts = accountsAfter(wish, { head: led.replace(/^aim /, 'status '), lines }, effects);
    return accounts && { ...seen, stdout: [head, led, umask, ...accounts, ''].join('\n') };
  };

/** The line of what a link leads to. */
function aimAfter(standing: Standing): string | undefined {
  if (standing === 'gone') return 'src missing';
  if (standing === 'unknown' || statusOf(standing.status)?.kind === 'link') return undefined;
  return `aim ${statusAsText(standing.status)}`;
}

export function linkPlan(wish: FileWish, seen: Seen, settled: Settled): Plan {
  const { path, src, force } = wish;
  const { status } = seen;
  const closed = unreachable(path, seen.gone);
  if (closed !== undefined) return blocked(closed);
  if (src === undefined && status?.kind !== 'link') return blocked('src is required for creating new symlinks');
  const changes: Change[] = seen.said
    ? []
    : [relink(wish, seen, wish.follow || !isTold(settled) ? statusAfter : sh`:`)];
  if (!seen.srcMissing || !wish.follow) {
    const aim = wish.follow ? seen.aim : status;
    if (aim) changes.push(...attributeChanges(settled, aim, word(tidy(path))));
  }
  if (seen.srcMissing && !force && src !== undefined)
    return blocked(`src file does not exist, use force to link to it all the same: ${src}`, changes);
  if (!seen.said && status && status.kind !== 'link') {
    if (!force) return blocked(`refusing to make a link of the ${status.kind} ${path}; force would`);
    if (seen.full) return blocked(`the directory ${path} is not empty, refusing to make a link of it`);
  }
  if (seen.gone === 'no-parent') return blocked(`the directory ${parentOf(path)} does not exist`, changes);
  return changes;
}

/** `told`: how it tells what it has made. */
function relink({ path, src }: FileWish, { status, bytes }: Seen, told: Sh): Change {
  return {
    what: path,
    before: !status ? null : status.kind === 'link' ? `link to ${bytes && decode(bytes)}` : status.kind,
    after: `link to ${src}`,
    apply: sh`p=${word(tidy(path))}
rm_spare
ln -s -- ${linkText(src!)} "$t" || exit 1
${status?.kind === 'directory' ? sh`rmdir "$p" || exit 1\n` : sh``}rm_rename
${told}`,
    leaves: [{ kind: 'path', path: tidy(path), is: 'unknown' }],
  };
}

/** Looks at a hard link and at the file it shall be another name of. */
export const hardLook = (wish: FileWish): Sh => sh`p=${word(tidy(wish.path))}
${wish.src === undefined ? sh`:` : sh`[ ! -d "$p" ] || [ -L "$p" ] || { echo into; p=$p/${posix.basename(wish.src)}; }`}
${statusLook}
${attributesLook(wish)}
${
  wish.src === undefined
    ? sh`:`
    : sh`f=${word(wish.src)}; if [ ! -e "$f" ]; then echo src missing; elif [ "$p" -ef "$f" ] && [ ! -L "$p" ]; then echo said; fi`
}`;

export function hardPlan(wish: FileWish, seen: Seen, settled: Settled): Plan {
  const { src, force } = wish;
  const path = hardPath(wish, seen);
  const { status } = seen;
  const closed = unreachable(path, seen.gone);
  if (closed !== undefined) return blocked(closed);
  const attributes = (found: Status | undefined) => (found ? attributeChanges(settled, found, word(path)) : []);
  if (src === undefined)
    return status && status.links > 1 ? attributes(status) : blocked('src is required for creating new hardlinks');
  if (seen.said) return attributes(status);
  const change: Change = {
    what: path,
    before: status?.kind ?? null,
    after: `hard link to ${src}`,
    // Where somebody else could replace it the source is opened, and then named by what was opened.
    apply: sh`p=${word(src)}; o=
if rm_near${wish.follow ? sh` through` : sh``}; then f=$p; else rm_open ${word(src)}; f=/proc/self/fd/5 o=-L; fi
p=${word(path)}
rm_spare
[ -z "$o" ] || ln --version >/dev/null 2>&1 || rm_refuse "a link to what others may replace needs GNU's ln"
ln $o "$f" "$t" || exit 1
rm_rename
${isTold(settled) ? sh`:` : statusAfter}`,
  };
  if (seen.srcMissing) return blocked(`src does not exist: ${src}`, [change]);
  if (status?.kind === 'directory') return blocked(`cannot link: ${path} is a directory`);
  if (status && status.kind !== 'link' && !force)
    return blocked(`cannot link: a ${status.kind} is at ${path}; force would replace it`);
  if (seen.gone === 'no-parent') return blocked(`the directory ${parentOf(path)} does not exist`, [change]);
  return [change, ...attributes(status?.kind === 'file' ? status : undefined)];
}

export const hardPath = (wish: FileWish, { into }: Pick<Seen, 'into'>): string =>
  into && wish.src !== undefined ? `${tidy(wish.path)}/${posix.basename(wish.src)}` : tidy(wish.path);
