import { type Sh, sh } from '../../core/sh.js';

/** A package manager beside apt: as much of it as installing and removing takes. */
export interface Manager {
  readonly tool: string;
  /** With `$rm_name`: ends with 0 if it is installed, or if something installed provides it. */
  readonly has: Sh;
  /** With `$rm_name`: ends with 0 if there is a newer version. */
  readonly isOld: Sh;
  readonly install: readonly string[];
  readonly upgrade: readonly string[];
  readonly remove: readonly string[];
}

const rpm = (tool: string): Manager => ({
  tool,
  has: sh`rpm -q --whatprovides "$rm_name" >/dev/null 2>&1`,
  // check-update ends with 100 when there is something newer (dnf(8), yum(8)).
  isOld: sh`{ ${tool} -q check-update "$rm_name" >/dev/null 2>&1; [ "$?" = 100 ]; }`,
  install: [tool, '-y', 'install'],
  upgrade: [tool, '-y', 'install'],
  remove: [tool, '-y', 'remove'],
});

/** In the order in which they are looked for. */
export const MANAGERS: { readonly [tool: string]: Manager } = {
  dnf: rpm('dnf'),
  yum: rpm('yum'),
  zypper: {
    tool: 'zypper',
    has: sh`rpm -q --whatprovides "$rm_name" >/dev/null 2>&1`,
    isOld: sh`zypper -n -q list-updates 2>/dev/null | grep -qF -- "| $rm_name "`,
    install: ['zypper', '-n', 'install'],
    upgrade: ['zypper', '-n', 'install'],
    remove: ['zypper', '-n', 'remove'],
  },
  apk: {
    tool: 'apk',
    has: sh`apk info -e "$rm_name" >/dev/null 2>&1`,
    isOld: sh`[ -n "$(apk version -q -l '<' "$rm_name" 2>/dev/null)" ]`,
    install: ['apk', 'add'],
    upgrade: ['apk', 'add', '-u'],
    remove: ['apk', 'del'],
  },
  pacman: {
    tool: 'pacman',
    has: sh`pacman -Q "$rm_name" >/dev/null 2>&1`,
    isOld: sh`pacman -Qu "$rm_name" >/dev/null 2>&1`,
    install: ['pacman', '-S', '--noconfirm', '--needed'],
    upgrade: ['pacman', '-S', '--noconfirm', '--needed'],
    remove: ['pacman', '-R', '--noconfirm'],
  },
};

interface Question {
  readonly name: readonly string[];
  readonly state: string;
}

/** Prints `have …` and, if the newest is wished for, `old …`, of each name. */
export const installedLook = ({ has, isOld }: Manager, { name, state }: Question): Sh => sh`for rm_name in ${name}; do
  if ${has}; then
    printf 'have %s\n' "$rm_name"
    ${state === 'latest' ? sh`if ${isOld}; then printf 'old %s\n' "$rm_name"; fi` : sh`:`}
  fi
done`;
