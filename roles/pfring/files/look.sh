# Prints what of PF_RING is stale or loaded, one word and its value per line. Reads only.
# in: SRC PREFIX STAMPS KERNEL SYS PROC PARAMS RUNTIME

if [ -d "$SRC/.svn" ]; then head=$(svn info --show-item revision "$SRC" 2>/dev/null)
else head=$(git -C "$SRC" rev-parse HEAD 2>/dev/null); fi
cc=$(cc -dumpfullversion 2>/dev/null || cc -dumpversion 2>/dev/null)
stamped() { [ -n "$head" ] && [ "$(cat "$STAMPS/$1" 2>/dev/null)" = "$2" ]; }

# A module for another kernel does not load; one that another package put into updates/ would load instead of ours.
built=$(modinfo -k "$KERNEL" -F vermagic pf_ring)
stamped kernel "$head $KERNEL $cc" && [ "${built%% *}" = "$KERNEL" ] && echo 'fresh kernel' || echo 'stale kernel'

# Each part is linked from the one before it, so a stale one makes all behind it stale.
[ -f "$PREFIX/lib/libpfring.a" ] && [ -e "$PREFIX/lib/libpfring.so" ] && stamped lib "$head $cc" && lib=fresh || lib=stale
[ $lib = fresh ] && grep -qs pfring_open "$PREFIX/lib/libpcap.so" && stamped libpcap "$head $cc" && pcap=fresh || pcap=stale
[ $pcap = fresh ] && { [ -x "$PREFIX/bin/tcpdump" ] || [ -x "$PREFIX/sbin/tcpdump" ]; } && stamped tcpdump "$head $cc" && dump=fresh || dump=stale
echo "$lib lib"
echo "$pcap libpcap"
echo "$dump tcpdump"

[ -d "$SYS/pf_ring" ] || { echo 'loaded no'; exit 0; }
echo 'loaded yes'
reload=no
# Another build than the installed one is loaded.
loaded=$(cat "$SYS/pf_ring/srcversion" 2>/dev/null)
installed=$(modinfo -k "$KERNEL" -F srcversion pf_ring)
[ "$loaded" = "$installed" ] || { reload=yes; echo "because the loaded module is not the installed one"; }
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
for holder in "$SYS"/pf_ring/holders/*; do [ -e "$holder" ] && echo "user module ${holder##*/}"; done
# Named by program, for process ids would differ from look to look without meaning anything.
for ring in "$PROC"/[0-9]*-*; do
  [ -e "$ring" ] || continue
  pid=${ring##*/}
  pid=${pid%%-*}
  [ -d "/proc/$pid" ] && echo "user a ring of $(cat "/proc/$pid/comm" 2>/dev/null)"
done | sort | uniq -c | sed 's/^ *\([0-9]*\) user a ring/user \1 rings/'
exit 0
