# What the floors of all workloads share: the same work by hand. Each function looks first and says what it changes.
# $PEERS: addresses and names of the hosts, one a line.
export LC_ALL=C
changed() { echo "changed: $*"; }
own() { # path mode owner group
  [ "$(stat -c '%a %U %G' "$1")" = "$2 $3 $4" ] || { chown -h "$3:$4" "$1"; chmod "$2" "$1"; changed "$1"; }
}
dir() { # path mode owner group
  [ -d "$1" ] || { mkdir "$1"; changed "$1"; }
  own "$@"
}
put() { # path mode owner group, content on stdin
  new=$(cat; echo .)
  old=$([ ! -f "$1" ] || cat "$1"; echo .)
  PUT=
  if [ ! -f "$1" ] || [ "$new" != "$old" ]; then
    (umask 077; printf %s "${new%.}" >"$1.new") && chmod "$2" "$1.new" && chown "$3:$4" "$1.new" && mv "$1.new" "$1"
    PUT=1; changed "$1"
  fi
  own "$@"
}
line() { # path line [expression]
  [ -f "$1" ] || { : >"$1"; changed "$1"; }
  grep -qxF -e "$2" "$1" && return
  if [ -n "$3" ] && grep -q -e "$3" "$1"; then sed "s|$3.*|$2|" "$1" >"$1.new" && cat "$1.new" >"$1" && rm "$1.new"
  else printf '%s\n' "$2" >>"$1"; fi
  changed "$1"
}
link() { # target path
  [ "$(readlink "$2")" = "$1" ] || { ln -sfn "$1" "$2"; changed "$2"; }
}
absent() { [ ! -e "$1" ] && [ ! -L "$1" ] || { rm -rf "$1"; changed "$1"; }; }
