import type { Change } from '../../core/change.js';
import type { Effect } from '../../core/effect.js';
import { join, nothing, type Sh, sh } from '../../core/sh.js';
import { accountWords, isListed, lineOf } from './accounts.js';
import type { UserArgs } from './args.js';
import type { State } from './look.js';
import { expiryDate, setPassword } from './secret.js';

type Words = readonly (string | number)[];

const option = (letter: string, value: string | number | undefined): Words =>
  value === undefined ? [] : [letter, value];

/** Options of useradd(8). */
function addOptions(given: UserArgs, { namesake }: State): Words {
  return [
    ...option('-u', given.uid),
    ...(given.uid !== undefined && given.non_unique ? ['-o'] : []),
    ...(given.group !== undefined ? ['-g', given.group] : namesake ? ['-N'] : []),
    ...(given.groups?.length ? ['-G', given.groups.join(',')] : []),
    ...option('-c', given.comment),
    ...option('-d', given.home),
    ...option('-s', given.shell),
    ...option('-e', given.expires === undefined || given.expires < 0 ? undefined : expiryDate(given.expires)),
    ...(given.create_home ? ['-m', ...option('-k', given.skeleton)] : ['-M']),
    ...(given.create_home && given.umask !== undefined ? ['-K', `UMASK=${given.umask}`] : []),
    ...option('-f', given.password_expire_account_disable),
    ...(given.password_expire_max === undefined ? [] : ['-K', `PASS_MAX_DAYS=${given.password_expire_max}`]),
    ...(given.password_expire_min === undefined ? [] : ['-K', `PASS_MIN_DAYS=${given.password_expire_min}`]),
    ...(given.password_expire_warn === undefined ? [] : ['-K', `PASS_WARN_AGE=${given.password_expire_warn}`]),
    ...option('-Z', given.seuser),
    ...(given.system ? ['-r'] : []),
  ];
}

/** busybox has no useradd; its adduser knows less, and takes further groups one by one. */
function busyboxAdd(given: UserArgs): Sh {
  const { name } = given;
  const options: Words = [
    '-D',
    ...option('-u', given.uid),
    ...option('-G', given.group),
    ...option('-g', given.comment),
    ...option('-h', given.home),
    ...option('-s', given.shell),
    ...(given.create_home ? [] : ['-H']),
    ...(given.system ? ['-S'] : []),
  ];
  return join(
    [sh`adduser ${options} ${name}`, ...(given.groups ?? []).map(group => sh`addgroup ${name} ${group}`)],
    ' && ',
  );
}

/** A group of its own mostly gets the number of the account (useradd(8), -U). */
function leavesOf({ name, uid, group, home, create_home }: UserArgs, { namesake }: State): readonly Effect[] {
  const place = home ?? `/home/${name}`;
  return [
    ...(create_home ? [{ kind: 'path', path: place, is: 'unknown' } as const] : []),
    ...(uid === undefined ? [] : [{ kind: 'user', name, id: uid } as const]),
    ...(uid === undefined || group !== undefined || namesake ? [] : [{ kind: 'group', name, id: uid } as const]),
  ];
}

/** Makes the account; prints its line of passwd for the result. */
export function creation(given: UserArgs, state: State): Change {
  const { name, home, password, password_lock } = given;
  const parent =
    home === undefined || !given.create_home ? nothing : sh`mkdir -p -- ${home.replace(/\/+[^/]*\/*$/, '') || '/'}`;
  const add = sh`if command -v useradd >/dev/null; then useradd ${addOptions(given, state)} ${name}
else ${busyboxAdd(given)}; fi`;
  const apply = join(
    [
      sh`${parent} || exit`,
      sh`${add} || exit`,
      ...(password === undefined
        ? []
        : [sh`${setPassword(name, password, password_lock ? 'locked' : 'open')} || exit`]),
      ...(password === undefined && password_lock ? [sh`usermod -L ${name} || exit`] : []),
      lineOf('passwd', name, { word: 'user', book: 'files' }),
      isListed('passwd', name, 'there'),
    ],
    '\n',
  );
  const after = Object.fromEntries(
    Object.entries({
      uid: given.uid,
      group: given.group,
      groups: given.groups?.join(','),
      comment: given.comment,
      home,
      shell: given.shell,
    }).filter(([, value]) => value !== undefined),
  ) as { readonly [name: string]: string | number };
  const shown = Object.keys(after).length > 0 ? after : 'present';
  return { what: `user ${name}`, before: 'absent', after: shown, apply, leaves: leavesOf(given, state) };
}

/** Makes the home directory of an account that lost it, or never had one, as useradd would have. */
export function homeChange(given: UserArgs, { account }: State): Change {
  const { name, skeleton, umask } = given;
  const home = given.home ?? account!.home;
  const mode =
    umask === undefined
      ? sh`rm_mode= rm_umask=
[ ! -r /etc/login.defs ] || while read -r rm_word rm_value rm_rest; do case $rm_word in HOME_MODE) rm_mode=$rm_value ;; UMASK) rm_umask=$rm_value ;; esac; done </etc/login.defs
[ -n "$rm_mode" ] || rm_mode=$(printf '%o' "$((0777 & ~0\${rm_umask:-022}))")`
      : sh`rm_mode=${(0o777 & ~Number.parseInt(umask, 8)).toString(8)}`;
  const apply = sh`${accountWords(name)}
${mode}
mkdir -p -- ${home} || exit 1
[ ! -d ${skeleton ?? '/etc/skel'} ] || cp -R -- ${`${skeleton ?? '/etc/skel'}/.`} ${home} || exit 1
chown -R -h "$rm_owner" ${home} && chmod "$rm_mode" ${home}`;
  return { what: `home of ${name}`, before: 'absent', after: home, apply };
}

/** Removes the account. */
export function removal({ name, remove, force }: UserArgs, { account }: State): Change {
  const options = [...(force ? ['-f'] : []), ...(remove ? ['-r'] : [])];
  const apply = sh`if command -v userdel >/dev/null; then userdel ${options} ${name}
else deluser ${remove ? ['--remove-home'] : []} ${name}; fi || exit
${isListed('passwd', name, 'gone')}`;
  return { what: `user ${name}`, before: `uid ${account!.uid}`, after: 'absent', apply };
}
