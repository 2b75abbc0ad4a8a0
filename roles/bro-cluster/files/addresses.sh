# Prints what the control program would refuse: names that do not resolve here, and an address of the manager that this machine does not have. Reads only.
# in: MANAGER HOSTS
for host in $HOSTS; do
  getent ahosts "$host" >/dev/null || echo "the manager cannot resolve $host, which would stand in node.cfg"
done
own=$(ip -o addr show | awk '{ sub("/.*", "", $4); print $4 }')
found=$(getent ahosts "$MANAGER" | awk '{ print $1 }' | sort -u)
[ -z "$found" ] && exit 0
for address in $found; do
  printf '%s\n' "$own" | grep -qxF -e "$address" && exit 0
done
echo "the manager is $MANAGER in node.cfg, but this machine has not that address: it has $(printf '%s\n' "$own" | tr '\n' ' ')"
