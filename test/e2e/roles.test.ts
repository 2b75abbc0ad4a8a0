import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { parse, stringify } from 'yaml';
import type { Event } from '../../src/core/event.js';
import { fillInventory } from '../../src/lab/inventory.js';
import { standInsFolder } from '../../src/lab/places.js';
import { difference, type Trace, traces } from '../../src/lab/upper.js';
import { changedTasks, HOME, TestLab, whyNoLab } from './rig.js';

const why = await whyNoLab();
const HOSTS = ['manager', 'node1'] as const;
type Host = (typeof HOSTS)[number];

/** A play of site.yml, as far as it is asked for here. */
interface Play {
  readonly name: string;
  readonly roles?: readonly string[];
}
const SITE = parse(readFileSync(join(HOME, 'playbooks/site.yml'), 'utf8')) as readonly Play[];
const EVERY_HOST = 'manager:proxies:workers';

/** Something taken away or altered by hand, and the tasks that bring it back. */
interface Loss {
  readonly what: string;
  readonly host: Host;
  readonly by: string;
  /** Tasks that change something on that host; a handler counts, and stands where it ran. */
  readonly back: readonly string[];
  /** Prints nothing and ends well when it is back. */
  readonly proof?: string;
}

/** One role at its place in site.yml. */
interface Step {
  readonly role: string;
  /** Its play there. */
  readonly play?: string;
  /** Roles that only look, or only say names. */
  readonly changes?: 'nothing';
  readonly vars?: Readonly<Record<string, unknown>>;
  readonly losses: readonly Loss[];
}

const PREFIX = '/usr/local/bro';
const RING = '/usr/local/pfring';
const MODULES = '/lib/modules/$(uname -r)';
const CACHE = "Loader's cache has the libraries";

