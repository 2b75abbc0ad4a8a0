import * as z from 'zod';
import { bool, choice, int, num, path, str, strings } from '../../core/params.js';
import { orNone, renamed, secret } from '../args.js';
import { NAME } from './accounts.js';

/** passwd(5) parts its fields by colons and its lines by line breaks; either would make another account. */
const field = () => str().pipe(z.string().regex(/^[^:\n\0]*$/, 'cannot hold a colon or a line break'));

/** In seconds since 1970; usermod(8) takes dates as `YYYY-MM-DD`. */
const YEAR_10000 = 253_402_300_800;

const isGroupName = (text: string): boolean => NAME.test(text) || /^\d+$/.test(text);
const groupName = () => str().pipe(z.string().refine(isGroupName, 'is no group name'));

export const userShape = z.strictObject({
  name: str().pipe(z.string().regex(NAME, 'is no login name')).describe('The login name.'),
  state: choice('present', 'absent').default('present').describe('Whether the account shall be there.'),
  uid: int()
    .optional()
    .describe('Its number; the target picks one without it. That of an existing account is changed only if given.'),
  non_unique: bool().default(false).describe('Let the number be one that another account has.'),
  group: orNone(groupName()).describe('Primary group; must be there.'),
  groups: z
    .preprocess(
      value => value ?? undefined,
      strings()
        .refine(names => names.every(isGroupName), 'is no list of group names')
        .optional(),
    )
    .describe('Further groups; must be there. An empty text or list takes all away.'),
  append: bool().default(false).describe('Only add `groups`, leave the others.'),
  comment: field().optional().describe('The GECOS field: full name and the like.'),
  home: orNone(path().refine(text => !/[:\n]/.test(text), 'cannot hold a colon or a line break')).describe(
    'Home directory.',
  ),
  create_home: bool().default(true).describe('Make the home directory if it is not there.'),
  move_home: bool().default(false).describe('Move what is in the home directory when `home` changes.'),
  skeleton: orNone(path()).describe('Folder whose files a new home starts with; `/etc/skel` without it.'),
  umask: orNone(str().pipe(z.string().regex(/^[0-7]{3,4}$/, 'is no umask'))).describe('For the new home directory.'),
  shell: orNone(field()).describe('Login shell.'),
  system: bool().default(false).describe('Pick the number of a new account from the range for the system.'),
  password: secret().optional().describe('Encrypted, as in /etc/shadow. `*`: none, key logins work; `!`: locked.'),
  update_password: choice('always', 'on_create')
    .default('always')
    .describe('`on_create`: leave the password of an existing account.'),
  password_lock: bool().optional().describe('Lock or unlock the password.'),
  password_expire_max: int().optional().describe('Days after which the password must be changed.'),
  password_expire_min: int().optional().describe('Days before the password may be changed.'),
  password_expire_warn: int().optional().describe('Days of warning before it expires.'),
  password_expire_account_disable: int().optional().describe('Days after that until the account is disabled.'),
  expires: num()
    .refine(seconds => seconds < YEAR_10000, 'a time before the year 10000, in seconds since 1970')
    .optional()
    .describe('When the account ends, in seconds since 1970; negative: never.'),
  generate_ssh_key: bool().default(false).describe('Make an ssh key pair if there is none.'),
  ssh_key_type: str()
    .pipe(z.string().regex(/^[\w-]+$/))
    .default('rsa')
    .describe('As for ssh-keygen -t.'),
  ssh_key_bits: int().optional().describe('As for ssh-keygen -b.'),
  ssh_key_file: orNone(path()).describe('Relative to the home directory; `.ssh/id_<type>` without it.'),
  ssh_key_comment: str().optional().describe('Comment of the key.'),
  ssh_key_passphrase: secret().optional().describe('Passphrase of the private key; none without it.'),
  remove: bool().default(false).describe('When removing the account: its home and mail too.'),
  force: bool().default(false).describe('Remove the account though it is in use; make the ssh key anew.'),
  local: bool().default(false).describe('Look only into /etc/passwd and /etc/group.'),
  seuser: str().optional().describe('SELinux user of a new account.'),
});
export const userArgs = renamed({ user: 'name', createhome: 'create_home' }, userShape);
export type UserArgs = z.infer<typeof userShape>;

/** Whether shadow(5) must be read: only then, since only root can. */
export const asksShadow = (given: UserArgs): boolean =>
  (given.password !== undefined && given.update_password === 'always') ||
  agingOf(given).length > 0 ||
  given.password_lock !== undefined ||
  given.expires !== undefined;

/** Wishes for the ageing of the password: the letter for chage(1), the field of shadow(5), the number of days. */
export const agingOf = (
  given: UserArgs,
): readonly { readonly what: string; readonly letter: string; readonly days: number }[] =>
  [
    { what: 'minimum age', letter: 'm', days: given.password_expire_min },
    { what: 'maximum age', letter: 'M', days: given.password_expire_max },
    { what: 'warning', letter: 'W', days: given.password_expire_warn },
    { what: 'inactivity', letter: 'I', days: given.password_expire_account_disable },
  ].flatMap(wish => (wish.days === undefined ? [] : [{ ...wish, days: wish.days }]));
