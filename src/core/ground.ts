import { join, type Sh, sh } from './sh.js';

/*
 * Where a name may be trusted, and how to work where it may not.
 *
 * In a directory that others may write to, each name can be another thing from one system call to the next: whoever owns
 * the directory puts a link where root has just made a file, and `chown`, `chmod`, `cp` or `>` follow it. So nothing is
 * done there by a name that another can replace. The functions below are told to the shell of each lane once.
 *
 * A directory is trusted if it and all above it belong to root or to the account that acts, and only they may write to
 * them; above it a sticky one (/tmp) may stand. There names are used as they are. Elsewhere we work with care: go to the
 * directory (`cd -P`), make sure that it is the one that was meant, make a private directory in it and go there, and do
 * everything by relative names. Others cannot look into a directory of ours with mode 0700; they can rename it, which a
 * shell that stands in it does not notice; and they cannot move it to another parent, since for that rename(2) needs the
 * right to write to the directory itself.
 *
 * `pwd -P` is a process here, not the builtin, since bash's looks at names again.
 */

/** Directories that only root changes: they are judged once for each shell, together with the number of the account. */
const SYSTEM = [
  ...['/', '/etc', '/etc/apt', '/etc/cron.d', '/etc/default', '/etc/logrotate.d', '/etc/modprobe.d', '/etc/profile.d'],
  ...['/etc/ssh', '/etc/sysctl.d', '/etc/systemd', '/etc/systemd/system', '/root', '/run', '/usr', '/usr/bin'],
  ...['/usr/local', '/usr/local/bin', '/usr/local/sbin', '/usr/sbin', '/var', '/var/lib', '/var/log'],
];

/**
 * `rm_self`: lets `$RM_ID` be the numbers of the account and its group, and `$RM_TRUSTED` those directories of the system
 * that are trusted, between colons.
 */
const self: Sh = sh`rm_self() {
RM_TRUSTED=: RM_ID=
set -- $(stat -c '%u:%g %f %n' /proc/self/ ${SYSTEM} 2>/dev/null)
case \${3-} in /proc/self/) RM_ID=$1; shift 3 ;; *) RM_ID=$(id -u):$(id -g) ;; esac
while [ $# -gt 2 ]; do
case $3 in / | */*/*) RM_X=\${3%/*} ;; *) RM_X=/ ;; esac
case $1:$2:$3.$RM_TRUSTED in 0:*:4*:/.* | 0:*:4*:"$3".*:"$RM_X":*) [ $((0x$2 & 18)) != 0 ] || RM_TRUSTED=$RM_TRUSTED$3: ;; esac
shift 3; done; }`;

/**
 * `rm_weigh DIR`: 0 if it is trusted. Else `$RM_WHO` gets the numbers of others who may change what stands on the way
 * there, and `$RM_OPEN` is set if anybody may. A group with the number of the owner counts as the owner (user private
 * groups). `DIR` is absolute and plain.
 *
 * `rm_trusts DIR`: the same, but 1 where it is not plain: with `..`, doubled slashes, or not absolute.
 */
const judging: Sh = sh`rm_weigh() {
[ -n "$RM_ID" ] || rm_self
RM_X=\${1%/}; set --
while [ -n "$RM_X" ]; do set -- "$RM_X" "$@"; RM_X=\${RM_X%/*}; done
RM_X=$(stat -c '%u %g %f' / "$@" 2>/dev/null) || return 1
set -- $RM_X
RM_X=0
while [ $# -gt 2 ]; do
case $3 in 4*) ;; *) RM_X=1 ;; esac
[ $1 = 0 ] || [ $1 = "\${RM_ID%:*}" ] || { RM_X=1; case $RM_WHO in *" $1 "*) ;; *) RM_WHO="$RM_WHO $1 " ;; esac; }
if [ $((0x$3 & 18)) != 0 ] && { [ $((0x$3 & 512)) = 0 ] || [ $# = 3 ]; }; then RM_X=1
[ $1 = $2 ] && [ $1 != 0 ] && [ $((0x$3 & 2)) = 0 ] || RM_OPEN=1; fi
shift 3; done
return $RM_X; }
rm_trusts() {
case $RM_TRUSTED in *:"$1":*) case $1 in *:*) ;; *) return 0 ;; esac ;; esac
[ "$1" = / ] || case $1/ in *//* | */./* | */../*) return 1 ;; /*) ;; *) return 1 ;; esac
rm_weigh "$1"; }`;

