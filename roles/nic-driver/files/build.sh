# Builds the PF_RING driver of $FAMILY and installs it in updates/, where it comes before the stock one and replaces no file.
# The driver's own `make install` is not run: that of 6.0 deletes the stock driver, that of 2011 overwrites it.
# in: FAMILY KERNEL SOURCE TREE BUILD STATE
set -eu
umask 022

fail() { printf '%s\n' "$*" >&2; exit 1; }

if [ -n "$SOURCE" ]; then source=$SOURCE; else source=$(driver_sources "$TREE" "$FAMILY" | head -n 1); fi
[ -n "$source" ] || fail "there is no driver for $FAMILY in $TREE; there are: $(driver_families "$TREE")"
head=$(git -C "$TREE" rev-parse HEAD 2>/dev/null || svn info --show-item revision "$TREE")
relative=${source#"$TREE/"}
# In the copy that the role pfring built in, unless the source was named and is elsewhere.
folder=$BUILD/$relative
if [ "$relative" = "$source" ]; then folder=$source
elif [ "$(cat "$BUILD/.ringmaster-head" 2>/dev/null)" != "$head" ]; then fail "$BUILD is not a copy of $TREE as it is now: run the role pfring first"; fi

mkdir -p "$STATE/$KERNEL"
rm -f "$STATE/$KERNEL/$FAMILY.stamp"
log=$STATE/$KERNEL/$FAMILY.log
: >"$log"

# From 6.4 on the Makefile above src/ tells the compiler where pf_ring.h is; before, src/ is built by itself.
cd "$folder"
if [ ! -f Makefile ] || ! grep -q PF_RING_PATH Makefile; then [ ! -d src ] || cd src; fi
make clean >/dev/null 2>&1 || true
make BUILD_KERNEL="$KERNEL" >>"$log" 2>&1 || { tail -n 30 "$log" >&2; fail "$relative does not build for $KERNEL (all of it: $log)"; }
grep '^STAND-IN: ' "$log" | sort -u >&2 || true
built=$(find . -name "$FAMILY.ko" | head -n 1)
[ -n "$built" ] || fail "$relative was built, but made no $FAMILY.ko"

to=/lib/modules/$KERNEL/updates/ringmaster
mkdir -p "$to"
cp "$built" "$to/.$FAMILY.ko"
mv "$to/.$FAMILY.ko" "$to/$FAMILY.ko"
depmod "$KERNEL"
chosen=$(modinfo -k "$KERNEL" -n "$FAMILY")
[ "$chosen" = "$to/$FAMILY.ko" ] || fail "$chosen would be loaded, not $to/$FAMILY.ko: is there another in updates/?"
echo "$head $relative" >"$STATE/$KERNEL/$FAMILY.stamp"
