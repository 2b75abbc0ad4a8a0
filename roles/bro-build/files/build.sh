# Configures, builds and installs, and stamps it when all went well and the right libpcap is in it.
# in: SRC PREFIX PCAP FLAVOUR ACCOUNT STAMPS CONFIGURE JOBS MB_PER_JOB
set -eu
umask 022

fail() { printf '%s\n' "$*" >&2; exit 1; }

mkdir -p "$STAMPS"
rm -f "$STAMPS/$FLAVOUR"
log=$STAMPS/$FLAVOUR.log
: >"$log"

step() {
  "$@" >>"$log" 2>&1 && return
  tail -n 30 "$log" >&2
  grep -q 'Killed signal terminated program' "$log" && fail "the compiler was killed for want of memory: set bro_make_jobs to fewer than $JOBS"
  fail "failed: $*   (all of it: $log)"
}

[ -z "$PCAP" ] || grep -qs pfring_open "$PCAP/lib/libpcap.so" || fail "$PCAP/lib has no libpcap with PF_RING: run the role pfring on this host first"

memory=$(awk '/^MemAvailable:/ { print int($2 / 1024) }' /proc/meminfo)
most=$((memory / MB_PER_JOB))
[ "$most" -ge 1 ] || most=1
[ "$JOBS" -le "$most" ] || JOBS=$most

cd "$SRC"
rm -rf build
eval "set -- $CONFIGURE"
step ./configure --prefix="$PREFIX" ${PCAP:+--with-pcap="$PCAP"} "$@"
step make -C build -j"$JOBS"
step make -C build install

# Without PF_RING's libpcap all workers of a host analyse all packets, and nothing says so.
if [ -n "$PCAP" ]; then
  if ldd "$PREFIX/bin/$FLAVOUR" | grep -q 'libpcap\.so'; then
    ldd "$PREFIX/bin/$FLAVOUR" | grep -q "libpcap\.so[^ ]* => $PCAP/lib/" ||
      fail "$PREFIX/bin/$FLAVOUR loads $(ldd "$PREFIX/bin/$FLAVOUR" | grep 'libpcap\.so'), not the one in $PCAP/lib: is it in the loader's cache (ldconfig)?"
  else
    grep -q pfring_open "$PREFIX/bin/$FLAVOUR" || fail "$PREFIX/bin/$FLAVOUR was linked with a libpcap without PF_RING"
  fi
fi
"$PREFIX/bin/$FLAVOUR" --version >/dev/null 2>>"$log" || fail "$PREFIX/bin/$FLAVOUR does not run: $(tail -n 1 "$log")"
chown -R -h "$ACCOUNT": "$PREFIX"
grep '^STAND-IN: ' "$log" | sort -u >&2 || true
echo "$(git rev-parse HEAD) $(cksum <"$PCAP/lib/libpcap.so" 2>/dev/null) $PREFIX $PCAP $CONFIGURE" >"$STAMPS/$FLAVOUR"
