# One line per check: verdict (pass, warn, fail, unknown), what was checked, what was found and where. To be put before other scripts.
say() { printf '%-7s %-24s %s\n' "$1" "$2" "$3"; }
# judge WHAT FOUND PASS-IF-THIS-COMMAND…
judge() {
  what=$1 found=$2
  shift 2
  if "$@"; then say pass "$what" "$found"; else say fail "$what" "$found"; fi
}
# at_most NUMBER LIMIT, with fractions
at_most() { awk -v a="$1" -v b="$2" 'BEGIN { exit !(a + 0 <= b + 0) }'; }
