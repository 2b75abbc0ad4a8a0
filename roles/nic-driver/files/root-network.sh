# Prints `root INTERFACE WHAT` for every interface that the root file system is reached by, down to the physical ones, and
# `root ? WHAT` where it comes over the network in a way that cannot be told. Nothing for a local disk. Reads only.

below() {
  echo "$1"
  for lower in "/sys/class/net/$1"/lower_*; do [ ! -L "$lower" ] || below "${lower##*/lower_}"; done
}

# $1 an address, $2 what hangs on it
over() {
  interface=$(ip -o route get "$1" 2>/dev/null | sed -n 's/.* dev \([^ ]*\).*/\1/p')
  if [ -z "$interface" ] || [ "$interface" = lo ]; then echo "root ? $2"
  else below "$interface" | while read -r each; do echo "root $each $2"; done; fi
}

# $1 a block device's name in /sys/class/block: it, or whatever it is made of.
disk() {
  case $1 in nbd* | rbd* | 'etherd!'* | drbd*) echo "root ? $1" ;; esac
  place=$(readlink -f "/sys/class/block/$1" 2>/dev/null)
  case $place in
    */session[0-9]*)
      session=${place#*/session}
      session=${session%%/*}
      for connection in "/sys/class/iscsi_connection/connection$session":*; do
        address=$(cat "$connection/address" 2>/dev/null || cat "$connection/persistent_address" 2>/dev/null)
        over "${address:-?}" "iSCSI from ${address:-an unknown target}"
      done
      ;;
  esac
  for part in "/sys/class/block/$1"/slaves/*; do [ ! -e "$part" ] || disk "${part##*/}"; done
}

# What number 1 sees is what the host was booted from.
while read -r id parent device of point rest; do
  case $point in / | /usr) ;; *) continue ;; esac
  rest=${rest#*- }
  type=${rest%% *}
  source=${rest#* }
  options=${source#* }
  source=${source%% *}
  case $type in
    nfs | nfs4 | cifs | smb3 | ceph | fuse.glusterfs | 9p | afs)
      case ,$options in
        *,addr=*)
          address=${options#*addr=}
          over "${address%%,*}" "$type from $source"
          ;;
        *) echo "root ? $type from $source" ;;
      esac
      ;;
    *)
      # Some file systems, such as btrfs, have numbers of their own, which name no device.
      name=$(readlink -f "/sys/dev/block/$device" 2>/dev/null)
      case $source:$name in /dev/*:) name=$(readlink -f "$source") ;; esac
      [ -z "$name" ] || disk "${name##*/}"
      ;;
  esac
done </proc/1/mountinfo | sort -u
exit 0
