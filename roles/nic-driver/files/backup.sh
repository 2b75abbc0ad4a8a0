# Keeps the stock driver, before anything is installed that might overwrite it. The first copy is never replaced.
# in: FAMILY KERNEL STATE
set -eu

fail() { printf '%s\n' "$*" >&2; exit 1; }

keep=$STATE/backup/$KERNEL
modinfo -k "$KERNEL" -n "$FAMILY" >/dev/null 2>&1 || fail "no driver $FAMILY is installed for $KERNEL: there is nothing to go back to"
path=$(stock_file) ||
  fail "$(modinfo -k "$KERNEL" -n "$FAMILY") is a PF_RING driver, and the stock one is not there any more: reinstall the kernel's package first"
mkdir -p "$keep"
chmod 0700 "$STATE"
cp -p "$path" "$keep/.${path##*/}"
sync "$keep/.${path##*/}"
mv "$keep/.${path##*/}" "$keep/${path##*/}"
( cd "$keep" && sha256sum "${path##*/}" >"$FAMILY.sha256" )
echo "$path" >"$keep/$FAMILY.origin"
