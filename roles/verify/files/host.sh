# Checks of every host. Reads only. After say.sh.
# in: PREFIX ACCOUNT MIN_DISK

# One line per file system, whatever of the cluster lies on it. A full one stops the logs, and with them what writes them.
df -P "$PREFIX" "$PREFIX/logs" "$PREFIX/spool" 2>/dev/null |
  awk 'NR > 1 { used = $5; sub("%", "", used); at = $6; for (i = 7; i <= NF; i++) at = at " " $i; if (!seen[at]++) print 100 - used "\t" at }' |
  {
    found=
    while IFS=$tab read -r free place; do
      found=yes
      judge test "$free" -ge "$MIN_DISK"
      say "$verdict" 'disk free' item="$place" figure="$free" unit=% source=df words="at least $MIN_DISK % is wished"
    done
    [ -n "$found" ] || say unknown 'disk free' source=df words="$PREFIX is not there"
  }

case $(getent shadow "$ACCOUNT" | cut -d: -f2) in
  '') say fail account figure=missing source='getent shadow' words="there is no account $ACCOUNT" ;;
  '!'*) say fail account figure=locked source='getent shadow' words="$ACCOUNT is locked: sshd may refuse its keys" ;;
  *) say pass account figure=open source='getent shadow' words="$ACCOUNT exists and is not locked" ;;
esac

# Where chrony keeps the clock, it knows better than a comparison with the manager.
if command -v chronyc >/dev/null && tracking=$(chronyc -n tracking 2>/dev/null); then
  offset=$(printf '%s\n' "$tracking" | awk '/^System time/ { print $4 }')
  case $tracking in
    *'Leap status     : Not synchronised'*) say unknown 'clock source' source='chronyc tracking' words='not synchronised yet' ;;
    *) judge at_most "${offset:-9}" "$MAX_OFFSET"; say "$verdict" 'clock source' figure="$offset" unit='s off' source='chronyc tracking' ;;
  esac
fi
