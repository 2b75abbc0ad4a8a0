import type { Become } from '../../core/connection.js';
import type { Fact } from '../../core/fact.js';
import type { Failure } from '../../core/outcome.js';
import type { Output } from '../../core/probe.js';
import type { Sh } from '../../core/sh.js';
import type { Shared } from '../../core/shared.js';
import { factBecome, factsAwaited, fileFacts, probesOf, unasked } from '../meaning/variables/facts.js';
import { identityWord } from '../meaning/variables/target.js';
import type { HostRun } from '../state/host.js';
import { awaited, type Piece, type Work } from '../state/pending-task.js';
import type { Link } from '../state/session.js';
import type { Stage } from '../state/stage.js';
import type { Foreseen } from './ahead.js';
import { isCurrent, questionOf, sightOf } from './sight.js';

/** Snippets in one trip at most: back-pressure is the lane's business, memory is ours. */
const WIDEST = 400;

/** What one trip, or one per lane side by side, is to find out. */
interface Question {
  readonly link: Link;
  readonly become: Become | undefined;
  readonly scripts: Sh[];
  readonly shared: Shared[];
  /** Those of the user, and the dear ones, by where they stand. */
  readonly asTheyCome: Set<number>;
  /** Who hears each answer: tasks that ask the very same are asked once. */
  readonly hear: ((output: Output) => void)[][];
  /** Where in `scripts` a script stands. */
  readonly asked: Map<string, number>;
  facts: boolean;
}

/**
 * Looks for the present work and for all ahead that can be looked at now, with the facts anybody waits for: one trip,
 * or one per shell, side by side. A failure is that of the present work's own shell.
 */
export function explore(
  stage: Stage,
  host: HostRun,
  present: readonly Piece[],
  ahead: AsyncIterable<Foreseen> | undefined,
): Promise<Failure | undefined> {
  // In the pool from the start: what is prepared for hosts whose turn is far would only lie in memory.
  return stage.run.ports.pool(() => inTurn(stage, host, present, ahead));
}

async function inTurn(
  stage: Stage,
  host: HostRun,
  present: readonly Piece[],
  ahead: AsyncIterable<Foreseen> | undefined,
): Promise<Failure | undefined> {
  const questions = new Map<string, Question>();
  const because: string[] = [];
  const seen = new Set<string>();
  let count = 0;
  let own: string | undefined;

  const question = (link: Link, become: Become | undefined): Question => {
    const key = `${link.host}\n${identityWord(become)}`;
    let found = questions.get(key);
    if (!found) {
      found = {
        link,
        become,
        scripts: [],
        shared: [],
        asTheyCome: new Set(),
        hear: [],
        asked: new Map(),
        facts: false,
      };
      questions.set(key, found);
    }
    return found;
  };
  const consider = (piece: Piece, isPresent: boolean): void => {
    because.push(...awaited(piece));
    if (piece.kind !== 'work') return;
    const { work } = piece;
    if (seen.has(work.key) || (work.probe.dear && !isPresent) || isSeen(host, work)) return;
    seen.add(work.key);
    if (isPresent) own ??= `${work.link.host}\n${identityWord(work.become)}`;
    count++;
    const asked = question(work.link, work.become);
    const { epoch, effects } = work.link;
    const { order } = effects;
    const script = questionOf(work).text;
    const hear = (output: Output): void => {
      host.sights.set(work.key, { script, output, link: work.link, epoch, order, at: stage.run.ports.clock.now() });
    };
    const twin = work.asLook ? undefined : asked.asked.get(script);
    if (twin !== undefined) {
      asked.hear[twin]!.push(hear);
      return;
    }
    if (work.asLook || work.probe.dear) asked.asTheyCome.add(asked.scripts.length);
    if (!work.asLook) {
      asked.asked.set(script, asked.scripts.length);
      asked.shared.push(...(work.probe.shares ?? []));
    }
    asked.scripts.push(questionOf(work));
    asked.hear.push([hear]);
  };

  for (const piece of present) consider(piece, true);
  if (ahead) {
    for await (const { prepared } of ahead) {
      for (const piece of prepared.kind === 'once' ? [prepared.piece] : prepared.items.map(item => item.piece))
        consider(piece, false);
      if (count >= WIDEST) break;
    }
  }
  const asked = askFacts(stage, because, question);
  own ??= asked;

  const failures = await Promise.all(
    [...questions].map(async ([key, { link, become, scripts, shared, asTheyCome, hear, facts }]) => {
      const timeout =
        present.length === 1 && present[0]!.kind === 'work' && scripts.length === 1
          ? present[0]!.work.timeout
          : undefined;
      const batch = {
        snippets: scripts,
        how: 'each',
        timeout,
        shared: shared.length > 1 ? shared : undefined,
        asTheyCome,
      } as const;
      const answer = await link.askInTurn(become, batch, facts ? 'facts' : 'look');
      for (const [i, output] of answer.outputs.entries()) for (const one of hear[i]!) one(output);
      return answer.kind === 'lost' && key === own ? answer.failure : undefined;
    }),
  );
  return failures.find(failure => failure !== undefined);
}

/** Adds the probes of awaited facts. Answers the key of the first question that asks some. */
function askFacts(
  stage: Stage,
  because: readonly string[],
  question: (link: Link, become: Become | undefined) => Question,
): string | undefined {
  let first: string | undefined;
  for (const [name, groups] of factsAwaited(because)) {
    const host = stage.run.host(name);
    if (!host) continue;
    const facts = unasked(stage, host, groups);
    if (facts.length === 0) continue;
    const link = stage.run.link(stage, host);
    const become = factBecome(stage, host);
    const asked = question(link, become);
    asked.facts = true;
    first ??= `${link.host}\n${identityWord(become)}`;
    const probes = probesOf(stage, host, facts);
    facts.forEach((fact: Fact, i) => {
      asked.scripts.push(probes[i]!.script);
      asked.hear.push([output => fileFacts(stage, host, [fact], [output])]);
    });
  }
  return first;
}

/** Whether there is a sight of this very question, fresh or not; one of a dry run must be fresh to count. */
function isSeen(host: HostRun, work: Work): boolean {
  if (host.acted.get(work.key)?.script === work.probe.script.text) return true;
  const sight = sightOf(host, work);
  return sight !== undefined && (isCurrent(sight, work) || !(work.isDry || work.asLook !== undefined));
}
