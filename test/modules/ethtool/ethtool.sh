#!/bin/sh
# Plays back what a driver's ethtool printed ($CARD names the files, $LOG takes what is set); -K changes the copy.
case $1 in
-k | -g | -l | -c) cat "$DIR/$CARD.${1#-}" 2>/dev/null || { echo 'netlink error: Operation not supported' >&2; exit 1; } ;;
-K | -G | -L | -C | -s)
  echo "ethtool $*" >>"$LOG"
  [ "$1" = -K ] || exit 0
  shift 2
  while [ $# -gt 1 ]; do
    case $1 in
    rx) row=rx-checksumming ;; tx) row=tx-checksumming ;; sg) row=scatter-gather ;;
    tso) row=tcp-segmentation-offload ;; gso) row=generic-segmentation-offload ;;
    gro) row=generic-receive-offload ;; lro) row=large-receive-offload ;;
    rxvlan) row=rx-vlan-offload ;; txvlan) row=tx-vlan-offload ;; *) row=$1 ;;
    esac
    sed -i "s/^\(	*$row\): .*/\1: $2/" "$DIR/$CARD.k"
    shift 2
  done
  ;;
*) cat "$DIR/$CARD.s" 2>/dev/null || exit 75 ;;
esac
