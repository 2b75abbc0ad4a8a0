# Checks of the capture itself, sampled twice. Reads only. After say.sh, module.sh and programs.sh.
# in: INTERFACE CAPTURED PROC FLAVOUR PROCESSES PINS METHOD SHARED SAMPLE SETTLE MAX_LOSS

# Processes that capture here: the program's path and an interface of ours are words of their command lines.
captors() {
  for file in $(grep -lzsxF -e "$path" /proc/[0-9]*/cmdline); do
    grep -qzsxE -e "$CAPTURED" "$file" && file=${file%/cmdline} && echo "${file##*/}"
  done
}
rings_of() {
  for pid in $1; do
    for ring in "$PROC/$pid-"*; do
      case $ring in *.new) continue ;; esac
      [ -e "$ring" ] && { echo "Ring: ${ring##*/}"; cat "$ring" 2>/dev/null; }
    done
  done
}
sum() { awk -F ' *: *' -v what="$1" '$1 == what { n += $2 } END { print n + 0 }'; }
count() { grep -c "$1"; }
counters() { cat "$net/statistics/rx_missed_errors" "$net/statistics/rx_dropped" "$net/statistics/rx_fifo_errors" 2>/dev/null | awk '{ n += $1 } END { if (NR) print n }'; }
# What only the driver counts; names differ, these are of Intel's and Broadcom's.
driver_counters() { ethtool -S "$INTERFACE" 2>/dev/null | awk -F ': *' '$1 ~ /rx_(missed|no_buffer|discards|out_of_buffer|no_dma|queue_[0-9]+_drops)/ { n += $2; rows++ } END { if (rows) print n }'; }

