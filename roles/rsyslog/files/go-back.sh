# Puts back the configuration that rsyslogd last came up with, and starts it.
# in: MAIN PLACE STARTED
set -eu
if [ -f "$STARTED/main" ]; then cp -p "$STARTED/main" "$MAIN"; fi
if [ -f "$STARTED/place" ]; then cp -p "$STARTED/place" "$PLACE"; else rm -f "$PLACE"; fi
systemctl reset-failed rsyslog
systemctl start rsyslog
