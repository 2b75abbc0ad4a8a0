# After a swap: is the driver the installed one, and are the interfaces as they were? Waits for links, which need some seconds. Reads only.
# in: FAMILY KERNEL SYS INTERFACE (that captures) BEFORE (what look.sh said: `was INTERFACE MTU up|down carrier|none`, `off INTERFACE OFFLOAD`)

wrong() { printf '%s\n' "$*" >&2; status=1; }
status=0

loaded=$(cat "$SYS/$FAMILY/srcversion" 2>/dev/null)
installed=$(modinfo -k "$KERNEL" -F srcversion "$FAMILY" 2>/dev/null)
[ -d "$SYS/$FAMILY" ] || wrong "$FAMILY is not loaded"
[ -z "$loaded" ] || [ "$loaded" = "$installed" ] || wrong "$FAMILY is loaded from another build ($loaded) than the installed one ($installed)"

while read -r what interface mtu link carrier; do
  [ "$what" = was ] || continue
  net=/sys/class/net/$interface
  [ -d "$net" ] || { wrong "$interface is gone"; continue; }
  driver=$(readlink -f "$net/device/driver/module" 2>/dev/null)
  [ -z "$driver" ] || [ "${driver##*/}" = "$FAMILY" ] || wrong "$interface is driven by ${driver##*/}, not by $FAMILY"
  [ "$(cat "$net/mtu")" = "$mtu" ] || wrong "$interface has MTU $(cat "$net/mtu"), had $mtu"
  up=$(($(cat "$net/flags") & 1))
  [ "$link" = down ] || [ "$up" = 1 ] || wrong "$interface is down, was up"
  [ "$carrier" = carrier ] || continue
  for second in 1 2 3 4 5 6 7 8 9 10; do
    [ "$(cat "$net/carrier" 2>/dev/null)" = 1 ] && break
    sleep 1
  done
  [ "$(cat "$net/carrier" 2>/dev/null)" = 1 ] || wrong "$interface has no link, had one"
done <<END
$BEFORE
END

# Only where the settings come back by themselves; else nic-tuning is yet to come.
[ -x /usr/local/sbin/ringmaster-nic ] && [ -e "/etc/ringmaster-nic-$INTERFACE.conf" ] || exit $status
while read -r what interface offload; do
  [ "$what $interface" = "off $INTERFACE" ] || continue
  if ethtool -k "$interface" 2>/dev/null | grep -q "^$offload: on"; then wrong "$offload of $interface is on again"; fi
done <<END
$BEFORE
END
exit $status
