# Checks of the cluster, on its manager. Reads only. After say.sh and bro-cluster's manifest.sh.
# in: PREFIX FLAVOUR CONTROL ACCOUNT CLUSTER_STATE HOSTS WORKERS MAX_OFFSET FORWARD; manifest

control=$PREFIX/bin/$CONTROL
# A folder that the account may enter: that of the login need not be one.
cd "$PREFIX" 2>/dev/null || cd /
as() { runuser -u "$ACCOUNT" -- "$@"; }

# ---- the processes
check_processes() {
  source="$CONTROL status"
  [ -x "$control" ] || { say fail processes figure=missing source="$control" words="there is no $control"; return; }
  status=$(as "$control" status)
  table=$(printf '%s\n' "$status" | awk '$1 == "Name" { t = 1; next } t && NF >= 4 { print $1, $3, $4 }')
  if [ -z "$table" ]; then
    case $status in
      *error*) say fail processes figure=none source="$source" words="$(printf '%s\n' "$status" | grep error | head -n 1)" follows='*configuration' ;;
      *) say unknown processes source="$source" words='it says nothing' ;;
    esac
    return
  fi
  # Of a host that cannot be reached nothing is known; that it cannot be is said by the check of the way to it.
  printf '%s\n' "$table" | awk '
    { if (!($2 in all)) order[++hosts] = $2; all[$2]++ }
    $3 == "running" { up[$2]++; next }
    $3 == "unknown" || $3 == "???" { lost[$2] = lost[$2] " " $1; next }
    { idle[$2] = idle[$2] " " $1 " is " $3 }
    END { for (i = 1; i <= hosts; i++) { h = order[i]; print (idle[h] != "" ? "fail" : lost[h] != "" ? "unknown" : "pass") "\t" h "\t" up[h] + 0 "\t" all[h] "\t" idle[h] } }' |
    while IFS=$tab read -r result host up all idle; do
      case $result in
        unknown) say unknown processes host="$host" source="$source" words="$CONTROL does not reach the host" ;;
        *) say "$result" processes host="$host" figure="$up" unit="of $all run" source="$source" words="${idle# }" follows='*configuration' ;;
      esac
    done
}
check_processes

# ---- the configuration
check_configuration() {
  for what in installed running; do
    known=$(cat "$CLUSTER_STATE/$what" 2>/dev/null)
    if [ -z "$known" ]; then
      say fail configuration item="$what" figure=none source="$CLUSTER_STATE/$what" words="nobody knows what is $what: a run ended halfway, or there was none"
      return
    fi
    if [ "$known" != "$manifest" ]; then
      differ=$(printf '%s\n--\n%s\n' "$known" "$manifest" | awk '
        $0 == "--" { other = 1; next }
        { digest = $1; name = $0; sub(/^[^ ]* */, "", name) }
        !other { was[name] = digest; next }
        { if (was[name] != digest) print name; delete was[name] }
        END { for (name in was) print name " (gone)" }' | sort | tr '\n' ' ')
      # What was never installed does not run either, so that is said once.
      say fail configuration item="$what" figure="$(printf '%s' "$differ" | awk '{ print NF }')" unit='files differ' source="$PREFIX, $CLUSTER_STATE/$what" words="${differ% }"
      return
    fi
    say pass configuration item="$what" figure=0 unit='files differ' source="$PREFIX, $CLUSTER_STATE/$what"
  done
}
check_configuration
if [ "$WORKERS" -gt 1 ]; then
  shares=$(sed -n '/^# BEGIN ringmaster bpf-lb/,/^# END ringmaster bpf-lb/p' "$PREFIX/share/$FLAVOUR/site/local.$FLAVOUR" 2>/dev/null | grep -c cmd_line_bpf_filter)
  judge test "$shares" = "$WORKERS"
  say "$verdict" 'shares of traffic' figure="$shares" unit=shares source="local.$FLAVOUR" words="for $WORKERS workers" follows=configuration
fi

# ---- the way to the hosts, and their clocks
# With the options that the control program uses. ssh itself says when it was through with the login, and the other clock is read right
# after that; the answer was under way for a while, so the offset is only so exact.
check_way() {
  before=$(date +%s.%N)
  said=$(as ssh -n -o BatchMode=yes -o LogLevel=error -o ConnectTimeout=10 \
    -o PermitLocalCommand=yes -o LocalCommand='date +here:%%s.%%N' "$1" date +%s.%N 2>&1)
  after=$(date +%s.%N)
  there=$(printf '%s\n' "$said" | tail -n 1)
  entered=$(printf '%s\n' "$said" | sed -n 's/^here:\([0-9.]*\)$/\1/p')
  case $there in
    [0-9]*.[0-9]*) ;;
    *)
      key=$(printf '%s\n' "$said" | grep -o 'SHA256:[A-Za-z0-9+/=]*' | head -n 1)
      case $said in
        *'HOST IDENTIFICATION HAS CHANGED'*) figure="changed${key:+ to $key}" words='another host, or one with a new key: the role ssh-keys learns it over our own connection' ;;
        *'Host key verification failed'*) figure='unknown key' words='its key is not in known_hosts: the role ssh-keys puts it there' ;;
        *'Permission denied'*) figure=refused words="$there; see authorized_keys and whether the account is locked" ;;
        *) figure=none words=$there ;;
      esac
      say fail ssh host="$1" figure="$figure" source="ssh as $ACCOUNT from the manager" words="$words"
      say unknown clock host="$1" source='date over ssh from the manager' words='not reached'
      return
      ;;
  esac
  say pass ssh host="$1" figure="$(awk -v b="$before" -v a="$after" 'BEGIN { printf "%.2f", a - b }')" unit=s source="ssh as $ACCOUNT from the manager"
  # The other clock was read at some time between ours, so only what lies outside of that is proven.
  awk -v b="${entered:-$before}" -v t="$there" -v a="$after" -v most="$MAX_OFFSET" 'BEGIN {
    least = t - a; greatest = t - b
    proven = least > 0 ? least : greatest < 0 ? -greatest : 0
    size = -least > greatest ? -least : greatest
    result = "unknown"
    if (proven > most) result = "fail"
    else if (size <= most || (proven == 0 && size <= 2 * most)) result = "pass"
    printf "%s %.2f %.2f %.2f\n", result, proven, least, greatest
  }' | {
    read -r result proven least greatest
    words="between $least and $greatest s; $MAX_OFFSET s are fine"
    [ "$result" != unknown ] || words="the answer took so long that it is only known to be between $least and $greatest s off"
    say "$result" clock host="$1" figure="$proven" unit='s off at least' source='date over ssh from the manager' words="$words"
  }
}
# All hosts at once; each answers in one write, which a pipe keeps together.
{
  for host in $HOSTS; do { answer=$(check_way "$host"); printf '%s\n' "$answer"; } & done
  wait
} | sort -t "$tab" -k 8,8 -k 2,2

