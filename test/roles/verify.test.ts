import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import type { Vars } from '../../src/core/value.js';
import { rendered } from './render.js';

interface Result {
  readonly host: string;
  readonly check: string;
  readonly result: string;
  readonly figure: number | string | null;
  readonly words: string;
}

/** What a look prints: a record a line. */
const said = (...records: readonly object[]): Vars => ({ stdout_lines: records.map(one => JSON.stringify(one)) });
const record = (result: string, check: string, figure: number | string | null, more: object = {}): object => ({
  result,
  check,
  figure,
  source: 'test',
  ...more,
});

const ADDRESSES = { m: '10.0.0.1', w0: '10.0.0.2', w1: '10.0.0.3' };
/** The results of a manager and two workers, from what their looks said. */
function results(looks: Readonly<Record<string, Vars>>, more: Vars = {}): readonly Result[] {
  const hosts = Object.keys(ADDRESSES);
  const vars: Vars = {
    bro_hosts: hosts,
    bro_workers: ['w0', 'w1'],
    bro_manager: 'm',
    ansible_play_hosts_all: hosts,
    hostvars: Object.fromEntries(
      Object.entries(ADDRESSES).map(([host, ansible_host]) => [host, { ansible_host, ...looks[host] }]),
    ),
    verify_receiver: '',
    verify_receiver_log: '/var/log/bro',
    verify_receiver_seconds: 5,
    verify_min_packets: 1000,
    verify_max_imbalance: 1.5,
    verify_max_log_age: 300,
    verify_sample_seconds: 2,
    ...more,
  };
  return JSON.parse(rendered('verify', 'results.j2', vars)) as Result[];
}
const find = (all: readonly Result[], check: string, host?: string): Result | undefined =>
  all.find(one => one.check === check && (host === undefined || one.host === host));

const packets = (figure: number | null): object => record(figure === null ? 'unknown' : 'pass', 'packets', figure);
const capturing = (first: number | null, second: number | null, manager: readonly object[] = []) => ({
  m: { verify_host: said(), verify_manager: said(...manager, record('pass', 'rsyslog', 'active')) },
  w0: { verify_host: said(), verify_worker: said(packets(first)) },
  w1: { verify_host: said(), verify_worker: said(packets(second)) },
});

describe('balance between hosts', () => {
  it.each<[string, number | null, number | null, object]>([
    ['even', 500, 500, { result: 'pass', figure: 1 }],
    ['uneven, but not much', 700, 300, { result: 'pass', figure: 1.4 }],
    ['uneven', 900, 300, { result: 'pass', figure: 1.5 }],
    ['very uneven', 950, 50, { result: 'warn', figure: 1.9 }],
    ['of too few packets', 500, 499, { result: 'unknown', figure: null }],
    ['of hosts of which one says nothing', 5000, null, { result: 'unknown', figure: null }],
    ['without any traffic', 0, 0, { result: 'unknown', figure: null }],
  ])('%s', (_, first, second, expected) => {
    expect(find(results(capturing(first, second)), 'balance')).toMatchObject({ host: 'm', ...expected });
  });

  it('only warns of a host that saw something before', () => {
    const looks = capturing(2000, 0);
    const paused = {
      ...looks,
      w1: { verify_host: said(), verify_worker: said(record('warn', 'packets', 0, { total: '77' })) },
    };
    expect(find(results(paused), 'share seen')).toMatchObject({ host: 'w1', result: 'warn', figure: 0 });
  });

  it('names the host that sees nothing while others do, unless something else explains it', () => {
    expect(find(results(capturing(2000, 0)), 'share seen')).toMatchObject({ host: 'w1', result: 'fail', figure: 0 });
    const looks = capturing(2000, 0);
    const unplugged = {
      ...looks,
      w1: { verify_host: said(), verify_worker: said(packets(0), record('fail', 'carrier', 0)) },
    };
    expect(find(results(unplugged), 'share seen')).toMatchObject({
      result: 'warn',
      words: 'of 2000 on all workers in 2 s, and 0 since the start; follows from carrier of w1',
    });
  });
});

