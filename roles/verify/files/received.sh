# Waits until the line stands in the receiver's file, and prints the seconds that took; `missing` if it did not come. Reads only.
# in: LINE FILE SECONDS_TO_WAIT
[ -r "$FILE" ] || { echo "unreadable"; exit 0; }
waited=0
# rsyslog writes control characters as #ooo.
escaped=$(printf '%s' "$LINE" | sed "s/$(printf '\t')/#011/g")
until tail -n 100000 "$FILE" | grep -qF -e "$LINE" -e "$escaped"; do
  [ "$waited" -lt "$SECONDS_TO_WAIT" ] || { echo missing; exit 0; }
  sleep 1
  waited=$((waited + 1))
done
echo "$waited"