/**
 * `rm_where`: lets `$RM_L` be where we are.
 *
 * `rm_refuse WHY`: says that nothing is done there, and ends.
 *
 * `rm_enter PATH [through]`: goes to the directory of `PATH`, whose last name is `$RM_B` then. `through`: where that is a link,
 * what it leads to is meant. Links on the way are followed where only root or we could have put them there; others only
 * if all on the way there belongs to one account and the directory where they lead is that account's own: then it gains nothing.
 * `$RM_H` is the directory, without links. `$RM_CARE` is empty where it is trusted, `$RM_I` its identity where it is not.
 */
const entering: Sh = sh`rm_where() { RM_L=$(env pwd -P && echo .) && RM_L=\${RM_L%??}; }
rm_refuse() { printf 'refused: %s\\n' "$1" >&2; exit 1; }
rm_enter() {
RM_R=$1 RM_H= RM_STRAY= RM_WHO= RM_OPEN= RM_K=0
case $1 in /*) ;; *) rm_where || exit 1; RM_H=\${RM_L%/} ;; esac
while :; do
while :; do case $RM_R in /*) RM_R=\${RM_R#/} ;; *) break ;; esac; done
RM_B=\${RM_R%%/*}
case $RM_R in */*) RM_R=\${RM_R#*/} ;; *) RM_R= ;; esac
case $RM_B in
'' | .) [ -n "$RM_R" ] || rm_refuse "$1 does not end with a name"; continue ;;
..) [ -n "$RM_R" ] || rm_refuse "$1 does not end with a name"; RM_H=\${RM_H%/*}; continue ;;
esac
if [ -L "$RM_H/$RM_B" ] && { [ -n "$RM_R" ] || [ -n "\${2-}" ]; }; then
RM_K=$((RM_K + 1)); [ $RM_K -le 40 ] || rm_refuse "$1 leads in a circle of links"
rm_trusts "\${RM_H:-/}" || RM_STRAY=$RM_H/$RM_B
RM_L=$(readlink "$RM_H/$RM_B" && echo .) || rm_refuse "$RM_H/$RM_B was a link and is none"
RM_L=\${RM_L%??}
while :; do case $RM_L in ?*/) RM_L=\${RM_L%/} ;; *) break ;; esac; done
case $RM_L in /*) RM_H= ;; esac
RM_R=$RM_L\${RM_R:+/$RM_R}
continue
fi
[ -n "$RM_R" ] || break
RM_H=$RM_H/$RM_B
done
RM_CARE=1
[ -n "$RM_STRAY" ] || ! rm_trusts "\${RM_H:-/}" || RM_CARE=
cd -P -- "\${RM_H:-/}" || exit 1
[ -n "$RM_CARE" ] || return 0
RM_X=$(stat -c '%d:%i %u' .) && rm_where || exit 1
RM_I=\${RM_X% *}
if [ -z "$RM_STRAY" ]; then [ "$RM_L" = "\${RM_H:-/}" ] || rm_refuse "$RM_H was another directory a moment ago"
else rm_weigh "$RM_L"
[ -z "$RM_OPEN" ] && [ "$RM_WHO" = " \${RM_X#* } " ] || rm_refuse "$RM_STRAY is a symlink that another user can replace, and it leads to a directory of somebody else"; fi
RM_H=\${RM_L%/}; }`;

/**
 * `rm_private`: makes a private directory in the one where we are, and goes there. It goes away when the subshell ends.
 *
 * `rm_public`: takes it away with all that is in it, and goes back.
 *
 * `rm_swept DIR`: takes away what a dead lane left. That it is ours is told by a file in it which only we can have made: whoever
 * owns the directory above could give the name to a directory of root's.
 *
 * `rm_hold`: lets `./o` be a second name of the regular file (with `any`, of whatever is no directory and no link) that
 * stands at `../$RM_B`, so that nobody can put another in its place. 1 if there is none or it cannot be held.
 */
