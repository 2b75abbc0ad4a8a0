# Loads pf_ring, and says beforehand what the kernel would only whisper into its log. All is looked at before the old one leaves.
# in: KERNEL PARAMS SRC PROC RELOAD
set -eu

fail() { printf '%s\n' "$*" >&2; exit 1; }

file=$(modinfo -k "$KERNEL" -n pf_ring 2>/dev/null) || fail "there is no pf_ring for the kernel $KERNEL: was the module built for the running one?"
secure_boot_hint="sign it with a key the firmware knows (pfring_sign_command), let DKMS build and sign it (pfring_dkms: true; its key is
enrolled once with mokutil --import /var/lib/dkms/mok.pub and a reboot), or turn Secure Boot off"

# An unsigned module is refused under Secure Boot; byte 5 of this variable is 1 when it is on (UEFI 2.10, 8.2).
secure=/sys/firmware/efi/efivars/SecureBoot-8be4df61-93ca-11d2-aa0d-00e098032b8c
if [ -r "$secure" ] && [ "$(od -An -t u1 -j 4 -N 1 "$secure" | tr -d ' ')" = 1 ] && [ -z "$(modinfo -k "$KERNEL" -F signer pf_ring 2>/dev/null)" ]; then
  fail "Secure Boot is on and $file is not signed, so the kernel would refuse it:" "$secure_boot_hint"
fi

[ "$RELOAD" = no ] || rmmod pf_ring
said=$(modprobe pf_ring 2>&1) || case $said in
  *'Key was rejected'* | *'Required key not available'*)
    fail "$said" "The kernel takes only modules signed with a key it knows:" "$secure_boot_hint" ;;
  *'Exec format error'* | *'Invalid module format'*)
    fail "$said" "$file is for $(modinfo -k "$KERNEL" -F vermagic pf_ring 2>/dev/null), $(uname -r) runs" ;;
  *) fail "$said" ;;
esac
[ -z "$said" ] || printf '%s\n' "$said" >&2

slots=$(sed -n 's/^Slot version *: *//p' "$PROC/info" 2>/dev/null)
wanted=$(ring_version)
if [ -n "$slots" ] && [ -n "$wanted" ] && [ "$slots" != "$wanted" ]; then
  fail "the loaded pf_ring has ring version $slots, the library $wanted: no ring would open (\"Wrong RING version\")." \
    "$file is of another release than $SRC"
fi
