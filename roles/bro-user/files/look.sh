# Prints what of the account is wrong, one thing per line. Reads only.
# in: ACCOUNT HOUSE PREFIX
id "$ACCOUNT" >/dev/null 2>&1 || exit 0
case $(getent shadow "$ACCOUNT" | cut -d: -f2) in '!'*) echo locked ;; esac
[ -d "$HOUSE" ] && [ -n "$(find "$HOUSE" ! -user "$ACCOUNT" -print -quit)" ] && echo 'foreign home'
[ -d "$PREFIX" ] && [ -n "$(find "$PREFIX" -mindepth 1 ! -user "$ACCOUNT" -print -quit)" ] && echo 'foreign prefix'
exit 0
