# Starts what does not run, or restarts all if another configuration runs, and waits until all runs. After manifest.sh and check.sh.
# in: PREFIX CONTROL STATE SECONDS_TO_START; manifest
set -eu
umask 022

idle() { control status | awk '$1 == "Name" { table = 1; next } table && NF >= 4 && $4 != "running" { print $1 }'; }

cd "$PREFIX"
mkdir -p "$STATE"
[ "$(cat "$STATE/installed" 2>/dev/null)" = "$manifest" ] || fail 'this configuration was not installed'
if [ "$(cat "$STATE/running" 2>/dev/null)" = "$manifest" ]; then how=start
else
  how=restart
  # Once more, now that the programs were installed and have their capabilities: what runs is not ended for what cannot start.
  check_or_fail 'nothing was restarted'
fi
rm -f "$STATE/running"
control "$how" || true
left=$SECONDS_TO_START
while waiting=$(idle) && [ -n "$waiting" ]; do
  # shellcheck disable=SC2086
  [ "$left" -gt 0 ] || { control diag $waiting >&2 || true; fail "not running after $SECONDS_TO_START s:" $waiting; }
  sleep 1
  left=$((left - 1))
done
printf '%s\n' "$manifest" >"$STATE/running"