const STEPS: readonly Step[] = [
  { role: 'bro-names', changes: 'nothing', losses: [] },
  {
    role: 'pfring',
    play: 'PF_RING',
    losses: [
      {
        what: 'the parameters of the module',
        host: 'node1',
        by: 'rm /etc/modprobe.d/ringmaster-pf_ring.conf',
        back: ['Parameters stand before the module is first loaded'],
      },
      {
        what: 'the line that loads it at boot',
        host: 'node1',
        by: 'echo >/etc/modules-load.d/ringmaster-pf_ring.conf',
        back: ['Module is loaded at boot'],
      },
      {
        what: 'the module out of the kernel',
        host: 'node1',
        by: 'rmmod pf_ring 2>/dev/null',
        back: ['Module is loaded'],
      },
      {
        what: 'the built module',
        host: 'node1',
        by: `rm ${MODULES}/kernel/net/pf_ring/pf_ring.ko`,
        back: ['Kernel module is built and installed for the running kernel', 'Module is reloaded with its parameters'],
        proof: 'modinfo -F version pf_ring >/dev/null 2>&1',
      },
      {
        what: 'a parameter of the running module',
        host: 'node1',
        by: 'echo 1 >/run/stand-in/sys/module/pf_ring/parameters/enable_tx_capture',
        back: ['Parameters are set while it runs'],
      },
      {
        what: 'the built libpcap',
        host: 'node1',
        by: `rm ${RING}/lib/libpcap.so*`,
        back: ['Libraries and tools are built and installed', CACHE],
        proof: `grep -q pfring_open ${RING}/lib/libpcap.so && ldconfig -p | grep -q ${RING}/lib/libpcap`,
      },
      {
        what: 'the way to the libraries',
        host: 'manager',
        by: 'rm /etc/ld.so.conf.d/00-ringmaster-pfring.conf; ldconfig',
        back: ['Loader finds the libraries', CACHE],
        proof: `ldconfig -p | grep -q ${RING}/lib/libpcap`,
      },
      {
        what: 'the path of the tools',
        host: 'manager',
        by: 'rm /etc/profile.d/ringmaster-pfring.sh',
        back: ['Shells find the tools'],
      },
    ],
  },
  {
    role: 'nic-driver',
    play: 'Driver of the capturing interface',
    // The lab's taps are veth; with this the role believes in a card, whose stand-in driver is put there beforehand.
    vars: {
      nic_driver_ports: [
        { interface: 'eth4', driver: 'igb', family: 'igb', module: 'igb', builtin: false, siblings: [] },
      ],
    },
    losses: [
      {
        what: 'the copy of the stock driver',
        host: 'node1',
        by: 'rm -r /var/lib/ringmaster/nic-driver/backup',
        back: ['The stock driver is kept'],
        proof: 'cd /var/lib/ringmaster/nic-driver/backup/* && sha256sum --quiet -c igb.sha256 && grep -q STOCK igb.ko',
      },
      {
        what: 'the program that swaps',
        host: 'node1',
        by: 'rm /usr/local/sbin/ringmaster-nic-swap',
        back: ['The swap is at hand on the host'],
      },
    ],
  },
  {
    role: 'nic-tuning',
    play: 'Settings of the capturing interface',
    losses: [
      {
        what: 'an offload turned on',
        host: 'node1',
        by: 'ethtool -K eth4 gro on',
        back: ['Offloads, ring, queues and speed are as wished'],
        proof: 'ethtool -k eth4 | grep -q "^generic-receive-offload: off"',
      },
      {
        what: 'another MTU, and an address',
        host: 'node1',
        by: 'ip link set eth4 mtu 1500; ip addr add 192.0.2.9/24 dev eth4',
        back: ['Interface is up, silent and wide enough'],
        proof: '[ "$(cat /sys/class/net/eth4/mtu)" = 1514 ] && [ -z "$(ip -o addr show eth4)" ]',
      },
      {
        what: 'the unit',
        host: 'node1',
        by: 'rm /etc/systemd/system/ringmaster-nic@.service; systemctl daemon-reload',
        back: ['The unit that runs it is there'],
        proof: 'systemctl cat ringmaster-nic@eth4 >/dev/null && systemctl -q is-enabled ringmaster-nic@eth4',
      },
      {
        what: 'the unit at boot',
        host: 'node1',
        by: 'systemctl -q disable ringmaster-nic@eth4',
        back: ['The unit runs whenever the interface appears'],
      },
      {
        what: 'the kept settings',
        host: 'node1',
        by: 'echo MTU=9000 >/etc/ringmaster-nic-eth4.conf',
        back: ['The settings are kept on the host'],
      },
    ],
  },
  {
    role: 'bro-user',
    play: 'Account',
    losses: [
      {
        what: 'the account locked',
        host: 'node1',
        by: 'usermod -p "!" bro',
        back: ['Account is not locked'],
      },
      {
        what: 'its shell',
        host: 'manager',
        by: 'usermod -s /usr/sbin/nologin bro',
        back: ['Account exists and cannot be logged into with a password'],
      },
      {
        what: 'a folder of keys that others can read',
        host: 'node1',
        by: 'chmod 755 ~bro/.ssh',
        back: ['Keys have a place that no one else can read'],
      },
      {
        what: 'a file of the prefix that is not its own',
        host: 'manager',
        by: `touch ${PREFIX}/of-root`,
        back: ['All in the prefix belongs to the account'],
        proof: `[ "$(stat -c %U ${PREFIX}/of-root)" = bro ] && rm ${PREFIX}/of-root`,
      },
    ],
  },
  {
    role: 'ssh-keys',
    play: 'Keys',
    losses: [
      {
        what: "the manager's line in authorized_keys",
        host: 'node1',
        by: 'sed -i /bro@manager/d ~bro/.ssh/authorized_keys',
        back: ["Manager's key may log in everywhere, on the manager too"],
      },
      {
        what: 'a known host',
        host: 'manager',
        by: 'ssh-keygen -q -R node1 -f ~bro/.ssh/known_hosts >/dev/null 2>&1; chown bro: ~bro/.ssh/known_hosts',
        back: ['Manager knows every host by the name it uses'],
        proof: "su bro -s /bin/sh -c 'ssh -o BatchMode=yes node1 true'",
      },
      {
        what: 'the public half of the key',
        host: 'manager',
        by: 'rm ~bro/.ssh/id_rsa.pub',
        back: ['Key pair of the manager exists'],
      },
    ],
  },
  {
    role: 'bro-build',
    play: 'Build',
    losses: [
      {
        what: 'the built program',
        host: 'manager',
        by: `rm ${PREFIX}/bin/bro`,
        back: ['It is built and installed'],
        proof: `[ -x ${PREFIX}/bin/bro ]`,
      },
      {
        what: 'the source',
        host: 'manager',
        by: 'rm -r /usr/local/src/bro',
        back: ['Source is at the pinned release', 'It is built and installed'],
      },
    ],
  },
  {
    role: 'bro-cluster',
    play: 'Configuration and installation',
    losses: [
      {
        what: 'the job that restarts what crashed',
        host: 'manager',
        by: 'rm /etc/cron.d/ringmaster-bro',
        back: ['Crashed processes are started again, and old logs expire'],
      },
    ],
  },
  {
    role: 'bro-caps',
    play: 'Capabilities',
    losses: [
      {
        what: 'the capabilities',
        host: 'node1',
        by: `setcap -r ${PREFIX}/bin/bro`,
        back: ['Capturing programs have their capabilities'],
        proof: `getcap ${PREFIX}/bin/bro | grep -q cap_net_admin,cap_net_raw=eip`,
      },
      {
        what: 'the helper',
        host: 'node1',
        by: 'rm /usr/local/sbin/bro_init.sh',
        back: ['Helper for an install by hand is there'],
      },
    ],
  },
  {
    role: 'bro-cluster',
    play: 'Start',
    losses: [
      {
        what: 'a process of the cluster',
        host: 'manager',
        by: `su bro -s /bin/sh -c '${PREFIX}/bin/broctl stop worker-0-1' >/dev/null`,
        back: ['Cluster runs with this configuration'],
        proof: `su bro -s /bin/sh -c '${PREFIX}/bin/broctl status' >/dev/null`,
      },
    ],
  },
  {
    role: 'rsyslog',
    play: 'Forwarding of logs',
    losses: [
      {
        // It still runs with it, so there is nothing to restart.
        what: 'the file that forwards',
        host: 'manager',
        by: 'rm /etc/rsyslog.d/60-bro.conf',
        back: ['Logs are forwarded'],
      },
      {
        what: 'the receiver altered, and rsyslog restarted with it',
        host: 'manager',
        by: 'sed -i s/5514/5515/ /etc/rsyslog.d/60-bro.conf; systemctl restart rsyslog',
        back: ['Logs are forwarded', 'Rsyslog runs'],
      },
      {
        what: 'rsyslog stopped',
        host: 'manager',
        by: 'systemctl stop syslog.socket rsyslog',
        back: ['Rsyslog runs'],
      },
      {
        what: 'the addition to its unit',
        host: 'manager',
        by: 'rm /etc/systemd/system/rsyslog.service.d/ringmaster.conf',
        back: ['The unit calls it at every start'],
      },
    ],
  },
  { role: 'verify', play: 'Verification', changes: 'nothing', losses: [] },
];

