# Writes a remark, as Bro's logs have them, into a log that is forwarded: that which was written to last.
# in: LOGS LOG_DIR ACCOUNT
newest=
for log in $LOGS; do
  file=$LOG_DIR/$log.log
  if [ -f "$file" ] && { [ -z "$newest" ] || [ "$file" -nt "$newest" ]; }; then newest=$file; fi
done
[ -n "$newest" ] || exit 0
printf '#remark\tringmaster verify %s\n' "$(date +%s.%N)" | runuser -u "$ACCOUNT" -- tee -a "$newest" >/dev/null
