import type { Change } from '../../core/change.js';
import { join, nothing, type Sh, sh } from '../../core/sh.js';
import { Unknown } from '../../core/value.js';
import { parentWord, tidy, word } from '../looks/word.js';
import { environment, isCommit } from './look.js';
import type { Remote, Repository } from './sight.js';
import type { GitWish } from './wish.js';

/** The commit the repository shall be at, as far as that is known before anything is fetched. */
export function wantedCommit({ version }: GitWish, remote: Remote): string | undefined {
  if ('commit' in remote) return remote.commit;
  return isCommit(version) ? version : undefined;
}

/** `$p`: the repository, or the directory that we stand in where others could replace its name. */
const begin = (wish: GitWish): Sh => sh`${settings(wish)}rm_at ${word(tidy(wish.dest))} through; p=$x
`;

const settings = (
  wish: GitWish,
): Sh => sh`${environment(wish)}${wish.umask === undefined ? nothing : sh`umask ${wish.umask}`}
`;

/** A clone without a work tree first, then the same as for an update. What a failed one leaves is taken away by git. */
export function clone(wish: GitWish, remote: Remote): Change {
  const { repo, bare, depth, reference, single_branch } = wish;
  const named = remote.kind === 'branch' || remote.kind === 'tag' ? [sh`--branch ${remote.name}`] : [];
  const options = [
    ...(bare ? [sh`--bare`] : [sh`--no-checkout`]),
    sh`--origin ${wish.remote}`,
    ...(depth === undefined ? [] : [sh`--depth ${depth}`]),
    ...(single_branch ? [sh`--single-branch`] : []),
    ...(reference === undefined ? [] : [sh`--reference ${reference}`]),
    ...(bare ? [] : named),
  ];
  return {
    what: wish.dest,
    before: null,
    after: wantedCommit(wish, remote) ?? wish.version,
    apply: sh`${settings(wish)}p=${word(tidy(wish.dest))}
${parentWord}; [ -d "$d" ] || rm_dirs "$d" || [ $? = 2 ] || exit 1
rm_ground through; g=$p; [ -z "$RM_CARE" ] || p=./f
git clone -q ${join(options, ' ')} -- ${repo} "$p" || exit 1
${bare ? refspecOnly(wish) : checkout(wish, remote)}
${done(wish)} || exit 1
[ -z "$RM_CARE" ] || mv -T ./f "$g"`,
  };
}

const refspecOnly = ({ refspec, remote }: GitWish): Sh =>
  refspec === undefined ? nothing : sh`git -C "$p" fetch -q --force ${remote} ${refspec} || exit 1`;

/** The last line tells where it is now. */
const done = ({ bare, recursive, depth, track_submodules }: GitWish): Sh => sh`${
  bare || !recursive
    ? nothing
    : sh`if [ -f "$p/.gitmodules" ]; then
  git -C "$p" submodule -q sync --recursive && git -C "$p" submodule -q update --init --recursive ${
    depth === undefined ? sh`` : sh`--depth ${depth}`
  } ${track_submodules ? sh`--remote` : sh``} || exit 1
fi`
}
printf 'after %s\\n' "$(git -C "$p" rev-parse -q --verify 'HEAD^{commit}')"`;

/** Fetches what is asked for and goes there. */
export function update(wish: GitWish, { head }: Repository, remote: Remote): Change {
  return {
    what: wish.dest,
    before: head ?? null,
    after: wantedCommit(wish, remote) ?? new Unknown([]),
    apply: sh`${begin(wish)}${fetch(wish, remote)}
${wish.bare ? nothing : checkout(wish, remote)}
${done(wish)}`,
  };
}

/** With a depth only what is asked for; else all branches, and tags even if they were moved. */
function fetch({ remote: name, bare, depth, refspec }: GitWish, remote: Remote): Sh {
  const own = bare ? 'refs/heads' : `refs/remotes/${name}`;
  const wanted =
    remote.kind === 'branch'
      ? [`+refs/heads/${remote.name}:${own}/${remote.name}`]
      : remote.kind === 'tag'
        ? [`+refs/tags/${remote.name}:refs/tags/${remote.name}`]
        : [];
  const specs = [
    ...(depth === undefined ? [`+refs/heads/*:${own}/*`] : wanted),
    ...(refspec === undefined ? [] : [refspec]),
  ];
  const how = depth === undefined ? sh`--tags` : sh`--depth ${depth}`;
  return sh`git -C "$p" fetch -q --force ${bare ? sh`--update-head-ok` : sh``} ${how} -- ${name} ${specs} || exit 1`;
}

/** A branch is followed; a tag and a commit are looked at without one. */
function checkout({ remote: name, version, depth }: GitWish, remote: Remote): Sh {
  if (remote.kind === 'branch') {
    const upstream = `${name}/${remote.name}`;
    return sh`if git -C "$p" show-ref -q --verify ${`refs/heads/${remote.name}`}; then
  git -C "$p" checkout -q --force ${remote.name} -- && git -C "$p" reset -q --hard ${`refs/remotes/${upstream}`} -- || exit 1
else git -C "$p" checkout -q --force --track -b ${remote.name} ${`refs/remotes/${upstream}`} -- || exit 1; fi`;
  }
  const commit = 'commit' in remote ? remote.commit : version;
  const deepness = depth === undefined ? sh`` : sh`--depth ${depth}`;
  return sh`git -C "$p" cat-file -e ${`${commit}^{commit}`} 2>/dev/null || git -C "$p" fetch -q ${deepness} -- ${name} ${commit} ||
  { printf '%s has no branch, tag or commit %s\\n' ${name} ${version} >&2; exit 1; }
git -C "$p" checkout -q --force --detach ${commit} -- || exit 1`;
}

/** Only what git knows of is put back; untracked files stay. */
export const dropModifications = (wish: GitWish, { modified }: Repository): Change => ({
  what: `${wish.dest} local modifications`,
  before: modified.join('\n'),
  after: '',
  apply: sh`${begin(wish)}git -C "$p" reset -q --hard HEAD --`,
});

export const setUrl = (wish: GitWish, { url }: Repository): Change => ({
  what: `${wish.dest} remote ${wish.remote}`,
  before: url ?? null,
  after: wish.repo,
  apply: sh`${begin(wish)}git -C "$p" remote ${url === undefined ? 'add' : 'set-url'} -- ${wish.remote} ${wish.repo}`,
});

export const updateSubmodules = (wish: GitWish, { submodules }: Repository): Change => ({
  what: `${wish.dest} submodules`,
  before: submodules.join('\n'),
  after: '',
  apply: sh`${begin(wish)}${done(wish)}`,
});