const secluded: Sh = sh`rm_private() {
RM_K=0; RM_V=.ringmaster-0private.$$.0
until ( umask 077; exec mkdir "./$RM_V" ) 2>/dev/null; do
[ -e "./$RM_V" ] || [ -L "./$RM_V" ] && [ $RM_K -lt 99 ] || { RM_X=$( ( umask 077; exec mkdir "./$RM_V" ) 2>&1 ); printf 'cannot write %s: %s\\n' "$RM_H/$RM_B" "\${RM_X##*: }" >&2; exit 1; }
RM_K=$((RM_K + 1)); RM_V=.ringmaster-0private.$$.$RM_K; done
cd -P "./$RM_V" || exit 1
set -- $(stat -c '%u %f %d:%i' . ..)
case "\${RM_ID%:*} $RM_I" in "\${1-} \${6-}") ;; *) rm_refuse "$RM_H/$RM_V is not the directory that was just made" ;; esac
case $2 in 41c0 | 45c0) ;; *) rm_refuse "$RM_H/$RM_V is not the directory that was just made" ;; esac
for RM_X in ./* ./.[!.]* ./..?*; do [ ! -e "$RM_X" ] && [ ! -L "$RM_X" ] || rm_refuse "$RM_H/$RM_V is not the directory that was just made"; done
: >./.ringmaster || exit 1
trap rm_public EXIT; trap 'exit 1' HUP INT TERM PIPE; }
rm_public() {
trap - EXIT
rm -rf ./* ./.[!.]* ./..?*
[ "../$RM_V" -ef . ] || { rm_where; RM_V=\${RM_L##*/}; }
cd -P .. && rmdir "./$RM_V" 2>/dev/null; }
rm_hold() {
[ ! -L "../$RM_B" ] && [ -\${1:-f} "../$RM_B" ] && ln "../$RM_B" ./o 2>/dev/null || return 1
[ ! -L ./o ] && [ -\${1:-f} ./o ] && return 0
rm -f ./o; return 1; }
rm_swept() {
( cd -P "\${1%/*}" && set -- "./\${1##*/}" "$(stat -c %d:%i .)" && cd -P "$1" && set -- "$2" $(stat -c '%f %d:%i' . ..) || exit 1
case $1.$2 in "\${5-}.41c0" | "\${5-}.45c0") [ -O . ] && [ -f ./.ringmaster ] && [ ! -L ./.ringmaster ] && rm -rf ./* ./.[!.]* ./..?* ;; esac ) 2>/dev/null
rmdir "$1" 2>/dev/null; }`;

/**
 * `rm_near [through]`: 0 if `$p` stands in a trusted directory, `$d`, and so do the links that it is reached by with
 * `through`. Then `$p` is what they lead to. No process where the directory is known already.
 *
 * `rm_ground [through]`: makes ready to put something at `$p`. Where its directory is not trusted, `$RM_CARE` is set and we
 * stand in a private directory: `$d` is `..`, and `$p` the name in it. `$RM_P` is the path for a reader.
 */
const grounds: Sh = sh`rm_near() {
RM_K=0
while :; do
case $p in */*) d=\${p%/*} ;; *) d=. ;; esac; d=\${d:-/}
rm_trusts "$d" || return 1
[ -n "\${1-}" ] && [ -L "$p" ] && [ $RM_K -lt 40 ] || return 0
RM_K=$((RM_K + 1)); RM_L=$(readlink "$p" && echo .) || return 1; RM_L=\${RM_L%??}
case $RM_L in /*) p=$RM_L ;; *) p=$d/$RM_L ;; esac
done; }
rm_ground() {
RM_P=$p RM_CARE=
rm_near "\${1-}" && return 0
p=$RM_P; rm_enter "$p" "\${1-}"
if [ -z "$RM_CARE" ]; then p=$RM_H/$RM_B d=\${RM_H:-/}; return 0; fi
rm_private; p=../$RM_B d=..; }`;

/**
 * `rm_dirs DIR [MODE [OWNER]]`: makes what is missing of a directory, each part with these attributes; 1 if it cannot, 2 if nothing is
 * missing. Where it
 * begins in a directory that is not trusted it is made ready in a private one. The deepest gets its attributes first, so
 * that nobody may write above what is still to be changed.
 */
