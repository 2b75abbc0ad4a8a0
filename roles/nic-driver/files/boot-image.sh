# Renews the boot image if it holds the driver: else it would load the one it holds, before any other can be seen.
# in: FAMILY KERNEL SOURCE TREE STATE
set -eu
image=/boot/initrd.img-$KERNEL
if [ -f "$image" ] && command -v lsinitramfs >/dev/null; then
  if lsinitramfs "$image" | grep -q "/$FAMILY\.ko"; then update-initramfs -u -k "$KERNEL"; fi
elif command -v dracut >/dev/null; then
  dracut -f --kver "$KERNEL"
fi
mkdir -p "$STATE/$KERNEL"
source=$(chosen_source)
echo "$(tree_head) ${source#"$TREE/"}" >"$STATE/$KERNEL/$FAMILY.image"
