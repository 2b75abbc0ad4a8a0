# Checks of a host that captures. Reads only.
# in: INTERFACE SYS PROC PARAMS OFFLOADS MTU NO_IP PREFIX FLAVOUR PFRING CAPS PROCESSES METHOD SHARED SAMPLE SETTLE MAX_LOSS

kernel=$(uname -r)
net=/sys/class/net/$INTERFACE

# ---- the kernel module
if [ ! -d "$SYS/pf_ring" ]; then say fail pf_ring 'the module is not loaded'
else
  loaded=$(cat "$SYS/pf_ring/version" 2>/dev/null)
  installed=$(modinfo -k "$kernel" -F version pf_ring)
  judge 'pf_ring version' "loaded ${loaded:-?}, installed ${installed:-none}" test "${loaded:-?}" = "$installed"
  # A library of another release cannot read the module's rings.
  slot=$(sed -n 's/^Slot version *: *//p' "$PROC/info" 2>/dev/null)
  header=$(awk '/define *RING_FLOWSLOT_VERSION/ { print $3 }' /usr/include/linux/pf_ring.h 2>/dev/null)
  if [ -z "$slot" ] || [ -z "$header" ]; then say unknown 'pf_ring slots' "module ${slot:-?}, library ${header:-?}"
  else judge 'pf_ring slots' "module $slot, library $header" test "$slot" = "$header"; fi
  for setting in $PARAMS; do
    found=$(cat "$SYS/pf_ring/parameters/${setting%%=*}" 2>/dev/null)
    judge "pf_ring ${setting%%=*}" "${found:-no such parameter}, wished ${setting#*=}" test "$found" = "${setting#*=}"
  done
fi
newest=$(ls /lib/modules 2>/dev/null | sort -V | tail -n 1)
if [ "$newest" != "$kernel" ]; then
  if modinfo -k "$newest" pf_ring >/dev/null; then say pass 'next boot' "kernel $newest has pf_ring"
  else say warn 'next boot' "kernel $newest has no pf_ring, $kernel runs"; fi
fi

# ---- the interface
if [ ! -d "$net" ]; then say fail interface "there is no $INTERFACE"
else
  judge mtu "$(cat "$net/mtu"), wished $MTU" test "$(cat "$net/mtu")" = "$MTU"
  judge up "flags $(cat "$net/flags")" test $(($(cat "$net/flags") & 1)) -eq 1
  carrier=$(cat "$net/carrier" 2>/dev/null)
  judge carrier "${carrier:-down}" test "$carrier" = 1
  if [ "$NO_IP" = yes ]; then
    addresses=$(ip -o addr show dev "$INTERFACE" | awk '{ print $4 }' | tr '\n' ' ')
    judge 'no address' "${addresses:-none}" test -z "$addresses"
  fi
  driver=$(ethtool -i "$INTERFACE" 2>/dev/null | sed -n 's/^driver: //p; s/^version: //p' | tr '\n' ' ')
  if [ -e "$SYS/pf_ring/holders/${driver%% *}" ]; then say pass driver "${driver}with PF_RING"
  else say pass driver "${driver:-? }(stock: plain PF_RING)"; fi
  features=$(ethtool -k "$INTERFACE" 2>/dev/null)
  wrong=
  for offload in $OFFLOADS; do
    case ${offload%%=*} in
      rx) row=rx-checksumming ;;
      tx) row=tx-checksumming ;;
      sg) row=scatter-gather ;;
      tso) row=tcp-segmentation-offload ;;
      gso) row=generic-segmentation-offload ;;
      gro) row=generic-receive-offload ;;
      lro) row=large-receive-offload ;;
      rxvlan) row=rx-vlan-offload ;;
      txvlan) row=tx-vlan-offload ;;
      rxhash) row=receive-hashing ;;
      *) row=${offload%%=*} ;;
    esac
    case $(printf '%s\n' "$features" | sed -n "s/^[[:space:]]*$row: //p") in
      "${offload#*=}" | "${offload#*=} "*) ;;
      '') wrong="$wrong ${offload%%=*} unknown" ;;
      *) wrong="$wrong ${offload%%=*} not ${offload#*=}" ;;
    esac
  done
  if [ -z "$features" ]; then say unknown offloads 'ethtool says nothing'
  else judge offloads "${wrong:-as wished}" test -z "$wrong"; fi
fi

