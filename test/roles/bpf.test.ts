import { execFileSync, spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { rendered } from './render.js';
import { indices, type Packet, pcap, traffic } from './traffic.js';

const hasTcpdump = spawnSync('tcpdump', ['--version']).status === 0;
if (!hasTcpdump)
  process.stderr.write('SKIPPED: the shares of the traffic are only proven where tcpdump is installed\n');

const folder = mkdtempSync(path.join(tmpdir(), 'ringmaster-bpf-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** The filters of n workers, taken from the very lines that go into the site's policy. */
function shares(mode: string, n: number, vlan = ''): readonly string[] {
  const block = rendered('bro-cluster', 'bpf-block.j2', {
    bro_workers: Array.from({ length: n }, (_, i) => `node${i}`),
    bro_bpf_mode: mode,
    bro_bpf_vlan: vlan,
  });
  return [...block.matchAll(/^redef cmd_line_bpf_filter = "(.*)";$/gm)].map(([, filter]) => filter!);
}

function matched(file: string, filter: string): readonly number[] {
  return indices(
    execFileSync('tcpdump', ['-r', file, '-w', '-', filter], {
      stdio: ['ignore', 'pipe', 'ignore'],
      maxBuffer: 1 << 28,
    }),
  );
}

/** Which of the filters match each packet. */
function owners(packets: readonly Packet[], filters: readonly string[]): readonly (readonly number[])[] {
  const file = path.join(folder, 'all.pcap');
  writeFileSync(file, pcap(packets));
  const found = packets.map((): number[] => []);
  filters.forEach((filter, share) => {
    for (const index of matched(file, filter)) found[index]!.push(share);
  });
  return found;
}

describe('the block of the site policy', () => {
  it('names every worker exactly, in the order of the inventory', () => {
    expect(
      rendered('bro-cluster', 'bpf-block.j2', { bro_workers: ['a', 'b'], bro_bpf_mode: 'howto', bro_bpf_vlan: '' }),
    ).toBe(
      `@if ( Cluster::node == /worker-0(-[0-9]+)?/ )
redef cmd_line_bpf_filter = "(ip[14:2]+ip[18:2]) - (2*((ip[14:2]+ip[18:2])/2)) == 0";
@endif
@if ( Cluster::node == /worker-1(-[0-9]+)?/ )
redef cmd_line_bpf_filter = "(ip[14:2]+ip[18:2]) - (2*((ip[14:2]+ip[18:2])/2)) == 1";
@endif
`,
    );
  });

  it('has the howto’s own words for four workers', () => {
    expect(shares('howto', 4)[3]).toBe('(ip[14:2]+ip[18:2]) - (4*((ip[14:2]+ip[18:2])/4)) == 3');
  });

  it('puts the word vlan behind everything whose offsets it would shift', () => {
    for (const filter of shares('mixed', 3))
      expect(filter.lastIndexOf(' or (vlan and (')).toBe(filter.indexOf('vlan') - 5);
  });
});

describe.skipIf(!hasTcpdump)('the shares of the traffic', () => {
  const packets = traffic(40, 20121003);

  describe.each(['full', 'mixed'])('in mode %s', mode => {
    it.each(Array.from({ length: 16 }, (_, i) => i + 1))(
      'give each packet to exactly one of %i workers, and split no flow',
      n => {
        const found = owners(packets, shares(mode, n));
        const wrong = packets.flatMap(({ kind }, i) =>
          found[i]!.length === 1 ? [] : [`${kind} has ${found[i]!.length} owners`],
        );
        expect(wrong).toEqual([]);
        const homes = new Map<string, Set<number>>();
        packets.forEach(({ flow }, i) => {
          if (flow !== undefined) homes.set(flow, (homes.get(flow) ?? new Set()).add(found[i]![0]!));
        });
        expect([...homes].filter(([, owner]) => owner.size > 1)).toEqual([]);
      },
    );
  });

  it('in mode mixed give tagged packets to all workers, not only to the first', () => {
    const found = owners(packets, shares('mixed', 4));
    const home = new Set(packets.flatMap(({ kind }, i) => (kind.startsWith('vlan ipv4') ? found[i]! : [])));
    expect([...home].sort()).toEqual([0, 1, 2, 3]);
  });

  it('in mode full give tagged packets to the first worker', () => {
    const found = owners(packets, shares('full', 4));
    expect(new Set(packets.flatMap(({ kind }, i) => (/^(vlan|qinq)/.test(kind) ? found[i]! : [])))).toEqual(
      new Set([0]),
    );
  });

  it('in mode howto reach untagged IPv4 exactly once, and nothing else at all', () => {
    const found = owners(packets, shares('howto', 4));
    const seen = new Map<string, Set<number>>();
    packets.forEach(({ kind }, i) => {
      seen.set(kind, (seen.get(kind) ?? new Set()).add(found[i]!.length));
    });
    const once = [...seen].filter(([, counts]) => counts.has(1)).map(([kind]) => kind);
    expect(once).toEqual(['ipv4 tcp', 'ipv4 udp', 'ipv4 icmp', 'ipv4 fragment']);
    for (const [kind, counts] of seen) expect([kind, [...counts]]).toEqual([kind, [once.includes(kind) ? 1 : 0]]);
  });

  it('in mode vlan reach IPv4 of that VLAN exactly once, and nothing else', () => {
    const found = owners(packets, shares('vlan', 3, '100'));
    const expected = packets.map(({ kind, flow }) =>
      kind.startsWith('vlan ipv4') && flow!.startsWith('81000064') ? 1 : 0,
    );
    expect(found.map(shares => shares.length)).toEqual(expected);
  });
});
