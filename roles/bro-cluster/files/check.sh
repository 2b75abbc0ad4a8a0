# Functions, to be put before other scripts.
# in: PREFIX CONTROL ACCOUNT

fail() { printf '%s\n' "$*" >&2; exit 1; }
control() { runuser -u "$ACCOUNT" -- "$PREFIX/bin/$CONTROL" "$@"; }

# Ends the script if the control program finds a mistake. broctl 1.1 ends with 0 whatever it found, so its words count as well.
check_or_fail() {
  said=$(control check) || { printf '%s\n' "$said" >&2; fail "$CONTROL check failed: $1"; }
  case $said in *' failed.'* | *error:*) printf '%s\n' "$said" >&2; fail "$CONTROL check failed: $1" ;; esac
  printf '%s\n' "$said"
}
