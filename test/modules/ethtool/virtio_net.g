Ring parameters for eth4:
Pre-set maximums:
RX:		256
RX Mini:		n/a
RX Jumbo:		n/a
TX:		256
Current hardware settings:
RX:		256
RX Mini:		n/a
RX Jumbo:		n/a
TX:		256