describe('what follows from something else', () => {
  const looks = (worker: object, manager: object): Readonly<Record<string, Vars>> => ({
    m: { verify_host: said(), verify_manager: said(manager) },
    w0: { verify_host: said(), verify_worker: said(worker) },
    w1: { verify_host: said(), verify_worker: said() },
  });
  const rings = record('fail', 'rings', 1, { follows: 'processes *configuration' });
  it.each<[string, object, string]>([
    ['the same host’s processes', record('fail', 'processes', 1, { host: '10.0.0.2' }), 'warn'],
    ['another host’s processes', record('fail', 'processes', 1, { host: '10.0.0.3' }), 'fail'],
    ['the same host’s processes that are well', record('pass', 'processes', 2, { host: '10.0.0.2' }), 'fail'],
    ['the cluster’s configuration', record('fail', 'configuration', 1), 'warn'],
  ])('%s', (_, cause, expected) => {
    expect(find(results(looks(rings, cause)), 'rings')).toMatchObject({ host: 'w0', result: expected, figure: 1 });
  });
});

describe('hosts', () => {
  it('are named as in the inventory, whatever address the manager knew them by', () => {
    const manager = said(
      record('pass', 'ssh', 0.1, { host: '10.0.0.3' }),
      record('pass', 'ssh', 0.1, { host: '192.0.2.1' }),
    );
    const all = results({ m: { verify_host: said(), verify_manager: manager } });
    expect(all.filter(one => one.check === 'ssh').map(one => one.host)).toEqual(['w1', '192.0.2.1']);
  });

  it('that were not reached are unknown, and nothing of theirs is 0', () => {
    const all = results({ ...capturing(2000, null), w1: {} });
    expect(all.filter(one => one.host === 'w1')).toEqual([
      expect.objectContaining({
        check: 'host',
        result: 'unknown',
        figure: null,
        words: 'it was not reached, or looking failed',
      }),
    ]);
    expect(find(all, 'balance')).toMatchObject({ result: 'unknown', words: 'the packets of w1 are not known' });
  });
});

describe('the age of conn.log', () => {
  it.each<[number, number, object]>([
    [10, 0, { result: 'pass', figure: 10 }],
    [300, 900, { result: 'pass', figure: 300 }],
    [301, 900, { result: 'fail', figure: 301, words: 'though there is traffic' }],
    [301, 0, { result: 'unknown', figure: null }],
  ])('%i s with %i packets', (age, seen, expected) => {
    const log = record('pass', 'age of conn.log', age);
    expect(find(results(capturing(seen, seen, [log])), 'age of conn.log')).toMatchObject(expected);
  });
});

describe('the line for the receiver', () => {
  const with_ = (vars: Vars, receiver = 'collector'): Result =>
    find(
      results(
        {
          ...capturing(0, 0),
          m: { verify_host: said(), verify_manager: said(record('pass', 'rsyslog', 'active')), ...vars },
        },
        { verify_receiver: receiver },
      ),
      'test line',
    )!;
  const line = { verify_line: { stdout: 'a log\na line', stdout_lines: ['a log', 'a line'] } };
  it.each<[string, Vars, object]>([
    ['arrived', { ...line, verify_received: { stdout: '2\n' } }, { result: 'pass', figure: 2 }],
    ['arrived at once', { ...line, verify_received: { stdout: '0' } }, { result: 'pass', figure: 0 }],
    ['is missing', { ...line, verify_received: { stdout: 'missing' } }, { result: 'fail', figure: 'missing' }],
    [
      'cannot be read there',
      { ...line, verify_received: { stdout: 'unreadable' } },
      { result: 'unknown', figure: null },
    ],
    [
      'is on a receiver that is away',
      { ...line, verify_received: { unreachable: true } },
      { result: 'unknown', figure: null },
    ],
    ['was never written', { verify_line: { stdout: '', stdout_lines: [] } }, { result: 'unknown', figure: null }],
  ])('%s', (_, vars, expected) => {
    expect(with_(vars)).toMatchObject({ host: 'm', ...expected });
  });
  it('cannot be looked for without a receiver', () => {
    expect(with_({}, '')).toMatchObject({ result: 'unknown', figure: null });
  });
});

