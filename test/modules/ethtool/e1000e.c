Coalesce parameters for eth4:
Adaptive RX: off  TX: off
stats-block-usecs: 0
sample-interval: 0

rx-usecs: 3
rx-frames: 0
rx-usecs-irq: 0

tx-usecs: 0

