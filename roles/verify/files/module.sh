# Checks of the kernel module, now and at the next boot, on a host that captures. Reads only. After say.sh; interface.sh follows.
# in: INTERFACE SYS PROC PARAMS; sets kernel net driver family, and the functions first_word and ours

kernel=$(uname -r)
net=/sys/class/net/$INTERFACE
first_word() { read -r first_word <"$1" && printf '%s' "$first_word"; } 2>/dev/null

check_module() {
  if [ ! -d "$SYS/pf_ring" ]; then
    say fail 'pf_ring loaded' figure=no source="$SYS/pf_ring" words='the module is not loaded'
    return
  fi
  say pass 'pf_ring loaded' figure=yes source="$SYS/pf_ring"
  loaded=$(first_word "$SYS/pf_ring/version")
  installed=$(modinfo -k "$kernel" -F version pf_ring)
  builds=$(first_word "$SYS/pf_ring/srcversion")/$(modinfo -k "$kernel" -F srcversion pf_ring)
  source="$SYS/pf_ring/version, modinfo"
  if [ -z "$loaded" ]; then say unknown 'pf_ring version' source="$source" words='the loaded module shows none'
  elif [ "$loaded" != "$installed" ]; then
    say fail 'pf_ring version' figure="$loaded" source="$source" words="loaded is $loaded, installed for $kernel is ${installed:-none}: reload it, or reboot"
  elif [ -n "${builds%%/*}" ] && [ "${builds%%/*}" != "${builds#*/}" ]; then
    say fail 'pf_ring version' figure="$loaded" source="$source" words="another build of $loaded is loaded than is installed"
  else say pass 'pf_ring version' figure="$loaded" source="$source" words='loaded and installed'; fi
  # A library of another release cannot read the rings: `Wrong RING version: kernel is 16, libpfring was compiled with 17`.
  slot=$(sed -n 's/^Slot version *: *//p' "$PROC/info" 2>/dev/null)
  header=$(awk '/define *RING_FLOWSLOT_VERSION/ { print $3 }' /usr/include/linux/pf_ring.h 2>/dev/null)
  source="$PROC/info, linux/pf_ring.h"
  if [ -z "$slot" ]; then say unknown 'pf_ring slots' source="$source" words='the module does not say its slot version'
  elif [ -z "$header" ]; then say unknown 'pf_ring slots' source="$source" words='the header that the library was built with is not there'
  else
    judge test "$slot" = "$header"
    say "$verdict" 'pf_ring slots' figure="$slot" unit='slot version' source="$source" words="module $slot, library $header"
  fi
  for setting in $PARAMS; do
    found=$(first_word "$SYS/pf_ring/parameters/${setting%%=*}")
    judge test "$found" = "${setting#*=}"
    say "$verdict" 'pf_ring parameter' item="${setting%%=*}" figure="${found:-none}" source="$SYS/pf_ring/parameters" words="wished is ${setting#*=}"
  done
}
check_module

# ---- the next boot, which may be of a newer kernel
# Whether a kernel's driver of a family is PF_RING's. Those of before 6.0 do not depend on its module, so where it lies counts too.
ours() {
  [ ! -e "/lib/modules/$1/updates/ringmaster/$2.ko" ] || return 0
  case ,$(modinfo -k "$1" -F depends "$2" 2>/dev/null), in *,pf_ring,*) ;; *) return 1 ;; esac
}
newest=$(for folder in /lib/modules/*/kernel; do [ -d "$folder" ] && folder=${folder%/kernel} && echo "${folder##*/}"; done | sort -V | tail -n 1)
driver=$(ethtool -i "$INTERFACE" 2>/dev/null | sed -n 's/^driver: //p')
family=${driver%[-_]zc}
if [ -z "$newest" ]; then say unknown 'next boot' source=/lib/modules words='no kernel has modules there'
else
  lacks=
  modinfo -k "$newest" pf_ring >/dev/null || lacks=pf_ring
  if ours "$kernel" "$family" && ! ours "$newest" "$family"; then lacks="${lacks:+$lacks, }PF_RING's $family"; fi
  if [ -z "$lacks" ]; then say pass 'next boot' figure="$newest" unit=kernel source=/lib/modules words='it has pf_ring and the driver of now'
  elif [ "$newest" = "$kernel" ]; then say fail 'next boot' figure="$newest" unit=kernel source=/lib/modules words="it lacks $lacks" follows='pf_ring version'
  else say warn 'next boot' figure="$newest" unit=kernel source=/lib/modules words="it lacks $lacks; $kernel runs"; fi
fi
