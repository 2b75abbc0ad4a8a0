# Fails for parameters that the installed module does not have: the kernel would only whisper of them into its log.
# in: KERNEL PARAMS

modinfo -k "$KERNEL" pf_ring >/dev/null 2>&1 || exit 0
known=$(modinfo -k "$KERNEL" -F parm pf_ring 2>/dev/null | sed 's/:.*//')
for setting in $PARAMS; do
  printf '%s\n' "$known" | grep -qxF -e "${setting%%=*}" && continue
  echo "pf_ring $(modinfo -k "$KERNEL" -F version pf_ring 2>/dev/null) has no parameter ${setting%%=*}; it has: $(echo $known)" >&2
  exit 1
done
exit 0
