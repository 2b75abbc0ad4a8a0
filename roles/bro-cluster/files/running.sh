# Prints `all run`, or the processes that do not; of a host that cannot be reached nothing is known, and nothing is started for it. Reads only.
# in: PREFIX CONTROL ACCOUNT
[ -x "$PREFIX/bin/$CONTROL" ] && id "$ACCOUNT" >/dev/null 2>&1 || { echo 'not installed'; exit 0; }
cd "$PREFIX" || exit
runuser -u "$ACCOUNT" -- "$PREFIX/bin/$CONTROL" status | awk '
  $1 == "Name" { table = 1; next }
  table && NF >= 4 { rows++; if ($4 == "unknown" || $4 == "???") print "unknown " $1; else if ($4 != "running") { idle++; print "not running " $1 " (" $4 ")" } }
  !table { print }
  END { if (rows && !idle) print "all run" }'
