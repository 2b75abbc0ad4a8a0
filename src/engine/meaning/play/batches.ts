import { type Play, type Strategy, strategyNamed } from '../../../core/play.js';
import { ok, type Result } from '../../../core/result.js';
import { RenderError, type Source, Template, Unknown, type Value } from '../../../core/value.js';
import { OMIT } from '../../../template/omit.js';
import { render } from '../../../template/render.js';
import { toText } from '../../../template/text.js';
import type { HostRun } from '../../state/host.js';
import type { Run } from '../../state/run.js';
import { Stage } from '../../state/stage.js';
import { keyword } from '../variables/keywords.js';
import { LayeredScope } from '../variables/scope.js';
import { scopeOf } from '../variables/variables.js';

/** Which hosts a play goes through, how many at once, and whether they wait for each other. */
export interface Course {
  /** With those that failed in earlier plays, which `ansible_play_hosts_all` names. */
  readonly hosts: readonly HostRun[];
  /** Those that are left, in parts. Who failed has its place in a batch, as in Ansible. */
  readonly batches: readonly (readonly HostRun[])[];
  readonly strategy: Strategy;
}

/** The course of a play through those of its hosts that are still in the run; or why there are none. Throws RenderError. */
export function courseOf(run: Run, play: Play): Course | string {
  const hosts = hostsOf(run, play);
  return typeof hosts === 'string'
    ? hosts
    : { hosts, batches: batchesOf(run, play, hosts), strategy: strategyOf(run, play) };
}

/** A play's name as a reader knows it: what it is called, else its hosts. */
export function labelOf(run: Run, play: Play): string {
  if (typeof play.name === 'string') return play.name;
  try {
    const pattern = patternOf(run, play);
    if (play.name === undefined) return pattern;
    const hosts = hostsOf(run, play);
    if (typeof hosts === 'string') return pattern;
    const value = render(
      play.name,
      scopeOf(new Stage(run, play, hosts, hosts, 'free'), hosts[0]!, { purpose: 'connection' }),
    );
    return value instanceof Unknown ? pattern : toText(value);
  } catch (error) {
    if (!(error instanceof RenderError)) throw error;
    return written(play.name ?? play.hosts);
  }
}

const written = (source: Source): string => (source instanceof Template ? source.text : toText(source as Value));

/** The hosts that the pattern of a play matches now, as far as --limit leaves them, in the order of the inventory. */
export function hostsMatched(run: Run, play: Play): Result<readonly HostRun[]> {
  const matched = run.ports.loader.match(patternOf(run, play), run.inventory);
  const { limit } = run.options;
  return matched.ok
    ? ok(matched.value.filter(name => !limit || limit.has(name)).map(name => run.host(name)!))
    : matched;
}

function hostsOf(run: Run, play: Play): readonly HostRun[] | string {
  const matched = hostsMatched(run, play);
  if (!matched.ok) return matched.error.map(d => d.message).join('; ');
  const hosts = matched.value;
  if (!hosts.some(isLeft)) return hosts.length === 0 ? 'no hosts matched' : 'no hosts are left';
  return ordered(hosts, play.order);
}

/** Whether a host has not failed in an earlier play. */
const isLeft = ({ standing }: HostRun): boolean => standing === 'well' || standing === 'ended';

function ordered(hosts: readonly HostRun[], order: string | undefined): readonly HostRun[] {
  const byName = (a: HostRun, b: HostRun): number => (a.name < b.name ? -1 : a.name > b.name ? 1 : 0);
  switch (order) {
    case 'sorted':
      return [...hosts].sort(byName);
    case 'reverse_sorted':
      return [...hosts].sort((a, b) => byName(b, a));
    case 'reverse_inventory':
      return [...hosts].reverse();
    default:
      return hosts;
  }
}

/** What `hosts`, `serial` and `strategy` may read, since no host is known yet: extra variables, those of the play, and the groups. */
const scopeBeforeHosts = (run: Run, { vars }: Play): LayeredScope =>
  new LayeredScope([run.extraVars, vars, { groups: groupsOf(run), omit: OMIT }], undefined);

const groupsOf = (run: Run): Value =>
  Object.fromEntries([...run.inventory.groups.values()].map(group => [group.name, group.hosts]));

function patternOf(run: Run, play: Play): string {
  const value = render(play.hosts, scopeBeforeHosts(run, play));
  return Array.isArray(value) ? (value as readonly Value[]).map(toText).join(',') : toText(value);
}

/** `serial`: numbers or per cent of all hosts; the last repeats, and what is not above 0 is all. */
function batchesOf(run: Run, play: Play, hosts: readonly HostRun[]): readonly (readonly HostRun[])[] {
  const scope = scopeBeforeHosts(run, play);
  const sizes = play.serial.flatMap((source): readonly number[] => {
    const value = keyword(source, scope);
    if (value === undefined) return [];
    const text = toText(value).trim();
    const [, figure, percent] = /^(-?\d+|\d+\.\d+(?=\s*%))\s*(%?)$/.exec(text) ?? [];
    if (figure === undefined)
      throw new RenderError(
        `\`serial\` is a number of hosts, or per cent of them, and not \`${text}\``,
        source instanceof Template ? source.place : play.place,
      );
    const size = percent ? Math.floor((hosts.length * Number(figure)) / 100) || 1 : Number(figure);
    return [size > 0 ? size : hosts.length];
  });
  if (sizes.length === 0) return [hosts.filter(isLeft)];
  const batches: (readonly HostRun[])[] = [];
  for (let from = 0; from < hosts.length; from += batches.at(-1)!.length)
    batches.push(hosts.slice(from, from + sizes[Math.min(batches.length, sizes.length - 1)]!));
  return batches.map(batch => batch.filter(isLeft)).filter(batch => batch.length > 0);
}

function strategyOf(run: Run, play: Play): Strategy {
  const value = keyword(play.strategy, scopeBeforeHosts(run, play));
  if (value === undefined) return 'linear';
  const words = toText(value).trim();
  const strategy = strategyNamed(words);
  if (strategy) return strategy;
  const place = play.strategy instanceof Template ? play.strategy.place : play.place;
  throw new RenderError(`the strategy \`${words}\` is not supported here`, place);
}
