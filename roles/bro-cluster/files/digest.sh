# Prints whether this configuration is the one that is installed, and the one that runs. Reads only; more may follow it.
# in: PREFIX FLAVOUR CONTROL STATE BUILT
digest=$(
  {
    cat "$PREFIX/etc/node.cfg" "$PREFIX/etc/networks.cfg" "$PREFIX/etc/$CONTROL.cfg" "$BUILT" 2>&1
    find "$PREFIX/share/$FLAVOUR/site" -type f 2>/dev/null | sort | while read -r file; do echo "$file"; cat "$file"; done
  } | sha256sum
)
for what in installed running; do
  if [ "$(cat "$STATE/$what" 2>/dev/null)" = "$digest" ]; then echo "$what fresh"; else echo "$what stale"; fi
done
