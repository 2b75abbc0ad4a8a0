# Prints which driver of $FAMILY is chosen, installed and loaded, and what would be lost with it. Reads only.
# in: FAMILY KERNEL SOURCE TREE STATE SYS DKMS INTERFACES

[ ! -d "$TREE/drivers" ] || echo "families $(driver_families "$TREE")"
source=$(chosen_source)
[ -z "$source" ] || echo "source ${source#"$TREE/"}"

head=$(tree_head)
want="$head ${source#"$TREE/"}"
path=$(modinfo -k "$KERNEL" -n "$FAMILY")
stamp=$(cat "$STATE/$KERNEL/$FAMILY.stamp" 2>/dev/null)
by_dkms=$(dkms_stamp)
# The in-tree driver shows no srcversion in /sys, so whatever differs from the installed one is another.
installed=$(modinfo -k "$KERNEL" -F srcversion "$FAMILY")
if [ ! -d "$SYS/$FAMILY" ]; then loaded=none
elif [ -n "$installed" ] && [ "$(cat "$SYS/$FAMILY/srcversion" 2>/dev/null)" = "$installed" ]; then loaded=installed
else loaded=other; fi
echo "loaded $loaded"

case ${path%.ko*}.ko in
  "/lib/modules/$KERNEL/updates/ringmaster/$FAMILY.ko") made=$stamp ;;
  "/lib/modules/$KERNEL/updates/dkms/$FAMILY.ko") [ "$DKMS" = yes ] && made=$by_dkms || made= ;;
  *) made= ;;
esac
# A swap can only be taken back from a driver that DKMS does not keep putting back: so it is installed by hand first.
case $loaded:$path in other:*/updates/dkms/*) made= ;; esac
[ -n "$head" ] && [ "$made" = "$want" ] && echo 'installed ours' || echo 'installed other'
[ -n "$head" ] && [ "$DKMS" = yes ] && [ "$by_dkms" != "$want" ] && echo 'dkms stale'
[ "$(cat "$STATE/$KERNEL/$FAMILY.image" 2>/dev/null)" = "$want" ] || echo 'image stale'
# One of another package in updates/, beside which ours would be loaded or not as chance has it.
case $path in
  "/lib/modules/$KERNEL/updates/ringmaster/"*) ;;
  */updates/*) [ -n "$by_dkms" ] || echo "shadow $path ($(owner_of "$path"))" ;;
esac

# Ours from before, or kept from before: what `nic_driver_restore` has to do with.
{ [ -e "/lib/modules/$KERNEL/updates/ringmaster/$FAMILY.ko" ] || [ -n "$by_dkms" ] || [ -e "$SYS/pf_ring/holders/$FAMILY" ]; } &&
  echo 'pf_ring driver'
kept=$STATE/backup/$KERNEL
origin=$(cat "$kept/$FAMILY.origin" 2>/dev/null)
if [ -n "$origin" ]; then
  if [ -e "$origin" ]; then echo "stock $origin"
  elif (cd "$kept" && sha256sum --status -c "$FAMILY.sha256") 2>/dev/null; then echo "stock $kept/${origin##*/}"
  else echo "damaged $kept/${origin##*/}"; fi
fi

# A VLAN, a macvlan and their like go with the interface they stand on, and nobody makes them anew; bonds and bridges stay.
for interface in $INTERFACES; do
  master=$(readlink "/sys/class/net/$interface/master" 2>/dev/null)
  for upper in "/sys/class/net/$interface"/upper_*; do
    [ -L "$upper" ] || continue
    upper=${upper##*/upper_}
    [ "$upper" = "${master##*/}" ] || echo "upper $upper on $interface"
  done
done
# How it is now, so that it can be compared afterwards. Of offloads only those that are tuned away, and not what is fixed off.
for interface in $INTERFACES; do
  net=/sys/class/net/$interface
  [ -d "$net" ] || continue
  up=down
  [ $(($(cat "$net/flags") & 1)) -eq 0 ] || up=up
  carrier=none
  [ "$(cat "$net/carrier" 2>/dev/null)" != 1 ] || carrier=carrier
  echo "was $interface $(cat "$net/mtu") $up $carrier"
  ethtool -k "$interface" 2>/dev/null | awk -v interface="$interface" '
    $1 ~ /^((rx|tx)-checksumming|scatter-gather|(tcp|generic)-segmentation-offload|(generic|large)-receive-offload|[rt]x-vlan-offload):$/ &&
      $2 == "off" && !/\[fixed\]/ { sub(":", "", $1); print "off", interface, $1 }'
done
exit 0
