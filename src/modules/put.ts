import { createHash } from 'node:crypto';
import { type Blob, staged } from '../core/blob.js';
import { blocked, type Change, type Plan } from '../core/change.js';
import type { Effect, Standing } from '../core/effect.js';
import type { Ran } from '../core/module.js';
import { type Output, type Probe, probe } from '../core/probe.js';
import { join, nothing, type Sh, sh } from '../core/sh.js';
import { isShareable } from '../core/shared.js';
import { Unknown, type Value } from '../core/value.js';
import { writeFile } from './atomic.js';
import {
  attributeChanges,
  attributesLook,
  isTold,
  type Settled,
  type Sight,
  settle,
  sightOf,
  type Wish,
} from './attributes.js';
import { attributeDiff } from './diff.js';
import { sharedGroup } from './looks/account.js';
import { base64Lines, lookAfter } from './looks/after.js';
import { DIFF_CAP, sameLook, shownContent, wholeBytes } from './looks/content.js';
import { fieldsOf } from './looks/fields.js';
import { standingOf } from './looks/standing.js';
import { octal, pathInfo, type Status, statusLookAt, statusOf, unreachable } from './looks/status.js';
import { parentOf, throughLink, tidy, word } from './looks/word.js';

/** One file of known content that shall stand at a path: what copy and template have in common. */
export interface Placing {
  readonly path: string;
  /** The name it gets if the path is a directory; without one a directory is a mistake. */
  readonly name?: string | undefined;
  readonly blob: Blob;
  readonly wish: Wish;
  readonly link: 'through' | 'replace';
  /** `absent`: a file that is there already is left as it is. */
  readonly when: 'always' | 'absent';
  readonly backup?: 'keep' | undefined;
  readonly validate?: string | undefined;
  readonly parents?: 'make' | undefined;
  readonly fallback?: 'in-place' | undefined;
  /** SHA-1 that the content must have. */
  readonly checksum?: string | undefined;
}

/** What was seen at the path of a file. */
export interface Place extends Sight {
  /** The path is a directory; looked at was the name in it. */
  readonly into: boolean;
  readonly same: boolean;
  readonly unreadable: boolean;
  /** The old content, if it differs and is small. */
  readonly bytes?: Buffer | undefined;
}

/** `$p`, which is the path or the name in it. */
export const target = (path: string, name: string | undefined): Sh =>
  name === undefined
    ? sh`p=${word(tidy(path))}`
    : sh`p=${word(tidy(path))}\n[ ! -d "$p" ] || { echo into; p=$p/${name}; }`;

export function putProbe(placing: Placing): Probe<Place> {
  const path = tidy(placing.path);
  const { size } = placing.blob;
  const look = probe(
    join(
      [
        target(placing.path, placing.name),
        ...(placing.link === 'through' ? [throughLink] : []),
        statusLookAt(path),
        attributesLook(placing.wish),
        ...(placing.when === 'always' ? [sameLook(placing.blob, path)] : []),
      ],
      '\n',
    ),
    output => wholePlace(placeOf(output)),
  );
  const after: Probe<Place>['after'] = (seen, effects) =>
    lookAfter({ path, wish: placing.wish, rest: standing => contentAfter(placing, standing) }, seen, effects);
  const own = isShareable(path) ? [{ path, size: placing.when === 'always' ? size : undefined }] : [];
  return { ...look, shares: [...own, ...sharedGroup(placing.wish.group)], after };
}

/** What `sameLook` will say of a thing that stands so. */
function contentAfter({ blob, name, link, when }: Placing, standing: Exclude<Standing, string>): string | undefined {
  const kind = statusOf(standing.status)?.kind;
  if (kind === 'directory') return name === undefined ? '' : undefined;
  if (kind === 'link') return link === 'through' ? undefined : '';
  if (kind !== 'file' || when === 'absent') return '';
  const { content } = standing;
  if (content === undefined) return undefined;
  if (content.length === blob.size && hash('sha256', content) === blob.digest) return 'same\n';
  return content.length <= DIFF_CAP ? `text\n${base64Lines(content)}` : '';
}

