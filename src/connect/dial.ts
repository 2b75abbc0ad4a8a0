import { connect as connectTcp, type Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import type { Client } from 'ssh2';
import type { Failure } from '../core/outcome.js';
import { saying, unreachable } from './failures.js';

/** Limits of one connection, in seconds. */
export interface Times {
  /** For TCP, and again for the key exchange. */
  readonly connect: number;
  /** For the login: PAM may be slow, an agent may ask. */
  readonly login: number;
  /** A link is dead after `count` of these without a byte from the host. */
  readonly keepalive: { readonly seconds: number; readonly count: number };
}

/** Where one hop leads, for connecting and for messages. */
export interface Endpoint {
  readonly address: string;
  readonly port: number;
  /** `web1 (admin@10.0.0.5:22)`, with ` via bastion`. */
  readonly name: string;
}

/** `again`: it was dropped before any login, so trying again is harmless and may help. */
export type Refused = { readonly ok: false; readonly failure: Failure; readonly again: boolean };
export type Reached<T> = { readonly ok: true; readonly value: T } | Refused;

/** A refusal as a value. */
export const refused = (failure: Failure, again = false): Refused => ({ ok: false, failure, again });

/** A TCP connection without Nagle's delay: ssh2 sends small packets, and each would wait some 40 ms. */
export function dialTcp({ address, port, name }: Endpoint, seconds: number): Promise<Reached<Socket>> {
  return new Promise(resolve => {
    // Node would give each address of a name with several but 250 ms.
    const socket = connectTcp({ host: address, port, noDelay: true, autoSelectFamilyAttemptTimeout: 2500 });
    const timer = setTimeout(() => {
      socket.destroy();
      resolve(refused(unreachable('timeout', `${name} did not answer within ${seconds} s`)));
    }, seconds * 1000);
    socket.once('connect', () => {
      clearTimeout(timer);
      socket.removeAllListeners('error');
      resolve({ ok: true, value: gathering(socket) });
    });
    socket.once('error', (error: NodeJS.ErrnoException) => {
      clearTimeout(timer);
      resolve(refused(noSocket(name, address, error), error.code === 'ECONNRESET'));
    });
  });
}

/**
 * Lets a socket send in one go all that is written to it in one turn. ssh2 writes each packet in three pieces, and without
 * Nagle's delay each would be a system call and a segment of its own.
 */
function gathering(socket: Socket): Socket {
  const write = socket.write.bind(socket) as (...args: unknown[]) => boolean;
  let isGathering = false;
  const send = () => {
    isGathering = false;
    socket.uncork();
  };
  socket.write = ((...args: unknown[]) => {
    if (!isGathering) {
      isGathering = true;
      socket.cork();
      process.nextTick(send);
    }
    return write(...args);
  }) as Socket['write'];
  return socket;
}

/** What a socket's error means. EINVAL is what the kernel says of a blackhole route. */
function noSocket(name: string, address: string, error: NodeJS.ErrnoException): Failure {
  switch (error.code) {
    case 'ENOTFOUND':
    case 'EAI_AGAIN':
    case 'EAI_FAIL':
      return unreachable('dns', `the name ${address} of ${name} cannot be resolved (${error.code})`);
    case 'ECONNREFUSED':
      return unreachable('refused', `${name} refuses connections`, 'is sshd running there, on that port?');
    case 'ETIMEDOUT':
      return unreachable('timeout', `${name} did not answer`);
    case 'EHOSTUNREACH':
    case 'ENETUNREACH':
    case 'EADDRNOTAVAIL':
    case 'EINVAL':
      return unreachable('no-route', `there is no route to ${name} (${error.code})`);
    default:
      return unreachable('protocol', `${name} cannot be connected to: ${error.message}`);
  }
}

/** A connection through another one. */
export function dialThrough(via: Client, { address, port, name }: Endpoint, seconds: number): Promise<Reached<Duplex>> {
  return new Promise(resolve => {
    let late = false;
    const timer = setTimeout(() => {
      late = true;
      resolve(refused(unreachable('timeout', `${name} did not answer within ${seconds} s`)));
    }, seconds * 1000);
    const done = (reached: Reached<Duplex>) => {
      clearTimeout(timer);
      resolve(reached);
    };
    try {
      via.forwardOut('127.0.0.1', 0, address, port, (error, channel) => {
        if (late) channel?.destroy();
        else if (error) done(refused(notForwarded(name, error)));
        else done({ ok: true, value: channel });
      });
    } catch (error) {
      done(refused(unreachable('protocol', `${name}: the jump host is gone (${(error as Error).message})`), true));
    }
  });
}

/** The reason an open failure gives for a forwarding that is not allowed (RFC 4254, 5.1). */
const PROHIBITED = 1;

function notForwarded(name: string, error: Error & { readonly reason?: unknown }): Failure {
  const said = error.message;
  const why = `${name}: the jump host said: ${saying(said.replace('(SSH) Channel open failure: ', ''))}`;
  if (/refused/i.test(said)) return unreachable('refused', why);
  if (/name or service|resolve|not known|temporary failure/i.test(said)) return unreachable('dns', why);
  if (/timed out/i.test(said)) return unreachable('timeout', why);
  if (/route|unreachable/i.test(said)) return unreachable('no-route', why);
  if (error.reason === PROHIBITED) {
    return unreachable('protocol', why, 'sshd there must allow it: AllowTcpForwarding yes, PermitOpen');
  }
  return unreachable('protocol', why);
}
