# Builds and installs one part of PF_RING in a copy of its source, and stamps it when all went well.
# in: PART (kernel, lib, libpcap, tcpdump) SRC BUILD PREFIX STAMPS KERNEL HEADERS JOBS DKMS SIGN
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
dkms_log=
step() {
  "$@" >>"$log" 2>&1 || {
    [ -z "$dkms_log" ] || [ ! -f "$dkms_log" ] || cat "$dkms_log" >>"$log"
    tail -n 30 "$log" >&2
    fail "failed: $*   (all of it: $log)$hint"
  }
  grep '^STAND-IN: ' "$log" | sort -u >&2 || true
}

# The folder of a part: its plain name where the tree has that link, else the one that carries a version.
folder_of() {
  [ -d "$BUILD/userland/$1" ] && { echo "$BUILD/userland/$1"; return; }
  set -- "$1" "$BUILD/userland/$1"-[0-9]*
  [ $# -eq 2 ] && [ -d "$2" ] || fail "which $1? $(shift; echo "$*")"
  echo "$2"
}

# Takes our DKMS package away, from all kernels.
forget_dkms() {
  for version in /var/lib/dkms/ringmaster-pf_ring/*/; do
    [ -d "$version" ] || continue
    version=${version%/}
    step dkms remove "ringmaster-pf_ring/${version##*/}" --all
  done
  rm -rf /usr/src/ringmaster-pf_ring-*
}

# Hands the source to DKMS, which builds it for the running kernel now and for every later one when that is installed.
# Upstream has a package of its own, but not in every release, and it would need autoconf.
install_by_dkms() {
  command -v dkms >/dev/null || fail 'dkms is not installed'
  forget_dkms
  if [ -d "$SRC/.svn" ]; then version=r$head; else version=$(git -C "$SRC" describe --tags --always | tr -c 'A-Za-z0-9.\n' .); fi
  kept=/usr/src/ringmaster-pf_ring-$version
  mkdir -p "$kept"
  cp -R "$SRC/kernel/." "$kept"
  # Where a Makefile looks for it above its own folder.
  [ ! -f "$SRC/VERSION" ] || cp "$SRC/VERSION" "$kept"
  cat >"$kept/dkms.conf" <<EOF
PACKAGE_NAME="ringmaster-pf_ring"
PACKAGE_VERSION="$version"
BUILT_MODULE_NAME[0]="pf_ring"
DEST_MODULE_LOCATION[0]="/updates/dkms"
MAKE[0]="make BUILD_KERNEL=\${kernelver}"
CLEAN="make clean BUILD_KERNEL=\${kernelver}"
AUTOINSTALL="yes"
EOF
  step dkms add "ringmaster-pf_ring/$version"
  dkms_log=/var/lib/dkms/ringmaster-pf_ring/$version/build/make.log
  step dkms install --force "ringmaster-pf_ring/$version" -k "$KERNEL"
  dkms_log=
  # The next boot may be into another kernel that is there already; what does not build for that is said by verify.
  for other in /lib/modules/*; do
    other=${other##*/}
    [ "$other" = "$KERNEL" ] || [ ! -d "/lib/modules/$other/build/include" ] ||
      dkms install --force "ringmaster-pf_ring/$version" -k "$other" >>"$log" 2>&1 ||
      echo "pf_ring does not build for the installed kernel $other (all of it: $log)"
  done
}

: >"$log"
case $PART in
  kernel)
    if [ -n "$HEADERS" ] && [ ! -d "/lib/modules/$KERNEL/build" ]; then
      fail "the headers of the running kernel $KERNEL are not there ($HEADERS): install them, or reboot into a kernel that has them"
    fi
    # Here in any case: drivers are linked against the symbols of this build.
    cd "$BUILD/kernel"
    make clean BUILD_KERNEL="$KERNEL" >/dev/null 2>&1 || true
    hint="; this release of PF_RING may not fit $KERNEL: try a newer pfring_ref"
    step make -j"$JOBS" BUILD_KERNEL="$KERNEL"
    if [ "$DKMS" = yes ]; then
      install_by_dkms
      rm -f "/lib/modules/$KERNEL/kernel/net/pf_ring/pf_ring.ko"
      mkdir -p /usr/include/linux
      cp linux/pf_ring.h /usr/include/linux
    else
      [ ! -d /var/lib/dkms/ringmaster-pf_ring ] || forget_dkms
      step make install BUILD_KERNEL="$KERNEL"
      [ -z "$SIGN" ] || step sh -c "$SIGN \"\$1\"" sh "/lib/modules/$KERNEL/kernel/net/pf_ring/pf_ring.ko"
    fi
    depmod "$KERNEL"
    hint=
    owner=$(pf_ring_owner)
    [ "$owner" = ours ] ||
      fail "$(modinfo -k "$KERNEL" -n pf_ring) would be loaded ($owner), not the pf_ring that was just built: take it away, and run again"
    built=$(modinfo -k "$KERNEL" -F vermagic pf_ring)
    [ "${built%% *}" = "$KERNEL" ] || fail "$(modinfo -k "$KERNEL" -n pf_ring) is for ${built%% *}, not for $KERNEL"
    echo "$head $KERNEL $cc $DKMS" >"$STAMPS/kernel"
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
