import type { Play } from '../core/play.js';
import { RenderError, type Source, type SourceVars, Unknown, type Value } from '../core/value.js';
import { render } from '../template/render.js';
import { toText } from '../template/text.js';
import { explore } from './explore.js';
import type { HostRun } from './host.js';
import { failureOf, sayFailure } from './outcomes.js';
import type { Options, Ports, Script } from './ports.js';
import { Run, Stage } from './stage.js';
import { scopeOf } from './variables.js';
import { Walk } from './walk.js';

/** How a run ended for a host. */
export interface Ending {
  readonly host: string;
  readonly standing: HostRun['standing'];
}

/** Runs the plays of a project against its hosts. What happens is told in events; the endings are for the exit code. */
export async function runPlays(script: Script, options: Options, ports: Ports): Promise<readonly Ending[]> {
  const began = ports.clock.now();
  const run = new Run(script, options, ports);
  const emit = ports.emit;
  const names = [...run.inventory.hosts.keys()].filter(name => !options.limit || options.limit.has(name));
  emit({ at: began, kind: 'run-started', mode: options.mode, diff: options.diff, hosts: names });
  try {
    for (const play of script.plays) {
      if (options.signal?.aborted) break;
      if (!(await runPlay(run, play))) break;
    }
  } finally {
    await run.close();
    const isWell = run.hosts().every(host => host.standing === 'well' || host.standing === 'ended');
    const how = options.signal?.aborted ? 'interrupted' : isWell ? 'well' : 'failed';
    emit({ at: ports.clock.now(), kind: 'run-finished', how, ms: ports.clock.now() - began });
  }
  return run.hosts().map(host => ({ host: host.name, standing: host.standing }));
}

/** One play, batch by batch. False where the run ends with it. */
async function runPlay(run: Run, play: Play): Promise<boolean> {
  const { ports } = run;
  const everyone = hostsOf(run, play);
  const label = nameOf(run, play, everyone);
  if (typeof everyone === 'string') {
    ports.emit({ at: ports.clock.now(), kind: 'play-skipped', play: label, why: everyone });
    return true;
  }
  for (const host of everyone) host.enterPlay();
  let prompted: SourceVars | undefined;
  for (const batch of batches(run, play, everyone)) {
    ports.emit({ at: ports.clock.now(), kind: 'play-started', play: label, hosts: batch.map(host => host.name) });
    const stage = new Stage(run, play, batch, everyone);
    prompted ??= await promptFor(run, play, stage);
    stage.prompted = prompted;
    await Promise.all(
      batch.map(async host => {
        if (await readVarsFiles(stage, host)) await new Walk(stage, host).run();
        if (run.script.plays.at(-1) === play) await run.leave(host);
      }),
    );
    if (stage.fatal !== undefined) return false;
    if (batch.every(host => host.standing === 'failed' || host.standing === 'unreachable')) return false;
    if (run.options.signal?.aborted) return false;
  }
  return true;
}

/** The hosts of a play that are still in the run; or why there are none. */
function hostsOf(run: Run, play: Play): readonly HostRun[] | string {
  const { loader } = run.ports;
  const pattern = patternOf(run, play.hosts);
  const matched = loader.match(pattern, run.inventory);
  if (!matched.ok) return matched.error.map(d => d.message).join('; ');
  const { limit } = run.options;
  const hosts = matched.value.filter(name => !limit || limit.has(name)).map(name => run.host(name)!);
  const well = hosts.filter(host => host.standing === 'well' || host.standing === 'ended');
  if (well.length === 0) return hosts.length === 0 ? 'no hosts matched' : 'no hosts are left';
  return ordered(well, play.order);
}

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

/** A play's `hosts`, rendered with the extra variables: no host is known yet. */
function patternOf(run: Run, source: Source): string {
  const value = render(source, {
    get: name =>
      Object.hasOwn(run.extraVars, name)
        ? (run.extraVars[name] as Value)
        : name === 'groups'
          ? groupsOf(run)
          : undefined,
    names: () => Object.keys(run.extraVars),
  });
  return Array.isArray(value) ? (value as readonly Value[]).map(toText).join(',') : toText(value);
}

const groupsOf = (run: Run): Value =>
  Object.fromEntries([...run.inventory.groups.values()].map(group => [group.name, group.hosts]));

