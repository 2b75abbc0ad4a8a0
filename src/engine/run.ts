import type { Failure } from '../core/outcome.js';
import { at } from '../core/place.js';
import type { Play } from '../core/play.js';
import { type Source, type SourceVars, Unknown, type Value } from '../core/value.js';
import { render } from '../template/render.js';
import { toText } from '../template/text.js';
import { BatchedTrips } from './ahead/batched-trips.js';
import { withEventStream } from './event-stream.js';
import { type Course, courseOf, labelOf } from './meaning/play/batches.js';
import { type TripsOf, Walk } from './meaning/play/walk.js';
import { failureOf, sayFailure } from './meaning/task/outcomes.js';
import { SingleTrips } from './meaning/trips/single-trips.js';
import { renewFacts } from './meaning/variables/facts.js';
import { scopeOf } from './meaning/variables/variables.js';
import type { Options, Ports, Script } from './ports.js';
import type { HostRun } from './state/host.js';
import { Run } from './state/run.js';
import { Stage } from './state/stage.js';

/** How a run ended for a host. */
export interface Ending {
  readonly host: string;
  readonly standing: HostRun['standing'];
}

/** How a run ended. */
export interface Ended {
  readonly hosts: readonly Ending[];
  /** Why a play could not be begun at all, which ended the run. */
  readonly broken?: Failure | undefined;
}

/** Runs the plays of a project against its hosts. What happens is told in events; how it ended is for the exit code. */
export async function runPlays(script: Script, options: Options, given: Ports): Promise<Ended> {
  const ports = withEventStream(given);
  const began = ports.clock.now();
  const run = new Run(script, options, ports);
  const emit = ports.emit;
  const names = [...run.inventory.hosts.keys()].filter(name => !options.limit || options.limit.has(name));
  emit({ at: began, kind: 'run-started', mode: options.mode, diff: options.diff, hosts: names });
  let broken: Failure | undefined;
  let isThrough = false;
  try {
    for (const play of script.plays) {
      if (options.signal?.aborted) break;
      const went = await runPlay(run, play);
      if (went === 'on') continue;
      if (went !== 'over') broken = went;
      break;
    }
    isThrough = broken === undefined;
  } finally {
    await run.close();
    const isWell = isThrough && run.hosts().every(host => host.standing === 'well' || host.standing === 'ended');
    const how = options.signal?.aborted ? 'interrupted' : isWell ? 'well' : 'failed';
    emit({ at: ports.clock.now(), kind: 'run-finished', how, ms: ports.clock.now() - began });
  }
  return { hosts: run.hosts().map(host => ({ host: host.name, standing: host.standing })), broken };
}

/** Nothing acts there. */
const UNWATCHED = { output: () => undefined, upload: () => undefined };

const singleTrips: TripsOf = (stage, host, { emitter }) => new SingleTrips(stage, host, emitter);
const tripsAhead: TripsOf = (stage, host, outlook) => new BatchedTrips(stage, host, outlook);

/** One play, batch by batch: the run goes on behind it, or is over; or why the play could not be begun. */
async function runPlay(run: Run, play: Play): Promise<'on' | 'over' | Failure> {
  const { ports } = run;
  const label = labelOf(run, play);
  let begun: Begun | string;
  try {
    begun = await begin(run, play);
  } catch (error) {
    const failure = failureOf(error, play);
    ports.emit({ at: ports.clock.now(), kind: 'play-failed', play: label, failure });
    return failure;
  }
  if (typeof begun === 'string') {
    ports.emit({ at: ports.clock.now(), kind: 'play-skipped', play: label, why: begun });
    return 'on';
  }
  for (const batch of begun.batches) {
    ports.emit({ at: ports.clock.now(), kind: 'play-started', play: label, hosts: batch.map(host => host.name) });
    const stage = new Stage(run, play, batch, begun.hosts, begun.strategy);
    stage.prompted = begun.prompted;
    await Promise.all(
      batch.map(async host => {
        renewFacts(stage, host);
        if (await readVarsFiles(stage, host))
          await new Walk(stage, host, run.options.sequential ? singleTrips : tripsAhead).run();
        if (run.script.plays.at(-1) === play) await run.leave(host);
      }),
    );
    if (stage.isFatal && batch.some(host => host.standing === 'failed' || host.standing === 'unreachable'))
      return 'over';
    if (batch.every(host => host.standing === 'failed' || host.standing === 'unreachable')) return 'over';
    if (run.options.signal?.aborted) return 'over';
    if (stage.isPlayEnded) break;
  }
  return 'on';
}

/** All that a play needs before its first task. */
interface Begun extends Course {
  readonly prompted: SourceVars;
}

/** Begins a play; or says why it has no hosts. Throws RenderError. */
async function begin(run: Run, play: Play): Promise<Begun | string> {
  const course = courseOf(run, play);
  if (typeof course === 'string') return course;
  for (const host of course.hosts) host.enterPlay();
  return { ...course, prompted: await promptFor(run, play, new Stage(run, play, course.hosts, course.hosts, 'free')) };
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
        const lost = await new SingleTrips(stage, host, UNWATCHED).fetch(becauseOf(value));
        if (lost) return giveUp(sayFailure(lost));
        value = render(source, scopeOf(stage, host, {}));
      }
      const names = (Array.isArray(value) ? (value as readonly Value[]) : [value]).map(toText);
      const files = loader.files({ here: play.directory, playbook: play.directory });
      const found = names.map(name => files.find(name, 'vars')).find(path => path !== undefined);
      if (found === undefined) return giveUp(`no vars file ${names.join(', ')}`);
      const loaded = await loader.varsFile(found);
      if (!loaded.ok)
        return giveUp(loaded.error.map(d => `${d.message}${d.place ? ` (${at(d.place)})` : ''}`).join('; '));
      layers.push(loaded.value);
    } catch (error) {
      return giveUp(sayFailure(failureOf(error, play)));
    }
  }
  stage.varsFiles.set(host, layers);
  return true;
}

const becauseOf = (value: Value): readonly string[] =>
  value instanceof Unknown ? value.because : Array.isArray(value) ? (value as readonly Value[]).flatMap(becauseOf) : [];
const hasUnknown = (value: Value): boolean => becauseOf(value).length > 0;
