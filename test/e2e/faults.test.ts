import { type ChildProcess, spawn } from 'node:child_process';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { setCable } from '../../src/lab/network.js';
import { controller } from '../../src/lab/reach.js';
import { sendTraffic } from '../../src/lab/traffic.js';
import { type Ran, recap, TestLab, whyNoLab } from './rig.js';

const why = await whyNoLab();
const HOSTS = ['manager', 'node1', 'node2', 'node3'] as const;

/** A result of verify, as its report on the controller has it. */
interface Result {
  readonly host: string;
  readonly check: string;
  readonly item: string;
  readonly result: 'pass' | 'warn' | 'fail' | 'unknown';
  readonly figure: number | string | null;
  readonly unit: string;
  readonly source: string;
  readonly words: string;
}

/** What verify must look at, on which hosts: every entry of the operators' list. */
const CHECKS: readonly (readonly [check: string, hosts: readonly string[]])[] = [
  ...['account', 'disk free', 'processes', 'ssh', 'clock'].map(check => [check, HOSTS] as const),
  ...[
    ...['pf_ring loaded', 'pf_ring version', 'pf_ring slots', 'pf_ring parameter', 'next boot'],
    ...['driver', 'offloads', 'mtu', 'up', 'carrier', 'no address', 'interface drops', 'cpu pins'],
    ...['capabilities', 'mount options', 'libpcap'],
    ...['rings', 'ring owner', 'cluster id', 'share of traffic', 'packets', 'packets lost'],
  ].map(check => [check, HOSTS.slice(1)] as const),
  ...[
    ...['configuration', 'shares of traffic', 'balance', 'age of conn.log', 'capture loss'],
    ...['rsyslog', 'rsyslog configuration', 'rsyslog queue', 'test line'],
  ].map(check => [check, ['manager']] as const),
];

interface Fault {
  readonly name: string;
  readonly host: (typeof HOSTS)[number];
  /** Commands on that host, or what else it takes. */
  readonly inject: string | (() => Promise<void>);
  readonly undo: string | (() => Promise<void>);
  /** The one check that must fail, and with what. */
  readonly check: string;
  readonly item?: string;
  readonly figure: unknown;
  readonly unit?: string;
  readonly words?: RegExp;
  /** What is not known while the fault lasts, and must say so. */
  readonly unknown?: readonly string[];
}

const asBro = (command: string): string => `su bro -s /bin/sh -c '${command}'`;
const PF_RING = '/run/stand-in/sys/module/pf_ring';
const MODULE = '/lib/modules/$(uname -r)/kernel/net/pf_ring/pf_ring.ko';
const LOGS = '/usr/local/bro/logs';

