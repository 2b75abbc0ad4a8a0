# Starts what does not run, or restarts all if another configuration runs, and waits until all runs. After digest.sh.
# in: PREFIX CONTROL ACCOUNT STATE SECONDS_TO_START; digest
set -eu
umask 022

fail() { printf '%s\n' "$*" >&2; exit 1; }
control() { runuser -u "$ACCOUNT" -- "$PREFIX/bin/$CONTROL" "$@"; }
idle() { control status | awk '$1 == "Name" { table = 1; next } table && NF >= 4 && $4 != "running" { print $1 }'; }

cd "$PREFIX"
mkdir -p "$STATE"
[ "$(cat "$STATE/installed" 2>/dev/null)" = "$digest" ] || fail 'this configuration was not installed'
if [ "$(cat "$STATE/running" 2>/dev/null)" = "$digest" ]; then how=start; else how=restart; fi
rm -f "$STATE/running"
control "$how" || true
left=$SECONDS_TO_START
while waiting=$(idle) && [ -n "$waiting" ]; do
  [ "$left" -gt 0 ] || { control diag $waiting >&2 || true; fail "not running after $SECONDS_TO_START s:" $waiting; }
  sleep 1
  left=$((left - 1))
done
echo "$digest" >"$STATE/running"
