import { blocked, type Plan } from '../core/change.js';
import { defineModule, type Ran } from '../core/module.js';
import { Unknown, type Vars } from '../core/value.js';
import { accountOf, linesWith } from './user/accounts.js';
import { asksShadow, type UserArgs, userArgs } from './user/args.js';
import { creation, homeChange, removal } from './user/create.js';
import { type State, userProbe } from './user/look.js';
import { accountChanges, groupNamed, missingGroups } from './user/modify.js';
import { shadowChanges } from './user/secret.js';
import { keyChange, keysIn } from './user/sshkey.js';

const movesHome = ({ home, move_home }: UserArgs, { account }: State): boolean =>
  move_home && home !== undefined && home !== account?.home;

function plan(given: UserArgs, state: State): Plan {
  const { name } = given;
  const { account } = state;
  if (given.state === 'absent') return account ? [removal(given, state)] : [];
  const keys = given.generate_ssh_key && (given.force || !state.keys) ? [keyChange(given)] : [];
  const changes = account
    ? [
        ...accountChanges(given, state, account),
        ...shadowChanges(given, state),
        ...(given.create_home && state.home === 'missing' && !movesHome(given, state)
          ? [homeChange(given, state)]
          : []),
        ...keys,
      ]
    : [creation(given, state), ...keys];
  const missing = missingGroups(given, state);
  if (missing.length > 0) return blocked(missing.map(group => `Group ${group} does not exist`).join('; '), changes);
  if (account && asksShadow(given) && !state.shadow)
    return blocked(`the password of ${name} cannot be read: this takes root (become: true)`);
  return changes;
}

/** Ansible's return values. What only the making could tell is taken from what it printed, or is unknown. */
function resultOf(given: UserArgs, state: State, ran: Ran): Vars {
  const { name, append, create_home, move_home, system, force, remove } = given;
  if (given.state === 'absent') return { name, state: 'absent', force, remove };
  const said = ran.kind === 'done' ? ran.outputs.map(({ stdout }) => stdout).join('\n') : '';
  const account = accountOf(linesWith(said, 'user')[0]) ?? state.account;
  const unknown = new Unknown([]);
  const keys = keysIn(said) ?? state.keys;
  return {
    name,
    state: 'present',
    append,
    create_home,
    move_home,
    system,
    uid: given.uid ?? account?.uid ?? unknown,
    group:
      (given.group === undefined ? undefined : groupNamed(given.group, state.groups)?.gid) ?? account?.gid ?? unknown,
    comment: given.comment ?? account?.comment ?? '',
    home: given.home ?? account?.home ?? unknown,
    shell: given.shell ?? account?.shell ?? unknown,
    ...(given.groups === undefined ? {} : { groups: given.groups.join(',') }),
    ...(given.password === undefined ? {} : { password: 'NOT_LOGGING_PASSWORD' }),
    ...(given.generate_ssh_key
      ? {
          ssh_key_file: keys?.file ?? unknown,
          ssh_fingerprint: keys?.fingerprint ?? unknown,
          ssh_public_key: keys?.publicKey ?? unknown,
        }
      : {}),
  };
}

export default defineModule<UserArgs, State>({
  name: 'user',
  summary: 'Makes, changes and removes accounts.',
  example: "- user: { name: zeek, shell: /bin/bash, password: '*', system: true }",
  args: userArgs,
  probe: userProbe,
  plan,
  result: resultOf,
  secrets: ['password', 'ssh_key_passphrase'],
});