export function placeOf({ stdout }: Output): Place {
  const fields = fieldsOf(stdout);
  return {
    ...sightOf(fields),
    into: fields.has('into'),
    same: fields.has('same'),
    unreadable: fields.has('unreadable'),
    bytes: fields.bytes,
  };
}

const wholePlace = (place: Place): Place => ({ ...place, bytes: wholeBytes(place.bytes, place.status?.size) });

/** Where the file ends up, as the task names it. */
export const finalPath = ({ path, name }: Placing, { into }: Pick<Place, 'into'>): string =>
  into && name !== undefined ? `${tidy(path)}/${name}` : tidy(path);

export function putPlan(placing: Placing, place: Place): Plan {
  const path = finalPath(placing, place);
  const { status } = place;
  const mistake = obstacle(path, place);
  if (mistake !== undefined) return blocked(mistake);
  if (status && placing.when === 'absent') return [];
  const { checksum, blob } = placing;
  if (checksum && blob.bytes && hash('sha1', blob.bytes) !== checksum.toLowerCase())
    return blocked(`the source has the checksum ${hash('sha1', blob.bytes)}, not ${checksum}`);
  const settled = settle(placing.wish, place, 'file');
  const attributes = status?.kind === 'file' ? attributeChanges(settled, status, word(path)) : [];
  const changes = place.same
    ? leaving(attributes, { path, is: standing(settled, place, blob) })
    : [contentChange(placing, place, settled), ...attributes.map(shownOnly)];
  if (place.gone === 'no-parent' && !placing.parents)
    return blocked(`the directory ${parentOf(path)} does not exist`, changes);
  return settled.missing.length > 0 ? blocked(settled.missing.join('; '), changes) : changes;
}

/** How a file of this content will stand. */
const standing = (settled: Settled, { status, umask }: Sight, { size, bytes }: Pick<Blob, 'size' | 'bytes'>) =>
  standingOf(settled, status, { kind: 'file', size, umask, content: bytes });

/** The same changes, of which the last one tells how the path stands when they are done. */
export const leaving = (
  changes: readonly Change[],
  effect: Omit<Effect & { kind: 'path' }, 'kind'>,
): readonly Change[] =>
  changes.map((change, i) =>
    i < changes.length - 1 ? change : { ...change, leaves: [...(change.leaves ?? []), { kind: 'path', ...effect }] },
  );

/** Set together with the content, before the file gets its name. */
export const shownOnly = (change: Change): Change => ({ ...change, apply: nothing });

/** Why no file can be written there, whatever is done first by others. */
export function obstacle(path: string, place: Sight & Pick<Place, 'unreadable'>): string | undefined {
  const closed = unreachable(path, place.gone);
  if (closed !== undefined) return closed;
  if (place.unreadable) return `${path} may not be read`;
  const kind = place.status?.kind;
  if (kind === undefined || kind === 'file') return undefined;
  if (kind === 'link') return place.throughLink ? `${path} is a link in a circle of links` : undefined;
  return `${path} is a ${kind}, not a file`;
}

function contentChange(placing: Placing, place: Place, settled: Settled): Change {
  const path = finalPath(placing, place);
  const { blob } = placing;
  const { status } = place;
  const write = writeFile({
    ...placing,
    link: place.throughLink ? 'through' : 'replace',
    path,
    content: blob,
    attributes: settled,
    seen: status ? undefined : 'nothing',
    // Where none are wished the new file has the attributes of the old one; a new owner takes setuid and setgid away.
    tell: isTold(settled) || (status?.kind === 'file' && status.mode <= 0o777) ? undefined : 'status',
  });
  // A streamed source was not read here; its checksum is looked at where it went.
  const apply =
    placing.checksum && !blob.bytes ? sh`${checksumGuard(blob, placing.checksum)}\n${write.apply}` : write.apply;
  const notes = [
    ...(status?.kind === 'link' ? ['instead of the link'] : []),
    ...(status && status.kind === 'file' && status.links > 1 ? [`breaks ${status.links - 1} hard links`] : []),
  ];
  return {
    what: notes.length > 0 ? `${path} (${notes.join(', ')})` : path,
    before: status?.kind === 'file' ? shownContent(place.bytes, status.size) : null,
    after: shownContent(blob.bytes, blob.size, blob.digest),
    ...write,
    apply,
    leaves: [{ kind: 'path', path, is: standing(settled, place, blob) }],
  };
}

