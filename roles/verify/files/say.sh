# How checks speak. To be put before other scripts, whose output goes through `records`.

tab=$(printf '\t')
said_break='
'

# say RESULT CHECK [name=value…]: one check. RESULT is pass, warn, fail or unknown. Names:
#   item     what of several was looked at        figure   what was found, a number where it is one; never with `unknown`
#   unit     of the figure                        source   where it was looked up
#   words    what an operator wants to know; with `unknown` the reason
#   host     address of the host it is about, if that is another than the one that looks
#   total    of packets, how many since the start
#   follows  checks that explain this one if they fail too: `check` of the same host, `*check` of any
say() {
  said_line=$1$tab$2
  shift 2
  said_item='' said_figure='' said_unit='' said_source='' said_words='' said_host='' said_follows='' said_total=''
  for said; do
    case $said in
      *"$tab"* | *"$said_break"*) said=$(printf '%s' "$said" | tr '\t\n' '  ') ;;
    esac
    case $said in
      item=*) said_item=${said#*=} ;;
      figure=*) said_figure=${said#*=} ;;
      unit=*) said_unit=${said#*=} ;;
      source=*) said_source=${said#*=} ;;
      words=*) said_words=${said#*=} ;;
      host=*) said_host=${said#*=} ;;
      follows=*) said_follows=${said#*=} ;;
      total=*) said_total=${said#*=} ;;
    esac
  done
  said_line=$said_line$tab$said_item$tab$said_figure$tab$said_unit$tab$said_source$tab$said_words$tab$said_host$tab$said_follows$tab$said_total
  printf '%s\n' "$said_line"
}

# judge COMMAND…: sets verdict.
judge() { if "$@"; then verdict=pass; else verdict=fail; fi; }

# at_most NUMBER LIMIT, with fractions
at_most() { awk -v a="$1" -v b="$2" 'BEGIN { exit !(a + 0 <= b + 0) }'; }

# Makes a JSON object a line of what was said. What is unknown has no figure, whatever was said.
records() {
  awk -F '\t' '
    function text(t) { gsub(/["\\]/, "\\\\&", t); gsub(/[[:cntrl:]]/, " ", t); return "\"" t "\"" }
    BEGIN { split("result check item figure unit source words host follows total", name, " ") }
    {
      line = ""
      for (i = 1; i <= 10; i++) {
        value = text($i)
        if (name[i] == "figure") {
          if ($i == "" || $1 == "unknown") value = "null"
          else if ($i ~ /^-?(0|[1-9][0-9]*)(\.[0-9]+)?$/ && length($i) < 16) value = $i
        } else if ($i == "" && i > 2) continue
        line = line (line == "" ? "" : ", ") "\"" name[i] "\": " value
      }
      print "{" line "}"
    }'
}
