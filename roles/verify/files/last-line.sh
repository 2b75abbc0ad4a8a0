# Prints which forwarded log was written to last, and its last line; nothing if there is none. Reads only.
# in: LOGS LOG_DIR
newest=
for log in $LOGS; do
  file=$LOG_DIR/$log.log
  # -nt is in every sh that Debian has, though not in POSIX.
  if [ -s "$file" ] && { [ -z "$newest" ] || [ "$file" -nt "$newest" ]; }; then newest=$file; fi
done
[ -n "$newest" ] || exit 0
echo "$newest"
# Longer ones may be cut on the way.
tail -n 1 "$newest" | cut -c 1-200