/** Losses that more than one role makes good: then the whole site is run, and these are the tasks by host. */
interface WideLoss extends Omit<Loss, 'back'> {
  readonly back: Readonly<Partial<Record<Host, readonly string[]>>>;
}
const WIDE: readonly WideLoss[] = [
  {
    what: 'the folder of keys',
    host: 'node1',
    by: 'rm -r ~bro/.ssh',
    back: {
      node1: [
        'bro-user: Keys have a place that no one else can read',
        "ssh-keys: Manager's key may log in everywhere, on the manager too",
      ],
    },
    proof: 'stat -c "%U %a" ~bro/.ssh/authorized_keys | grep -qx "bro 600"',
  },
  {
    what: 'node.cfg altered',
    host: 'manager',
    by: `sed -i s/lb_procs=2/lb_procs=3/ ${PREFIX}/etc/node.cfg`,
    back: {
      manager: [
        'bro-cluster: Nodes of the cluster',
        'bro-cluster: Configuration is checked and installed on all hosts',
        'bro-cluster: Cluster runs with this configuration',
      ],
      node1: ['bro-caps: Capturing programs have their capabilities'],
    },
    proof: `grep -qx lb_procs=2 ${PREFIX}/etc/node.cfg`,
  },
  {
    what: 'an installed program',
    host: 'node1',
    by: `rm ${PREFIX}/bin/capstats`,
    back: {
      manager: [
        'bro-cluster: Configuration is checked and installed on all hosts',
        'bro-cluster: Cluster runs with this configuration',
      ],
      node1: ['bro-caps: Capturing programs have their capabilities'],
    },
    proof: `[ -x ${PREFIX}/bin/capstats ]`,
  },
];