function nameOf(run: Run, play: Play, everyone: readonly HostRun[] | string): string {
  if (typeof play.name === 'string') return play.name;
  const pattern = patternOf(run, play.hosts);
  if (play.name === undefined || typeof everyone === 'string') return pattern;
  try {
    const value = render(
      play.name,
      scopeOf(new Stage(run, play, everyone, everyone), everyone[0]!, { purpose: 'connection' }),
    );
    return value instanceof Unknown ? pattern : toText(value);
  } catch (error) {
    if (error instanceof RenderError) return pattern;
    throw error;
  }
}

/** `serial`: numbers or per cent of all hosts; the last repeats. */
function* batches(run: Run, play: Play, everyone: readonly HostRun[]): Generator<readonly HostRun[]> {
  const sizes = play.serial.map(source => {
    const text = toText(
      render(source, {
        get: name => run.extraVars[name] as Value | undefined,
        names: () => Object.keys(run.extraVars),
      }),
    );
    const count = text.endsWith('%')
      ? Math.floor((everyone.length * Number(text.slice(0, -1))) / 100) || 1
      : Number(text);
    return Number.isInteger(count) && count > 0 ? count : everyone.length;
  });
  if (sizes.length === 0) {
    yield everyone;
    return;
  }
  for (let from = 0, i = 0; from < everyone.length; i++) {
    const size = sizes[Math.min(i, sizes.length - 1)]!;
    yield everyone.slice(from, from + size);
    from += size;
  }
}

async function promptFor(run: Run, play: Play, stage: Stage): Promise<SourceVars> {
  const vars: Record<string, Source> = {};
  for (const prompt of play.varsPrompt) {
    if (Object.hasOwn(run.extraVars, prompt.name)) continue;
    const answer = await run.ports.ask?.(prompt.prompt, prompt.isPrivate ? 'hidden' : 'shown');
    if (answer !== undefined && answer !== '') {
      vars[prompt.name] = answer;
      if (prompt.isPrivate) run.ports.redactor.learn(answer);
    } else if (prompt.default !== undefined)
      vars[prompt.name] = render(prompt.default, scopeOf(stage, stage.batch[0]!, {}));
    else vars[prompt.name] = '';
  }
  return vars;
}

/** vars_files, whose names may hang on facts. False where the host fails over them. */
async function readVarsFiles(stage: Stage, host: HostRun): Promise<boolean> {
  const { play, run } = stage;
  const { loader, emit, clock } = run.ports;
  const layers: SourceVars[] = [];
  const giveUp = (why: string): false => {
    host.standing = 'failed';
    stage.gate?.leave(host);
    emit({ at: clock.now(), kind: 'host-lost', host: host.name, why });
    return false;
  };
  for (const source of play.varsFiles) {
    try {
      let value = render(source, scopeOf(stage, host, {}));
      for (let tries = 0; hasUnknown(value) && tries < 20; tries++) {
        const lost = await explore(stage, host, [{ kind: 'wait', because: becauseOf(value) }], undefined);
        if (lost) return giveUp(sayFailure(lost));
        value = render(source, scopeOf(stage, host, {}));
      }
      const names = (Array.isArray(value) ? (value as readonly Value[]) : [value]).map(toText);
      const files = loader.files({ here: play.directory, playbook: play.directory });
      const found = names.map(name => files.find(name, 'vars')).find(path => path !== undefined);
      if (found === undefined) return giveUp(`no vars file ${names.join(', ')}`);
      const loaded = await loader.varsFile(found);
      if (!loaded.ok) return giveUp(loaded.error.map(d => d.message).join('; '));
      layers.push(loaded.value);
    } catch (error) {
      const first = play.sections.flatMap(section => section.steps).find(step => step.kind === 'task');
      if (first?.kind === 'task') return giveUp(sayFailure(failureOf(error, first)));
      throw error;
    }
  }
  stage.varsFiles.set(host, layers);
  return true;
}

const becauseOf = (value: Value): readonly string[] =>
  value instanceof Unknown ? value.because : Array.isArray(value) ? (value as readonly Value[]).flatMap(becauseOf) : [];
const hasUnknown = (value: Value): boolean => becauseOf(value).length > 0;
