import { sweep } from './draft.js';
import { ground } from './ground.js';
import { join, type Sh, sh } from './sh.js';

/*
 * What writes a file, as functions for the shell of a lane, so that they travel once and not with every act. `$p` is the
 * path, `$d` its directory and `$t` the new file, as `rm_ground` leaves them: where the directory is not trusted, `$t` is in a
 * private one that we stand in.
 */

/** `rm_failed WHY`: a write failed; says so with the room that is left, and ends. */
const full: Sh = sh`rm_failed() { ${sweep}
[ -n "$RM_CARE" ] && l=$RM_H || l=$d
k=$(df -Pk "$d" 2>/dev/null | { read -r x; read -r x x x k x; echo "$k"; })
printf 'cannot write %s: %s%s\\n' "$RM_P" "$1" "\${k:+ ($((k * 1024)) bytes free in $l)}" >&2; exit 1; }`;

/**
 * `rm_temporary`: until it has its name, any end removes `$t`.
 *
 * `rm_new NAME`: `$t` becomes a new file beside `$p`, open as 3. The name tells whose it is and which lane made it. The shell
 * makes it by O_EXCL (XCU 2.7.2, noclobber), so no link is followed and no file of others is taken.
 */
const created: Sh = sh`rm_temporary() { [ -n "$RM_CARE" ] || { trap 'rm -f "$t"' EXIT; trap 'exit 1' HUP INT TERM PIPE; }; }
rm_new() {
set -C; k=0
if [ -n "$RM_CARE" ]; then t=./f; { command exec 3>./f; } 2>/dev/null || rm_failed 'no file can be made there'
else t=$d/$1.$$.0
until { command exec 3>"$t"; } 2>/dev/null; do
[ -e "$t" ] || [ -L "$t" ] && [ $k -lt 99 ] || { e=$( { command exec 3>"$t"; } 2>&1 ); rm_failed "\${e##*: }"; }
k=$((k + 1)); t=$d/$1.$$.$k; done
fi
set +C
rm_temporary; }`;

/**
 * `rm_inherit`: the attributes of the old file, while the new one is empty: so no one reads the content who may not. Of a
 * link's target the mode is taken, as Ansible does. What somebody else may have put there gives no setuid and no setgid.
 */
const inherited: Sh = sh`rm_like() { cp --attributes-only --preserve=all "$1" "$2" 2>/dev/null || {
k=$(stat -L -c '%u:%g %a' "$1"); chown "\${k% *}" "$2" 2>/dev/null; chmod "\${k#* }" "$2"
! command -v setfacl >/dev/null || getfacl -p "$1" 2>/dev/null | setfacl --set-file=- "$2"; }; }
rm_inherit() {
if [ -z "$RM_CARE" ]; then [ ! -f "$p" ] || rm_like "$p" "$t"; return; fi
if rm_hold; then rm_like ./o ./f
elif [ -f "$p" ] && k=$(stat -L -c %a "$p"); then chmod "$(printf %o $((0$k & 511)))" ./f; fi
[ ! -u ./f ] && [ ! -g ./f ] || chmod ug-s ./f; }`;

/**
 * `rm_backup`: keeps the old file, by Ansible's name: path, process, date, tilde. The lane's process lives long, so a second
 * one in a second gets a digit. Prints what follows the path.
 */
const backup: Sh = sh`rm_backup() {
[ -f "$p" ] || return 0
b=.$$; n=$(date +%Y-%m-%d@%H:%M:%S~); while [ -e "$p$b.$n" ]; do b=\${b}0; done
if [ -z "$RM_CARE" ]; then e=$(cp -p "$p" "$p$b.$n" 2>&1) || rm_failed "$e"
else [ -f ./o ] && e=$(ln ./o "$p$b.$n" 2>&1) || rm_failed "no backup can be kept: \${e-it is a link}"; fi
printf 'backup %s\\n' "$b.$n"; }`;

/**
 * `rm_name [in-place]`: the new file gets its name. Older busybox has no `mv -T`: where the directory is trusted, no directory
 * must take the file in; elsewhere it is a failure. `in-place`: where a rename is refused the old file is written over, which
 * nobody else must be able to lead elsewhere. The label of a new file depends on its name.
 */
const named: Sh = sh`rm_name() {
if [ -n "$RM_CARE" ]; then mv -fT ./f "$p" || exit 1; return 0; fi
[ -e "$p" ] && n= || n=new
mv -fT "$t" "$p" 2>/dev/null || { [ ! -d "$p" ] && mv -f "$t" "$p"; } || { [ -n "\${1-}" ] && cat "$t" >"$p"; } || exit 1
[ -z "\${1-}" ] || rm -f "$t"
trap - EXIT
[ ! -e /sys/fs/selinux/enforce ] || [ -z "$n" ] || restorecon "$p" 2>/dev/null
return 0; }`;

/** `rm_spare`: `$t` is a name that nothing has, for a link that shall stand at `$p`. `rm_rename`: it gets its name. */
const spared: Sh = sh`rm_spare() {
rm_ground
if [ -n "$RM_CARE" ]; then t=./f; else t=$d/.ringmaster.$$.link; rm -f "$t"; fi
rm_temporary; }
rm_rename() { mv -fT "$t" "$p" || exit 1; [ -n "$RM_CARE" ] || trap - EXIT; }`;

/**
 * `rm_open FILE`: opens it as 5 and as 6, for reading. Where its directory is not trusted it must be a regular file, and the
 * very one that has the name: so that nobody hands us another one to read.
 */
const opened: Sh = sh`rm_open() {
p=$1
if rm_near through; then { command exec 5<"$p" 6<"$p"; } || exit 1; return 0; fi
rm_where; RM_OLD=$RM_L; rm_enter "$1" through
[ -f "./$RM_B" ] && { command exec 5<"./$RM_B"; } || { printf '%s is no file that can be read\\n' "$1" >&2; exit 1; }
if [ -n "$RM_CARE" ]; then
set -- "$1" $(stat -c '%f %d:%i' "./$RM_B") $(stat -L -c %d:%i /proc/self/fd/5)
case "\${2-} \${3-}" in "8\${2#8} \${4-none}") ;; *) rm_refuse "$1 was another file a moment ago" ;; esac
{ command exec 6</proc/self/fd/5; } || exit 1
else { command exec 6<"./$RM_B"; } || exit 1; fi
cd -P -- "$RM_OLD" || exit 1; }`;

/** All that an act may use, for the shell of a lane. */
export const acting: Sh = join([ground, full, created, inherited, backup, named, spared, opened], '\n');
