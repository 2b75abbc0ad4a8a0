import { nothing, quote, type Sh, sh } from '../../core/sh.js';
import { tidy, word } from '../looks/word.js';
import type { GitWish } from './wish.js';

/** Nothing is ever asked of a user: not for a password, and not whether a host key is right. */
export function environment({ key_file, ssh_opts, executable }: GitWish): Sh {
  const ssh = [
    'ssh -o BatchMode=yes',
    ...(key_file === undefined ? [] : [`-o IdentitiesOnly=yes -i ${quote(key_file)}`]),
    ...(ssh_opts === undefined ? [] : [ssh_opts]),
  ].join(' ');
  return sh`export GIT_TERMINAL_PROMPT=0 GIT_SSH_COMMAND=${ssh}
git() { command ${executable ?? 'git'} "$@"; }
`;
}

/** Whether the version names one commit already, so that the remote need not be asked once it is there. */
export const isCommit = (version: string): boolean => /^[0-9a-f]{40}([0-9a-f]{24})?$/.test(version);

/**
 * Looks at the destination, and asks the remote repository what the version is there, unless that cannot matter: for
 * `update: false` with a repository there, and for a whole commit id that is checked out.
 */
export const gitLook = (wish: GitWish): Sh => sh`p=${word(tidy(wish.dest))}
command -v ${wish.executable ?? 'git'} >/dev/null || { [ -e "$p" ] || [ -L "$p" ] || echo free; exit 0; }
${environment(wish)}echo installed
ask=yes
if [ -e "$p/.git" ] || { [ -f "$p/HEAD" ] && [ -d "$p/objects" ] && [ -d "$p/refs" ]; }; then
  if e=$(git -C "$p" rev-parse --git-dir 2>&1); then
    echo repository
    h=$(git -C "$p" rev-parse -q --verify 'HEAD^{commit}' 2>/dev/null) && printf 'head %s\\n' "$h"
    printf 'branch %s\\n' "$(git -C "$p" symbolic-ref -q --short HEAD)"
    printf 'url %s\\n' "$(git -C "$p" config --get ${`remote.${wish.remote}.url`})"
    ${wish.bare ? nothing : worktree(wish)}
    ${wish.update ? nothing : sh`ask=no`}
    ${isCommit(wish.version) ? sh`[ "$h" != ${wish.version} ] || ask=no` : nothing}
  else
    case $e in *'dubious ownership'*) printf 'foreign %s\\n' "$(stat -c %U "$p")";; *) echo occupied;; esac
  fi
elif [ -d "$p" ]; then
  [ -z "$(ls -A "$p" 2>/dev/null | sed 1q)" ] || echo occupied
elif [ -e "$p" ] || [ -L "$p" ]; then echo occupied
fi
[ $ask = yes ] || exit 0
printf 'version %s\\n' ${wish.version}
${lsRemote(wish)}`;

/** Fifty lines are enough to see what was changed. */
const worktree = ({
  recursive,
}: GitWish): Sh => sh`git -C "$p" status --porcelain --untracked-files=no 2>/dev/null | sed -e 's/^/modified /' -e 50q
[ -z "$h" ] || printf 'ahead %s\\n' "$(git -C "$p" rev-list --count HEAD --not --remotes --tags 2>/dev/null)"
${
  recursive
    ? sh`[ ! -f "$p/.gitmodules" ] || git -C "$p" submodule status --recursive 2>/dev/null | sed -n -e 's/^[-+U]/submodule &/p' -e 50q`
    : nothing
}`;

const lsRemote = ({ repo, version }: GitWish): Sh => {
  const names =
    version === 'HEAD'
      ? ['HEAD']
      : [`refs/heads/${version}`, `refs/tags/${version}`, `refs/tags/${version}^{}`, version];
  return sh`e=$(git ls-remote --symref -- ${repo} ${names} 2>&1) && printf '%s\\n' "$e" | sed 's/^/ref /' ||
  printf '%s\\n' "$e" | sed -e '/^[[:space:]]*$/d' -e 's/^/error /' -e 10q`;
};
