import { command } from './again.js';
import type { AheadFinding, GateFinding, Way } from './ahead.js';
import { tripsOf } from './contest.js';
import type { Kind } from './drivers.js';
import { type Cost, median } from './measure.js';
import { type Setting, spread, two } from './report.js';

const KINDS: readonly Kind[] = ['converged', 'first'];

/** Run by run against another driver's of the same round and lap. */
const over = (costs: readonly Cost[], base: readonly Cost[]): string =>
  spread(costs.flatMap((cost, i) => (base[i] ? [cost.wall / base[i].wall] : [])));

/** Names of the other builds, in their order. */
const othersOf = (ways: readonly Way[]): readonly string[] =>
  [...new Set(ways.map(({ walk }) => walk))].filter(walk => walk !== 'fast' && walk !== 'sequential');

function rows(setting: Setting, ways: readonly Way[]): readonly string[] {
  const others = othersOf(ways);
  return KINDS.flatMap(kind => {
    const costsOf = (driver: string): readonly Cost[] => setting.costs.get(`${driver} ${kind}`) ?? [];
    const base = costsOf(setting.drivers[0]!);
    const row = (strategy: string, walk: string, costs: readonly Cost[]): string => {
      const of = (name: 'wall' | 'controller' | 'hosts') => costs.map(cost => cost[name]);
      const trips = costs.flatMap(cost => tripsOf(cost) ?? []);
      const cells = [
        setting.hosts,
        setting.delay,
        kind,
        strategy,
        walk,
        spread(of('wall')),
        costs === base ? '1' : over(costs, base),
        ...others.map(other => (costs === base ? '–' : over(costs, costsOf(`${other}, ${strategy}`)))),
        two(median(of('controller'))),
        two(median(of('hosts'))),
        trips.length === 0 ? '–' : median(trips),
        costs.length,
      ];
      return `| ${cells.join(' | ')} |`;
    };
    return [
      row('–', setting.drivers[0]!, base),
      ...ways.map(({ strategy, walk, driver }) => row(strategy, walk, costsOf(driver.name))),
    ];
  });
}

/** The section of the page about fetching ahead. */
export function aheadSection({ hosts, course, settings, ways, gate }: AheadFinding): string {
  const others = othersOf(ways);
  const builds = others.length === 0 ? '' : ` --main dist/main.js${' --main FILE'.repeat(others.length)}`;
  const delays = settings.map(({ delay }) => delay).join(',');
  const again = command(
    'ahead-hosts',
    [hosts],
    ` --delays ${delays} --rounds ${course.rounds} --laps ${course.laps}${builds}`,
  );
  const head = [
    'hosts',
    'round trip, ms',
    'run',
    'strategy',
    'walk',
    'wall, s',
    'wall / floor',
    ...others.map(name => `wall / ${name}`),
    'controller CPU, s',
    'hosts’ CPU, s',
    'round trips per host',
    'runs',
  ];
  return `
## Looking ahead

The **fast** walk is the usual one: it fetches what later tasks will ask, and sends acts in chains. The **sequential** walk
(\`--sequential\`) does one task after the other. The table shows what looking ahead gains and what it costs.
The workload is in \`test/bench/workload-40/\`: an ordinary Ansible playbook of 40 tasks and two handlers, with two roles, included
tasks, loops, conditions on what was registered, and a handler that is flushed. It runs under Ansible’s default strategy, \`linear\`,
and under \`free\`; the floor has no strategy, since its hosts do not wait for each other. ${
    others.length === 0
      ? ''
      : `Other builds of ringmaster ran in turn with it (FILE is the \`main.js\` of each): ${others.map(name => `**${name}**`).join(', ')}. `
  }Ratios are taken run by run, within a round.

| ${head.join(' | ')} |
|${'---|'.repeat(head.length)}
${settings.flatMap(setting => rows(setting, ways)).join('\n')}

${gateParagraph(gate)}

Again: \`${again}\`.
`;
}

/** Two hosts of which one differs. */
const gateParagraph = ({ linear, free }: GateFinding): string => `### One host differs

Two hosts; a task that only the second has, then \`sleep 5\` on both. In lockstep both must sleep at the same time, so it may take
little more than under \`free\`.

| strategy | wall, s | wall / free | runs |
|---|---|---|---|
| free | ${spread(free)} | 1 | ${free.length} |
| linear | ${spread(linear)} | ${spread(linear.map((wall, i) => wall / free[i]!))} | ${linear.length} |`;
