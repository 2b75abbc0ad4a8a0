import { lacking, type Probe, probe, wholeSaying } from '../../core/probe.js';
import { join, nothing, type Sh, sh } from '../../core/sh.js';
import { type Account, accountOf, type GroupLine, groupOf, lineOf, linesWith } from './accounts.js';
import { asksShadow, type UserArgs } from './args.js';
import { type KeyPair, keyLook, keysIn } from './sshkey.js';

/** What is known of shadow(5). The password itself never leaves the target: it is compared there. */
export interface Shadow {
  readonly password: 'same' | 'different';
  readonly lock: 'locked' | 'open';
  /** Days, or empty: minimum age, maximum age, warning, inactivity, expiry in days since 1970. */
  readonly days: readonly string[];
}

export interface State {
  /** Undefined: there is no such account. */
  readonly account: Account | undefined;
  /** Those that the task names, as far as they are there. */
  readonly groups: readonly GroupLine[];
  /** Numbers of the groups the account is in, its primary one too. */
  readonly memberOf: readonly number[];
  /** Names in the same order. */
  readonly memberNames: readonly string[];
  /** Undefined: not asked, or not readable. */
  readonly shadow: Shadow | undefined;
  /** The home directory that is wished for, or the one of the account. */
  readonly home: 'there' | 'missing';
  readonly keys: KeyPair | undefined;
  /** Of a new account: a group with its name is there already. */
  readonly namesake: boolean;
}

/** Looks at one account. */
export function userProbe(given: UserArgs): Probe<State> {
  const { name, local } = given;
  const book = local ? 'files' : 'any';
  const named = [...new Set([...(given.group === undefined ? [] : [given.group]), ...(given.groups ?? []), name])];
  const script = join(
    [
      sh`rm_line=`,
      lineOf('passwd', name, { word: 'user', book }),
      // An account by that number is another one: names of digits alone are refused.
      sh`case $rm_line in ${name}:*)
  rm_home=\${rm_line%:*}; rm_home=\${rm_home##*:}
  if [ -d ${given.home ?? sh`"$rm_home"`} ]; then echo home there; else echo home missing; fi
  ${wholeSaying('rm_said', sh`id -G ${name} 2>/dev/null`, 'id')}
  ${wholeSaying('rm_more', sh`id -Gn ${name} 2>/dev/null`, 'id')}
  printf 'ids %s\nnames %s\n' "$rm_said" "$rm_more"
  ${asksShadow(given) ? shadowLook(given) : nothing}
  ${given.generate_ssh_key ? keyLook(given) : nothing} ;;
esac`,
      ...(given.state === 'absent' ? [] : named.map(group => lineOf('group', group, { word: 'group', book }))),
      nothing,
    ],
    '\n',
  );
  const after: Probe<State>['after'] = (seen, effects) => {
    if (effects.account('user', name) !== undefined) return undefined;
    if (given.state === 'absent' || named.every(group => effects.account('group', group) === undefined)) return seen;
    const others = seen.stdout.split('\n').filter(line => line !== '' && !line.startsWith('group '));
    const groups = named.flatMap(group => {
      const made = effects.account('group', group);
      const before = linesWith(seen.stdout, 'group').find(line => line.startsWith(`${group}:`));
      return made !== undefined ? [`group ${group}:x:${made}:`] : before === undefined ? [] : [`group ${before}`];
    });
    return { ...seen, stdout: [...others, ...groups, ''].join('\n') };
  };
  return { ...probe(script, output => parse(output.stdout, name)), after };
}

/** Leading exclamation marks are the lock, not the password (usermod(8), -L). */
const shadowLook = ({ name, password }: UserArgs): Sh => sh`rm_shadow=
if command -v getent >/dev/null; then rm_shadow=$(getent shadow ${name} && echo .)
case $?$rm_shadow in 0*:*'
.') rm_shadow=\${rm_shadow%??} ;; 2) ;; *) rm_shadow=; ${lacking('getent')} ;; esac
elif [ -r /etc/shadow ]; then while IFS= read -r rm_line; do case $rm_line in ${name}:*) rm_shadow=$rm_line ;; esac; done </etc/shadow; fi
if [ -n "$rm_shadow" ]; then
  rm_rest=\${rm_shadow#*:}; rm_have=\${rm_rest%%:*}; rm_rest=\${rm_rest#*:}; rm_want=${password ?? ''}
  rm_lock=open; case $rm_have in '!'*) rm_lock=locked ;; esac
  while case $rm_have in '!'*) ;; *) false ;; esac; do rm_have=\${rm_have#?}; done
  while case $rm_want in '!'*) ;; *) false ;; esac; do rm_want=\${rm_want#?}; done
  rm_is=different; [ "$rm_have" != "$rm_want" ] || rm_is=same
  printf 'shadow %s:%s:%s\n' "$rm_is" "$rm_lock" "\${rm_rest#*:}"
fi`;

function parse(stdout: string, name: string): State {
  const line = (word: string) => linesWith(stdout, word)[0];
  const account = accountOf(line('user'));
  const groups = linesWith(stdout, 'group').flatMap(text => groupOf(text) ?? []);
  const [password, lock, ...days] = line('shadow')?.split(':') ?? [];
  return {
    account,
    groups,
    memberOf: (line('ids') ?? '').split(' ').filter(Boolean).map(Number),
    memberNames: (line('names') ?? '').split(' ').filter(Boolean),
    shadow:
      password === undefined
        ? undefined
        : { password: password as Shadow['password'], lock: lock as Shadow['lock'], days },
    home: line('home') === 'missing' ? 'missing' : 'there',
    keys: keysIn(stdout),
    namesake: groups.some(group => group.name === name),
  };
}
