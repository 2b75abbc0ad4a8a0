import { chmodSync, cpSync, existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { isBlocked } from '../../src/core/change.js';
import { featuresOf, linkOf, tablesOf } from '../../src/modules/ethtool/rows.js';
import ethtool from '../../src/modules/ethtool.js';
import { argsOf, type Ground, type Seen, SHELLS, task, whats } from './doing.js';
import { netns } from './netns.js';
import { scratch } from './rig.js';

const here = join(import.meta.dirname, 'ethtool');
const HOWTO = Object.fromEntries('rx tx sg tso gso gro lro rxvlan txvlan'.split(' ').map(name => [name, false]));

const net = netns(
  'ip link add eth4 type veth peer name p4',
  'ip link add mg type veth peer name pm',
  'ip addr add 10.9.0.5/24 dev mg',
  'ip link set mg up',
  'ip link set pm up',
  'ip route add default via 10.9.0.1',
);
afterAll(net.close);
const inside: Ground = { through: net.through };

/**
 * Runs a task where a played-back ethtool answers for a card, and gives what it was told to set. The files are written
 * by hand after what the drivers print under ethtool 5 and 6; no such card was at hand.
 */
function withCard(card: string, args: object, shell: readonly string[] = ['dash']): Seen & { readonly said: string[] } {
  const dir = scratch();
  cpSync(here, dir, { recursive: true });
  cpSync(join(here, 'ethtool.sh'), join(dir, 'bin/ethtool'));
  chmodSync(join(dir, 'bin/ethtool'), 0o755);
  const log = join(dir, 'log');
  const env = { DIR: dir, CARD: card, LOG: log, PATH: `${dir}/bin:/usr/sbin:/usr/bin:/sbin:/bin` };
  const through = [...net.through, 'env', ...Object.entries(env).map(([name, value]) => `${name}=${value}`)];
  const seen = task(ethtool, { device: 'eth4', ...args }, { through, shell });
  return { ...seen, said: existsSync(log) ? readFileSync(log, 'utf8').trim().split('\n') : [] };
}
const whyOf = (seen: Seen) => (isBlocked(seen.plan) ? seen.plan.blocked : undefined);

describe.each(SHELLS.map(shell => [shell.join(' '), shell] as const))('recorded cards under %s', (_, shell) => {
  it('igb: one command with only what is on, and nothing the second time', () => {
    const seen = withCard('igb', { features: HOWTO }, shell);
    expect(seen.outputs.map(output => output.stderr)).toEqual(['']);
    expect(seen.said).toEqual(['ethtool -K eth4 rx off tx off sg off tso off gso off gro off rxvlan off txvlan off']);
    expect(seen.again).toEqual([]);
    expect(seen.result).toMatchObject({ unsupported: [], fixed: [], warnings: [] });
  });

  it('virtio_net: what is fixed on is a warning, what is fixed off is right', () => {
    const seen = withCard('virtio_net', { features: HOWTO }, shell);
    expect(seen.said).toEqual(['ethtool -K eth4 tx off sg off tso off gso off gro off']);
    expect(seen.again).toEqual([]);
    expect(seen.result.fixed).toEqual(['eth4: rx-checksumming is fixed on']);
    expect(seen.result.warnings).toEqual(['eth4: rx-checksumming is fixed on']);
  });
});

describe('offloads', () => {
  it('ixgbe has lro to turn off', () => {
    const seen = withCard('ixgbe', { features: { lro: false } });
    expect(seen.plan).toMatchObject([{ what: 'eth4 offloads', before: { lro: 'on' }, after: { lro: 'off' } }]);
    expect(seen.said).toEqual(['ethtool -K eth4 lro off']);
  });
  it('go by their rows, too', () => {
    const seen = withCard('igb', { features: { 'generic-receive-offload': false, 'tx-tcp6-segmentation': false } });
    expect(seen.said).toEqual(['ethtool -K eth4 gro off tx-tcp6-segmentation off']);
    expect(seen.again).toEqual([]);
  });
  it('without a row are skipped and reported', () => {
    const seen = withCard('igb', { features: { ufo: false, nosuch: true } });
    expect(seen.plan).toEqual([]);
    expect(seen.result).toMatchObject({
      unsupported: ['ufo', 'nosuch'],
      warnings: ['eth4 has no ufo: skipped', expect.any(String)],
    });
  });
  it.each([
    ['virtio_net', { rx: false }, 'eth4: rx-checksumming is fixed on'],
    ['igb', { ufo: false }, 'eth4 has no ufo'],
  ])('of %s are a failure when strict: %o', (card, features, why) => {
    expect(whyOf(withCard(card, { features, strict: true }))).toBe(why);
  });
});

describe('rings, queues, coalescing', () => {
  it.each<[string, object, string[], object]>([
    ['igb', { ring: { rx: 'max' } }, ['ethtool -G eth4 rx 4096'], { rx: 4096 }],
    ['igb', { ring: { rx: 256, tx: 256 } }, [], {}],
    ['e1000e', { ring: { rx: 1024, tx: 512 } }, ['ethtool -G eth4 rx 1024 tx 512'], { rx: 1024, tx: 512 }],
    ['igb', { channels: { combined: 1 } }, ['ethtool -L eth4 combined 1'], { combined: 1 }],
    ['ixgbe', { channels: { combined: 'max' } }, ['ethtool -L eth4 combined 63'], { combined: 63 }],
    ['igb', { coalesce: { 'rx-usecs': 50 } }, ['ethtool -C eth4 rx-usecs 50'], { 'rx-usecs': '50' }],
    [
      'ixgbe',
      { coalesce: { 'adaptive-rx': false, 'rx-usecs': 1 } },
      ['ethtool -C eth4 adaptive-rx off'],
      { 'adaptive-rx': 'off' },
    ],
  ])('%s %o', (card, args, said, after) => {
    const seen = withCard(card, args);
    expect(seen.said).toEqual(said);
    if (said.length > 0) expect(seen.plan).toMatchObject([{ after }]);
    else expect(seen.plan).toEqual([]);
  });

  it('tell what a driver did not take', () => {
    // The recorded card takes nothing but offloads.
    const seen = withCard('igb', { ring: { rx: 1000 }, coalesce: { 'rx-usecs': 50 } });
    expect(seen.status).toBe(1);
    expect(seen.outputs[0]!.stderr).toBe('not all was taken: RX is 256 \n');
    const other = withCard('ixgbe', { coalesce: { 'adaptive-rx': false } });
    expect(other.outputs[0]!.stderr).toBe('not all was taken: adaptive-rx is on \n');
  });

  it('above the maximum are refused', () => {
    expect(whyOf(withCard('igb', { ring: { rx: 8192 } }))).toBe('eth4: rx ring can be at most 4096, not 8192');
  });

  it.each([
    ['e1000e', { channels: { combined: 1 } }, ['combined channels']],
    ['e1000e', { ring: { rx_mini: 64 } }, ['rx_mini ring']],
    ['igb', { ring: { rx_jumbo: 64 }, coalesce: { 'adaptive-rx': true } }, ['rx_jumbo ring', 'adaptive-rx']],
    ['ixgbe', { ring: { rx: 512 } }, ['rx ring']],
  ])('%s has none for %o', (card, args, unsupported) => {
    const seen = withCard(card, args);
    expect(seen.plan).toEqual([]);
    expect(seen.result.unsupported).toEqual(unsupported);
  });
});

describe('the link', () => {
  it.each<[string, object, string[], string[]]>([
    ['igb', { speed: 1000, duplex: 'full' }, [], []],
    ['igb', { speed: 100, duplex: 'full' }, ['ethtool -s eth4 speed 100 duplex full'], []],
    ['igb', { autoneg: false, speed: 1000 }, ['ethtool -s eth4 autoneg off'], []],
    ['igb', { speed: '', duplex: '' }, [], []],
    ['igb-down', { speed: 1000, duplex: 'full' }, ['ethtool -s eth4 speed 1000 duplex full'], []],
    ['igb-offered', { speed: 1000, duplex: 'full' }, [], []],
    ['ixgbe', { speed: 1000, duplex: 'full' }, [], ['speed', 'duplex']],
    ['ixgbe', { speed: 10000 }, [], []],
    ['virtio_net', { speed: 1000, duplex: 'full' }, [], ['speed', 'duplex']],
    ['e1000e', { autoneg: true }, [], ['autoneg']],
  ])('%s %o', (card, args, said, unsupported) => {
    const seen = withCard(card, args);
    expect(seen.said).toEqual(said);
    expect(seen.result.unsupported).toEqual(unsupported);
  });
});

describe.each(SHELLS.map(shell => [shell.join(' '), shell] as const))('a real veth under %s', (_, shell) => {
  const ground = { ...inside, shell };
  it('loses and gets its offloads', () => {
    const on = { rx: true, tx: true, sg: true, tso: true, gso: true, gro: true, rxvlan: true, txvlan: true };
    const back = task(ethtool, { device: 'eth4', features: on }, ground);
    expect(back.outputs.every(output => output.status === 0)).toBe(true);
    expect(back.again).toEqual([]);
    const off = task(ethtool, { device: 'eth4', features: HOWTO }, ground);
    expect(off.outputs.map(output => output.stderr.replace(/^Actual changes[\s\S]*/, ''))).toEqual(['']);
    expect(whats(off.plan)).toEqual(['eth4 offloads']);
    expect(off.again).toEqual([]);
    const rows = featuresOf(net.sh('ethtool -k eth4').split('\n'));
    for (const row of ['rx-checksumming', 'tx-checksumming', 'tcp-segmentation-offload', 'generic-receive-offload'])
      expect(rows.get(row)!.on).toBe(false);
  });

  it('changes the number of its queues', () => {
    net.sh('ethtool -L eth4 rx 1');
    const seen = task(ethtool, { device: 'eth4', channels: { rx: 2 } }, ground);
    expect(seen.status).toBe(0);
    expect(seen.again).toEqual([]);
    expect(tablesOf(net.sh('ethtool -l eth4').split('\n')).get('rx')).toEqual({ value: 2, maximum: 2 });
  });
});

describe('a real veth', () => {
  it('that cannot do one thing because of another says so', () => {
    task(ethtool, { device: 'eth4', features: { tx: true, sg: true, tso: true } }, inside);
    const seen = task(ethtool, { device: 'eth4', features: { sg: false, tso: true, tx: false } }, inside);
    const left = seen.outputs.at(-1);
    if (left && left.status !== 0) expect(left.stderr).toMatch(/not all was taken: tcp-segmentation-offload is off/);
    else expect(seen.again).toEqual([]);
  });
  it('has no rings, and no speed to set', () => {
    const seen = task(ethtool, { device: 'eth4', ring: { rx: 'max' }, speed: 1000, duplex: 'full' }, inside);
    expect(seen.plan).toEqual([]);
    expect(seen.result.unsupported).toEqual(['rx ring', 'speed', 'duplex']);
  });
  it('that is not there: the others are named', () => {
    const seen = task(ethtool, { device: 'eth9', features: { rx: false } }, inside);
    expect(whyOf(seen)).toMatch(/^there is no interface eth9; there are: eth4, lo, mg, p4, pm/);
    expect(seen.result).toMatchObject({ device: 'eth9', warnings: [] });
  });
});

describe('the management interface', () => {
  const features = { tx: false };
  it('is not touched', () => {
    expect(whyOf(task(ethtool, { device: 'mg', features }, inside))).toMatch(/^mg carries our connection/);
  });
  it('may be what the task says it is', () => {
    const seen = task(
      ethtool,
      { device: 'eth4', features: { gro: true, rxvlan: true, gso: true, rx: true }, management: 'eth4' },
      inside,
    );
    expect(whyOf(seen)).toMatch(/named as a management interface/);
  });
  it('is no matter when nothing is to change', () => {
    expect(task(ethtool, { device: 'mg', features: { lro: false } }, inside).plan).toEqual([]);
  });
  it('is changed by who means it', () => {
    const seen = task(ethtool, { device: 'mg', features, allow_management: true }, inside);
    expect(seen.status).toBe(0);
    expect(seen.again).toEqual([]);
  });
});

describe('arguments', () => {
  it.each([
    { device: '-K' },
    { device: 'a b' },
    { device: 'x'.repeat(16) },
    { device: 'eth4', features: { '--help': true } },
    { device: 'eth4', ring: { rxx: 1 } },
    { device: 'eth4', ring: { rx: -1 } },
    { device: 'eth4', duplex: 'both' },
  ])('%o is refused', args => {
    expect(() => argsOf(ethtool, args)).toThrow();
  });
  it('knows the other names', () => {
    expect(argsOf(ethtool, { interface: 'eth4', offloads: { rx: 'no' } })).toMatchObject({
      device: 'eth4',
      features: { rx: false },
    });
  });
});

describe('reading', () => {
  it('features with notes', () => {
    const rows = featuresOf([
      'a: on [fixed]',
      '\tb: off [requested on]',
      'c: off [not requested]',
      'Features for x:',
      'd: maybe',
    ]);
    expect([...rows]).toEqual([
      ['a', { on: true, fixed: true }],
      ['b', { on: false, fixed: false }],
      ['c', { on: false, fixed: false }],
    ]);
  });
  it('a link, with modes in several lines', () => {
    const found = linkOf(readFileSync(join(here, 'igb.s'), 'utf8').split('\n'));
    expect(found).toMatchObject({ speed: 1000, duplex: 'full', autoneg: true, detected: true });
    expect(found.supported).toEqual([
      '10baseT/Half',
      '10baseT/Full',
      '100baseT/Half',
      '100baseT/Full',
      '1000baseT/Full',
    ]);
  });
});
