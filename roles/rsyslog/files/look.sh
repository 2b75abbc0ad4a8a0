# Prints what stands between rsyslogd as it runs and rsyslogd as it shall run. Reads only. After effective.sh.
# in: MAIN (rsyslog.conf) FIRST (a line for it, or empty) PLACE NEW (our file, and its text) STARTED (kept at every start) DIR LOGS PROFILE RULES

# The files as they will be, so that a dry run knows what a real one would do.
text_of() {
  case $1 in
    "$PLACE") printf '%s' "$NEW" ;;
    "$MAIN")
      # In place of the last line of its kind, else before all others: as the task will put it.
      [ ! -f "$MAIN" ] || awk -v first="$FIRST" '
        { line[NR] = $0 }
        /^global\(maxMessageSize=/ { last = NR }
        END {
          if (first != "" && !last) print first
          for (n = 1; n <= NR; n++) print (first != "" && n == last) ? first : line[n]
        }' "$MAIN"
      ;;
    *) cat "$1" ;;
  esac
}
files_of() {
  for file in $1; do [ -f "$file" ] && printf '%s\n' "$file"; done
  case $PLACE in $1) printf '%s\n' "$PLACE" ;; esac
}

# What was kept counts for the start that it was kept at; another start may have passed it by.
pid= start=
for line in $(systemctl show -p MainPID -p InvocationID rsyslog 2>/dev/null); do
  case $line in MainPID=*) pid=${line#*=} ;; InvocationID=*) start=${line#*=} ;; esac
done
digest=$(effective "$MAIN" | cksum)
if [ "$(cat "$STARTED/start" 2>/dev/null)" != "$start" ]; then echo 'restart: nobody kept what rsyslogd was started with'
elif [ "$(cat "$STARTED/digest" 2>/dev/null)" != "$digest" ]; then echo 'restart: rsyslogd was started with another configuration'
fi

# As whom it runs, once it has given up being root.
account=root
[ "${pid:-0}" = 0 ] || account=$(stat -c %U "/proc/$pid" 2>/dev/null)
if [ -n "$account" ] && [ "$account" != root ]; then
  for log in $LOGS; do
    file=$DIR/$log.log
    [ -e "$file" ] || continue
    runuser -u "$account" -- test -r "$file" || echo "unreadable: $account cannot read $file"
  done
fi

# Ubuntu confines rsyslogd to what it reads by itself.
[ ! -f "$PROFILE" ] || echo confined
exit 0
