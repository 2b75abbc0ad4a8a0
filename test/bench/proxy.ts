import { connect, createServer, type Socket } from 'node:net';
import { createInterface } from 'node:readline';

/*
 * A wire of a given length: what comes in on one side leaves on the other half a round trip later, whoever sends it. A
 * connection costs a whole one before its first byte, as the TCP handshake would. Arguments: the round trip in
 * milliseconds, then LISTEN=TARGET addresses, port 22 both. Every line on stdin is answered by the counts since the last.
 */

const [milliseconds = '0', ...wires] = process.argv.slice(2);
const roundTrip = Number(milliseconds);
let connections = 0;
let bytes = 0;

function carry(from: Socket, to: Socket): void {
  from.on('data', chunk => {
    bytes += chunk.length;
    if (roundTrip === 0) to.write(chunk);
    else setTimeout(() => to.writable && to.write(chunk), roundTrip / 2);
  });
  from.on('end', () => setTimeout(() => to.end(), roundTrip / 2));
  from.on('error', () => to.destroy());
  from.on('close', () => setTimeout(() => to.destroy(), roundTrip));
}

await Promise.all(
  wires.map(wire => {
    const [address, target] = wire.split('=') as [string, string];
    const server = createServer({ noDelay: true, allowHalfOpen: true, pauseOnConnect: true }, near => {
      connections++;
      setTimeout(() => {
        const far = connect({ host: target, port: 22, noDelay: true, allowHalfOpen: true });
        carry(near, far);
        carry(far, near);
        near.resume();
      }, roundTrip);
    });
    return new Promise<void>(resolve => server.listen(22, address, resolve));
  }),
);
process.stdout.write('ready\n');

createInterface({ input: process.stdin })
  .on('line', () => {
    process.stdout.write(`${JSON.stringify({ connections, bytes })}\n`);
    connections = 0;
    bytes = 0;
  })
  .on('close', () => process.exit(0));
