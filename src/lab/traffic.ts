import { spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { demand } from './command.js';
import { within } from './keeper.js';
import { TALKERS } from './network.js';
import type { Lab } from './state.js';

/** What shall cross the mirrored link. */
export interface Traffic {
  /** How many pairs of addresses talk. */
  readonly flows: number;
  /** UDP datagrams that each pair sends, alice to bob. */
  readonly packets: number;
  /** Of the UDP payload, in bytes; at most 1472, since nobody fragments. */
  readonly size: number;
  /** Packets per second, of all flows together. The lab's wire loses none below some ten thousand. */
  readonly rate: number;
  /** Chooses the pairs; the same seed chooses the same. */
  readonly seed: string;
}

/** Ten seconds of 100 flows: enough for every worker to count some. */
export const MODEST: Traffic = { flows: 100, packets: 50, size: 400, rate: 500, seed: 'ringmaster' };

/** One pair of addresses that talked. */
export interface Flow {
  readonly source: string;
  readonly destination: string;
  readonly packets: number;
}

/** The pairs that a seed chooses, in order; pure, so that a test can foretell which worker's filter takes which. */
export function flowsOf({ flows, packets, seed }: Traffic): readonly Flow[] {
  return Array.from({ length: flows }, (_, i) => {
    const digest = createHash('sha256').update(`${seed}/${i}`).digest();
    const end = (byte: number) => 1 + (digest[byte]! % 254);
    return { source: `${TALKERS.alice}.${end(0)}`, destination: `${TALKERS.bob}.${end(1)}`, packets };
  });
}

/** Of the discard protocol (RFC 863): nobody answers. */
const PORT = 9;

/** Bob takes every datagram in silence, so that no ICMP comes back; until his stdin ends. */
const LISTEN = `
const socket = require('node:dgram').createSocket('udp4');
socket.bind(${PORT}, () => console.log('ready'));
process.stdin.on('end', () => process.exit()).resume();
`;

/** Alice is told {flows, size, rate} on stdin, and sends what is due by the clock, a packet of each flow in turn. */
const TALK = `
const { createSocket } = require('node:dgram');
const { flows, size, rate } = JSON.parse(require('node:fs').readFileSync(0, 'utf8'));
const payload = Buffer.alloc(size, 'ringmaster ');
const bound = flow => new Promise(done => {
  const socket = createSocket('udp4');
  socket.bind({ address: flow.source }, () => done({ ...flow, socket }));
});
const send = ({ socket, destination }) => new Promise((done, failed) =>
  socket.send(payload, ${PORT}, destination, error => (error ? failed(error) : done())));
(async () => {
  const open = await Promise.all(flows.map(bound));
  const turns = Math.max(0, ...flows.map(flow => flow.packets));
  const begun = Date.now();
  let sent = 0;
  for (let turn = 0; turn < turns; turn++)
    for (const flow of open.filter(flow => turn < flow.packets)) {
      while (sent >= (Date.now() - begun) * rate / 1000) await new Promise(done => setTimeout(done, 1));
      await send(flow);
      sent++;
    }
  for (const { socket } of open) socket.close();
})();
`;

/** Sends it over the mirrored link, where every eth4 sees it; returns when the last packet has gone. Answers what was sent. */
export async function sendTraffic(lab: Lab, traffic: Traffic): Promise<readonly Flow[]> {
  const flows = flowsOf(traffic);
  const at = (talker: keyof typeof TALKERS, code: string) =>
    within(lab.keeper, ['ip', 'netns', 'exec', talker, process.execPath, '-e', code]);
  const [program, ...args] = at('bob', LISTEN);
  const bob = spawn(program!, args, { stdio: ['pipe', 'pipe', 'ignore'] });
  try {
    await once(bob.stdout, 'data');
    await demand('sending traffic', at('alice', TALK), { input: JSON.stringify({ ...traffic, flows }) });
  } finally {
    bob.stdin.end();
  }
  return flows;
}
