# Prints the CPUs beside the tap: `node N` (or `node none`), and a line `cpu C S` for each that is online, S being the first of the CPUs
# that share its core. Reads only.
# in: INTERFACE; ROOT, put before every path, is empty but in tests
sys=$ROOT/sys/devices/system
node=$(cat "$ROOT/sys/class/net/$INTERFACE/device/numa_node" 2>/dev/null)
# 0-2,8 as 0 1 2 8
spread() { awk -F , '{ for (i = 1; i <= NF; i++) { n = split($i, ends, "-"); for (c = ends[1]; c <= ends[n]; c++) print c } }'; }
online=$(spread <"$sys/cpu/online")
case $node in
  # -1: the machine has no nodes, or nobody knows where the card sits. A virtual interface has no card.
  '' | -*) echo 'node none'; cpus=$online ;;
  *) echo "node $node"; cpus=$(spread <"$sys/node/node$node/cpulist") ;;
esac
for cpu in $cpus; do
  case "
$online
" in
    *"
$cpu
"*) ;;
    *) continue ;;
  esac
  first=$(spread <"$sys/cpu/cpu$cpu/topology/thread_siblings_list" 2>/dev/null | head -n 1)
  echo "cpu $cpu ${first:-$cpu}"
done
