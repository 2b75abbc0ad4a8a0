import { command, type Part } from './again.js';
import type { CrowdFinding } from './crowd.js';
import type { GrowthFinding, GrowthKind, LoadFinding } from './growth.js';
import { median } from './measure.js';
import { spread, two } from './report.js';
import type { Transfer, TransferFinding } from './transfer.js';
import type { Run } from './witnessed.js';

/** What the parts of the bench found that were asked for. */
export interface ScaleFindings {
  readonly crowds: readonly CrowdFinding[];
  readonly growth: readonly GrowthFinding[];
  readonly loads: readonly LoadFinding[];
  readonly transfers: readonly TransferFinding[];
}

const of = (runs: readonly Run[], name: 'wall' | 'memory' | 'processor' | 'stall' | 'stall99'): readonly number[] =>
  runs.map(run => run[name]);
const whole = (figures: readonly number[]): string => Math.max(...figures).toFixed(0);

/** How many runs a section is of, and the command that makes it again. */
function again(
  [part, given]: readonly [part: Part, given: readonly (string | number)[]],
  rounds: number,
  more = '',
): string {
  const runs = rounds === 1 ? 'One run each' : `${rounds} runs each`;
  return `${runs}. Again: \`${command(part, given, `${more} --scale-rounds ${rounds}`)}\`.`;
}

/** The sections of the page; a part that was not run has none. */
export const scaleSections = ({ crowds, growth, loads, transfers }: ScaleFindings): string =>
  [
    ...(crowds.length > 0 ? [crowdSection(crowds)] : []),
    ...(growth.length > 0 ? [growthSection(growth)] : []),
    ...(loads.length > 0 ? [loadSection(loads)] : []),
    ...transfers.map(transferSection),
  ].join('\n');

function crowdSection(crowds: readonly CrowdFinding[]): string {
  const alone = crowds[0]!;
  const rows = crowds.slice(1).map(({ hosts, runs, servers, shells }) => {
    const each = (name: 'wall' | 'processor', factor: number) =>
      of(runs, name).map(figure => ((figure - median(of(alone.runs, name))) * factor) / (hosts - 1));
    const memory = ((Math.max(...of(runs, 'memory')) - median(of(alone.runs, 'memory'))) * 1024) / (hosts - 1);
    const stubs = ((servers + shells - alone.servers - alone.shells) * 1000) / (hosts - 1);
    return `| ${hosts} | ${spread(of(runs, 'wall'))} | ${spread(each('wall', 1000))} | ${spread(each('processor', 1000))} | ${two(stubs)} | ${whole(of(runs, 'memory'))} | ${memory.toFixed(0)} | ${whole(of(runs, 'stall'))} | ${whole(of(runs, 'stall99'))} |`;
  });
  return `## Many hosts

Converged runs of 20 \`copy\` tasks, 100 hosts at once (\`-f 100\`), on **stub hosts**: addresses of the loopback behind four
processes, each address an ssh server written for the bench with a real \`/bin/sh\` behind it. They are no machines of their own:
all see the files of this one, so they can only be looked at. Their processor time is told apart, but it is taken from the same
processors, so wall time per host holds both. What a host costs is over one stub host alone, so the start is not in it. A stall is
a time in which the event loop could not turn. Memory is the most the process had resident.

| hosts | wall, s | wall per host, ms | controller CPU per host, ms | stub’s CPU per host, ms | memory, MiB | memory per host, KiB | longest stall, ms | 99 % of stalls below, ms |
|---|---|---|---|---|---|---|---|---|
${rows.join('\n')}

${again(['stubs', crowds.slice(1).map(({ hosts }) => hosts)], alone.runs.length)}
`;
}

