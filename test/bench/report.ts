import { command } from './again.js';
import type { AheadFinding } from './ahead.js';
import type { Kind } from './drivers.js';
import type { Traffic } from './field.js';
import { type Cost, median } from './measure.js';
import { aheadSection } from './report-ahead.js';
import { type ScaleFindings, scaleSections } from './report-scale.js';

/** All runs of one number of hosts at one distance. */
export interface Setting {
  readonly hosts: number;
  /** Round trip in milliseconds. */
  readonly delay: number;
  /** The floor first, then ringmaster. */
  readonly drivers: readonly string[];
  /** Others run beside them. */
  readonly isPeers: boolean;
  /** By driver and kind, in the order of rounds. */
  readonly costs: ReadonlyMap<string, readonly Cost[]>;
  /** The yardstick before and after each round, in milliseconds. */
  readonly sticks: readonly number[];
}

/** What was asked of one run that was not timed. */
export interface Single extends Traffic {
  readonly driver: string;
  readonly hosts: number;
  /** Most that the controller's processes held, in MiB. */
  readonly memory: number;
  readonly trips: number | undefined;
}

export interface Findings {
  readonly settings: readonly Setting[];
  readonly singles: readonly Single[];
  /** Nothing where it was not asked for. */
  readonly ahead: AheadFinding | undefined;
  readonly scale: ScaleFindings;
  /** The yardstick around the parts that have no rounds of their own, in milliseconds. */
  readonly sticks: readonly number[];
  readonly processors: number;
  readonly versions: readonly string[];
}

export const two = (figure: number): string => figure.toFixed(2);
/** Median, least and most. */
export const spread = (figures: readonly number[]): string =>
  `${two(median(figures))} (${two(Math.min(...figures))}–${two(Math.max(...figures))})`;

/** Each run against the floor's of the same round and lap; a dry run against the floor's converged one. */
function ratios(setting: Setting, driver: string, kind: Kind): readonly number[] {
  const base = setting.costs.get(`${setting.drivers[0]} ${kind === 'check' ? 'converged' : kind}`) ?? [];
  return (setting.costs.get(`${driver} ${kind}`) ?? []).flatMap((cost, i) =>
    base[i] ? [cost.wall / base[i].wall] : [],
  );
}

function rows(setting: Setting): readonly string[] {
  const kinds: readonly Kind[] = ['first', 'converged', 'check'];
  return kinds.flatMap(kind =>
    setting.drivers.flatMap(driver => {
      const costs = setting.costs.get(`${driver} ${kind}`);
      if (!costs) return [];
      const of = (name: 'wall' | 'controller' | 'hosts') => costs.map(cost => cost[name]);
      const ratio = driver === setting.drivers[0] ? '1' : spread(ratios(setting, driver, kind));
      return [
        `| ${setting.hosts} | ${setting.delay} | ${kind} | ${driver} | ${spread(of('wall'))} | ${ratio} | ${two(median(of('controller')))} | ${two(median(of('hosts')))} | ${costs.length} |`,
      ];
    }),
  );
}

/** What each peer costs over ringmaster on the same hosts, by the medians. */
function peerRows(setting: Setting): readonly string[] {
  const own = setting.drivers[1]!;
  return setting.drivers.slice(2).flatMap(peer =>
    (['first', 'converged', 'check'] as const).flatMap(kind => {
      const [theirs, ours] = [setting.costs.get(`${peer} ${kind}`), setting.costs.get(`${own} ${kind}`)];
      if (!theirs || !ours) return [];
      const over = (of: (cost: Cost) => number) => two(median(theirs.map(of)) / median(ours.map(of)));
      const processor = (cost: Cost) => cost.controller + cost.hosts;
      return [
        `| ${setting.hosts} | ${kind} | ${peer} | ${over(cost => cost.wall)} | ${over(cost => cost.controller)} | ${over(cost => cost.hosts)} | ${over(processor)} |`,
      ];
    }),
  );
}

