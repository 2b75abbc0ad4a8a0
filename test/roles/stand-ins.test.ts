import { execFileSync, spawnSync } from 'node:child_process';
import { chmodSync, cpSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { networkInterfaces, tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

const standIns = path.join(import.meta.dirname, '../../src/lab/stand-ins');
const folder = mkdtempSync(path.join(tmpdir(), 'ringmaster-stand-ins-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const has = (program: string) => spawnSync('sh', ['-c', `command -v ${program}`]).status === 0;
const canBuild = has('make') && has('cc');
if (!canBuild) process.stderr.write('SKIPPED: stand-ins are only built where make and cc are installed\n');
if (!has('perl')) process.stderr.write('SKIPPED: the stand-in broctl only runs where perl is installed\n');

describe.skipIf(!canBuild)('the stand-in kernel module', () => {
  const env = { ...process.env, STAND_IN_ROOT: path.join(folder, 'run'), PATH: `${standIns}/bin:${process.env.PATH}` };
  const kmod = (tool: string, ...words: readonly string[]) =>
    spawnSync(path.join(standIns, 'bin', tool), words, { encoding: 'utf8', env });
  const module = path.join(folder, 'pf_ring/kernel/pf_ring.ko');
  const driver = path.join(folder, 'pf_ring/drivers/intel/igb/igb-5.14.16-zc/src/igb.ko');
  const shown = (file: string) => readFileSync(path.join(folder, 'run', file), 'utf8');

  beforeAll(() => {
    cpSync(path.join(standIns, 'pf_ring'), path.join(folder, 'pf_ring'), { recursive: true, verbatimSymlinks: true });
    execFileSync('make', ['-C', path.join(folder, 'pf_ring/kernel')], { stdio: 'ignore' });
    execFileSync('make', ['-C', path.join(folder, 'pf_ring/drivers/intel/igb/igb-5.14.16-zc')], { stdio: 'ignore' });
  });

  it('says what it is, in its information and whenever a tool is used', () => {
    const { stdout, stderr } = kmod('modinfo', module);
    expect(stdout).toMatch(/^description: STAND-IN for PF_RING/m);
    expect(stdout).toMatch(/^version: 8\.8\.0-stand-in$/m);
    expect(stderr).toBe('STAND-IN: modinfo keeps its modules in files, no kernel module is loaded\n');
  });

  it('is loaded with its parameters, and whispers of those it does not have', () => {
    const { status, stderr } = kmod('insmod', module, 'transparent_mode=2', 'enable_tx_capture=0', 'bogus=1');
    expect(status).toBe(0);
    expect(stderr).toContain("kernel: pf_ring: unknown parameter 'bogus' ignored\n");
    expect(shown('sys/module/pf_ring/parameters/transparent_mode')).toBe('2\n');
    expect(shown('proc/net/pf_ring/info')).toMatch(/^Capture TX +: No \[RX only\]$/m);
    expect(kmod('insmod', module).stderr).toContain("could not insert 'pf_ring': File exists");
  });

  it('cannot leave while a driver holds it', () => {
    expect(kmod('insmod', driver).status).toBe(0);
    const { status, stderr } = kmod('rmmod', 'pf_ring');
    expect(status).toBe(1);
    expect(stderr).toContain('ERROR: Module pf_ring is in use by: igb\n');
    expect(kmod('lsmod').stdout).toMatch(/^pf_ring +\d+ +1 igb$/m);
    expect(kmod('rmmod', 'igb').status).toBe(0);
  });

  it('cannot leave while a ring is open, and forgets rings of dead processes', () => {
    const rings = path.join(folder, 'run/proc/net/pf_ring');
    writeFileSync(path.join(rings, `${process.pid}-eth4.0`), 'Tot Packets : 1\n');
    writeFileSync(path.join(rings, '4194305-eth4.0'), 'Tot Packets : 1\n');
    expect(kmod('rmmod', 'pf_ring').stderr).toContain('ERROR: Module pf_ring is in use\n');
    expect(existsSync(path.join(rings, '4194305-eth4.0'))).toBe(false);
    rmSync(path.join(rings, `${process.pid}-eth4.0`));
    expect(kmod('rmmod', 'pf_ring').status).toBe(0);
    expect(existsSync(rings)).toBe(false);
  });
});

describe.skipIf(!canBuild)('the policy that the stand-in bro reads', () => {
  const program = path.join(folder, 'filter');
  beforeAll(() => {
    writeFileSync(
      path.join(folder, 'config.h'),
      '#define PREFIX "/nowhere"\n#define FLAVOUR "bro"\n#define VERSION "test"\n',
    );
    const main = path.join(folder, 'main.c');
    writeFileSync(
      main,
      '#include "policy.h"\n#include <stdio.h>\nint main(int n, char **w) { const char *f = policy_filter(w[n - 1]); if (!f) return 1; puts(f); return 0; }\n',
    );
    execFileSync('cc', [
      '-Wall',
      '-Werror',
      '-I',
      folder,
      '-I',
      path.join(standIns, 'bro/src'),
      path.join(standIns, 'bro/src/policy.c'),
      main,
      '-o',
      program,
    ]);
  });

  function filter(policy: string, node: string): string {
    const site = mkdtempSync(path.join(folder, 'site-'));
    writeFileSync(path.join(site, 'local.bro'), policy);
    const { stdout, stderr } = spawnSync(program, [node], { encoding: 'utf8', env: { BROPATH: site } });
    return stdout.trim() || stderr.replaceAll(`${site}/`, '').trim();
  }
  const shares = ['worker-0', 'worker-1', 'worker-10']
    .map(
      (name, i) => `@if ( Cluster::node == /${name}(-[0-9]+)?/ )\nredef cmd_line_bpf_filter = "share ${i}";\n@endif\n`,
    )
    .join('');

  it.each([
    ['worker-0', 'share 0'],
    ['worker-0-1', 'share 0'],
    ['worker-1-8', 'share 1'],
    ['worker-10-1', 'share 2'],
    ['worker-1x', ''],
    ['manager', ''],
  ])('gives %s its own share: %j', (node, share) => {
    expect(filter(`# comment\n@load misc/x\nevent bro_init()\n  {\n  print 1;\n  }\n${shares}`, node)).toBe(share);
  });

  it('with the howto’s pattern gives worker-10 the share of worker-1', () => {
    expect(
      filter('@if ( Cluster::node == /worker-1.*/ )\nredef cmd_line_bpf_filter="share 1";\n@endif\n', 'worker-10-1'),
    ).toBe('share 1');
  });

  it.each([
    ['@if ( Cluster::node == /a/ )\n', 'error in local.bro, line 2: unbalanced @if, at or near "end of file"'],
    ['@endif\n', 'error in local.bro, line 1: unmatched @endif, at or near "@endif"'],
    ['redef x =\n', 'error in local.bro, line 2: syntax error, at or near "end of file"'],
    ['\nredfe x = 1;\n', 'error in local.bro, line 2: syntax error, at or near "redfe x = 1;"'],
    ['@if ( Cluster::node == /(/ )\n@endif\n', 'error in local.bro, line 1: error in pattern, at or near "("'],
  ])('is refused: %j', (policy, message) => {
    expect(filter(policy, 'manager')).toBe(message);
  });
});

/** An address of this machine that is not the loopback's, which a manager cannot have. */
const address = Object.values(networkInterfaces())
  .flat()
  .find(one => one && one.family === 'IPv4' && !one.internal)?.address;
if (!address) process.stderr.write('SKIPPED: the stand-in broctl wants an address beside the loopback’s\n');

describe.skipIf(!has('perl') || !has('ip') || !address)('the stand-in broctl', () => {
  const program = path.join(folder, 'broctl');
  const prefix = path.join(folder, 'prefix');
  beforeAll(() => {
    const words: Readonly<Record<string, string>> = {
      PREFIX: prefix,
      FLAVOUR: 'bro',
      CONTROL: 'broctl',
      PORT: '47760',
      GROUP: 'Bro',
      VERSION: 'test',
    };
    writeFileSync(
      program,
      readFileSync(path.join(standIns, 'bro/broctl/broctl.in'), 'utf8').replace(
        /@([A-Z]+)@/g,
        (all, word: string) => words[word] ?? all,
      ),
    );
    chmodSync(program, 0o755);
    for (const place of ['etc', 'lib/broctl']) mkdirSync(path.join(prefix, place), { recursive: true });
    writeFileSync(path.join(prefix, 'etc/broctl.cfg'), 'MailTo = root@localhost\n');
    writeFileSync(path.join(prefix, 'lib/broctl/options'), 'PFRINGClusterID = 21\n');
  });

  function nodes(config: string): string {
    writeFileSync(path.join(prefix, 'etc/node.cfg'), config.replaceAll('HERE', address!));
    const { stdout } = spawnSync('perl', [program, 'nodes'], { encoding: 'utf8' });
    return stdout.replaceAll(`${prefix}/`, '').replaceAll(address!, 'HERE');
  }
  const section = (name: string, ...lines: readonly string[]) => [`[${name}]`, ...lines, ''].join('\n');
  const head = section('manager', 'type=manager', 'host=HERE') + section('proxy-0', 'type=proxy', 'host=HERE');

  it('makes as many processes of a worker as lb_procs says', () => {
    const config =
      head + section('worker-0', 'type=worker', 'host=HERE', 'interface=eth4', 'lb_method=pf_ring', 'lb_procs=2');
    expect(nodes(config)).toBe(
      [
        'manager - type=manager host=HERE',
        'proxy-0 - type=proxy host=HERE',
        'worker-0-1 - type=worker host=HERE interface=eth4',
        'worker-0-2 - type=worker host=HERE interface=eth4\n',
      ].join('\n'),
    );
  });

  it.each([
    ['no proxy', section('manager', 'type=manager', 'host=HERE'), 'error: etc/node.cfg: no proxy defined'],
    ['no manager', section('proxy-0', 'type=proxy', 'host=HERE'), 'error: etc/node.cfg: no manager defined'],
    ['a manager elsewhere', head.replace('HERE', '192.0.2.1'), 'error: script must be run on manager node'],
    [
      'no method',
      head + section('w', 'type=worker', 'host=HERE', 'lb_procs=8'),
      "error: etc/node.cfg: no load balancing method given in section 'w'",
    ],
    [
      'a strange method',
      head + section('w', 'type=worker', 'host=HERE', 'lb_method=af_packet', 'lb_procs=8'),
      "error: etc/node.cfg: unknown load balancing method given in section 'w'",
    ],
    [
      'no number',
      head + section('w', 'type=worker', 'host=HERE', 'lb_method=pf_ring', 'lb_procs=all'),
      "error: etc/node.cfg: value of lb_procs must be an integer in section 'w'",
    ],
    [
      'too few interfaces',
      head + section('w', 'type=worker', 'host=HERE', 'lb_method=interfaces', 'lb_procs=2', 'lb_interfaces=a'),
      "error: etc/node.cfg: number of interfaces does not match value of lb_procs in section 'w'",
    ],
    ['no type', section('w', 'host=HERE'), 'error: no type given for node w'],
    [
      'a strange type',
      section('w', 'host=HERE', 'type=logger'),
      "error: etc/node.cfg: unknown type 'logger' in section 'w'",
    ],
  ])('refuses %s as broctl 1.1 does', (_, config, message) => {
    expect(nodes(config).trim()).toBe(message);
  });

  it('only warns of a key that it does not know', () => {
    expect(nodes(head + section('w', 'type=worker', 'host=HERE', 'interfaces=eth4'))).toMatch(
      /^warning: etc\/node\.cfg: unknown key 'interfaces' in section 'w'\n/,
    );
  });
});
