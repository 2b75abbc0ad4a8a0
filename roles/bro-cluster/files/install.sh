# Checks the configuration and installs it on all hosts. After digest.sh.
# in: PREFIX CONTROL ACCOUNT STATE; digest
set -eu
umask 022

fail() { printf '%s\n' "$*" >&2; exit 1; }

# A folder that the account may enter: that of the login need not be one.
cd "$PREFIX"
mkdir -p "$STATE"
rm -f "$STATE/installed"
# broctl 1.1 ends with 0 whatever it found, so its words count as well.
said=$(runuser -u "$ACCOUNT" -- "$PREFIX/bin/$CONTROL" check) || { printf '%s\n' "$said" >&2; fail "$CONTROL check failed: nothing was installed, and what runs goes on running"; }
printf '%s\n' "$said"
case $said in *' failed.'* | *error:*) printf '%s\n' "$said" >&2; fail "$CONTROL check failed: nothing was installed, and what runs goes on running" ;; esac
said=$(runuser -u "$ACCOUNT" -- "$PREFIX/bin/$CONTROL" install) || { printf '%s\n' "$said" >&2; fail "$CONTROL install failed"; }
printf '%s\n' "$said"
# What is installed anew is started anew: nobody knows what was installed by hand in between.
rm -f "$STATE/running"
case $said in *'error rsyncing'* | *'is not alive'* | *'cannot create'*) printf '%s\n' "$said" >&2; fail "$CONTROL install did not reach all hosts" ;; esac
echo "$digest" >"$STATE/installed"
