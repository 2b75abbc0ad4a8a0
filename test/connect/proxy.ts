import { connect as connectTcp, createServer, type Server, type Socket } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Rig } from './rig.js';

/** A TCP proxy on loopback that can be stalled and cut. */
export interface Proxy {
  readonly port: number;
  /** From now on nothing passes, and nobody is told. */
  stall(): void;
  /** Resets all connections. */
  cut(): void;
  /** Resets all connections, once this many bytes in all have gone towards the server. */
  cutAfter(bytes: number): void;
  /** Bytes a second towards the server. */
  throttle(rate: number): void;
}

export async function proxyTo(rig: Rig, port: number): Promise<Proxy> {
  const sockets = new Set<Socket>();
  let stalled = false;
  let limit = Number.POSITIVE_INFINITY;
  let rate = Number.POSITIVE_INFINITY;
  let sent = 0;
  const server: Server = createServer(client => {
    const upstream = connectTcp(port, '127.0.0.1');
    for (const [from, to] of [
      [client, upstream],
      [upstream, client],
    ] as const) {
      sockets.add(from);
      from.on('error', () => {});
      from.on('close', () => to.destroy());
      from.on('data', async chunk => {
        if (stalled) return from.pause();
        if (from === client) sent += chunk.length;
        if (sent > limit) for (const socket of sockets) socket.resetAndDestroy();
        else if (from === client && rate < Number.POSITIVE_INFINITY) {
          from.pause();
          await sleep((chunk.length / rate) * 1000);
          to.write(chunk);
          from.resume();
        } else if (!to.write(chunk)) {
          from.pause();
          to.once('drain', () => from.resume());
        }
      });
    }
  });
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve));
  rig.onEnd(() => {
    for (const socket of sockets) socket.destroy();
    server.close();
  });
  return {
    port: (server.address() as { port: number }).port,
    stall: () => {
      stalled = true;
    },
    cut: () => {
      for (const socket of sockets) socket.resetAndDestroy();
    },
    cutAfter: bytes => {
      sent = 0;
      limit = bytes;
    },
    throttle: bytes => {
      rate = bytes;
    },
  };
}
