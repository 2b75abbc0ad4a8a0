import type { Become } from '../../../core/connection.js';
import type { Fact } from '../../../core/fact.js';
import type { Failure } from '../../../core/outcome.js';
import type { Output } from '../../../core/probe.js';
import type { Sh } from '../../../core/sh.js';
import { RenderError, type Value } from '../../../core/value.js';
import { toText } from '../../../template/text.js';
import type { HostRun } from '../../state/host.js';
import type { Session } from '../../state/session.js';
import type { Stage } from '../../state/stage.js';
import { isTrue } from './boolean.js';
import { keyword } from './keywords.js';
import { factsAmong } from './scope.js';
import { sessionOf } from './sessions.js';
import { becomeOf } from './target.js';
import { scopeOf } from './variables.js';

/** Fact groups that somebody waits for, by host: read from the words of an Unknown. */
export function factsAwaited(because: readonly string[]): ReadonlyMap<string, ReadonlySet<string>> {
  const awaited = new Map<string, Set<string>>();
  for (const word of because) {
    const found = /^fact:(.*)\/([^/]+)$/.exec(word);
    if (!found) continue;
    const groups = awaited.get(found[1]!) ?? new Set();
    awaited.set(found[1]!, groups.add(found[2]!));
  }
  return awaited;
}

/** The groups of a name, in the registry's order, that were not asked yet. */
export const unasked = (stage: Stage, host: HostRun, groups: ReadonlySet<string>): readonly Fact[] =>
  stage.run.ports.facts.filter(fact => groups.has(fact.name) && !host.hasGathered(fact.name));

/** Variables of a host that steer facts. A tap that cannot be rendered yet is none. */
export function probesOf(stage: Stage, host: HostRun, facts: readonly Fact[]) {
  let tap: Value | undefined;
  try {
    tap = scopeOf(stage, host, { purpose: 'connection' }).get('nic_interface');
  } catch (error) {
    if (!(error instanceof RenderError)) throw error;
  }
  const settings = { tap: typeof tap === 'string' ? tap : tap === undefined || tap === null ? undefined : toText(tap) };
  return facts.map(fact => fact.probe(settings));
}

/** As whom facts are asked: as the play's tasks run, so that no further shell is opened. */
export function factBecome(stage: Stage, host: HostRun): Become | undefined {
  const scope = scopeOf(stage, host, { purpose: 'connection' });
  return becomeOf(scope, { keywords: stage.play.keywords, scope }, stage.run.options);
}

/** What a host is asked for facts that are waited for. */
export interface FactQuestion {
  readonly host: HostRun;
  readonly session: Session;
  readonly become: Become | undefined;
  readonly scripts: readonly Sh[];
  /** Files the answers. What was not answered, since the host was lost, is not asked again. */
  hear(outputs: readonly Output[]): void;
}

/** One question for each host whose facts are waited for and were not asked yet. */
export function factQuestions(stage: Stage, because: readonly string[]): readonly FactQuestion[] {
  return [...factsAwaited(because)].flatMap(([name, groups]) => {
    const host = stage.run.host(name);
    const facts = host ? unasked(stage, host, groups) : [];
    if (!host || facts.length === 0) return [];
    const probes = probesOf(stage, host, facts);
    const { count } = stage.run.changes;
    return [
      {
        host,
        session: sessionOf(stage, host),
        become: factBecome(stage, host),
        scripts: probes.map(({ script }) => script),
        hear(outputs) {
          facts.forEach((fact, i) => {
            const output = outputs[i];
            host.gather(fact.name, output ? probes[i]!.parse(output) : {}, count);
          });
        },
      },
    ];
  });
}

export { factsAmong };

/** Whether a play reads facts anew when it starts: `gather_facts`. One that cannot be rendered yet is taken for yes. */
function gathersFacts(stage: Stage, host: HostRun): boolean {
  try {
    return isTrue(keyword(stage.play.gatherFacts, scopeOf(stage, host, { purpose: 'connection' })) ?? true);
  } catch (error) {
    if (error instanceof RenderError) return true;
    throw error;
  }
}

/** What was told before anything was done on any host is forgotten, and what changes by itself. */
export function forgetOldFacts({ run }: Stage, host: HostRun): void {
  const volatile = new Set(run.ports.facts.filter(fact => fact.isVolatile).map(fact => fact.name));
  host.forgetFacts((group, at) => at !== run.changes.count || volatile.has(group));
}

/** A host starts a play: with `gather_facts` its facts are those of now, as far as somebody reads them. */
export function renewFacts(stage: Stage, host: HostRun): void {
  if (host.hasFacts && gathersFacts(stage, host)) forgetOldFacts(stage, host);
}

/**
 * Facts that a play with `gather_facts` names and that nobody has read yet, for a host that is about to do its first task: a
 * later task could read what this one changed. Named as in `Unknown.because`.
 */
export function factsNamed(stage: Stage, host: HostRun): readonly string[] {
  const names = stage.run.script.factNames?.get(stage.play);
  if (!names || !gathersFacts(stage, host)) return [];
  return stage.run.ports.facts
    .filter(fact => !host.hasGathered(fact.name) && fact.provides.some(name => names.has(name)))
    .map(fact => `fact:${host.name}/${fact.name}`);
}

/** Fetches facts that are waited for; or says how the host was lost over it. */
export type Fetch = (because: readonly string[]) => Promise<Failure | undefined>;

/** Waits for what is computed in another thread. */
export async function settleComputed({ run }: Stage, because: readonly string[]): Promise<void> {
  const { hashings } = run.ports;
  if (hashings)
    await Promise.all(because.filter(word => word.startsWith('compute:')).map(word => hashings.settled(word)));
}

/** Times in a row that an answer may turn out to wait for more facts; beyond, it is our bug that it does. */
export const MOST_FETCHES = 30;

/** An answer that waits for no fact any more: what it waits for is fetched, and then it is asked for again. */
export async function withFacts<T>(
  ask: () => T,
  awaited: (answer: T) => readonly string[],
  fetch: Fetch,
): Promise<{ readonly answer: T } | { readonly lost: Failure }> {
  for (let tries = 0; ; tries++) {
    const answer = ask();
    const because = factsAmong(awaited(answer));
    if (because.length === 0 || tries === MOST_FETCHES) return { answer };
    const lost = await fetch(because);
    if (lost) return { lost };
  }
}