const checksumGuard = (blob: Blob, checksum: string): Sh => sh`h=$(sha1sum <${staged(blob)}) || exit 1
[ "\${h%% *}" = ${checksum.toLowerCase()} ] || { echo "the source has the checksum \${h%% *}" >&2; exit 1; }`;

/** Ansible's return values of copy and template. */
export function putResult(
  placing: Placing,
  place: Place,
  ran: Ran,
  isDiffed = false,
): { readonly [name: string]: Value } {
  const path = finalPath(placing, place);
  const { bytes } = placing.blob;
  return {
    dest: path,
    ...(place.same ? { path } : {}),
    diff: diffOf(placing, place, isDiffed),
    ...(bytes ? { checksum: hash('sha1', bytes), md5sum: hash('md5', bytes) } : {}),
    ...backupOf(path, ran),
    ...infoAfter(ran, place.status, settle(placing.wish, place, 'file'), {
      size: placing.when === 'absent' && place.status ? place.status.size : placing.blob.size,
      mode: 0o666 & ~place.umask,
    }),
  };
}

/** As Ansible registers it: of content a list, which is empty without --diff; else the attributes by name. */
function diffOf(placing: Placing, place: Place, isDiffed: boolean): Value {
  const path = finalPath(placing, place);
  if (place.same) {
    const settled = settle(placing.wish, place, 'file');
    const changes = place.status ? attributeChanges(settled, place.status, word(path)) : [];
    return attributeDiff(path, changes);
  }
  if (!isDiffed || (placing.when === 'absent' && place.status)) return [];
  const text = {
    ...(place.status?.kind === 'file'
      ? { before: shownContent(place.bytes, place.status.size), before_header: path }
      : { before: '' }),
    after: shownContent(placing.blob.bytes, placing.blob.size, placing.blob.digest),
    after_header: placing.name ?? path,
  };
  return [text];
}

const hash = (algorithm: string, bytes: Uint8Array) => createHash(algorithm).update(bytes).digest('hex');

/** The fields of all that the acts of a plan printed. */
const printed = (ran: Ran) => fieldsOf(ran.kind === 'done' ? ran.outputs.map(output => output.stdout).join('\n') : '');

/** The result's `backup_file`, if an act kept one. */
export function backupOf(path: string, ran: Ran): { readonly backup_file?: string } {
  const suffix = printed(ran).get('backup');
  return suffix === undefined ? {} : { backup_file: path + suffix };
}

/** How the thing stands after the plan, in Ansible's names: as its act said, or as it must be. */
export function infoAfter(
  ran: Ran,
  before: Status | undefined,
  settled: Settled,
  fresh: { readonly size: number; readonly mode: number },
): { readonly [name: string]: Value } {
  const now = ran.kind === 'done' ? statusOf(printed(ran).get('status')) : undefined;
  if (now) return pathInfo(now);
  if (ran.kind === 'nothing') return before ? pathInfo(before) : {};
  const { uid, gid, owner, group, mode } = settled;
  const old = before ? pathInfo(before) : undefined;
  const unknown = new Unknown([]);
  return {
    uid: uid ?? old?.uid ?? unknown,
    gid: gid ?? old?.gid ?? unknown,
    owner: owner ?? old?.owner ?? unknown,
    group: group ?? old?.group ?? unknown,
    mode: mode !== undefined ? octal(mode) : (old?.mode ?? octal(fresh.mode)),
    state: old?.state ?? 'file',
    size: fresh.size,
  };
}
