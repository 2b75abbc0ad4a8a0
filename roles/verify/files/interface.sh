# Checks of the capturing interface. Reads only. After say.sh and module.sh.
# in: INTERFACE SYS OFFLOADS MTU NO_IP DRIVER

row_of() {
  case $1 in
    rx) echo rx-checksumming ;;
    tx) echo tx-checksumming ;;
    sg) echo scatter-gather ;;
    tso) echo tcp-segmentation-offload ;;
    gso) echo generic-segmentation-offload ;;
    gro) echo generic-receive-offload ;;
    lro) echo large-receive-offload ;;
    rxvlan) echo rx-vlan-offload ;;
    txvlan) echo tx-vlan-offload ;;
    rxhash) echo receive-hashing ;;
    *) echo "$1" ;;
  esac
}
check_offloads() {
  features=$(ethtool -k "$INTERFACE" 2>/dev/null)
  source="ethtool -k $INTERFACE"
  [ -n "$features" ] || { say unknown offloads source="$source" words='ethtool says nothing'; return; }
  wrong='' count=0 fixed='' absent=''
  for offload in $OFFLOADS; do
    name=${offload%%=*} wished=${offload#*=}
    case $(printf '%s\n' "$features" | sed -n "s/^[[:space:]]*$(row_of "$name"): //p") in
      "$wished" | "$wished "*) ;;
      # Nobody can change what the driver has fixed.
      *'[fixed]'*) fixed="$fixed $name" ;;
      '') absent="$absent $name" ;;
      *) wrong="$wrong $name" count=$((count + 1)) ;;
    esac
  done
  if [ "$count" -gt 0 ]; then say fail offloads figure="$count" unit=wrong source="$source" words="not as wished:$wrong"
  elif [ -n "$fixed" ]; then say warn offloads figure=0 unit=wrong source="$source" words="not as wished, but the driver has it fixed:$fixed"
  else say pass offloads figure=0 unit=wrong source="$source" words="as wished${absent:+, but for those it does not have:$absent}"; fi
}
check_driver() {
  source="ethtool -i $INTERFACE, $SYS"
  [ -n "$driver" ] || { say unknown driver source="$source" words='ethtool names none'; return; }
  if [ -n "$DRIVER" ]; then
    judge test "$driver" = "$DRIVER"
    say "$verdict" driver figure="$driver" source="$source" words="wished is $DRIVER"
  elif ours "$kernel" "$family"; then
    # That PF_RING's driver was installed says that it is wished.
    built=$(modinfo -k "$kernel" -F srcversion "$family")
    runs=$(first_word "$SYS/$family/srcversion")
    if [ -n "$built" ] && [ "$runs" = "$built" ]; then say pass driver figure="$driver" source="$source" words='of PF_RING, as installed'
    elif [ -n "$runs" ] || [ -e "$SYS/pf_ring/holders/$driver" ]; then say fail driver figure="$driver" source="$source" words='another build is loaded than is installed'
    else say fail driver figure="$driver" source="$source" words='the stock one is loaded, that of PF_RING is installed' follows='pf_ring loaded'; fi
  else say pass driver figure="$driver" source="$source" words='stock; none of PF_RING was installed for it'; fi
}
check_interface() {
  if [ ! -d "$net" ]; then say fail interface figure=missing source=/sys/class/net words="there is no $INTERFACE, but $(ls /sys/class/net | tr '\n' ' ')"; return; fi
  mtu=$(first_word "$net/mtu")
  judge test "$mtu" = "$MTU"
  say "$verdict" mtu figure="$mtu" unit=bytes source="$net/mtu" words="wished is $MTU"
  flags=$(first_word "$net/flags")
  judge test $((flags & 1)) -eq 1
  say "$verdict" up figure="$flags" unit=flags source="$net/flags"
  # The file cannot be read while the interface is down.
  carrier=$(first_word "$net/carrier")
  if [ -z "$carrier" ]; then say unknown carrier source="$net/carrier" words="$INTERFACE is down"
  else
    judge test "$carrier" = 1
    words='the link is there'
    [ "$carrier" = 1 ] || words='no link: is the cable in, does the mirror port send?'
    say "$verdict" carrier figure="$carrier" source="$net/carrier" words="$words"
  fi
  if [ "$NO_IP" = yes ]; then
    addresses=$(ip -o addr show dev "$INTERFACE" | awk '{ printf "%s%s", sep, $4; sep = " "; n++ }')
    judge test -z "$addresses"
    # shellcheck disable=SC2086
    say "$verdict" 'no address' figure="$(set -- $addresses; echo $#)" unit=addresses source='ip addr' words="$addresses"
  fi
  check_driver
  check_offloads
}
check_interface
