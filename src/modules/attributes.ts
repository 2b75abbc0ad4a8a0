import * as z from 'zod';
import type { Change } from '../core/change.js';
import { bool, mode, str } from '../core/params.js';
import { join, type Sh, sh } from '../core/sh.js';
import { type Account, accountOf, gidLook, isNumber, uidLook } from './looks/account.js';
import type { Fields } from './looks/fields.js';
import { type Gone, octal, type Status, wholeStatus } from './looks/status.js';
import { modeOf } from './mode.js';

const none = (what: string) =>
  z
    .enum(['', 'none'], { error: `${what} cannot be set: the tools for it are not on every target` })
    .nullish()
    .describe(`${what}: only empty is accepted.`);

/** Parameters that all modules which make or change files share, Ansible's `files` fragment. */
export const attributeShape = {
  owner: str().nullish().describe('Name or number of the user who shall own it.'),
  group: str().nullish().describe('Name or number of the group that shall own it.'),
  mode: z
    .union([mode(), z.literal('')])
    .nullish()
    .describe('Permissions, as `"0644"` or `u=rw,g=r`.'),
  attributes: none('Attributes of chattr'),
  seuser: none('The SELinux user'),
  serole: none('The SELinux role'),
  setype: none('The SELinux type'),
  selevel: none('The SELinux level'),
  unsafe_writes: bool().default(false).describe('Write in place where a rename is refused, as on a bind mount.'),
};

/** Other names of the shared parameters. */
export const attributeAliases = { attr: 'attributes' };

/** Who shall own a thing and what they may do with it, as the task says it. */
export interface Wish {
  readonly owner?: string | null | undefined;
  readonly group?: string | null | undefined;
  readonly mode?: string | null | undefined;
}

/** Attributes to be given to a file, worked out. A mode left out is kept, or what the umask leaves of 0666. */
export interface Attributes {
  readonly owner?: string | undefined;
  readonly group?: string | undefined;
  readonly mode?: number | undefined;
}

/** What was seen of a path and of the accounts a wish names. */
export interface Sight {
  readonly status?: Status | undefined;
  readonly gone?: Gone | undefined;
  /** The path is a link, and what it leads to was looked at. */
  readonly throughLink: boolean;
  readonly umask: number;
  /** Asked only if the name found differs from the one wished. */
  readonly owner?: Account | undefined;
  readonly group?: Account | undefined;
}

/**
 * After the status look: the umask, and the numbers of the wished accounts where `$s` does not name them already.
 * No fork when all is as it should be.
 */
export function attributesLook(wish: Wish): Sh {
  const parts = [sh`printf 'umask '; umask`];
  if (wish.owner && !isNumber(wish.owner))
    parts.push(sh`u=\${s#*:}; [ "\${u%:*}" = ${wish.owner} ] || { ${uidLook(wish.owner)}; }`);
  if (wish.group && !isNumber(wish.group))
    parts.push(sh`[ "\${s##*:}" = ${wish.group} ] || { ${gidLook(wish.group)}; }`);
  return join(parts, '\n');
}

/** Reads what the status look and the attributes look said. Throws where that is no status. */
export const sightOf = (fields: Fields): Sight => ({
  status: wholeStatus(fields),
  gone: fields.get('gone') as Gone | undefined,
  throughLink: fields.has('link'),
  umask: Number.parseInt(fields.get('umask') ?? '022', 8),
  owner: accountOf(fields.get('owner')),
  group: accountOf(fields.get('group')),
});

/** What a wish comes to on this target, for a thing there or yet to be made. */
export interface Settled extends Attributes {
  /** The wished number; nothing if it is found already or the account is missing. */
  readonly uid?: number | undefined;
  readonly gid?: number | undefined;
  /** Sentences about accounts that do not exist. */
  readonly missing: readonly string[];
}

/** Works a wish out: numbers of accounts, symbolic modes. `fresh` is the kind of a thing that is yet to be made. */
export function settle(wish: Wish, sight: Sight, fresh: 'file' | 'directory'): Settled {
  const { status, umask } = sight;
  const isDirectory = status ? status.kind === 'directory' : fresh === 'directory';
  const found = status?.mode ?? (isDirectory ? 0o777 : 0o666) & ~umask;
  const idOf = (name: string | null | undefined, asked: Account | undefined) =>
    !name ? undefined : isNumber(name) ? Number(name) : asked === 'missing' ? undefined : asked;
  return {
    owner: wish.owner || undefined,
    group: wish.group || undefined,
    mode: wish.mode ? modeOf(wish.mode, { found, isDirectory, umask }) : undefined,
    uid: idOf(wish.owner, sight.owner),
    gid: idOf(wish.group, sight.group),
    missing: [
      ...(sight.owner === 'missing' ? [`there is no user ${wish.owner}`] : []),
      ...(sight.group === 'missing' ? [`there is no group ${wish.group}`] : []),
    ],
  };
}

