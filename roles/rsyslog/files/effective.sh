# Functions, to be put before other scripts.

# Text of a file of the configuration. Redefined where a file shall be taken for another one.
text_of() { cat "$1"; }

# Files that a pattern of the configuration stands for, one a line. Redefined together with text_of.
files_of() { for file in $1; do [ -f "$file" ] && printf '%s\n' "$file"; done; }

# Takes away what rsyslogd does not heed: lines of comment, empty lines, blanks at the ends of lines. What it is not sure of, it leaves:
# a restart too many is the lesser mistake.
bare() {
  awk '
    { sub(/^[ \t]+/, ""); sub(/[ \t\r]+$/, "") }
    comment { if (/\*\/$/) comment = 0; else if (index($0, "*/")) { comment = 0; print }; next }
    /^\/\*/ && !index($0, "*/") { comment = 1; next }
    /^\/\*.*\*\/$/ && index($0, "*/") == length($0) - 1 { next }
    /^#/ || /^$/ { next }
    { print }'
}

# Prints the patterns of files that file $1 includes.
includes() {
  text_of "$1" | bare | awk '
    tolower($1) == "$includeconfig" { sub(/^[^ \t]+[ \t]+/, ""); print; next }
    { all = all " " $0 }
    END {
      while (match(all, /include\([^)]*\)/)) {
        one = substr(all, RSTART, RLENGTH)
        all = substr(all, RSTART + RLENGTH)
        if (match(one, /file="[^"]*"/)) print substr(one, RSTART + 6, RLENGTH - 7)
      }
    }'
}

# Prints the configuration that begins with file $1 as rsyslogd heeds it, and what it includes behind it.
effective() {
  text_of "$1" | bare
  includes "$1" | while read -r pattern; do
    case $pattern in */) pattern=$pattern* ;; esac
    files_of "$pattern" | LC_ALL=C sort -u | while read -r included; do
      # In a subshell of its own, so this counts how deep we are: files may include each other.
      depth=$((${depth:-0} + 1))
      [ "$depth" -lt 10 ] || break
      effective "$included"
      depth=$((depth - 1))
    done
  done
}
