Ring parameters for eth4:
Pre-set maximums:
RX:		4096
RX Mini:		0
RX Jumbo:		0
TX:		4096
Current hardware settings:
RX:		256
RX Mini:		0
RX Jumbo:		0
TX:		256