const directories: Sh = sh`rm_dirs() { (
RM_N=$1 RM_TODO=
while [ ! -d "\${RM_N:-/}" ]; do
case $RM_N in */*) RM_TODO=/\${RM_N##*/}$RM_TODO RM_N=\${RM_N%/*} ;; *) RM_TODO=/$RM_N$RM_TODO RM_N=. ;; esac; done
[ -n "$RM_TODO" ] || exit 2
RM_TODO=\${RM_TODO#/}
rm_enter "$RM_N/\${RM_TODO%%/*}"
[ -n "$RM_CARE" ] && rm_private && RM_N=./f || RM_N=./$RM_B
case $RM_TODO in */*) RM_TODO=$RM_N/\${RM_TODO#*/} ;; *) RM_TODO=$RM_N ;; esac
[ -z "\${2-}" ] || umask 077
mkdir -p "$RM_TODO" || exit 1
while :; do
[ -z "\${3-}" ] || chown -- "$3" "$RM_TODO" || exit 1
[ -z "\${2-}" ] || chmod "$2" "$RM_TODO" || exit 1
[ "$RM_TODO" != "$RM_N" ] || break
RM_TODO=\${RM_TODO%/*}; done
[ -z "$RM_CARE" ] || mv -T ./f "../$RM_B" || exit 1 ) }`;

/**
 * `rm_at PATH HOW [UID…]`: lets `$x` be a name by which what stands there can be changed, and nothing else. `HOW`: `through`
 * as above, `link` for a link itself, or empty. Where the directory is not trusted it must belong to one of these accounts:
 * of a directory we stand in it, of a file `$x` is a second name, which must not have been a third.
 *
 * `rm_still`: 1 if something else has got its name meanwhile.
 */
const things: Sh = sh`rm_at() {
p=$1 RM_P=$1 RM_CARE= RM_HOW=\${2#link}; shift 2
if rm_near "$RM_HOW"; then x=$p; return 0; fi
rm_enter "$RM_P" "$RM_HOW"
x=$RM_H/$RM_B
[ -n "$RM_CARE" ] || return 0
if [ -L "./$RM_B" ]; then [ -z "$RM_HOW" ] || rm_refuse "$RM_P leads in a circle of links"; x=./$RM_B; return 0; fi
if [ -d "./$RM_B" ]; then
cd -P "./$RM_B" || exit 1
RM_X=$(stat -c '%d:%i %u' . ..) && rm_where || exit 1
RM_X=$(echo $RM_X)
case \${RM_L##*/}/$RM_X in "$RM_B/"*" $RM_I "*) ;; *) rm_refuse "$RM_P was another directory a moment ago" ;; esac
x=. RM_X=\${RM_X#* } RM_X="\${RM_X%% *} 1"
else
rm_private
rm_hold e && RM_X=$(stat -c '%u %h' ./o) || rm_refuse "$RM_P cannot be held: it was replaced, or its file system has no hard links"
x=./o
fi
[ $# = 0 ] || case " $* " in *" \${RM_X% *} "*) ;; *) rm_refuse "$RM_P belongs to another account than was seen" ;; esac
rm_single \${RM_X#* } || rm_refuse "$RM_P has other names, and may be a file of somebody else"; }
rm_single() { [ $1 -le 2 ] || { read -r RM_X </proc/sys/fs/protected_hardlinks && [ "$RM_X" = 1 ]; } 2>/dev/null; }
rm_still() {
case $RM_CARE$x in 1./o | 1.) [ ! -L "../$RM_B" ] && [ "$x" -ef "../$RM_B" ] || { printf '%s was replaced meanwhile\n' "$RM_P" >&2; return 1; } ;; esac; }`;

/**
 * `rm_remove PATH`: removes it, whatever it is. GNU's `rm -rf` goes down by descriptors; others go by names, which could be led
 * out of the tree by whoever owns a part of it, so that there each directory is entered.
 */
