import type { Change } from '../../core/change.js';
import { sh } from '../../core/sh.js';
import type { Account, GroupLine } from './accounts.js';
import type { UserArgs } from './args.js';
import type { State } from './look.js';

/** The group that a name or number means, among those found. */
export const groupNamed = (wish: string, groups: readonly GroupLine[]): GroupLine | undefined =>
  groups.find(({ name }) => name === wish) ?? groups.find(({ gid }) => String(gid) === wish);

/** Groups that the task names and the target lacks. */
export const missingGroups = (given: UserArgs, { groups }: State): readonly string[] =>
  [...(given.group === undefined ? [] : [given.group]), ...(given.groups ?? [])].filter(
    wish => !groupNamed(wish, groups),
  );

/** What is to be changed in passwd and group of an existing account. One usermod(8) each, so that each failure has a name. */
export function accountChanges(given: UserArgs, state: State, account: Account): readonly Change[] {
  const { name, uid, group, comment, home, shell } = given;
  const changes: Change[] = [];
  const change = (
    what: string,
    before: string | number,
    after: string | number,
    options: readonly (string | number)[],
  ) => {
    changes.push({ what: `${what} of ${name}`, before, after, apply: sh`usermod ${options} ${name}` });
  };
  if (uid !== undefined && uid !== account.uid)
    change('uid', account.uid, uid, ['-u', uid, ...(given.non_unique ? ['-o'] : [])]);
  const primary = group === undefined ? undefined : groupNamed(group, state.groups);
  if (group !== undefined && primary?.gid !== account.gid)
    change('group', account.gid, primary?.gid ?? group, ['-g', group]);
  if (given.groups !== undefined) changes.push(...membership(given, state, account));
  if (comment !== undefined && comment !== account.comment)
    change('comment', account.comment, comment, ['-c', comment]);
  if (home !== undefined && home !== account.home)
    change('home', account.home, home, ['-d', home, ...(given.move_home ? ['-m'] : [])]);
  if (shell !== undefined && shell !== account.shell) change('shell', account.shell, shell, ['-s', shell]);
  return changes;
}

/** The primary group is a matter of `group`: it is neither missed nor taken away. */
function membership(
  { name, groups = [], append }: UserArgs,
  state: State,
  { gid: primary }: Account,
): readonly Change[] {
  const names = new Map(state.memberOf.map((gid, i) => [gid, state.memberNames[i] ?? String(gid)]));
  const have = state.memberOf.filter(gid => gid !== primary);
  const want = groups
    .map(wish => ({ wish, gid: groupNamed(wish, state.groups)?.gid }))
    .filter(({ gid }) => gid !== primary);
  const missing = want.filter(({ gid }) => gid === undefined || !have.includes(gid));
  const surplus = append ? [] : have.filter(gid => !want.some(wish => wish.gid === gid));
  if (missing.length === 0 && surplus.length === 0) return [];
  const before = have
    .map(gid => names.get(gid)!)
    .sort()
    .join(',');
  const wished = (append ? missing : want).map(({ wish }) => wish);
  const after = append
    ? [...before.split(',').filter(Boolean), ...wished].sort().join(',')
    : [...wished].sort().join(',');
  const apply = sh`usermod ${append ? ['-a'] : []} -G ${wished.join(',')} ${name}`;
  return [{ what: `groups of ${name}`, before, after, apply }];
}
