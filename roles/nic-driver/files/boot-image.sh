# Renews the boot image if it holds the driver.
# in: FAMILY KERNEL
image=/boot/initrd.img-$KERNEL
if [ -f "$image" ] && command -v lsinitramfs >/dev/null; then
  lsinitramfs "$image" | grep -q "/$FAMILY\.ko" || exit 0
  exec update-initramfs -u -k "$KERNEL"
fi
command -v dracut >/dev/null && exec dracut -f --kver "$KERNEL"
exit 0
