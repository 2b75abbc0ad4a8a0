Coalesce parameters for eth4:
Adaptive RX: on  TX: off
rx-usecs:	1
rx-frames:	n/a
tx-usecs:	0