# ---- logs; what they mean depends on whether there is traffic, which the workers know
log=$PREFIX/logs/current/conn.log
if [ ! -e "$log" ]; then say unknown 'age of conn.log' source="$log" words='there is none yet'
else say pass 'age of conn.log' figure="$(($(date +%s) - $(stat -L -c %Y "$log")))" unit=s source="$log"; fi
log=$PREFIX/logs/current/capture_loss.log
# The last line of each process says its loss by gaps in what it saw, whoever lost the packets.
loss=$(awk -F '\t' '$1 == "#fields" { for (i = 2; i <= NF; i++) { if ($i == "percent_lost") p = i - 1; if ($i == "peer") n = i - 1 } next } !/^#/ && p { l[$n] = $p }
  END { for (i in l) { rows++; if (l[i] + 0 > most + 0) most = l[i] } if (rows) print most + 0 }' "$log" 2>/dev/null)
if [ -z "$loss" ]; then say unknown 'capture loss' source="$log" words='it says nothing yet; Bro writes it with @load misc/capture-loss'
else
  judge at_most "$loss" "$MAX_LOSS"
  say "$verdict" 'capture loss' figure="$loss" unit=% source="$log" words='of the process that loses most'
fi

# ---- forwarding
check_rsyslog() {
  [ -e "$FORWARD" ] || { say unknown rsyslog source="$FORWARD" words='it is not there: no logs are forwarded from here'; return; }
  state=$(systemctl is-active rsyslog 2>/dev/null)
  judge test "$state" = active
  if [ -n "$state" ]; then say "$verdict" rsyslog figure="$state" source='systemctl is-active'
  else say unknown rsyslog source='systemctl is-active' words='it says nothing'; fi
  if said=$(rsyslogd -N1 2>&1); then say pass 'rsyslog configuration' figure=valid source='rsyslogd -N1'
  else say fail 'rsyslog configuration' figure=invalid source='rsyslogd -N1' words="$(printf '%s\n' "$said" | grep -v '^rsyslogd: \(version\|End\)' | head -n 1)"; fi
  folder=$(sed -n 's/^\$WorkDirectory *//p; s/^global(.*workDirectory="\([^"]*\)".*/\1/p' /etc/rsyslog.conf | tail -n 1)
  folder=${folder:-/var/spool/rsyslog}
  if [ ! -d "$folder" ]; then say unknown 'rsyslog queue' source="$folder" words='there is no such folder'; return; fi
  waiting=$(find "$folder" -name 'bro_fwd*' -type f -exec stat -c %s {} + | awk '{ n += $1 } END { print int(n / 1024) }')
  if [ "$waiting" -gt 1024 ]; then result=warn; else result=pass; fi
  say "$result" 'rsyslog queue' figure="$waiting" unit=KiB source="$folder" words='wait on disk for the receiver'
}
check_rsyslog
