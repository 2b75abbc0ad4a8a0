# Checks of the programs that capture. Reads only. After say.sh; sets path.
# in: PREFIX FLAVOUR PFRING CAPS

path=$PREFIX/bin/$FLAVOUR
for file in "$path" "$PREFIX/bin/capstats"; do
  if [ ! -e "$file" ]; then say fail capabilities item="${file##*/}" figure=missing source=getcap words="there is no $file"; continue; fi
  # Two spellings: `F = a,b+eip` and `F a,b=eip`.
  found=$(getcap "$file" | sed "s#^$file *=* *##" | tr ',' '\n' | sed 's/[+=]eip$//' | sort | tr '\n' ',' | sed 's/,$//')
  judge test "$found" = "$CAPS"
  words=
  [ "$verdict" = pass ] || words="wished is $CAPS: every install, chown and rebuild takes them away"
  say "$verdict" capabilities item="${file##*/}" figure="${found:-none}" source=getcap words="$words"
done
if [ -e "$path" ]; then
  case ,$(findmnt -no OPTIONS -T "$path"), in
    ,,) say unknown 'mount options' source=findmnt words='findmnt says nothing' ;;
    *,nosuid,*) say fail 'mount options' figure=nosuid source=findmnt words='which takes capabilities away' ;;
    *) say pass 'mount options' figure=suid source=findmnt words='capabilities count there' ;;
  esac
  pcap=$(ldd "$path" 2>/dev/null | sed -n 's/^[[:space:]]*libpcap\.so\.[0-9.]* => \([^ ]*\).*/\1/p' | head -n 1)
  case $pcap in
    "$PFRING"/*) say pass libpcap figure="$pcap" source=ldd words="PF_RING's" ;;
    '')
      if grep -q pfring_open "$path"; then say pass libpcap figure=static source="$path" words="PF_RING's, in the program itself"
      else say fail libpcap figure=none source=ldd words="neither one in $PFRING nor PF_RING in the program"; fi
      ;;
    *) say fail libpcap figure="$pcap" source=ldd words="wished is one in $PFRING: with another, every process sees all packets" ;;
  esac
fi
