# Checks of the cluster, on its manager. Reads only.
# in: PREFIX FLAVOUR CONTROL ACCOUNT STATE HOSTS WORKERS MAX_OFFSET MAX_AGE MAX_IMBALANCE MIN_PACKETS

control=$PREFIX/bin/$CONTROL
cd "$PREFIX" 2>/dev/null || cd /
as() { runuser -u "$ACCOUNT" -- "$@"; }

# ---- the processes
if [ ! -x "$control" ]; then say fail processes "there is no $control"
else
  status=$(as "$control" status | awk '$1 == "Name" { t = 1; next } t && NF >= 4 { print $1, $4 }')
  if [ -z "$status" ]; then say unknown processes "$CONTROL status says nothing"
  else
    # Of a host that cannot be reached nothing is known; that it cannot be is said further down.
    lost=$(printf '%s\n' "$status" | awk '$2 == "unknown" || $2 == "???" { printf "%s is %s ", $1, $2 }')
    idle=$(printf '%s\n' "$status" | awk '$2 != "running" && $2 != "unknown" && $2 != "???" { printf "%s is %s ", $1, $2 }')
    if [ -n "$idle" ]; then say fail processes "$idle"
    elif [ -n "$lost" ]; then say unknown processes "$lost"
    else say pass processes "all $(printf '%s\n' "$status" | wc -l) run"; fi
  fi
fi

# ---- the configuration
digest=$(
  {
    cat "$PREFIX/etc/node.cfg" "$PREFIX/etc/networks.cfg" "$PREFIX/etc/$CONTROL.cfg" "$STATE/bro-build/$FLAVOUR" 2>&1
    find "$PREFIX/share/$FLAVOUR/site" -type f 2>/dev/null | sort | while read -r file; do echo "$file"; cat "$file"; done
  } | sha256sum
)
for what in installed running; do
  if [ "$(cat "$STATE/bro-cluster/$what" 2>/dev/null)" = "$digest" ]; then say pass 'configuration' "what is $what is what stands in $PREFIX/etc"
  else say fail 'configuration' "what is $what differs from what stands in $PREFIX/etc and share/$FLAVOUR/site"; fi
done
if [ "$WORKERS" -gt 1 ]; then
  shares=$(sed -n '/^# BEGIN ringmaster bpf-lb/,/^# END ringmaster bpf-lb/p' "$PREFIX/share/$FLAVOUR/site/local.$FLAVOUR" 2>/dev/null | grep -c cmd_line_bpf_filter)
  judge 'shares of traffic' "$shares for $WORKERS hosts" test "$shares" = "$WORKERS"
fi

# ---- the way to the hosts, and their clocks
now() { date +%s.%N; }
for host in $HOSTS; do
  before=$(now)
  # The options that the control program uses.
  there=$(as ssh -n -o BatchMode=yes -o LogLevel=error -o ConnectTimeout=10 "$host" date +%s.%N 2>&1)
  after=$(now)
  case $there in
    [0-9]*.[0-9]*)
      say pass "ssh to $host" "as $ACCOUNT"
      offset=$(awk -v b="$before" -v t="$there" -v a="$after" 'BEGIN { d = t - (a + b) / 2; printf "%.3f", d < 0 ? -d : d }')
      # The answer was under way for a while, so it is only so exact.
      doubt=$(awk -v b="$before" -v a="$after" 'BEGIN { printf "%.3f", (a - b) / 2 }')
      judge "clock of $host" "$offset s off, +/- $doubt s" at_most "$offset" "$(awk -v m="$MAX_OFFSET" -v d="$doubt" 'BEGIN { print m + d }')"
      ;;
    *) say fail "ssh to $host" "$(printf '%s' "$there" | tail -n 1)"; say unknown "clock of $host" 'not reached' ;;
  esac
done

# ---- traffic and logs
stats=$(as "$control" netstats | sed -n 's/^\([^:]*\): [0-9.]* recvd=\([0-9]*\).*/\1 \2/p')
if [ -z "$stats" ]; then say unknown balance "$CONTROL netstats says nothing"
else
  printf '%s\n' "$stats" | awk -v most="$MAX_IMBALANCE" -v least="$MIN_PACKETS" '
    { host = $1; sub(/-[0-9]+$/, "", host); if (!(host in n)) hosts++; n[host] += $2; all += $2 }
    END {
      for (h in n) { list = list " " h "=" n[h]; if (n[h] > max) max = n[h]; if (n[h] == 0) silent = silent " " h }
      if (all < least) { printf "%-7s %-24s %s\n", "pass", "balance", "only " all + 0 " packets so far"; exit }
      ratio = max * hosts / all
      printf "%-7s %-24s busiest against mean %.2f\n", (silent != "" || ratio > most) ? "warn" : "pass", "balance", ratio
    }'
fi
log=$PREFIX/logs/current/conn.log
if [ ! -e "$log" ]; then say unknown 'age of conn.log' 'there is none yet'
else
  age=$(($(date +%s) - $(stat -L -c %Y "$log")))
  if [ "$age" -le "$MAX_AGE" ]; then say pass 'age of conn.log' "$age s"; else say warn 'age of conn.log' "$age s: is there traffic?"; fi
fi
loss=$(tail -n 1 "$PREFIX/logs/current/capture_loss.log" 2>/dev/null | awk '!/^#/ { print $NF }')
if [ -n "$loss" ]; then judge 'capture loss' "$loss %" at_most "$loss" 1; fi

# ---- forwarding
if [ -e /etc/rsyslog.d/60-bro.conf ]; then
  state=$(systemctl is-active rsyslog 2>/dev/null)
  judge rsyslog "${state:-unknown}" test "$state" = active
  said=$(rsyslogd -N1 2>&1) && say pass 'rsyslog configuration' 'rsyslogd -N1 finds nothing' ||
    say fail 'rsyslog configuration' "$(printf '%s' "$said" | grep -v '^rsyslogd: End' | head -n 1)"
  waiting=$(du -ck /var/spool/rsyslog/bro_fwd* 2>/dev/null | tail -n 1 | cut -f 1)
  if [ "${waiting:-0}" -gt 1024 ]; then say warn 'rsyslog queue' "$waiting KiB wait for the receiver"; else say pass 'rsyslog queue' "${waiting:-0} KiB wait for the receiver"; fi
fi
exit 0