# ---- the programs
path=$PREFIX/bin/$FLAVOUR
for file in "$path" "$PREFIX/bin/capstats"; do
  if [ ! -e "$file" ]; then say fail capabilities "there is no $file"; continue; fi
  # Two spellings: `F = a,b+eip` and `F a,b=eip`.
  found=$(getcap "$file" | sed "s#^$file *=* *##; s/[+=]eip\$//" | tr ',' '\n' | sort | tr '\n' ',' | sed 's/,$//')
  judge capabilities "$file: ${found:-none}" test "$found" = "$CAPS"
done
if [ -e "$path" ]; then
  case ,$(findmnt -no OPTIONS -T "$path"), in
    *,nosuid,*) say fail mount "$path is on a file system mounted nosuid, which takes capabilities away" ;;
  esac
  pcap=$(ldd "$path" 2>/dev/null | sed -n 's/^[[:space:]]*libpcap\.so\.1 => \([^ ]*\).*/\1/p')
  if [ -z "$pcap" ] && grep -q pfring_open "$path"; then say pass libpcap 'PF_RING, in the program itself'
  else case $pcap in "$PFRING"/*) say pass libpcap "$pcap" ;; *) say fail libpcap "${pcap:-not PF_RING}, wished one in $PFRING" ;; esac; fi
fi

# ---- the rings, sampled twice
if [ "$METHOD" = pf_ring ]; then
  rings() {
    for ring in "$PROC"/[0-9]*-"$INTERFACE".*; do
      pid=${ring##*/}
      [ -d "/proc/${pid%%-*}" ] && cat "$ring" 2>/dev/null
    done
  }
  total() { awk -F ' *: *' '$1 == "Tot Packets" { p += $2 } $1 == "Tot Pkt Lost" { l += $2 } END { print p + 0, l + 0 }'; }
  first=$(rings | total)
  missed=$(cat "$net/statistics/rx_missed_errors" "$net/statistics/rx_dropped" 2>/dev/null | awk '{ n += $1 } END { print n + 0 }')
  sleep "$SAMPLE"
  text=$(rings)
  # Processes that were started a moment ago open their rings a moment later.
  left=$SETTLE
  while [ "$(printf '%s\n' "$text" | grep -c '^Tot Packets')" != "$PROCESSES" ] && [ "$left" -gt 0 ]; do
    sleep 1
    left=$((left - 1))
    text=$(rings)
  done
  second=$(printf '%s\n' "$text" | total)
  missed=$(($(cat "$net/statistics/rx_missed_errors" "$net/statistics/rx_dropped" 2>/dev/null | awk '{ n += $1 } END { print n + 0 }') - missed))
  open=$(printf '%s\n' "$text" | grep -c '^Tot Packets')
  judge processes "$open rings on $INTERFACE, wished $PROCESSES" test "$open" = "$PROCESSES"
  if [ "$open" -gt 0 ]; then
    # Without it every process analyses everything, and every log line comes as often as there are processes.
    ids=$(printf '%s\n' "$text" | sed -n 's/^Cluster Id *: *//p' | sort -u | tr '\n' ' ')
    judge 'cluster id' "${ids:-none}($(printf '%s\n' "$text" | grep -c '^Cluster Id') of $open rings)" \
      test "$(printf '%s\n' "$text" | grep -c '^Cluster Id') $(echo $ids | wc -w)" = "$open 1"
    if [ "$SHARED" = yes ]; then
      filtered=$(printf '%s\n' "$text" | grep -c '^BPF Filtering *: Enabled')
      judge 'share of traffic' "$filtered of $open rings have a filter" test "$filtered" = "$open"
    fi
    packets=$((${second% *} - ${first% *}))
    lost=$((${second#* } - ${first#* }))
    if [ $((packets + lost)) -le 0 ]; then say pass 'packets lost' "no traffic for $SAMPLE s"
    else
      loss=$(awk -v l="$lost" -v p="$packets" 'BEGIN { printf "%.2f", 100 * l / (l + p) }')
      judge 'packets lost' "$loss % of $((packets + lost)) in $SAMPLE s" at_most "$loss" "$MAX_LOSS"
    fi
  fi
  if [ "$missed" -gt 0 ]; then say warn 'interface drops' "$missed in $SAMPLE s"; else say pass 'interface drops' "$missed in $SAMPLE s"; fi
fi
exit 0
