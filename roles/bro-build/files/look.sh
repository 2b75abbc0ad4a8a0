# Prints `fresh` or `stale`, and why. Reads only.
# in: SRC PREFIX PCAP FLAVOUR STAMPS CONFIGURE
stale() { echo stale; echo "because $*"; exit 0; }

head=$(git -C "$SRC" rev-parse HEAD 2>/dev/null) || stale 'there is no source'
[ -x "$PREFIX/bin/$FLAVOUR" ] || stale "there is no $PREFIX/bin/$FLAVOUR"
# The libpcap it was linked with counts as part of it.
pcap=$(cksum <"$PCAP/lib/libpcap.so" 2>/dev/null)
[ "$(cat "$STAMPS/$FLAVOUR" 2>/dev/null)" = "$head $pcap $PREFIX $PCAP $CONFIGURE" ] || stale 'source, libpcap or configuration changed'
echo fresh
