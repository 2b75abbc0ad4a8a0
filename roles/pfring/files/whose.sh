# Functions, to be put before other scripts.
# in: KERNEL DKMS SRC

# The DKMS package that $1, a module's file in updates/, belongs to: name/version; nothing if it is of none.
dkms_package() {
  for active in /var/lib/dkms/*/kernel-"$KERNEL"-*; do
    [ -e "$active/module/${1##*/}" ] || continue
    package=${active%/*}
    target=$(readlink "$active")
    echo "${package##*/}/${target%%/*}"
    return
  done
}

# Who made the pf_ring that would be loaded: `ours`, `none`, or a name for a message.
pf_ring_owner() {
  file=$(modinfo -k "$KERNEL" -n pf_ring 2>/dev/null)
  case ${file%.ko*}.ko in
    .ko) echo none ;;
    "/lib/modules/$KERNEL/kernel/net/pf_ring/pf_ring.ko") [ "$DKMS" = yes ] && echo 'made without DKMS' || echo ours ;;
    *)
      package=$(dkms_package "$file")
      case $package in
        ringmaster-pf_ring/*) [ "$DKMS" = yes ] && echo ours || echo 'made with DKMS' ;;
        ?*) echo "DKMS $package" ;;
        *) owner=$(dpkg -S "$file" 2>/dev/null) && echo "package ${owner%%:*}" || echo 'of no package' ;;
      esac
      ;;
  esac
}

# The version of a ring's slots that the source, and so its library, speaks.
ring_version() {
  awk '$1 == "#define" && $2 == "RING_FLOWSLOT_VERSION" { print $3; exit }' "$SRC/kernel/linux/pf_ring.h" 2>/dev/null
}
