# Functions, to be put before other scripts.

# Prints the folders below $1 that hold a driver of family $2, the best first.
#
# PF_RING kept its drivers in four layouts:
#   2011         drivers/{intel,broadcom}/<family>/<family>-<version>[…][/src], old ones in …/old/
#   2012         drivers/PF_RING_aware/{intel,broadcom}/<family>/<family>-<version>/src
#   6.0 to 6.2   drivers/ZC/intel/<family>/<family>-<version>-zc/src, and drivers/DNA/<family>-<version>-DNA/src
#   6.4 to now   drivers/intel/<family>/<family>-<version>-zc/src
# Drivers made for plain PF_RING come before those made for zero copy; DNA needs a licence and is not looked at.
driver_sources() {
  for place in PF_RING_aware/intel PF_RING_aware/broadcom ZC/intel intel broadcom; do
    for folder in "$1/drivers/$place/$2/$2"-[0-9]* "$1/drivers/$place"/*/"$2"-[0-9]*; do
      case $folder in */old/*) continue ;; esac
      [ -f "$folder/src/Makefile" ] || [ -f "$folder/Makefile" ] || continue
      version=${folder##*/"$2"-}
      printf '%s\t%s\n' "${version%%[!0-9.]*}" "$folder"
    done | sort -u | awk -F '\t' '{
      parts = split($1, number, "."); key = ""
      for (i = 1; i <= 6; i++) key = key sprintf("%06d", i <= parts ? number[i] : 0)
      print key "\t" $2
    }' | sort -r | cut -f 2
  done
}

# Families that have a driver below $1, for a message.
driver_families() {
  for place in PF_RING_aware/intel PF_RING_aware/broadcom ZC/intel intel broadcom; do
    for driver in "$1/drivers/$place"/*/*-[0-9]*; do
      case $driver in */old/*) continue ;; esac
      [ -f "$driver/src/Makefile" ] || [ -f "$driver/Makefile" ] || continue
      driver=${driver##*/}
      echo "${driver%%-[0-9]*}"
    done
  done | sort -u | tr '\n' ' '
}

# The folder to build: the one that was named, else the best one that is found.
chosen_source() {
  if [ -n "$SOURCE" ]; then echo "$SOURCE"; else driver_sources "$TREE" "$FAMILY" | head -n 1; fi
}

# Where in a driver's folder $1 make is run: from 7.x on the Makefile above src/ tells the compiler where pf_ring.h is; before,
# src/ is built by itself, and of some drivers all is in the folder.
build_folder() {
  if [ ! -d "$1/src" ]; then echo .
  elif grep -qs 'cd src' "$1/Makefile"; then echo .
  else echo src; fi
}

# The commit or revision of the source.
tree_head() { git -C "$TREE" rev-parse HEAD 2>/dev/null || svn info --show-item revision "$TREE" 2>/dev/null; }

# Our DKMS package of this driver for this kernel: what it was made of, as in the stamp; nothing if there is none.
dkms_stamp() {
  for active in "/var/lib/dkms/ringmaster-$FAMILY/kernel-$KERNEL"-*; do
    [ -e "$active" ] || continue
    version=$(readlink "$active")
    cat "/usr/src/ringmaster-$FAMILY-${version%%/*}/.ringmaster" 2>/dev/null
    return
  done
}

# Takes our DKMS package away, from all kernels.
forget_dkms() {
  for version in "/var/lib/dkms/ringmaster-$FAMILY"/*/; do
    [ -d "$version" ] || continue
    version=${version%/}
    dkms remove "ringmaster-$FAMILY/${version##*/}" --all
  done
  rm -rf "/usr/src/ringmaster-$FAMILY"-*
}

# Prints who put $1, a module's file, where it is.
owner_of() {
  for active in /var/lib/dkms/*/kernel-"$KERNEL"-*; do
    [ -e "$active/module/${1##*/}" ] || continue
    package=${active%/*}
    version=$(readlink "$active")
    echo "DKMS ${package##*/}/${version%%/*}"
    return
  done
  if owner=$(dpkg -S "$1" 2>/dev/null); then echo "package ${owner%%:*}"; else echo 'of no package'; fi
}

# A module of this name that PF_RING made depends on it.
is_pf_ring_driver() { case ",$(modinfo -k "$KERNEL" -F depends "$1" 2>/dev/null)," in *,pf_ring,*) return 0 ;; esac; return 1; }

# The file of the driver that came with the kernel: what would be loaded, unless that is PF_RING's.
stock_file() {
  path=$(modinfo -k "$KERNEL" -n "$FAMILY" 2>/dev/null) || return 1
  is_pf_ring_driver "$path" || { echo "$path"; return; }
  for path in $(find "/lib/modules/$KERNEL/kernel" -name "$FAMILY.ko*" | sort); do
    is_pf_ring_driver "$path" || { echo "$path"; return; }
  done
  return 1
}