/** The page with all tables; of the parts that were not run there are none. */
export function page({ settings, singles, ahead, scale, sticks: others, processors, versions }: Findings): string {
  const rounds = [...settings, ...(ahead?.settings ?? [])];
  const sticks = [...rounds.flatMap(setting => setting.sticks), ...(ahead?.gate.sticks ?? []), ...others];
  const noise = Math.max(...sticks) / Math.min(...sticks);
  const peers = settings.filter(({ isPeers }) => isPeers).flatMap(peerRows);
  return `# Speed

Written by \`npm run bench\`. The hosts are lab hosts on the same machine as the controller, unless it is said otherwise, so all share
its ${processors} processors: wall time is in great part the sum of all work. Medians, with the least and the most in brackets. ${versions.join(', ')}.

**Noise.** The same piece of work took ${two(Math.min(...sticks))} to ${two(Math.max(...sticks))} ms (median ${two(median(sticks))}) between rounds: a factor of ${two(noise)}. ${
    noise > 1.5 ? 'The machine was not quiet: compare ratios, not seconds.' : 'The machine was quiet.'
  }
${settings.length === 0 ? '' : workloadSections(settings, singles)}${peers.length === 0 ? '' : peerSection(peers)}${ahead === undefined ? '' : aheadSection(ahead)}
${scaleSections(scale)}`;
}

/** How the table is made again, but for the rows beside peers. */
const againOf = (settings: readonly Setting[]): string => {
  if (settings.length === 0) return '';
  const [hosts, delays] = (['hosts', 'delay'] as const).map(name => [...new Set(settings.map(of => of[name]))]);
  return `\nAgain, with the next table: \`${command('hosts', hosts!, ` --delays ${delays!.join(',')}`)}\`.\n`;
};

const workloadSections = (settings: readonly Setting[], singles: readonly Single[]): string => `
## Time

The workload is in \`test/bench/workload/\`: some 60 tasks (directories, accounts, copies, templates with facts, lines, links, a key,
commands with \`creates\`, offloads by ethtool, a loop of 20, a handler).

* **floor**: the same work in a hand-written shell script, sent by one \`ssh HOST sh -s\` per host, all side by side.
* **first**: on hosts as new. **converged**: again, with nothing to do. **check**: a dry run of that; its ratio is to the floor’s
  converged run, since a script has no dry run.
* ringmaster’s playbook has \`strategy: free\`, since the floor’s hosts do not wait for each other either; **ringmaster, linear** is its
  first run in lockstep, task by task. Converged there is no difference.
* Drivers run in turn within each round, and ratios are taken run by run against the floor of the same round. Every run is checked:
  a first run must change something, all others nothing.
* A round trip other than 0 is made by a proxy that holds every byte for half of it, the same for all.

| hosts | round trip, ms | run | driver | wall, s | wall / floor | controller CPU, s | hosts’ CPU, s | runs |
|---|---|---|---|---|---|---|---|---|
${settings.flatMap(rows).join('\n')}
${againOf(settings.filter(({ isPeers }) => !isPeers))}
## Memory and wire

One converged run each, not timed. Memory is what the controller’s processes hold together (proportional set size), at most.

| driver | hosts | memory, MiB | connections | kB on the wire | round trips per host |
|---|---|---|---|---|---|
${singles.map(one => `| ${one.driver} | ${one.hosts} | ${one.memory.toFixed(0)} | ${one.connections} | ${(one.bytes / 1000).toFixed(0)} | ${one.trips ?? '–'} |`).join('\n')}
`;

const peerSection = (peers: readonly string[]): string => `
## Peers

How many times what ringmaster took, each at its best: ansible-core with pipelining and one connection kept per host, Mitogen with
its linear strategy, all hosts at once; both need Python on the hosts, which is put there before the clock starts.

| hosts | run | peer | wall | controller CPU | hosts’ CPU | all CPU |
|---|---|---|---|---|---|---|
${peers.join('\n')}

Again: \`${command(undefined, [], ' --peers ansible,mitogen')}\`.
`;
