Ring parameters for eth4:
Pre-set maximums:
RX:		4096
RX Mini:		n/a
RX Jumbo:		n/a
TX:		4096
Current hardware settings:
RX:		256
RX Mini:		n/a
RX Jumbo:		n/a
TX:		256
RX Buf Len:		n/a
CQE Size:		n/a
TX Push:	off
TCP data split:	n/a