// Converging takes half a minute where nothing else runs, each verify some seconds; a machine under load needs many times that.
describe.skipIf(why !== undefined)(
  'faults of a running cluster, on four lab hosts with stand-ins for PF_RING and Bro',
  { timeout: 600_000 },
  () => {
    let lab: TestLab;
    let receiver: ChildProcess;
    let traffic: Promise<void>;

    const on = async (host: string, command: string): Promise<string> => {
      const { code, out, err } = await lab.on(host, command);
      expect(code, `${host}: ${command}\n${out}${err}`).toBe(0);
      return out;
    };
    const site = (...more: readonly string[]): Promise<Ran> =>
      lab.ringmaster(['run', 'playbooks/site.yml', '-i', lab.inventory, '-e', 'bro_cron=false', ...more]);

    beforeAll(async () => {
      lab = await TestLab.up('faults');
      // Without cron: a crashed worker shall stay so until verify has seen it.
      const ran = await site();
      expect(ran.code, ran.out.slice(-3000) + ran.err).toBe(0);
      receiver = startReceiver(lab);
      await on('manager', asBro(`echo first line of a log >${LOGS}/current/ssl.log`));
      traffic = keepTalking();
      // A flow is logged when it has ended, or after some seconds.
      await on('manager', `for i in $(seq 120); do [ -e ${LOGS}/current/conn.log ] && exit; sleep 0.5; done; exit 1`);
    }, 600_000);
    // Whoever talks ends with the lab.
    afterAll(async () => {
      receiver?.kill();
      await lab?.down();
      await traffic;
    }, 600_000);

    /** Sixty pairs of addresses talk all the time, so that losses, balance and ages are figures. */
    async function keepTalking(): Promise<void> {
      await sendTraffic(lab.lab, { flows: 60, packets: 100_000, size: 200, rate: 300, seed: 'faults' }).catch(() => {});
    }

    /** verify's results, and what it printed. `receives` has it look for a line at the receiver too. */
    async function verify(
      receives: 'receiver' | 'no receiver',
    ): Promise<{ readonly ran: Ran; readonly results: readonly Result[] }> {
      const report = join(lab.lab.folder, 'verify.json');
      const receiving = `-e verify_receiver=localhost -e verify_receiver_log=${lab.lab.folder}/received.log -e verify_test_line=true`;
      const ran = await lab.ringmaster([
        ...['run', 'playbooks/verify.yml', '-i', lab.inventory, '-e', `verify_report=${report}`],
        ...['-e', 'verify_min_packets=20', '-e', 'verify_receiver_seconds=5'],
        ...(receives === 'receiver' ? receiving.split(' ') : []),
      ]);
      return { ran, results: JSON.parse(readFileSync(report, 'utf8')) as Result[] };
    }

    const failing = (results: readonly Result[]): readonly Result[] => results.filter(one => one.result === 'fail');

    /** What holds of every report: what is unknown has a reason and no figure, everything else a figure and where it is from. */
    function expectHonest(results: readonly Result[]): void {
      for (const one of results) {
        expect(['pass', 'warn', 'fail', 'unknown'], JSON.stringify(one)).toContain(one.result);
        expect(one.figure === null, JSON.stringify(one)).toBe(one.result === 'unknown');
        if (one.result === 'unknown') expect(one.words, JSON.stringify(one)).not.toBe('');
        expect(one.source, JSON.stringify(one)).not.toBe('');
      }
    }

    it('without a fault: every check is there, with a figure or the reason why it has none, and none fails', async () => {
      const { ran, results } = await verify('receiver');
      expect(failing(results), ran.out).toEqual([]);
      expect(ran.code, ran.out).toBe(0);
      expectHonest(results);
      for (const [check, hosts] of CHECKS)
        expect([check, [...new Set(results.filter(one => one.check === check).map(one => one.host))].sort()]).toEqual([
          check,
          hosts,
        ]);
      // On a machine that is busy with other things an answer may take too long to say what the time was.
      const unknown = results
        .filter(one => one.result === 'unknown' && !one.words.startsWith('the answer took so long'))
        .map(one => `${one.check}: ${one.words}`);
      expect(unknown).toEqual(['capture loss: it says nothing yet; Bro writes it with @load misc/capture-loss']);
      const figure = (check: string, host: string) =>
        results.find(one => one.check === check && one.host === host)!.figure;
      expect(figure('packets', 'node1')).toBeGreaterThan(0);
      expect(figure('balance', 'manager')).toBeGreaterThanOrEqual(1);
      expect(figure('test line', 'manager')).toBeLessThanOrEqual(5);
      expect(results.filter(one => one.check === 'capabilities' && one.host === 'node2')).toHaveLength(2);
      for (const host of HOSTS) expect(recap(ran.out, host)).toMatchObject({ changed: 0, failed: 0 });
      expect(ran.out).toMatch(/^ +pass +mtu +1514 bytes +wished is 1514 \[\/sys\/class\/net\/eth4\/mtu\]$/m);
      expect(ran.out).toMatch(/^ +unknown +capture loss +unknown +it says nothing yet/m);
    });

    let keptKeys = '';
    const faults: readonly Fault[] = [
      {
        name: 'an offload is on',
        host: 'node1',
        inject: 'ethtool -K eth4 gro on',
        undo: 'ethtool -K eth4 gro off',
        check: 'offloads',
        figure: 1,
        words: /^not as wished: gro$/,
      },
      {
        name: 'the MTU is wrong',
        host: 'node2',
        inject: 'ip link set dev eth4 mtu 1500',
        undo: 'ip link set dev eth4 mtu 1514',
        check: 'mtu',
        figure: 1500,
        unit: 'bytes',
        words: /1514/,
      },
      {
        name: 'another module is installed than runs',
        host: 'node3',
        inject: `cp ${MODULE} /root/kept.ko && sed -i 's/^version=.*/version=8.9.0-stand-in/' ${MODULE}`,
        undo: `cp /root/kept.ko ${MODULE}`,
        check: 'pf_ring version',
        figure: '8.8.0-stand-in',
        words: /loaded is 8\.8\.0-stand-in, installed for \S+ is 8\.9\.0-stand-in/,
      },
      {
        name: 'module and library are of different releases',
        host: 'node3',
        inject: "sed -i 's/^Slot version.*/Slot version             : 16/' /run/stand-in/proc/net/pf_ring/info",
        undo: "sed -i 's/^Slot version.*/Slot version             : 21/' /run/stand-in/proc/net/pf_ring/info",
        check: 'pf_ring slots',
        figure: 16,
        words: /^module 16, library 21$/,
      },
      {
        name: 'a parameter is wrong',
        host: 'node1',
        inject: `echo 1 >${PF_RING}/parameters/enable_tx_capture`,
        undo: `echo 0 >${PF_RING}/parameters/enable_tx_capture`,
        check: 'pf_ring parameter',
        item: 'enable_tx_capture',
        figure: 1,
        words: /^wished is 0$/,
      },
      {
        name: 'a capability is lost',
        host: 'node2',
        inject: 'cp /usr/local/bro/bin/bro /root/bro && mv /root/bro /usr/local/bro/bin/bro',
        undo: 'chown bro:bro /usr/local/bro/bin/bro && sh /usr/local/sbin/bro_init.sh',
        check: 'capabilities',
        item: 'bro',
        figure: 'none',
        words: /cap_net_admin,cap_net_raw/,
      },
      {
        name: 'a worker is dead',
        host: 'node3',
        inject: 'kill -9 $(cat /usr/local/bro/spool/worker-2-1/.pid)',
        undo: async () => {
          await on('manager', asBro('/usr/local/bro/bin/broctl start worker-2-1'));
        },
        check: 'processes',
        figure: 1,
        unit: 'of 2 run',
        words: /^worker-2-1 is crashed$/,
      },
      {
        name: 'node.cfg was edited by hand',
        host: 'manager',
        inject:
          'cp -p /usr/local/bro/etc/node.cfg /root/ && sed -i s/lb_procs=2/lb_procs=3/ /usr/local/bro/etc/node.cfg',
        undo: 'cp -p /root/node.cfg /usr/local/bro/etc/node.cfg',
        check: 'configuration',
        item: 'installed',
        figure: 1,
        unit: 'files differ',
        words: /^etc\/node\.cfg$/,
      },
      {
        // As after a reinstallation: whoever runs ringmaster knows the new key, the cluster's account does not.
        name: 'a host has another key',
        host: 'node3',
        inject: async () => {
          const fresh = await on(
            'node3',
            'cd /etc/ssh && mkdir /root/keys && mv ssh_host_*_key* /root/keys && ssh-keygen -q -t ed25519 -N "" -f ssh_host_ed25519_key && cat ssh_host_ed25519_key.pub && systemctl restart ssh',
          );
          keptKeys = readFileSync(lab.lab.ssh.knownHosts, 'utf8');
          const [type, key] = fresh.split(' ');
          const known = keptKeys.replace(/^(node3,\S+) .*$/m, `$1 ${type} ${key}`);
          expect(known).not.toBe(keptKeys);
          writeFileSync(lab.lab.ssh.knownHosts, known, { mode: 0o600 });
        },
        undo: async () => {
          await on('node3', 'rm /etc/ssh/ssh_host_*_key* && mv /root/keys/* /etc/ssh/ && systemctl restart ssh');
          writeFileSync(lab.lab.ssh.knownHosts, keptKeys, { mode: 0o600 });
        },
        check: 'ssh',
        figure: expect.stringMatching(/^changed to SHA256:/),
        unknown: ['clock', 'processes'],
      },
      {
        name: 'rsyslog is down',
        host: 'manager',
        inject: 'systemctl stop syslog.socket rsyslog',
        undo: 'systemctl start syslog.socket rsyslog',
        check: 'rsyslog',
        figure: 'inactive',
      },
      {
        // The lab's hosts share one clock, so what is wrong is only what the sessions of that host are told: see stand-in-clock.
        name: 'a clock is off by 5 s',
        host: 'node2',
        inject: 'stand-in-clock 5',
        undo: 'stand-in-clock off',
        check: 'clock',
        figure: expect.closeTo(5, 0),
        unit: 's off at least',
      },
      {
        name: 'a disk is full',
        host: 'manager',
        inject: `cp -a ${LOGS} /root/ && mount -t tmpfs -o size=1m tmpfs ${LOGS} && cp -a /root/logs/. ${LOGS}/ && chown bro:bro ${LOGS} && { head -c 2000000 /dev/zero >${LOGS}/filler || true; }`,
        undo: `umount ${LOGS}`,
        check: 'disk free',
        item: LOGS,
        figure: 0,
        unit: '%',
      },
      {
        name: 'the tap has no carrier',
        host: 'node3',
        inject: async () => {
          await setCable(lab.lab.keeper, { index: 3, cable: 'eth4', state: 'down' });
          // The stand-in tells once a second what it has counted, and so for a while after the last packet.
          const told = 'cat /run/stand-in/proc/net/pf_ring/*-eth4.* | grep "^Tot Packets"';
          await on('node3', `a=; while b=$(${told}); [ "$a" != "$b" ]; do a=$b; sleep 2; done; [ -n "$a" ]`);
        },
        undo: () => setCable(lab.lab.keeper, { index: 3, cable: 'eth4', state: 'up' }),
        check: 'carrier',
        figure: 0,
        words: /no link/,
        unknown: ['packets lost'],
      },
    ];

    const doThat = async (host: string, what: string | (() => Promise<void>)): Promise<void> => {
      if (typeof what === 'string') await on(host, what);
      else await what();
    };

    it.each(faults.map(fault => [fault.name, fault] as const))(
      '%s: just that is named, and where',
      async (_, fault) => {
        await doThat(fault.host, fault.inject);
        try {
          const { ran, results } = await verify(fault.check === 'rsyslog' ? 'receiver' : 'no receiver');
          const wrong = failing(results);
          process.stdout.write(
            `${fault.name}: ${wrong.map(one => `${one.host}: ${one.check} ${one.item} ${one.figure} ${one.unit} (${one.words})`.replace(/ +/g, ' ')).join('; ')}\n`,
          );
          expect(wrong, ran.out).toEqual([
            expect.objectContaining({
              ...{ host: fault.host, check: fault.check, item: fault.item ?? '', figure: fault.figure },
              ...(fault.unit === undefined ? {} : { unit: fault.unit }),
              ...(fault.words === undefined ? {} : { words: expect.stringMatching(fault.words) }),
            }),
          ]);
          expectHonest(results);
          for (const check of fault.unknown ?? [])
            expect(results.find(one => one.check === check && one.host === fault.host)?.result, check).toBe('unknown');
          expect(ran.code, ran.out).toBe(2);
          for (const host of HOSTS) expect(recap(ran.out, host).failed, host).toBe(host === fault.host ? 1 : 0);
        } finally {
          await doThat(fault.host, fault.undo);
        }
      },
    );

    it('when all are undone, all is well again', async () => {
      const { ran, results } = await verify('receiver');
      expect(failing(results), ran.out).toEqual([]);
      expect(ran.code, ran.out).toBe(0);
      expectHonest(results);
    });

    it('a configuration that fails its check is not installed; what runs goes on, and the next run tries again', async () => {
      const digests = () => on('manager', 'cd /var/lib/ringmaster/bro-cluster && cat installed running');
      const state = async (): Promise<string> =>
        (await digests()) +
        (await on('manager', asBro('/usr/local/bro/bin/broctl status'))) +
        (await on('node1', 'cat /usr/local/bro/share/bro/site/local.bro; getcap /usr/local/bro/bin/bro'));
      const before = await state();
      const known = await digests();
      const broken = ['-e', '{"bro_local_lines": "redef and nothing behind it"}'];
      for (const attempt of ['first', 'second']) {
        const { code, out } = await site(...broken);
        expect(code, attempt).toBe(2);
        expect(out, attempt).toContain('broctl check failed: nothing was installed, and what runs goes on running');
        expect(out, attempt).toMatch(/worker-0-1 failed\./);
        expect(recap(out, 'manager').failed, attempt).toBe(1);
        expect(await state(), attempt).toBe(before);
      }
      // Verify says that what stands there is not what is installed.
      expect(failing((await verify('no receiver')).results)).toEqual([
        expect.objectContaining({ host: 'manager', check: 'configuration', words: 'share/bro/site/local.bro' }),
      ]);
      const repaired = await site();
      expect(repaired.code, repaired.out).toBe(0);
      expect(await digests()).toBe(known);
    });

    it('where programs cannot have capabilities, nothing is restarted, and what runs goes on', async () => {
      const pids = () => on('node2', "pgrep -u bro -x bro | sort | tr '\\n' ' '");
      const before = await pids();
      await on('node2', 'mount --bind /usr/local/bro /usr/local/bro && mount -o remount,bind,nosuid /usr/local/bro');
      const remark = ['-e', '{"bro_local_lines": "# a remark"}'];
      const refused = await site(...remark);
      await on('node2', 'umount /usr/local/bro');
      expect(refused.code).toBe(2);
      expect(refused.out).toMatch(/bin\/bro lies on \/usr\/local\/bro.*mounted nosuid/);
      expect(refused.out).toContain('nothing was started: the programs of node2 did not get their capabilities');
      expect(await pids()).toBe(before);
      const { code, out } = await site(...remark);
      expect(code, out).toBe(0);
      expect(await pids()).not.toBe(before);
    });

    it('an installation by hand takes the capabilities away, and bro-caps gives them back', async () => {
      await on('manager', asBro('/usr/local/bro/bin/broctl install'));
      expect(await on('node1', 'getcap /usr/local/bro/bin/bro')).toBe('');
      await on('node2', 'chown -R bro:bro /usr/local/bro');
      const { code, out } = await site();
      expect(code, out.slice(-3000)).toBe(0);
      for (const host of HOSTS.slice(1))
        expect(await on(host, 'getcap /usr/local/bro/bin/bro')).toMatch(/cap_net_admin,cap_net_raw=eip/);
    });
  },
);

/** A second rsyslogd where the controller stands, which writes what it receives into a file. */
function startReceiver(lab: TestLab): ChildProcess {
  const folder = lab.lab.folder;
  writeFileSync(
    join(folder, 'receiver.conf'),
    `module(load="imudp")\ninput(type="imudp" port="5514")\n*.* action(type="omfile" file="${folder}/received.log")\n`,
  );
  if (!existsSync(join(folder, 'received.log'))) writeFileSync(join(folder, 'received.log'), '');
  const argv = controller(lab.lab, [
    'rsyslogd',
    '-n',
    '-f',
    join(folder, 'receiver.conf'),
    '-i',
    join(folder, 'receiver.pid'),
  ]);
  return spawn(argv[0]!, argv.slice(1), { stdio: 'ignore', detached: false });
}