function growthSection(growth: readonly GrowthFinding[]): string {
  const alone = growth[0]!;
  const rows = growth.slice(1).flatMap(({ tasks, runs }) =>
    (['first', 'converged', 'check'] satisfies readonly GrowthKind[]).flatMap(kind => {
      const some = runs.get(kind);
      if (some === undefined) return [];
      const each = (name: 'wall' | 'processor') =>
        of(some, name).map(figure => ((figure - median(of(alone.runs.get(kind)!, name))) * 1000) / (tasks - 1));
      return [
        `| ${tasks} | ${kind} | ${spread(of(some, 'wall'))} | ${spread(each('wall'))} | ${spread(each('processor'))} | ${whole(of(some, 'memory'))} | ${whole(of(some, 'stall'))} |`,
      ];
    }),
  );
  return `## Many tasks

Playbooks of so many \`copy\` tasks, each with a template and a file of its own, on this machine through a local shell. What a task
costs is over a playbook of one.

| tasks | run | wall, s | wall per task, ms | controller CPU per task, ms | memory, MiB | longest stall, ms |
|---|---|---|---|---|---|---|
${rows.join('\n')}

${again(['tasks', growth.slice(1).map(({ tasks }) => tasks)], alone.runs.get('first')!.length)}
`;
}

function loadSection(loads: readonly LoadFinding[]): string {
  const [first] = loads;
  const rows = loads.map(
    ({ hosts, variables, format, runs }) =>
      `| ${hosts} | ${variables} | ${format} | ${spread(of(runs, 'wall'))} | ${spread(of(runs, 'processor'))} | ${whole(of(runs, 'memory'))} |`,
  );
  return `## A large inventory

The whole of a run of one task on one host of it, from the start of the process to its end.

| hosts | variables of the group | inventory | wall, s | CPU, s | memory, MiB |
|---|---|---|---|---|---|
${rows.join('\n')}

${again(['inventory', [`${first!.hosts}x${first!.variables}`]], first!.runs.length)}
`;
}

function transferSection({ kind, hosts, size, transfers, idle }: TransferFinding): string {
  const base = (medium: Transfer['medium'], carrier: Transfer['carrier']) =>
    transfers.find(other => other.medium === medium && other.carrier === carrier)?.costs;
  const rate = (medium: Transfer['medium'], costs: Transfer['costs'], over: Transfer['carrier']) => {
    const others = base(medium, over);
    return others === undefined ? '–' : spread(costs.map((cost, i) => others[i]!.wall / cost.wall));
  };
  const isFile = kind === 'file';
  const rows = transfers.map(({ carrier, medium, costs, memory, trips }) => {
    const amount = isFile ? `${spread(costs.map(({ wall }) => (size * hosts) / wall))} | ` : '';
    const synced = isFile ? ` ${rate(medium, costs, 'scp, then sync')} |` : '';
    return `| ${medium} | ${carrier} | ${spread(costs.map(({ wall }) => wall))} | ${amount}${rate(medium, costs, 'scp')} |${synced} ${two(median(costs.map(({ controller }) => controller)))} | ${two(median(costs.map(cost => cost.hosts)))} | ${memory?.toFixed(0) ?? '–'} | ${trips ?? '–'} |`;
  });
  return `## ${isFile ? `A file of ${size} MiB to ${hosts} hosts at once` : `A tree of ${size} small files to ${hosts} hosts`}

${
  isFile
    ? `All hosts side by side, \`copy\` against \`scp\`, to a file system in memory and to the disk that all hosts share. \`copy\` brings
what it wrote to the disk before it is given its name, which \`scp\` does not, so the disk is also compared with \`scp\` and a \`sync\`
of what it wrote. A \`copy\` of one MiB to the same hosts has ${idle?.toFixed(0)} MiB resident.`
    : `\`copy\` of a directory against \`scp -r\`, and \`copy\` again when all is there. \`scp\` keeps nothing from being seen half written.`
}

| to | by | wall, s | ${isFile ? 'MiB/s | ' : ''}rate / scp |${isFile ? ' rate / scp and sync |' : ''} controller CPU, s | hosts’ CPU, s | memory, MiB | round trips per host |
|---|---|---|---|---|---|---|---${isFile ? '|---|---' : ''}|
${rows.join('\n')}

${again([kind, [size]], transfers[0]!.costs.length, ` --transfer-hosts ${hosts}`)}
`;
}
