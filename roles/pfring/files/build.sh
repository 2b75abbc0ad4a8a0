# Builds and installs one part of PF_RING in a copy of its source, and stamps it when all went well.
# in: PART (kernel, lib, libpcap, tcpdump) SRC BUILD PREFIX STAMPS KERNEL HEADERS JOBS
set -eu
umask 022

fail() { printf '%s\n' "$*" >&2; exit 1; }

if [ -d "$SRC/.svn" ]; then head=$(svn info --show-item revision "$SRC"); else head=$(git -C "$SRC" rev-parse HEAD); fi
cc=$(cc -dumpfullversion 2>/dev/null || cc -dumpversion)
mkdir -p "$STAMPS"
rm -f "$STAMPS/$PART"
log=$STAMPS/$PART.log

if [ "$(cat "$BUILD/.ringmaster-head" 2>/dev/null)" != "$head" ]; then
  rm -rf "$BUILD"
  mkdir -p "$(dirname "$BUILD")"
  cp -a "$SRC" "$BUILD"
  echo "$head" >"$BUILD/.ringmaster-head"
fi

# Runs a step, and shows the end of what it said only if it failed.
hint=
step() {
  "$@" >>"$log" 2>&1 || { tail -n 30 "$log" >&2; fail "failed: $*   (all of it: $log)$hint"; }
  grep '^STAND-IN: ' "$log" | sort -u >&2 || true
}

# The folder of a part: its plain name where the tree has that link, else the one that carries a version.
folder_of() {
  [ -d "$BUILD/userland/$1" ] && { echo "$BUILD/userland/$1"; return; }
  set -- "$1" "$BUILD/userland/$1"-[0-9]*
  [ $# -eq 2 ] && [ -d "$2" ] || fail "which $1? $(shift; echo "$*")"
  echo "$2"
}

: >"$log"
case $PART in
  kernel)
    if [ -n "$HEADERS" ] && [ ! -d "/lib/modules/$KERNEL/build" ]; then
      fail "the headers of the running kernel $KERNEL are not there ($HEADERS): install them, or reboot into a kernel that has them"
    fi
    cd "$BUILD/kernel"
    make clean >/dev/null 2>&1 || true
    hint="; this release of PF_RING may not fit $KERNEL: try a newer pfring_ref"
    step make -j"$JOBS" BUILD_KERNEL="$KERNEL"
    step make install BUILD_KERNEL="$KERNEL"
    path=$(modinfo -k "$KERNEL" -n pf_ring)
    built=$(modinfo -k "$KERNEL" -F vermagic pf_ring)
    [ "${built%% *}" = "$KERNEL" ] || fail "$path is for ${built%% *}, not for $KERNEL"
    echo "$head $KERNEL $cc" >"$STAMPS/kernel"
    ;;
  lib | libpcap | tcpdump)
    folder=$(folder_of "$PART")
    cd "$folder"
    [ ! -f Makefile ] || make clean >/dev/null 2>&1 || true
    step ./configure --prefix="$PREFIX"
    step make -j"$JOBS"
    step make install
    if [ "$PART" = libpcap ]; then
      grep -q pfring_open "$PREFIX/lib/libpcap.so" || fail "$PREFIX/lib/libpcap.so was built without PF_RING"
    fi
    echo "$head $cc" >"$STAMPS/$PART"
    ;;
esac
