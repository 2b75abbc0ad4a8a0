# Prints why the headers of the running kernel cannot be installed, and what then helps; nothing where that is not what is wrong.
# in: KERNEL HEADERS

[ -d "/lib/modules/$KERNEL/build" ] && exit 0
gone=
for package in $HEADERS; do
  apt-cache policy "$package" 2>/dev/null | grep -q '^  Candidate: [^(]' || gone="$gone $package"
done
[ -n "$gone" ] || exit 0
# Newest first, by the numbers in their names.
newest=
for kernel in $(ls /lib/modules | sort -rV); do
  [ "$kernel" != "$KERNEL" ] || continue
  [ -e "/boot/vmlinuz-$kernel" ] || continue
  newest=$kernel
  break
done
if [ -n "$newest" ]; then way="reboot into $newest, which is installed"; else way='install the newest kernel and reboot into it'; fi
echo "the running kernel $KERNEL has no headers package in the archive any more ($(echo $gone)):" \
  "$way, or install the headers from where the kernel came, and hold them"
exit 0
