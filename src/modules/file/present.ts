import { blobOf } from '../../core/blob.js';
import { blocked, type Change, type Plan } from '../../core/change.js';
import type { Probe } from '../../core/probe.js';
import { join, nothing, type Sh, sh } from '../../core/sh.js';
import { writeFile } from '../atomic.js';
import {
  attributeChanges,
  attributesLook,
  chmodWord,
  isMakers,
  isTold,
  ownership,
  type Settled,
} from '../attributes.js';
import { lookAfter } from '../looks/after.js';
import { standingOf } from '../looks/standing.js';
import { statusAfter, statusLookAt, unreachable } from '../looks/status.js';
import { parentOf, parentWord, throughLink, tidy, word } from '../looks/word.js';
import { belowChanges, belowLook } from './below.js';
import type { Seen } from './seen.js';
import { timeChanges, timesLook, timesOf } from './times.js';
import type { FileWish } from './wish.js';

/** Looks at a file or directory that shall be there, be made, touched or removed. */
export function presentLook(wish: FileWish): Sh {
  const isAbsent = wish.state === 'absent';
  return join(
    [
      sh`p=${word(tidy(wish.path))}`,
      ...(wish.follow && !isAbsent ? [throughLink] : []),
      statusLookAt(tidy(wish.path)),
      ...(isAbsent ? [] : [attributesLook(wish), timesLook(timesOf(wish))]),
      ...(wish.recurse ? [belowLook] : []),
    ],
    '\n',
  );
}

/** What that look will say behind the effects of other tasks. */
export const presentAfter =
  (wish: FileWish): NonNullable<Probe<Seen>['after']> =>
  (seen, effects) => {
    const times = timesOf(wish);
    const isPlain = !wish.recurse && typeof times.access === 'string' && typeof times.modification === 'string';
    const attributes = wish.state === 'absent' ? undefined : wish;
    return lookAfter(
      { path: tidy(wish.path), wish: attributes, rest: () => (isPlain ? '' : undefined) },
      seen,
      effects,
    );
  };

/** The word of `$p` for acts that come behind another; a link is followed by chown and chmod themselves. */
const pathWord = (wish: FileWish): Sh => word(tidy(wish.path));

export function absentPlan({ path }: FileWish, { status }: Seen): Plan {
  if (!status) return [];
  const p = word(tidy(path));
  const apply = sh`rm_remove ${p}`;
  return [
    { what: path, before: status.kind, after: null, apply, leaves: [{ kind: 'path', path: tidy(path), is: 'gone' }] },
  ];
}

export function directoryPlan(wish: FileWish, seen: Seen, settled: Settled): Plan {
  const { path } = wish;
  const { status } = seen;
  if (status && status.kind !== 'directory') return blocked(`${path} is there already, as a ${status.kind}`);
  const closed = unreachable(path, seen.gone);
  if (closed !== undefined) return blocked(closed);
  const times = timeChanges(timesOf(wish), seen.fields, pathWord(wish));
  const is = standingOf(settled, status, { kind: 'directory', size: status?.size ?? 4096, umask: seen.umask });
  const leaves = [{ kind: 'path' as const, path: tidy(path), is }];
  if (!status)
    return [{ what: path, before: null, after: 'directory', apply: makeDirectories(wish, settled), leaves }, ...times];
  const below = wish.recurse
    ? belowChanges({ wish, settled, status, umask: seen.umask }, seen.below, pathWord(wish))
    : [];
  const attributes = attributeChanges(settled, status, pathWord(wish)).map(change => ({ ...change, leaves }));
  return [...attributes, ...times, ...below];
}

/** Makes what is missing of a path; every directory made gets the attributes, as with Ansible. */
function makeDirectories(wish: FileWish, settled: Settled): Sh {
  const mode = settled.mode === undefined ? [] : [chmodWord(settled.mode)];
  return sh`p=${word(tidy(wish.path))}
${wish.follow ? throughFinalLink : nothing}
${parentWord}
if [ -d "$d" ] && rm_near; then
${settled.mode === undefined ? nothing : sh`umask 077`}
{ mkdir ${mode.length > 0 ? ['-m', ...mode] : []} "$p"${owned(settled, sh`"$p"`)}; } || exit 1
else rm_dirs "$p" ${mode[0] ?? sh`''`} ${ownership(settled) ?? sh`''`} || { [ $? != 2 ] || printf '%s was made meanwhile\\n' "$p" >&2; exit 1; }; fi
${isTold(settled) ? nothing : statusAfter}`;
}

/** `$p` is what a link there leads to, if nobody else could have put it there. */
const throughFinalLink: Sh = sh`if [ -L "$p" ]; then q=$p; rm_near through || { rm_enter "$q" through; p=$RM_H/$RM_B; }; fi`;

/** ` && chown …`, unless it is its maker's as it should be. A directory keeps its setgid bit. */
function owned(settled: Settled, path: Sh): Sh {
  const owner = ownership(settled);
  if (owner === undefined) return sh``;
  return sh` && { ${isMakers(settled, path)} || chown -- ${owner} ${path}; }`;
}

export function filePlan(wish: FileWish, seen: Seen, settled: Settled): Plan {
  const { path, state } = wish;
  const { status } = seen;
  // Roles ask by `ignore_errors` and `.state` whether a file is there.
  if (!status) return { ...blocked(`${path} does not exist`), result: { path, state: 'absent' } };
  if (state === 'file' && status.kind === 'directory') return blocked(`${path} is a directory, not a file`);
  if (state === 'file' && status.kind === 'link' && wish.follow)
    return blocked(`${path} is a link in a circle of links`);
  return [
    ...attributeChanges(settled, status, pathWord(wish)),
    ...timeChanges(timesOf(wish), seen.fields, pathWord(wish)),
  ];
}

export function touchPlan(wish: FileWish, seen: Seen, settled: Settled): Plan {
  const { path } = wish;
  const { status } = seen;
  const closed = unreachable(path, seen.gone);
  if (closed !== undefined) return blocked(closed);
  const times = timesOf(wish);
  const given = timeChanges(times, seen.fields, pathWord(wish));
  if (status) return [...attributeChanges(settled, status, pathWord(wish)), ...given];
  const fresh: Change = {
    what: path,
    before: null,
    after: 'file',
    apply: writeFile({
      path: tidy(path),
      content: blobOf(''),
      attributes: settled,
      link: wish.follow ? 'through' : 'replace',
      tell: 'status',
    }).apply,
    leaves: [
      {
        kind: 'path',
        path: tidy(path),
        is: standingOf(settled, undefined, { kind: 'file', size: 0, umask: seen.umask, content: new Uint8Array() }),
      },
    ],
  };
  const changes = [fresh, ...(times.access === 'now' && times.modification === 'now' ? [] : given)];
  if (seen.gone === 'no-parent') return blocked(`the directory ${parentOf(path)} does not exist`, changes);
  return changes;
}
