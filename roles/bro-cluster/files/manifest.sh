# Sets manifest: digest and name of every file that makes the configuration, and of the build. Reads only. To be put before other scripts.
# in: PREFIX FLAVOUR CONTROL BUILT
manifest=$(
  {
    cd "$PREFIX" 2>/dev/null || exit 0
    for file in etc/node.cfg etc/networks.cfg "etc/$CONTROL.cfg"; do
      if [ -f "$file" ]; then sha256sum "$file"; else echo "missing  $file"; fi
    done
    [ ! -d "share/$FLAVOUR/site" ] || find "share/$FLAVOUR/site" -type f -exec sha256sum {} +
  } | sort -k 2
  [ ! -f "$BUILT" ] || echo "$(sha256sum <"$BUILT" | cut -d ' ' -f 1)  the build"
)
