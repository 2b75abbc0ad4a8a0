import type { Change } from '../../core/change.js';
import { Secret } from '../../core/secret.js';
import { type Sh, sh } from '../../core/sh.js';
import { agingOf, type UserArgs } from './args.js';
import type { Shadow, State } from './look.js';

/** Sets an encrypted password by chpasswd(8), which reads it from stdin: in options of usermod all could see it (ps). */
export function setPassword(name: string, password: Secret, lock: Shadow['lock']): Sh {
  const line = new Secret(`${name}:${lock === 'locked' ? '!' : ''}${password.reveal()}`);
  return sh`printf '%s\n' ${line} | chpasswd -e`;
}

const DAY = 86_400;
/** `2026-11-30`, for seconds since 1970. */
export const expiryDate = (seconds: number): string =>
  new Date(Math.floor(seconds / DAY) * DAY * 1000).toISOString().slice(0, 10);

/** What is to be changed in shadow(5) of an existing account. */
export function shadowChanges(given: UserArgs, { shadow }: State): readonly Change[] {
  if (!shadow) return [];
  const { name, password, password_lock: lock, expires } = given;
  const changes: Change[] = [];
  if (password !== undefined && given.update_password === 'always' && shadow.password === 'different')
    changes.push({
      what: `password of ${name}`,
      before: 'another',
      after: 'as given',
      apply: setPassword(name, password, lock ? 'locked' : 'open'),
    });
  else if (lock !== undefined && lock !== (shadow.lock === 'locked'))
    changes.push({
      what: `lock of ${name}`,
      before: shadow.lock,
      after: lock ? 'locked' : 'open',
      apply: sh`usermod ${lock ? '-L' : '-U'} ${name}`,
    });
  const fields: { readonly [letter: string]: string | undefined } = {
    m: shadow.days[0],
    M: shadow.days[1],
    W: shadow.days[2],
    I: shadow.days[3],
  };
  for (const { what, letter, days } of agingOf(given)) {
    const have = fields[letter] ?? '';
    // chage takes -1 for none, which shadow has as an empty field.
    if (have === (days < 0 ? '' : String(days)) || have === String(days)) continue;
    changes.push({
      what: `password ${what} of ${name}`,
      before: have,
      after: days,
      apply: sh`chage ${`-${letter}`} ${days} ${name}`,
    });
  }
  if (expires !== undefined) {
    const have = shadow.days[4] ?? '';
    const want = expires < 0 ? '' : String(Math.floor(expires / DAY));
    const date = expires < 0 ? '' : expiryDate(expires);
    if (have !== want)
      changes.push({
        what: `expiry of ${name}`,
        before: have === '' ? '' : expiryDate(Number(have) * DAY),
        after: date,
        apply: sh`usermod -e ${date} ${name}`,
      });
  }
  return changes;
}
