import * as z from 'zod';
import type { Plan } from '../core/change.js';
import { defineModule } from '../core/module.js';
import { bool, choice, int, str } from '../core/params.js';
import { probe } from '../core/probe.js';
import { join, nothing, sh } from '../core/sh.js';
import { Unknown } from '../core/value.js';
import { type GroupLine, groupOf, isListed, lineOf, linesWith, NAME } from './user/accounts.js';

const args = z.strictObject({
  name: str().pipe(z.string().regex(NAME, 'is no group name')).describe('The group.'),
  state: choice('present', 'absent').default('present').describe('Whether it shall be there.'),
  gid: int().optional().describe('Its number; the target picks one without it.'),
  system: bool().default(false).describe('Pick the number of a new group from the range for the system.'),
  non_unique: bool().default(false).describe('Let the number be one that another group has.'),
  force: bool().default(false).describe('Remove the group though it is the primary one of a user.'),
  local: bool().default(false).describe('Look only into /etc/group.'),
  gid_min: int().optional().describe('Smallest number to pick.'),
  gid_max: int().optional().describe('Largest number to pick.'),
});
type Args = z.infer<typeof args>;

function plan({ name, state, gid, ...given }: Args, found: GroupLine | undefined): Plan {
  const number = gid === undefined ? [] : ['-g', gid, ...(given.non_unique ? ['-o'] : [])];
  if (state === 'absent') {
    if (!found) return [];
    const remove = sh`if command -v groupdel >/dev/null; then groupdel ${given.force ? ['-f'] : []} ${name}; else delgroup ${name}; fi || exit
${isListed('group', name, 'gone')}`;
    return [{ what: `group ${name}`, before: `gid ${found.gid}`, after: 'absent', apply: remove }];
  }
  if (!found) {
    const range = [
      ...(given.gid_min === undefined ? [] : ['-K', `GID_MIN=${given.gid_min}`]),
      ...(given.gid_max === undefined ? [] : ['-K', `GID_MAX=${given.gid_max}`]),
    ];
    const add = sh`if command -v groupadd >/dev/null; then groupadd ${number} ${given.system ? ['-r'] : []} ${range} ${name}
else addgroup ${gid === undefined ? [] : ['-g', gid]} ${given.system ? ['-S'] : []} ${name}; fi`;
    const apply = join(
      [sh`${add} || exit`, lineOf('group', name, { word: 'group', book: 'files' }), isListed('group', name, 'there')],
      '\n',
    );
    const after = gid === undefined ? 'present' : `gid ${gid}`;
    const leaves = gid === undefined ? [] : [{ kind: 'group' as const, name, id: gid }];
    return [{ what: `group ${name}`, before: 'absent', after, apply, leaves }];
  }
  if (gid === undefined || gid === found.gid) return [];
  return [
    {
      what: `gid of ${name}`,
      before: found.gid,
      after: gid,
      apply: sh`groupmod ${number} ${name} || exit
${isListed('group', name, 'there')}
case $rm_line in *:*:${gid}:*) ;; *) printf 'group %s has another number after all\n' ${name} >&2; exit 1 ;; esac`,
    },
  ];
}

export default defineModule<Args, GroupLine | undefined>({
  name: 'group',
  summary: 'Makes, changes and removes groups.',
  example: '- group: { name: zeek, system: true }',
  args,
  probe: ({ name, local }) =>
    probe(
      join([lineOf('group', name, { word: 'group', book: local ? 'files' : 'any' }), nothing], '\n'),
      ({ stdout }) => groupOf(linesWith(stdout, 'group')[0]),
    ),
  plan,
  result: ({ name, state, gid, system }, found, ran) => {
    if (state === 'absent') return { name, state };
    const made = ran.kind === 'done' ? groupOf(linesWith(ran.outputs[0]!.stdout, 'group')[0]) : undefined;
    return { name, state, system, gid: gid ?? made?.gid ?? found?.gid ?? new Unknown([]) };
  },
});
