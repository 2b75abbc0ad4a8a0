import { execFileSync, spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
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

  /** The README's table: class of packet → what each mode does with it. */
  function documented(): ReadonlyMap<string, readonly string[]> {
    const readme = readFileSync(path.join(import.meta.dirname, '../../roles/bro-cluster/README.md'), 'utf8');
    const table = readme.slice(readme.indexOf('| what comes by |')).split('\n\n')[0]!.split('\n').slice(2);
    return new Map(
      table.map(row => {
        const [kind, ...modes] = row.split('|').slice(1, -1);
        return [kind!.trim(), modes.map(mode => mode.trim())];
      }),
    );
  }

  it.each([
    ['howto', 0],
    ['full', 1],
    ['mixed', 2],
    ['vlan', 3],
  ] as const)(
    'in mode %s do with every class of packet what the README says, and the README knows every class',
    (mode, column) => {
      const table = documented();
      // Of the VLANs only the one that mode vlan names; the others are for nobody, see below.
      const ours = packets.filter(
        ({ kind, bytes }) => mode !== 'vlan' || !kind.startsWith('vlan') || bytes.readUInt16BE(14) === 100,
      );
      expect([...new Set(ours.map(({ kind }) => kind))].sort()).toEqual([...table.keys()].sort());
      for (const n of [2, 4, 7, 16]) {
        const found = owners(ours, shares(mode, n, '100'));
        const homes = new Map<string, Set<string>>();
        ours.forEach(({ kind }, i) => {
          homes.set(kind, (homes.get(kind) ?? new Set()).add(found[i]!.join('+')));
        });
        const told = [...homes].map(([kind, all]): readonly [string, string] => {
          if (all.size === 1 && all.has('')) return [kind, 'nobody'];
          if ([...all].some(one => !/^\d+$/.test(one))) return [kind, `by several, or not all: ${[...all].join(' ')}`];
          return [kind, all.size === 1 && all.has('0') ? 'first' : 'shared'];
        });
        expect(new Map(told), `${n} workers`).toEqual(
          new Map([...table].map(([kind, modes]) => [kind, modes[column]])),
        );
      }
    },
  );

  it.each(['howto', 'full', 'mixed'])('in mode %s are not for what was cut off before its addresses', mode => {
    const cut = packets
      .filter(({ kind }) => /^ipv[46] tcp$/.test(kind))
      .slice(0, 20)
      .map(packet => ({ ...packet, bytes: packet.bytes.subarray(0, 28) }));
    expect(new Set(owners(cut, shares(mode, 4)).map(all => all.length))).toEqual(new Set([0]));
  });

  it('in mode vlan reach IPv4 of that VLAN exactly once, and nothing else', () => {
    const found = owners(packets, shares('vlan', 3, '100'));
    const expected = packets.map(({ kind, flow }) =>
      kind.startsWith('vlan ipv4') && flow!.startsWith('81000064') ? 1 : 0,
    );
    expect(found.map(shares => shares.length)).toEqual(expected);
  });
});
