# Loads pf_ring, and says beforehand what the kernel would only whisper into its log.
# in: KERNEL PARAMS
set -eu

fail() { printf '%s\n' "$*" >&2; exit 1; }

# An unsigned module is refused under Secure Boot; byte 5 of this variable is 1 when it is on.
secure=/sys/firmware/efi/efivars/SecureBoot-8be4df61-93ca-11d2-aa0d-00e098032b8c
if [ -r "$secure" ] && [ "$(od -An -t u1 -j 4 -N 1 "$secure" | tr -d ' ')" = 1 ] && [ -z "$(modinfo -k "$KERNEL" -F signer pf_ring)" ]; then
  fail 'Secure Boot is on and pf_ring is not signed: sign it with an enrolled key, or turn Secure Boot off'
fi
known=$(modinfo -k "$KERNEL" -F parm pf_ring | sed 's/:.*//')
for setting in $PARAMS; do
  printf '%s\n' "$known" | grep -qxF -e "${setting%%=*}" ||
    fail "pf_ring $(modinfo -k "$KERNEL" -F version pf_ring) has no parameter ${setting%%=*}; it has: $(echo $known)"
done
modprobe pf_ring
