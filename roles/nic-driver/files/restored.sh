# Waits for `ringmaster-nic-swap restore`, and fails unless the stock driver is loaded. Reads only.
# in: FAMILY KERNEL STATE SYS SECONDS_TO_CONFIRM

second=0
until [ -s "$STATE/swap/result" ] || [ $second -ge "$SECONDS_TO_CONFIRM" ]; do
  sleep 1
  second=$((second + 1))
done
if [ "$(cat "$STATE/swap/result" 2>/dev/null)" = 'rolled back' ] && [ -d "$SYS/$FAMILY" ] && [ ! -e "$SYS/pf_ring/holders/$FAMILY" ] &&
  ! is_pf_ring_driver "$FAMILY"; then
  exit 0
fi
echo "the stock $FAMILY did not come back; $STATE/swap/log:" >&2
tail -n 20 "$STATE/swap/log" >&2
exit 1