/** A stock driver as the stand-in kmod reads it, loaded. */
const STOCK = `d=${MODULES}/kernel/drivers/net; mkdir -p "$d"
printf '%s\\n' 'STAND-IN kernel module' name=igb description=stock version=5.4.0 srcversion=STOCK "vermagic=$(uname -r) SMP" depends= >"$d/igb.ko"
modprobe igb 2>/dev/null; [ -d /run/stand-in/sys/module/igb ]`;

describe.skipIf(why !== undefined)('every role by itself, in the order of the site', { timeout: 600_000 }, () => {
  let lab: TestLab;
  let folder: string;
  let inventory: string;

  beforeAll(async () => {
    lab = await TestLab.up('roles', HOSTS);
    folder = mkdtempSync(join(tmpdir(), 'roles-'));
    inventory = join(folder, 'inventory.yml');
    writeFileSync(inventory, smallInventory(lab));
    const host = await lab.on('node1', STOCK);
    expect(host.code, host.err).toBe(0);
  });
  afterAll(async () => {
    await lab?.down();
    if (folder) rmSync(folder, { recursive: true });
  });

  it('are all the roles there are', () => {
    expect([...new Set(STEPS.map(({ role }) => role))].sort()).toEqual(readdirSync(join(HOME, 'roles')).sort());
    const plays = STEPS.flatMap(({ play }) => (play === undefined ? [] : [play]));
    expect(['Hosts', ...plays]).toEqual(SITE.map(({ name }) => name));
  });

  interface Run {
    readonly code: number;
    readonly changed: ReadonlyMap<string, readonly string[]>;
    readonly unsure: ReadonlyMap<string, readonly string[]>;
    readonly said: string;
  }

  async function run(playbook: string, vars: Step['vars'] = {}, ...more: readonly string[]): Promise<Run> {
    const argv = [playbook, '-i', inventory, '--roles-path', join(HOME, 'roles'), '-e', JSON.stringify(vars), ...more];
    const { ran, events } = await lab.events(argv);
    return {
      code: ran.code,
      changed: changedTasks(events),
      unsure: namesOf(events, 'unsure'),
      said: JSON.stringify([...namesOf(events, 'failed')]) + ran.out.slice(-2000) + ran.err,
    };
  }

  /** The role alone, in its play of site.yml and behind the play that all build on. */
  function playbookOf({ role, play }: Step): string {
    const file = join(folder, `${role}-${(play ?? '').replace(/\W+/g, '-')}.yml`);
    const own = play === undefined ? { hosts: EVERY_HOST, roles: [role] } : SITE.find(({ name }) => name === play);
    writeFileSync(file, stringify([SITE[0], own]));
    return file;
  }

  const traced = (): ReadonlyMap<string, readonly Trace[]> =>
    new Map(lab.lab.hosts.map(host => [host.name, traces(lab.lab, host)]));

  const nothing = { code: 0, changed: new Map(), unsure: new Map() };

  for (const step of STEPS) {
    const { role, play, changes, vars, losses } = step;
    describe(play === undefined ? role : `${role} (${play})`, () => {
      it('is foreseen without a trace, done, and then at rest', async () => {
        const playbook = playbookOf(step);
        const before = traced();
        const foreseen = await run(playbook, vars, '--check');
        expect(foreseen.code, foreseen.said).toBe(0);
        for (const [host, looked] of traced())
          expect(difference(before.get(host)!, looked), host).toEqual({ added: [], changed: [], gone: [] });

        const first = await run(playbook, vars);
        expect(first.code, first.said).toBe(0);
        expect(first.changed.size > 0, 'changed something').toBe(changes !== 'nothing');
        for (const host of HOSTS) {
          const doubtful = foreseen.unsure.get(host) ?? [];
          const sure = (run: Run) => (run.changed.get(host) ?? []).filter(task => !doubtful.includes(task));
          expect(sure(foreseen), `${host}: foreseen beside done`).toEqual(sure(first));
        }
        // Neither changes anything, so they may run beside each other.
        const [again, dry] = await Promise.all([run(playbook, vars), run(playbook, vars, '--check')]);
        expect(again, `again: ${again.said}`).toMatchObject(nothing);
        expect(dry, `a dry run afterwards: ${dry.said}`).toMatchObject(nothing);
      });

      // Each run shows what the loss before it left as well: nothing.
      for (const loss of losses)
        it(`${loss.what}, on ${loss.host}: comes back, and nothing else`, async () => {
          await lose(loss);
          const mended = await run(playbookOf(step), vars);
          const back = new Map([[loss.host, loss.back.map(task => `${role}: ${task}`)]]);
          expect(mended, mended.said).toMatchObject({ code: 0, changed: back });
          await proven(loss);
        });
      if (losses.length > 0)
        it('is at rest again', async () => {
          expect(await run(playbookOf(step), vars)).toMatchObject(nothing);
        });
    });
  }

  async function lose({ host, by }: Omit<Loss, 'back'>): Promise<void> {
    const done = await lab.on(host, by);
    expect(done.code, done.err).toBe(0);
  }
  async function proven({ host, proof }: Omit<Loss, 'back'>): Promise<void> {
    if (proof === undefined) return;
    const proved = await lab.on(host, proof);
    expect(proved.code, `${proof}\n${proved.out}${proved.err}`).toBe(0);
  }

  for (const loss of WIDE)
    it(`${loss.what}, on ${loss.host}: the site brings it back, and nothing else`, async () => {
      await lose(loss);
      const mended = await run(join(HOME, 'playbooks/site.yml'));
      expect(mended, mended.said).toMatchObject({ code: 0, changed: new Map(Object.entries(loss.back)) });
      await proven(loss);
    });

  it('verify says what it finds, and leaves it', async () => {
    const step = STEPS.at(-1)!;
    await lab.on('node1', `setcap -r ${PREFIX}/bin/bro`);
    const found = await run(playbookOf(step));
    expect(found).toMatchObject({ code: 2, changed: new Map() });
    expect(found.said).toMatch(/capabilities/);
    expect((await lab.on('node1', `getcap ${PREFIX}/bin/bro`)).out).toBe('');
  });

  it('the whole site then changes what is left, and nothing after that', async () => {
    const site = join(HOME, 'playbooks/site.yml');
    const mended = await run(site);
    expect(mended, mended.said).toMatchObject({
      code: 0,
      changed: new Map([['node1', ['bro-caps: Capturing programs have their capabilities']]]),
    });
    const [again, dry] = await Promise.all([run(site), run(site, {}, '--check')]);
    expect(again, again.said).toMatchObject(nothing);
    expect(dry, dry.said).toMatchObject(nothing);
  });
});

/** The stand-ins' own inventory, with a manager and one worker, which is the proxy too. */
function smallInventory({ lab }: TestLab): string {
  const template = parse(readFileSync(join(standInsFolder()!, 'inventory.yml'), 'utf8'));
  for (const group of Object.values(template.all.children) as { hosts: Record<string, unknown> }[])
    for (const name of Object.keys(group.hosts))
      if (!lab.hosts.some(host => host.name === name)) delete group.hosts[name];
  return fillInventory(stringify(template), lab);
}

/** `host → tasks` that ended so. */
function namesOf(events: readonly Event[], kind: 'unsure' | 'failed'): ReadonlyMap<string, readonly string[]> {
  const names = new Map<string, string[]>();
  for (const event of events)
    if (event.kind === 'task-finished' && event.outcome.kind === kind)
      names.set(event.host, [
        ...(names.get(event.host) ?? []),
        `${event.task.role ?? ''}: ${event.task.name}${kind === 'failed' ? ` ${JSON.stringify(event.outcome)}` : ''}`,
      ]);
  return names;
}
