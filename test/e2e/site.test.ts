import { spawn } from 'node:child_process';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Event } from '../../src/core/event.js';
import { controller } from '../../src/lab/reach.js';
import { MODEST, sendTraffic } from '../../src/lab/traffic.js';
import { traces } from '../../src/lab/upper.js';
import { changedTasks, recap, TestLab, tripsByPlay, whyNoLab } from './rig.js';

const why = await whyNoLab();
const HOSTS = ['manager', 'node1', 'node2', 'node3'] as const;
const WORKERS = ['node1', 'node2', 'node3'] as const;
/** Of a play on a host where nothing is to be done: a trip for the looks, and one for each command of the roles. */
const MOST_TRIPS = 7;

// Thirty seconds where nothing else runs; a machine under load may need many times that.
describe.skipIf(why !== undefined)(
  'the howto, on four lab hosts with stand-ins for PF_RING and Bro',
  { timeout: 600_000 },
  () => {
    let lab: TestLab;
    let foreseen: readonly Event[];

    beforeAll(async () => {
      lab = await TestLab.up('site');
    });
    afterAll(async () => await lab?.down());

    const site = (...more: readonly string[]): readonly string[] => [
      'playbooks/site.yml',
      '-i',
      lab.inventory,
      ...more,
    ];

    it('a dry run on fresh hosts writes nothing there', async () => {
      const before = new Map<string, string>();
      for (const host of HOSTS)
        before.set(host, JSON.stringify(traces(lab.lab, lab.lab.hosts.find(one => one.name === host)!)));
      const { ran, events } = await lab.events(site('--check', '--diff'));
      expect(ran.code, ran.out.slice(-3000) + ran.err).toBe(0);
      foreseen = events;
      for (const host of HOSTS)
        expect(JSON.stringify(traces(lab.lab, lab.lab.hosts.find(one => one.name === host)!)), host).toBe(
          before.get(host),
        );
    });

    it('the first run changes every host, and just what was foreseen, but for what was unsure', async () => {
      const { ran, events } = await lab.events(site());
      expect(ran.code, ran.out.slice(-3000) + ran.err).toBe(0);
      const would = changedTasks(foreseen);
      const did = changedTasks(events);
      let sure = 0;
      let unsure = 0;
      for (const host of HOSTS) {
        expect(did.get(host)?.length, host).toBeGreaterThan(5);
        const doubtful = foreseen.flatMap(event =>
          event.kind === 'task-finished' && event.host === host && event.outcome.kind === 'unsure'
            ? [`${event.task.role ?? ''}: ${event.task.name}`]
            : [],
        );
        const settled = (tasks: readonly string[] | undefined): readonly string[] =>
          (tasks ?? []).filter(task => !doubtful.includes(task)).sort();
        expect(settled(would.get(host)), `${host}: foreseen beside done`).toEqual(settled(did.get(host)));
        unsure += doubtful.length;
        sure += foreseen.filter(
          event =>
            event.kind === 'task-finished' &&
            event.host === host &&
            event.outcome.kind !== 'unsure' &&
            event.outcome.kind !== 'skipped',
        ).length;
      }
      process.stdout.write(
        `check mode: ${sure} of ${sure + unsure} tasks were sure (${((100 * sure) / (sure + unsure)).toFixed(1)} %)\n`,
      );
      expect(sure / (sure + unsure)).toBeGreaterThanOrEqual(0.9);
      expect(events.some(event => event.kind === 'stand-in')).toBe(true);
    });

    it('the second run changes nothing, with at most seven round trips per play and host', async () => {
      const { ran, events } = await lab.events(site());
      expect(ran.code, ran.out.slice(-3000) + ran.err).toBe(0);
      expect([...changedTasks(events)]).toEqual([]);
      expect([...tripsByPlay(events)].filter(([, trips]) => trips > MOST_TRIPS)).toEqual([]);
      const told = await lab.ringmaster(['run', ...site()]);
      for (const host of HOSTS) expect(recap(told.out, host)).toMatchObject({ changed: 0, failed: 0, unreachable: 0 });
      expect(told.out).toMatch(/Stand-ins took the place/);
    });

    it('a dry run afterwards foresees nothing', async () => {
      const { ran, events } = await lab.events(site('--check'));
      expect(ran.code, ran.err).toBe(0);
      expect([...changedTasks(events)]).toEqual([]);
      expect(events.filter(event => event.kind === 'task-finished' && event.outcome.kind === 'unsure')).toEqual([]);
    });

    it('the tap is tuned, and only the tap', async () => {
      for (const host of WORKERS) {
        const features = (await lab.on(host, 'ethtool -k eth4')).out;
        for (const row of [
          'tx-checksumming',
          'scatter-gather',
          'tcp-segmentation-offload',
          'generic-segmentation-offload',
          'generic-receive-offload',
        ])
          expect(features, host).toMatch(new RegExp(`^${row}: off`, 'm'));
        expect((await lab.on(host, 'ip link show eth4')).out).toMatch(/mtu 1514 .*state UP|mtu 1514/);
        expect((await lab.on(host, 'ip -o addr show eth4')).out).toBe('');
        expect((await lab.on(host, 'ip link show eth0')).out).toMatch(/mtu 1500/);
      }
    });

    it('the account is there, and the manager reaches every host as it', async () => {
      for (const host of HOSTS) {
        expect((await lab.on(host, 'getent passwd bro')).out).toMatch(
          /^bro:x:\d+:\d+:[^:]*:\/home\/bro:\/bin\/bash\n$/,
        );
        expect((await lab.on(host, 'stat -c "%U %a" ~bro/.ssh ~bro/.ssh/authorized_keys')).out).toBe(
          'bro 700\nbro 600\n',
        );
        const address = lab.address(host);
        const login = await lab.on(
          'manager',
          `su bro -s /bin/sh -c 'ssh -o BatchMode=yes -o ConnectTimeout=10 ${address} id -un'`,
        );
        expect(login.out, login.err).toBe('bro\n');
      }
    });

    it('node.cfg and local.bro are as the howto means them', async () => {
      const nodes = (await lab.on('manager', 'cat /usr/local/bro/etc/node.cfg')).out;
      expect(nodes).toMatch(/\[manager\]\ntype=manager\nhost=/);
      expect(nodes).toMatch(/\[proxy-0\]\ntype=proxy\nhost=/);
      for (const n of [0, 1, 2])
        expect(nodes).toContain(
          `[worker-${n}]\ntype=worker\nhost=${lab.address(`node${n + 1}`)}\ninterface=eth4\nlb_method=pf_ring\nlb_procs=2\n`,
        );
      const policy = (await lab.on('manager', 'cat /usr/local/bro/share/bro/site/local.bro')).out;
      expect(policy.match(/# BEGIN ringmaster bpf-lb/g)).toHaveLength(1);
      for (const n of [0, 1, 2]) expect(policy).toContain(`@if ( Cluster::node == /worker-${n}(-[0-9]+)?/ )`);
      expect(policy.match(/^@endif$/gm)?.length).toBeGreaterThanOrEqual(3);
    });

    it('the capturing programs have their capabilities after the installation', async () => {
      for (const host of WORKERS)
        expect((await lab.on(host, 'getcap /usr/local/bro/bin/bro')).out).toMatch(/cap_net_admin,cap_net_raw=eip/);
    });

    it('the cluster runs, and counts the packets of its share', async () => {
      const status = await lab.on('manager', "su bro -s /bin/sh -c '/usr/local/bro/bin/broctl status'");
      expect(status.code, status.out).toBe(0);
      expect(status.out.match(/\brunning\b/g)?.length).toBe(8);
      await sendTraffic(lab.lab, { ...MODEST, flows: 40, packets: 20 });
      await new Promise(resolve => setTimeout(resolve, 3000));
      const counted = (await lab.on('manager', "su bro -s /bin/sh -c '/usr/local/bro/bin/broctl netstats'")).out;
      const seen = [...counted.matchAll(/recvd=(\d+)/g)].map(([, n]) => Number(n));
      expect(seen.length, counted).toBe(6);
      expect(
        seen.reduce((a, b) => a + b, 0),
        counted,
      ).toBeGreaterThanOrEqual(800);
    });

    it('a line of a log arrives at a second rsyslogd', async () => {
      expect((await lab.on('manager', 'rsyslogd -N1')).code).toBe(0);
      const receiver = `module(load="imudp")\ninput(type="imudp" port="5514")\n*.* action(type="omfile" file="${lab.lab.folder}/received.log")\n`;
      const { writeFileSync, readFileSync, existsSync } = await import('node:fs');
      writeFileSync(`${lab.lab.folder}/receiver.conf`, receiver);
      const argv = controller(lab.lab, [
        'rsyslogd',
        '-n',
        '-f',
        `${lab.lab.folder}/receiver.conf`,
        '-i',
        `${lab.lab.folder}/receiver.pid`,
      ]);
      const child = spawn(argv[0]!, argv.slice(1), { stdio: 'ignore', detached: false });
      try {
        const until = Date.now() + 30_000;
        const arrived = (): boolean =>
          existsSync(`${lab.lab.folder}/received.log`) &&
          /bro_ssl:.*a line of the test/.test(readFileSync(`${lab.lab.folder}/received.log`, 'utf8'));
        while (!arrived() && Date.now() < until) {
          await lab.on(
            'manager',
            "su bro -s /bin/sh -c 'echo a line of the test >> /usr/local/bro/logs/current/ssl.log'",
          );
          await new Promise(resolve => setTimeout(resolve, 1000));
        }
        expect(arrived()).toBe(true);
      } finally {
        child.kill();
      }
    });

    it('verify is green', async () => {
      const ran = await lab.ringmaster(['run', 'playbooks/verify.yml', '-i', lab.inventory]);
      expect(ran.code, ran.out).toBe(0);
      expect(ran.out).toMatch(/pass +capabilities/);
    });

    it('what is taken away by hand comes back, and nothing else is touched', async () => {
      await lab.on('node2', 'setcap -r /usr/local/bro/bin/bro; ethtool -K eth4 gro on');
      const { ran, events } = await lab.events(site());
      const changed = changedTasks(events);
      expect(ran.code, JSON.stringify([...changed]) + ran.out.slice(-3000) + ran.err).toBe(0);
      expect([...changed.keys()].every(host => host === 'node2' || host === 'manager')).toBe(true);
      expect((await lab.on('node2', 'getcap /usr/local/bro/bin/bro')).out).toMatch(/cap_net_raw/);
      expect((await lab.on('node2', 'ethtool -k eth4')).out).toMatch(/^generic-receive-offload: off/m);
    });
  },
);
