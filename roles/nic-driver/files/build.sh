# Builds the PF_RING driver of $FAMILY and installs it in updates/, where it comes before the stock one and replaces no file.
# The driver's own `make install` is not run: that of 6.0 deletes the stock driver, that of 2011 overwrites it.
# in: FAMILY KERNEL SOURCE TREE BUILD STATE SIGN
set -eu
umask 022

fail() { printf '%s\n' "$*" >&2; exit 1; }

source=$(chosen_source)
[ -n "$source" ] || fail "there is no driver for $FAMILY in $TREE; there are: $(driver_families "$TREE")"
[ -d "$source" ] || fail "there is no folder $source (nic_driver_source)"
head=$(tree_head)
relative=${source#"$TREE/"}
# In the copy that the role pfring built in, unless the source was named and is elsewhere.
folder=$BUILD/$relative
if [ "$relative" = "$source" ]; then folder=$source
elif [ "$(cat "$BUILD/.ringmaster-head" 2>/dev/null)" != "$head" ]; then fail "$BUILD is not a copy of $TREE as it is now: run the role pfring first"; fi

mkdir -p "$STATE/$KERNEL"
rm -f "$STATE/$KERNEL/$FAMILY.stamp"
log=$STATE/$KERNEL/$FAMILY.log
: >"$log"

cd "$folder/$(build_folder "$folder")"
make clean BUILD_KERNEL="$KERNEL" >/dev/null 2>&1 || true
make BUILD_KERNEL="$KERNEL" >>"$log" 2>&1 || {
  tail -n 30 "$log" >&2
  fail "$relative does not build for $KERNEL (all of it: $log); try a newer pfring_ref, or leave the stock driver (nic_driver_swap: false)"
}
grep '^STAND-IN: ' "$log" | sort -u >&2 || true
built=$(find . -name "$FAMILY.ko" | head -n 1)
[ -n "$built" ] || fail "$relative was built, but made no $FAMILY.ko"
made_for=$(modinfo -F vermagic "$built" 2>/dev/null)
[ "${made_for%% *}" = "$KERNEL" ] || fail "$relative was built for ${made_for%% *}, not for $KERNEL"

[ ! -d "/var/lib/dkms/ringmaster-$FAMILY" ] || forget_dkms >>"$log" 2>&1
to=/lib/modules/$KERNEL/updates/ringmaster
mkdir -p "$to"
cp "$built" "$to/.$FAMILY.ko"
[ -z "$SIGN" ] || sh -c "$SIGN \"\$1\"" sh "$to/.$FAMILY.ko" >>"$log" 2>&1 || { tail -n 30 "$log" >&2; fail "failed: $SIGN $to/.$FAMILY.ko"; }
mv "$to/.$FAMILY.ko" "$to/$FAMILY.ko"
depmod "$KERNEL"
chosen=$(modinfo -k "$KERNEL" -n "$FAMILY")
[ "$chosen" = "$to/$FAMILY.ko" ] || {
  rm -f "$to/$FAMILY.ko"
  depmod "$KERNEL"
  fail "$chosen ($(owner_of "$chosen")) would be loaded, not $to/$FAMILY.ko: take it away, and run again"
}
echo "$head $relative" >"$STATE/$KERNEL/$FAMILY.stamp"
