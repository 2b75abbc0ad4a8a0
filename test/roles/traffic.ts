/** Packets of every class that a tap may show, made byte by byte, so that filters can be tried on them. */

export interface Packet {
  /** What kind of packet it is: `ipv4 tcp`, `vlan ipv6`, `arp`. */
  readonly kind: string;
  /** Packets of one flow must stay together; both directions are one flow. Unset where there are no flows. */
  readonly flow?: string;
  readonly bytes: Buffer;
}

const ETHERNET = Buffer.from('020000000001020000000002', 'hex');
const type = (ethertype: number) => Buffer.from([ethertype >> 8, ethertype & 255]);
const tag = (ethertype: number, id: number) => Buffer.concat([type(ethertype), type(id)]);

/** A sequence of numbers below 2^32 that is the same in every run. */
function numbers(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return state;
  };
}

interface Ends {
  readonly from: Buffer;
  readonly to: Buffer;
}
const turned = ({ from, to }: Ends): Ends => ({ from: to, to: from });

function ipv4({ from, to }: Ends, protocol: number, payload: Buffer, fragment = 0): Buffer {
  const head = Buffer.alloc(20);
  head[0] = 0x45;
  head.writeUInt16BE(20 + payload.length, 2);
  head.writeUInt16BE(fragment, 6);
  head[8] = 64;
  head[9] = protocol;
  from.copy(head, 12);
  to.copy(head, 16);
  return Buffer.concat([head, payload]);
}

function ipv6({ from, to }: Ends, next: number, payload: Buffer): Buffer {
  const head = Buffer.alloc(40);
  head[0] = 0x60;
  head.writeUInt16BE(payload.length, 4);
  head[6] = next;
  head[7] = 64;
  from.copy(head, 8);
  to.copy(head, 24);
  return Buffer.concat([head, payload]);
}

/** Ports of the two ends and 16 bytes more: enough for what TCP and UDP filters may look at. */
const ports = (from: number, to: number) => Buffer.concat([type(from), type(to), Buffer.alloc(16)]);

/** Fragment bits: more to come, and then the rest from byte 8 on. */
const FIRST = 0x2000;
const REST = 1;

function flow4(next: () => number): readonly (readonly [string, Buffer])[] {
  const bytes = () => Buffer.from([10, next() >>> 24, next() >>> 24, next() >>> 24]);
  const ends = { from: bytes(), to: bytes() };
  const [a, b] = [1024 + (next() >>> 18), 443];
  return [
    ['ipv4 tcp', ipv4(ends, 6, ports(a, b))],
    ['ipv4 tcp', ipv4(turned(ends), 6, ports(b, a))],
    ['ipv4 udp', ipv4(ends, 17, ports(a, 53))],
    ['ipv4 icmp', ipv4(turned(ends), 1, Buffer.alloc(8))],
    ['ipv4 fragment', ipv4(ends, 17, ports(a, b), FIRST)],
    ['ipv4 fragment', ipv4(ends, 17, Buffer.alloc(24), REST)],
  ];
}

function flow6(next: () => number): readonly (readonly [string, Buffer])[] {
  const bytes = () =>
    Buffer.concat([Buffer.from('20010db8', 'hex'), Buffer.from(Array.from({ length: 12 }, () => next() >>> 24))]);
  const ends = { from: bytes(), to: bytes() };
  const fragment = Buffer.from([17, 0, 0, 1, 0, 0, 0, 1]);
  return [
    ['ipv6 tcp', ipv6(ends, 6, ports(2000, 443))],
    ['ipv6 tcp', ipv6(turned(ends), 6, ports(443, 2000))],
    ['ipv6 icmp', ipv6(ends, 58, Buffer.alloc(8))],
    ['ipv6 fragment', ipv6(ends, 44, Buffer.concat([fragment, ports(2000, 53)]))],
    ['ipv6 fragment', ipv6(turned(ends), 44, Buffer.concat([fragment, Buffer.alloc(24)]))],
  ];
}

/** What may stand between the addresses and the type: nothing, one VLAN tag, or two. */
const TAGS: readonly (readonly [string, Buffer])[] = [
  ['', Buffer.alloc(0)],
  ['vlan ', tag(0x8100, 100)],
  ['vlan ', tag(0x8100, 4000)],
  ['qinq ', Buffer.concat([tag(0x88a8, 7), tag(0x8100, 100)])],
  ['qinq ', Buffer.concat([tag(0x8100, 7), tag(0x8100, 100)])],
  ['qinq ', Buffer.concat([tag(0x9100, 7), tag(0x8100, 100)])],
];

/** Packets of every class, `flows` flows of each kind in each tagging. */
export function traffic(flows: number, seed: number): readonly Packet[] {
  const next = numbers(seed);
  const packets: Packet[] = [];
  for (const [prefix, tags] of TAGS) {
    const frame = (ethertype: number, payload: Buffer) => Buffer.concat([ETHERNET, tags, type(ethertype), payload]);
    for (let i = 0; i < flows; i++) {
      for (const [kind, bytes] of flow4(next))
        packets.push({ kind: prefix + kind, flow: `${tags.toString('hex')} 4 ${i}`, bytes: frame(0x0800, bytes) });
      for (const [kind, bytes] of flow6(next))
        packets.push({ kind: prefix + kind, flow: `${tags.toString('hex')} 6 ${i}`, bytes: frame(0x86dd, bytes) });
    }
    packets.push({ kind: `${prefix}arp`, bytes: frame(0x0806, Buffer.alloc(46)) });
    packets.push({ kind: `${prefix}lldp`, bytes: frame(0x88cc, Buffer.alloc(46)) });
    packets.push({ kind: `${prefix}pppoe`, bytes: frame(0x8864, Buffer.alloc(46)) });
  }
  // 802.3 with LLC: a length stands where the type would.
  packets.push({
    kind: 'stp',
    bytes: Buffer.concat([ETHERNET, type(38), Buffer.from('424203', 'hex'), Buffer.alloc(43)]),
  });
  return packets;
}

/** A capture file of these packets; the microseconds of a packet's time are its index. */
export function pcap(packets: readonly Packet[]): Buffer {
  const head = Buffer.alloc(24);
  head.writeUInt32LE(0xa1b2c3d4, 0);
  head.writeUInt16LE(2, 4);
  head.writeUInt16LE(4, 6);
  head.writeUInt32LE(65535, 16);
  head.writeUInt32LE(1, 20);
  const records = packets.flatMap(({ bytes }, index) => {
    const record = Buffer.alloc(16);
    record.writeUInt32LE(1_000_000, 0);
    record.writeUInt32LE(index, 4);
    record.writeUInt32LE(bytes.length, 8);
    record.writeUInt32LE(bytes.length, 12);
    return [record, bytes];
  });
  return Buffer.concat([head, ...records]);
}

/** The indices of the packets in a capture file that {@link pcap} made, or a filter left of it. */
export function indices(file: Buffer): readonly number[] {
  const found: number[] = [];
  for (let at = 24; at < file.length; at += 16 + file.readUInt32LE(at + 8)) found.push(file.readUInt32LE(at + 4));
  return found;
}