describe('a record', () => {
  const script = path.join(import.meta.dirname, '../../roles/verify/files/say.sh');
  const shells = [['dash'], ['busybox', 'sh'], ['bash', '--norc', '--posix']];
  it.each<[string, string, object]>([
    ['a number', 'say pass mtu figure=1514 unit=bytes', { result: 'pass', check: 'mtu', figure: 1514, unit: 'bytes' }],
    ['a fraction', 'say pass loss figure=0.50', { result: 'pass', check: 'loss', figure: 0.5 }],
    ['a word', 'say pass version figure=8.8.0', { result: 'pass', check: 'version', figure: '8.8.0' }],
    ['what only looks like a number', 'say pass key figure=007', { result: 'pass', check: 'key', figure: '007' }],
    [
      'unknown, whatever the figure',
      'say unknown loss figure=0 words=why',
      { result: 'unknown', check: 'loss', figure: null, words: 'why' },
    ],
    [
      'anything a program may print',
      `say fail a 'words=say "no" \\ to\ttabs, blanks and\nlines' item=é`,
      { result: 'fail', check: 'a', item: 'é', figure: null, words: 'say "no" \\ to tabs, blanks and lines' },
    ],
  ])('of %s is a line of JSON in every shell', (_, command, expected) => {
    for (const [shell, ...args] of shells) {
      const { stdout } = spawnSync(shell!, [...args, '-c', `. ${script}; ${command} | records`], {
        encoding: 'utf8',
        env: { PATH: process.env.PATH, LC_ALL: 'C' },
      });
      expect(
        stdout
          .trim()
          .split('\n')
          .map(one => JSON.parse(one)),
        shell,
      ).toEqual([expected]);
    }
  });
});

