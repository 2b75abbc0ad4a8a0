# Checks of every host. Reads only.
# in: PREFIX MIN_DISK

free=$(df -P "$PREFIX" 2>/dev/null | awk 'NR == 2 { sub("%", "", $5); print 100 - $5 }')
if [ -z "$free" ]; then say unknown 'disk space' "$PREFIX is not there"
else judge 'disk space' "$free % free below $PREFIX" test "$free" -ge "$MIN_DISK"; fi

case $(getent shadow "$ACCOUNT" | cut -d: -f2) in
  '') say fail account "there is no account $ACCOUNT" ;;
  '!'*) say fail account "$ACCOUNT is locked" ;;
  *) say pass account "$ACCOUNT exists and is not locked" ;;
esac
exit 0