check_pins() {
  allowed=$PINS
  case $PINS in
    '') say pass 'cpu pins' figure=none source=bro_pin_cpus words='none are wished'; return ;;
    # Which of the CPUs beside the tap is left to bro-cluster.
    numa)
      node=$(first_word "$net/device/numa_node")
      case $node in '' | -*) list=/sys/devices/system/cpu/online ;; *) list=/sys/devices/system/node/node$node/cpulist ;; esac
      allowed=$(awk -F , '{ for (i = 1; i <= NF; i++) { n = split($i, e, "-"); for (c = e[1]; c <= e[n]; c++) printf "%s%s", sep, c; sep = "," } }' "$list")
      ;;
  esac
  wrong='' used=''
  for pid in $1; do
    cpus=$(sed -n 's/^Cpus_allowed_list:[[:space:]]*//p' "/proc/$pid/status" 2>/dev/null)
    case ",$allowed," in *",$cpus,"*) ;; *) wrong="$wrong $pid:$cpus" ;; esac
    case ",$used," in *",$cpus,"*) wrong="$wrong $pid:$cpus" ;; esac
    used=$used,$cpus
  done
  judge test -z "$wrong"
  say "$verdict" 'cpu pins' figure="${used#,}" unit=CPUs source=/proc/PID/status words="one each of $allowed${wrong:+; not so:$wrong}" follows=processes
}
check_rings() {
  live=$(captors)
  start_text=$(rings_of "$live")
  before=$(counters) before_driver=$(driver_counters)
  sleep "$SAMPLE"
  # Processes that were started a moment ago open their rings a moment later.
  left=$SETTLE
  while live=$(captors); text=$(rings_of "$live"); [ "$(printf '%s\n' "$text" | count '^Ring: ')" != "$(printf '%s\n' "$live" | count .)" ] && [ "$left" -gt 0 ]; do
    sleep 1
    left=$((left - 1))
  done
  running=$(printf '%s\n' "$live" | count .) open=$(printf '%s\n' "$text" | count '^Ring: ')
  files="$PROC/PID-$INTERFACE.*"
  if [ "$open" != "$running" ]; then say fail rings figure="$open" unit=rings source="$files" words="$running processes capture on $INTERFACE: who has no ring sees every packet"
  else
    judge test "$open" = "$PROCESSES"
    say "$verdict" rings figure="$open" unit=rings source="$files" words="one for each of $running processes; wished are $PROCESSES" follows='processes *configuration'
  fi
  check_pins "$live"
  check_drops
  if [ "$open" -eq 0 ]; then
    for what in 'ring owner' 'cluster id' 'share of traffic' packets 'packets lost'; do say unknown "$what" source="$files" words='there is no ring'; done
    return
  fi
  names=$(printf '%s\n' "$text" | sed -n 's/^Appl\. Name *: *//p' | sort -u | tr '\n' ' ')
  case $names in
    "$FLAVOUR-$INTERFACE ") say pass 'ring owner' figure="${names% }" source="$files" ;;
    *) say warn 'ring owner' figure="${names:-none }" source="$files" words="expected $FLAVOUR-$INTERFACE" ;;
  esac
  # Without it every process analyses everything, and every log line comes as often as there are processes.
  ids=$(printf '%s\n' "$text" | sed -n 's/^Cluster Id *: *//p' | sort -u | tr '\n' ' ')
  have=$(printf '%s\n' "$text" | count '^Cluster Id')
  # shellcheck disable=SC2086
  judge test "$have $(set -- $ids; echo $#)" = "$open 1"
  ids=${ids:-none }
  say "$verdict" 'cluster id' figure="${ids% }" source="$files" words="$have of $open rings are in a cluster"
  if [ "$SHARED" = yes ]; then
    filtered=$(printf '%s\n' "$text" | count '^BPF Filtering *: Enabled')
    judge test "$filtered" = "$open"
    say "$verdict" 'share of traffic' figure="$filtered" unit='rings with a filter' source="$files" words="of $open"
  fi
  check_packets
}
check_packets() {
  total=$(printf '%s\n' "$text" | sum 'Tot Packets')
  packets=$((total - $(printf '%s\n' "$start_text" | sum 'Tot Packets')))
  lost=$(($(printf '%s\n' "$text" | sum 'Tot Pkt Lost') - $(printf '%s\n' "$start_text" | sum 'Tot Pkt Lost')))
  if [ "$packets" -lt 0 ] || [ "$lost" -lt 0 ]; then
    say unknown packets source="$files" words='processes were started anew meanwhile'
    say unknown 'packets lost' source="$files" words='processes were started anew meanwhile'
    return
  fi
  if [ "$packets" -gt 0 ]; then say pass packets total="$total" figure="$packets" unit="in $SAMPLE s" source="$files" words="$total since the start"
  else say warn packets total="$total" figure=0 unit="in $SAMPLE s" source="$files" words="$total since the start; is there traffic?"; fi
  if [ $((packets + lost)) -eq 0 ]; then say unknown 'packets lost' source="$files" words="no packet came in $SAMPLE s"
  else
    loss=$(awk -v l="$lost" -v p="$packets" 'BEGIN { printf "%.2f", 100 * l / (l + p) }')
    judge at_most "$loss" "$MAX_LOSS"
    say "$verdict" 'packets lost' figure="$loss" unit=% source="$files" words="$lost of $((packets + lost)) in $SAMPLE s"
  fi
}
check_drops() {
  now=$(counters) now_driver=$(driver_counters)
  if [ -z "$now" ] || [ -z "$before" ]; then say unknown 'interface drops' source="$net/statistics" words='it shows no counters'; return; fi
  drops=$((now - before)) source="$net/statistics"
  if [ -n "$now_driver" ] && [ -n "$before_driver" ]; then
    source="$source, ethtool -S"
    # The same packet may stand in both.
    [ $((now_driver - before_driver)) -le "$drops" ] || drops=$((now_driver - before_driver))
  fi
  if [ "$drops" -gt 0 ]; then result=warn; else result=pass; fi
  say "$result" 'interface drops' figure="$drops" unit="in $SAMPLE s" source="$source" words="$now since the start"
}
if [ "$METHOD" = pf_ring ]; then check_rings
else
  before=$(counters) before_driver=$(driver_counters)
  sleep "$SAMPLE"
  live=$(captors)
  check_pins "$live"
  check_drops
  for what in rings 'cluster id' packets 'packets lost'; do say unknown "$what" source="$PROC" words="lb_method $METHOD opens no rings"; done
fi