/** The owner and group for `chown`, or nothing; by number where it is known, which spares the target looking names up. */
export function ownership({
  owner,
  group,
  uid,
  gid,
}: Attributes & Partial<Pick<Settled, 'uid' | 'gid'>>): string | undefined {
  if (owner === undefined && group === undefined) return undefined;
  return `${(owner === undefined ? undefined : uid) ?? owner ?? ''}${group === undefined ? '' : `:${gid ?? group}`}`;
}

/** Whether the attributes say all that a result tells of a new thing, so that it need not be asked. */
export const isTold = ({ owner, group, mode }: Attributes): boolean =>
  owner !== undefined && group !== undefined && mode !== undefined;

/** Whether a thing just made is already owned as wished: it is its maker's, and `$RM_ID` says who that is. */
export const isMakers = ({ uid, gid }: Pick<Settled, 'uid' | 'gid'>, path: Sh): Sh =>
  uid === undefined || gid === undefined
    ? sh`false`
    : sh`{ [ "\${RM_ID-}" = ${`${uid}:${gid}`} ] && [ -O ${path} ] && [ -G ${path} ]; }`;

/** Five digits, since GNU chmod keeps setuid and setgid of a directory when given fewer. */
export const chmodWord = (mode: number): string => mode.toString(8).padStart(5, '0');

/**
 * Does something to what stands at a path, which it calls `"$x"`: nothing else, even where somebody else may change what
 * stands there. `uids`: the accounts one of which it must belong to.
 */
export const changing = (
  { path, how, uids }: { readonly path: Sh; readonly how: 'through' | 'link'; readonly uids: readonly number[] },
  act: Sh,
): Sh => sh`rm_at ${path} ${how} ${uids.map(String)}\n${act} && rm_still`;

/** The attributes in which a thing differs from what is wished, with the act that sets each. */
export function attributeChanges(settled: Settled, status: Status, path: Sh): readonly Change[] {
  const changes: Change[] = [];
  const isLink = status.kind === 'link';
  const { owner, group, mode } = settled;
  const uids = [...new Set([status.uid, ...(settled.uid === undefined ? [] : [settled.uid])])];
  const how = isLink ? ('link' as const) : ('through' as const);
  const act = (does: Sh): Sh => changing({ path, how, uids }, does);
  if (owner !== undefined && differs(settled.uid, status.uid, settled.missing, 'user'))
    changes.push({
      what: 'owner',
      before: isNumber(owner) ? String(status.uid) : status.owner,
      after: owner,
      apply: act(sh`chown ${isLink ? '-h' : '--'} ${settled.uid ?? owner} "$x"`),
    });
  if (group !== undefined && differs(settled.gid, status.gid, settled.missing, 'group'))
    changes.push({
      what: 'group',
      before: isNumber(group) ? String(status.gid) : status.group,
      after: group,
      apply: act(sh`chown ${isLink ? '-h' : '--'} ${`:${settled.gid ?? group}`} "$x"`),
    });
  // A link has no mode of its own on Linux.
  if (mode !== undefined && mode !== status.mode && !isLink)
    changes.push({
      what: 'mode',
      before: octal(status.mode),
      after: octal(mode),
      apply: act(sh`chmod ${chmodWord(mode)} "$x"`),
    });
  else if (changes.length > 0 && (status.mode & 0o6000) !== 0 && !isLink && status.kind === 'file') {
    // The kernel takes setuid and setgid away when the owner changes.
    const last = changes.pop()!;
    changes.push({ ...last, apply: sh`${last.apply} && chmod ${chmodWord(status.mode)} "$x"` });
  }
  return changes;
}

function differs(
  wanted: number | undefined,
  found: number,
  missing: readonly string[],
  kind: 'user' | 'group',
): boolean {
  if (wanted !== undefined) return wanted !== found;
  return missing.some(sentence => sentence.startsWith(`there is no ${kind} `));
}
