# Prints what of PF_RING is stale or loaded, one word and its value per line. Reads only.
# in: SRC PREFIX STAMPS KERNEL SYS PROC PARAMS RUNTIME DKMS

if [ -d "$SRC/.svn" ]; then head=$(svn info --show-item revision "$SRC" 2>/dev/null)
else head=$(git -C "$SRC" rev-parse HEAD 2>/dev/null); fi
cc=$(cc -dumpfullversion 2>/dev/null || cc -dumpversion 2>/dev/null)
stamped() { [ -n "$head" ] && [ "$(cat "$STAMPS/$1" 2>/dev/null)" = "$2" ]; }

# A module for another kernel does not load; one that another package put into updates/ would load instead of ours.
path=$(modinfo -k "$KERNEL" -n pf_ring)
built=$(modinfo -k "$KERNEL" -F vermagic pf_ring)
owner=$(pf_ring_owner)
[ "$owner" = ours ] && stamped kernel "$head $KERNEL $cc $DKMS" && [ "${built%% *}" = "$KERNEL" ] && echo 'fresh kernel' || echo 'stale kernel'
case $owner:$path in
  ours:* | made\ with*) ;;
  *:*/updates/*) echo "shadow $path ($owner)" ;;
esac

# What a module built by another compiler does is nobody's promise; it mostly works, so it is only said.
kernel_cc=$(sed -n 's/^CONFIG_CC_VERSION_TEXT="\(.*\)"$/\1/p; s/^CONFIG_CC_VERSION_TEXT=\([^"]*\)$/\1/p' \
  "/lib/modules/$KERNEL/build/include/config/auto.conf" 2>/dev/null)
[ -z "$kernel_cc" ] || [ -z "$cc" ] || [ "${kernel_cc##* }" = "$cc" ] || echo "compiler ${kernel_cc##* }, not $cc"

# Each part is linked from the one before it, so a stale one makes all behind it stale.
[ -f "$PREFIX/lib/libpfring.a" ] && [ -e "$PREFIX/lib/libpfring.so" ] && stamped lib "$head $cc" && lib=fresh || lib=stale
[ $lib = fresh ] && grep -qs pfring_open "$PREFIX/lib/libpcap.so" && stamped libpcap "$head $cc" && pcap=fresh || pcap=stale
[ $pcap = fresh ] && { [ -x "$PREFIX/bin/tcpdump" ] || [ -x "$PREFIX/sbin/tcpdump" ]; } && stamped tcpdump "$head $cc" && dump=fresh || dump=stale
echo "$lib lib"
echo "$pcap libpcap"
echo "$dump tcpdump"
ldconfig -p 2>/dev/null | grep -qF "=> $PREFIX/lib/libpcap.so" && echo 'fresh loader' || echo 'stale loader'

[ -d "$SYS/pf_ring" ] || { echo 'loaded no'; exit 0; }
echo 'loaded yes'
reload=no
# Another build than the installed one is loaded.
loaded=$(cat "$SYS/pf_ring/srcversion" 2>/dev/null)
installed=$(modinfo -k "$KERNEL" -F srcversion pf_ring)
[ "$loaded" = "$installed" ] || { reload=yes; echo "because the loaded module is not the installed one"; }
# Kernel and library must speak the same version of a ring's slots, or no ring opens ("Wrong RING version").
wanted=$(ring_version)
slots=$(sed -n 's/^Slot version *: *//p' "$PROC/info" 2>/dev/null)
if [ -n "$wanted" ] && [ -n "$slots" ] && [ "$wanted" != "$slots" ]; then
  reload=yes
  echo "mismatch $slots $wanted"
  echo "because the loaded module has ring version $slots, the library $wanted"
fi
for setting in $PARAMS; do
  name=${setting%%=*}
  file=$SYS/pf_ring/parameters/$name
  if [ ! -e "$file" ]; then echo "unknown $name"
  elif [ "$(cat "$file")" = "${setting#*=}" ]; then :
  else
    case " $RUNTIME " in
      *" $name "*) echo "write $name" ;;
      *) reload=yes; echo "because $name is $(cat "$file")" ;;
    esac
  fi
done
echo "reload $reload"
users=$(
  for holder in "$SYS"/pf_ring/holders/*; do [ -e "$holder" ] && echo "user module ${holder##*/}"; done
  # Named by program, for process ids would differ from look to look without meaning anything.
  for ring in "$PROC"/[0-9]*-*; do
    [ -e "$ring" ] || continue
    pid=${ring##*/}
    pid=${pid%%-*}
    [ -d "/proc/$pid" ] && echo "user a ring of $(cat "/proc/$pid/comm" 2>/dev/null)"
  done | sort | uniq -c | sed -e 's/^ *1 user a ring/user a ring/' -e 's/^ *\([0-9]*\) user a ring/user \1 rings/'
)
[ -z "$users" ] || printf '%s\n' "$users"
# Held by what shows neither as a module nor as a ring.
count=$(cat "$SYS/pf_ring/refcnt" 2>/dev/null)
[ -n "$users" ] || [ "${count:-0}" = 0 ] || echo "user something unseen (reference count $count)"
exit 0
