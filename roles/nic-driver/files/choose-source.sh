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
    for folder in "$1/drivers/$place"/*/; do
      folder=${folder%/}
      for driver in "$folder/${folder##*/}"-[0-9]*; do
        [ -d "$driver" ] && echo "${folder##*/}" && break
      done
    done
  done | sort -u | tr '\n' ' '
}
