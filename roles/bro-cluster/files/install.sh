# Checks the configuration and installs it on all hosts. After manifest.sh and check.sh.
# in: PREFIX CONTROL STATE; manifest
set -eu
umask 022

# A folder that the account may enter: that of the login need not be one.
cd "$PREFIX"
mkdir -p "$STATE"
# Until the check has passed nothing is touched, not even what is known of that which runs: then the next run tries again.
check_or_fail 'nothing was installed, and what runs goes on running'
# From here on nobody knows what lies on the hosts until all have it; and what is installed anew is started anew.
rm -f "$STATE/installed" "$STATE/running"
said=$(control install) || { printf '%s\n' "$said" >&2; fail "$CONTROL install failed"; }
printf '%s\n' "$said"
case $said in *'error rsyncing'* | *'is not alive'* | *'cannot create'*) printf '%s\n' "$said" >&2; fail "$CONTROL install did not reach all hosts" ;; esac
printf '%s\n' "$manifest" >"$STATE/installed"
