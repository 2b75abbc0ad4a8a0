# Prints whether this configuration is the one that is installed, and the one that runs. Reads only. After manifest.sh; more may follow it.
# in: STATE; manifest
for what in installed running; do
  if [ -n "$manifest" ] && [ "$(cat "$STATE/$what" 2>/dev/null)" = "$manifest" ]; then echo "$what fresh"; else echo "$what stale"; fi
done
