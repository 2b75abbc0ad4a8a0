/** Where a symbolic mode is worked out: the bits found, whether `X` means `x`, and the umask that a missing who obeys. */
export interface Setting {
  readonly found: number;
  readonly isDirectory: boolean;
  readonly umask: number;
}

/**
 * The permission bits that a mode asks for: octal text is taken as it is, symbolic text is applied to what was found.
 * The grammar is chmod's (POSIX, and Ansible's reading of it): `X` gives x to directories and where someone has it
 * already, `s` is for u and g, `t` for all; `u`, `g`, `o` on the right copy; without a who the umask holds bits back.
 */
export function modeOf(mode: string, { found, isDirectory, umask }: Setting): number {
  if (/^(?:0o?)?[0-7]{1,4}$/.test(mode)) return Number.parseInt(mode.replace(/^0o?(?=.)/, ''), 8);
  let bits = found;
  for (const clause of mode.split(',')) {
    const [, who = '', actions = ''] = /^([ugoa]*)(.*)$/.exec(clause)!;
    const mask = who === '' ? ~umask & 0o7777 : 0o7777;
    for (const [, operator = '', perms = ''] of actions.matchAll(/([-+=])([rwxXstugo]*)/g)) {
      const reach = reachOf(who);
      const asked = askedBits(perms, bits, isDirectory) & reach & mask;
      // `=` clears rwx of its who, and s and t only for files, as GNU chmod keeps them on directories and Ansible does not.
      if (operator === '=') bits = (bits & ~reach) | asked;
      else bits = operator === '+' ? bits | asked : bits & ~asked;
    }
  }
  return bits;
}

/** All bits that a who speaks of. */
function reachOf(who: string): number {
  const all = who === '' || who.includes('a');
  let reach = 0;
  if (all || who.includes('u')) reach |= 0o4700;
  if (all || who.includes('g')) reach |= 0o2070;
  if (all || who.includes('o')) reach |= 0o1007;
  return reach;
}

/** The bits of the right-hand side, spread over all three classes. */
function askedBits(perms: string, now: number, isDirectory: boolean): number {
  const spread = (three: number) => three * 0o111;
  let asked = 0;
  for (const perm of perms) {
    if (perm === 'r') asked |= spread(4);
    else if (perm === 'w') asked |= spread(2);
    else if (perm === 'x') asked |= spread(1);
    else if (perm === 'X') asked |= isDirectory || (now & 0o111) !== 0 ? spread(1) : 0;
    else if (perm === 's') asked |= 0o6000;
    else if (perm === 't') asked |= 0o1000;
    else asked |= spread((now >> { u: 6, g: 3, o: 0 }[perm as 'u' | 'g' | 'o']) & 7);
  }
  return asked;
}