const folder = mkdtempSync(path.join(tmpdir(), 'ringmaster-verify-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** What a host's tools and its kernel say, where it is not as on the machine that runs the test. */
interface Host {
  /** Answers by program and arguments, such as `ethtool -i lo`. */
  readonly tools?: Readonly<Record<string, string>>;
  /** Files below /sys/module. */
  readonly modules?: Readonly<Record<string, string>>;
  readonly env?: Readonly<Record<string, string>>;
}

/** What module.sh and interface.sh find on such a host, whose tap is the loopback interface, which every machine has. */
function looked({ tools = {}, modules = {}, env = {} }: Host): readonly Result[] {
  const root = mkdtempSync(path.join(folder, 'host-'));
  for (const [file, text] of Object.entries(modules)) {
    mkdirSync(path.dirname(path.join(root, 'sys', file)), { recursive: true });
    writeFileSync(path.join(root, 'sys', file), `${text}\n`);
  }
  mkdirSync(path.join(root, 'bin'));
  for (const program of ['ethtool', 'modinfo', 'ip']) {
    const answers = Object.entries(tools).filter(([call]) => call.startsWith(`${program} `));
    const cases = answers.map(([call, text]) => `'${call}') printf '%s\\n' '${text}' ;;`).join('\n');
    const kernel = program === 'modinfo' ? `set -- $(echo "$*" | sed "s/$(uname -r)/KERNEL/")` : ':';
    writeFileSync(
      path.join(root, 'bin', program),
      `#!/bin/sh\n${kernel}\ncase "${program} $*" in\n${cases}\n*) exit 1 ;;\nesac\n`,
      { mode: 0o755 },
    );
  }
  const script = ['say', 'module', 'interface'].map(
    name => `. ${path.join(import.meta.dirname, `../../roles/verify/files/${name}.sh`)}`,
  );
  const { stdout, stderr } = spawnSync('sh', ['-c', `${script[0]}; { ${script[1]}; ${script[2]}; } | records`], {
    encoding: 'utf8',
    env: {
      ...{
        PATH: `${root}/bin:/usr/sbin:/usr/bin:/sbin:/bin`,
        LC_ALL: 'C',
        INTERFACE: 'lo',
        SYS: `${root}/sys`,
        PROC: `${root}/proc`,
      },
      ...{ PARAMS: '', OFFLOADS: '', MTU: '65536', NO_IP: 'no', DRIVER: '' },
      ...env,
    },
  });
  expect(stderr).toBe('');
  return stdout
    .trim()
    .split('\n')
    .map(line => JSON.parse(line) as Result);
}

describe('the driver of the tap', () => {
  const igb = { 'ethtool -i lo': 'driver: igb' };
  const installed = {
    'modinfo -k KERNEL -F depends igb': 'i2c_core,pf_ring',
    'modinfo -k KERNEL -F srcversion igb': 'ABC',
  };
  it.each<[string, Host, object]>([
    [
      'is any, where PF_RING has none installed',
      { tools: igb },
      { result: 'pass', figure: 'igb', words: expect.stringContaining('stock') },
    ],
    [
      'is PF_RING’s, as installed',
      { tools: { ...igb, ...installed }, modules: { 'igb/srcversion': 'ABC', 'pf_ring/holders/igb': '' } },
      { result: 'pass' },
    ],
    [
      'is the stock one, though PF_RING’s is installed',
      { tools: { ...igb, ...installed }, modules: { 'igb/initstate': 'live' } },
      { result: 'fail', words: expect.stringContaining('the stock one is loaded') },
    ],
    [
      'is another build',
      { tools: { ...igb, ...installed }, modules: { 'igb/srcversion': 'XYZ', 'pf_ring/holders/igb': '' } },
      { result: 'fail', words: expect.stringContaining('another build') },
    ],
    [
      'is not the one that was named',
      { tools: igb, env: { DRIVER: 'ixgbe' } },
      { result: 'fail', figure: 'igb', words: 'wished is ixgbe' },
    ],
    ['is not known', {}, { result: 'unknown', figure: null }],
  ])('%s', (_, host, expected) => {
    expect(find(looked(host), 'driver')).toMatchObject(expected);
  });
});

describe('offloads', () => {
  const wish = (...rows: readonly string[]): Host => ({
    tools: { 'ethtool -k lo': ['Features for lo:', ...rows].join('\n') },
    env: { OFFLOADS: 'gro=off lro=off rxvlan=off ' },
  });
  it.each<[string, Host, object]>([
    [
      'as wished',
      wish('generic-receive-offload: off', 'large-receive-offload: off [fixed]', 'rx-vlan-offload: off'),
      { result: 'pass', figure: 0 },
    ],
    [
      'on',
      wish('generic-receive-offload: on', 'large-receive-offload: off', 'rx-vlan-offload: on'),
      { result: 'fail', figure: 2, words: 'not as wished: gro rxvlan' },
    ],
    [
      'fixed on',
      wish('generic-receive-offload: off', 'large-receive-offload: off', 'rx-vlan-offload: on [fixed]'),
      { result: 'warn', words: expect.stringContaining('rxvlan') },
    ],
    [
      'of another name',
      wish('generic-receive-offload: off', 'rx-vlan-offload: off'),
      { result: 'pass', words: 'as wished, but for those it does not have: lro' },
    ],
    ['of which nothing is said', {}, { result: 'unknown', figure: null }],
  ])('%s', (_, host, expected) => {
    expect(find(looked(host), 'offloads')).toMatchObject(expected);
  });
});

describe('the module', () => {
  const loaded = {
    'pf_ring/version': '8.8.0',
    'pf_ring/srcversion': 'ABC',
    'pf_ring/parameters/enable_tx_capture': '1',
  };
  const known = (version: string, build: string) => ({
    'modinfo -k KERNEL -F version pf_ring': version,
    'modinfo -k KERNEL -F srcversion pf_ring': build,
  });
  it.each<[string, Host, string, object]>([
    ['is not loaded', {}, 'pf_ring loaded', { result: 'fail', figure: 'no' }],
    [
      'is the installed one',
      { modules: loaded, tools: known('8.8.0', 'ABC') },
      'pf_ring version',
      { result: 'pass', figure: '8.8.0' },
    ],
    [
      'is older than the installed one',
      { modules: loaded, tools: known('8.9.0', 'DEF') },
      'pf_ring version',
      { result: 'fail', words: expect.stringContaining('is 8.9.0: reload it') },
    ],
    [
      'is another build',
      { modules: loaded, tools: known('8.8.0', 'DEF') },
      'pf_ring version',
      { result: 'fail', words: 'another build of 8.8.0 is loaded than is installed' },
    ],
    [
      'is not installed any more',
      { modules: loaded },
      'pf_ring version',
      { result: 'fail', words: expect.stringContaining('is none') },
    ],
    ['says no slot version', { modules: loaded }, 'pf_ring slots', { result: 'unknown', figure: null }],
    [
      'has another parameter',
      { modules: loaded, env: { PARAMS: 'enable_tx_capture=0 ' } },
      'pf_ring parameter',
      { result: 'fail', figure: 1, words: 'wished is 0' },
    ],
    [
      'lacks a parameter',
      { modules: loaded, env: { PARAMS: 'quick_mode=1 ' } },
      'pf_ring parameter',
      { result: 'fail', figure: 'none' },
    ],
  ])('%s', (_, host, check, expected) => {
    expect(find(looked(host), check)).toMatchObject(expected);
  });
});