const removing: Sh = sh`rm_remove() {
p=$1 RM_P=$1
if rm_near; then x=$p; else rm_enter "$RM_P"; x=./$RM_B; fi
if [ -L "$x" ] || [ ! -d "$x" ]; then rm -f "$x"; return; fi
case $(rm --version 2>/dev/null) in *GNU*) rm -rf "$x"; return ;; esac
( rm_enter "$RM_P"; RM_I=$(stat -c %d:%i .); cd -P "./$RM_B" && rm_where || exit 1
[ "$(stat -c %d:%i ..)" = "$RM_I" ] && [ "\${RM_L##*/}" = "$RM_B" ] || rm_refuse "$RM_P was another directory a moment ago"
rm_empty ) && rmdir "$x"; }
rm_empty() {
set --
for RM_X in ./* ./.[!.]* ./..?*; do
if [ ! -L "$RM_X" ] && [ -d "$RM_X" ]; then
( RM_I=$(stat -c %d:%i .); cd -P "$RM_X" && [ "$(stat -c %d:%i ..)" = "$RM_I" ] && rm_empty )
rmdir "$RM_X"
elif [ -e "$RM_X" ] || [ -L "$RM_X" ]; then set -- "$@" "$RM_X"; [ $# -lt 500 ] || { rm -f "$@"; set --; }; fi
done
[ $# = 0 ] || rm -f "$@"; }`;

/**
 * `rm_below OWNER`: gives all that is below the directory in which we stand this owner, where it is not empty, and the modes
 * that `rm_mode RAW` says: it lets `$m` be the mode for a thing of this raw mode, or empty. Files get it by a second name in a
 * private directory, links are not followed, and each directory is entered and made sure of.
 *
 * `rm_strange PATH`: whether somebody else may write to a directory at or below it.
 */
const below: Sh = sh`rm_strange() {
[ -n "$RM_ID" ] || rm_self
rm_trusts "$1" || return 0
RM_X=$(find "$1/" -type d '(' ! -user 0 ! -user "\${RM_ID%:*}" -o -perm -20 -o -perm -2 ')' -print 2>&1 | head -n 1)
[ -n "$RM_X" ]; }
rm_batch() {
( rm_private
ln "$@" . || exit 1
set --
for f in ./* ./.[!.]* ./..?*; do [ "$f" = ./.ringmaster ] || [ ! -e "$f" ] && [ ! -L "$f" ] || set -- "$@" "$f"; done
stat -c '%h %f' "$@" | { RM_RC=0
for f; do
read -r h r || exit 1
[ ! -L "$f" ] || continue
rm_single $h || rm_refuse "a file below $RM_P has other names, and may be of somebody else"
[ -z "$RM_OWNER" ] || chown -h -- "$RM_OWNER" "$f" || RM_RC=1
rm_mode $r; [ -z "$m" ] || chmod "$m" "$f" || RM_RC=1
done; exit $RM_RC; } ) || RM_BAD=1; }
rm_below() {
RM_OWNER=$1 RM_BAD=; set --
RM_I=$(stat -c %d:%i .) || return 1
for f in ./* ./.[!.]* ./..?*; do
case $f in ./.ringmaster-0private.*) continue ;; esac
if [ -L "$f" ]; then [ -z "$RM_OWNER" ] || chown -h -- "$RM_OWNER" "$f" || RM_BAD=1
elif [ -d "$f" ]; then
( cd -P "$f" && rm_where && RM_X=$(stat -c '%f %d:%i' . ..) || exit 1
RM_X=$(echo $RM_X)
case ./\${RM_L##*/}/$RM_X in "$f/"*" $RM_I") ;; *) rm_refuse "a directory below $RM_P was another one a moment ago" ;; esac
RM_R=\${RM_X%% *}
rm_below "$RM_OWNER" || exit 1
[ -z "$RM_OWNER" ] || chown -- "$RM_OWNER" . || exit 1
rm_mode $RM_R; [ -z "$m" ] || chmod "$m" . ) || RM_BAD=1
elif [ -e "$f" ]; then set -- "$@" ".$f"; [ $# -lt 200 ] || { rm_batch "$@"; set --; }; fi
done
[ $# = 0 ] || rm_batch "$@"
[ -z "$RM_BAD" ]; }`;

/** All of it, for the shell of a lane. */
export const ground: Sh = join(
  [sh`RM_TRUSTED=: RM_ID=\${RM_ID-}`, self, judging, entering, secluded, grounds, directories, things, removing, below],
  '\n',
);
