import type { Become } from '../../core/connection.js';
import type { Failure } from '../../core/outcome.js';
import type { Output } from '../../core/probe.js';
import type { Sh } from '../../core/sh.js';
import type { Shared } from '../../core/shared.js';
import { factQuestions } from '../meaning/variables/facts.js';
import { identityWord } from '../meaning/variables/target.js';
import type { HostRun } from '../state/host.js';
import { awaited, type ModuleTask } from '../state/pending-task.js';
import type { Session } from '../state/session.js';
import type { Stage } from '../state/stage.js';
import type { Foreseen } from './forecast.js';
import type { Sights } from './sights.js';

/** What one shell is asked in one trip. */
interface Question {
  readonly session: Session;
  readonly become: Become | undefined;
  readonly scripts: Sh[];
  readonly shared: Shared[];
  /** The dear ones, by where they stand. */
  readonly asTheyCome: Set<number>;
  readonly hear: ((output: Output) => void)[];
  hasFacts: boolean;
}

/** What is to be found out. */
export interface Wish {
  /** The task whose turn it is. */
  readonly present: ModuleTask | undefined;
  /** Facts that something waits for now. */
  readonly because: readonly string[];
  readonly ahead: AsyncIterable<Foreseen>;
  /** So many looks ahead are taken along at most, beside those of other items of the present task. */
  readonly width: number;
}

/**
 * Looks for the present task and for those ahead, and asks for facts that anybody waits for: in one trip, or in one for
 * each shell, side by side. Answers how the host was lost over what was asked for the present.
 */
export function lookAround(stage: Stage, host: HostRun, sights: Sights, wish: Wish): Promise<Failure | undefined> {
  // In the pool from the start: what is prepared for hosts whose turn is far would only lie in memory.
  return stage.run.ports.pool(() => inTurn(stage, host, sights, wish));
}

async function inTurn(
  stage: Stage,
  host: HostRun,
  sights: Sights,
  { present, because, ahead, width }: Wish,
): Promise<Failure | undefined> {
  const questions = new Map<string, Question>();
  const question = (session: Session, become: Become | undefined): Question => {
    const key = `${session.id}\n${identityWord(become)}`;
    let found = questions.get(key);
    if (!found) {
      found = { session, become, scripts: [], shared: [], asTheyCome: new Set(), hear: [], hasFacts: false };
      questions.set(key, found);
    }
    return found;
  };
  const asked = new Set<string>();
  const take = (work: ModuleTask): void => {
    const { session, become, probe } = work;
    const key = `${session.id}\n${identityWord(become)}\n${probe.script.text}`;
    if (asked.has(key)) return;
    asked.add(key);
    const { moment } = session;
    const { order } = session.effects;
    const ofShell = question(session, become);
    if (probe.dear) ofShell.asTheyCome.add(ofShell.scripts.length);
    ofShell.shared.push(...(probe.shares ?? []));
    ofShell.scripts.push(probe.script);
    ofShell.hear.push(output => sights.put(work, { output, moment, order, at: stage.run.ports.clock.now() }));
  };

  if (present) take(present);
  const waiting = [...because];
  const ownTask = present?.node.task;
  if (present?.timeout === undefined && (width > 0 || ownTask?.loop)) {
    for await (const { node, piece } of ahead) {
      if (asked.size > width && node.task !== ownTask) break;
      waiting.push(...awaited(piece));
      if (piece.kind === 'work' && isWorthALook(piece.work, sights)) {
        take(piece.work);
        sights.foresee(node, piece.work);
      }
    }
  }
  const own = new Set<Question>();
  if (present) own.add(question(present.session, present.become));
  for (const { host: of, session, become, scripts, hear } of factQuestions(stage, waiting)) {
    const ofShell = question(session, become);
    ofShell.hasFacts = true;
    if (of === host && !present) own.add(ofShell);
    const outputs: Output[] = [];
    scripts.forEach((script, i) => {
      ofShell.scripts.push(script);
      ofShell.hear.push(output => {
        outputs[i] = output;
        if (i === scripts.length - 1) hear(outputs);
      });
    });
  }

  const failures = await Promise.all(
    [...questions.values()].map(async asking => {
      const { session, become, scripts, shared, asTheyCome, hear, hasFacts } = asking;
      const batch = {
        snippets: scripts,
        how: 'each',
        timeout: present?.timeout,
        shared: shared.length > 1 ? shared : undefined,
        asTheyCome,
      } as const;
      const answer = await session.askInTurn(become, batch, hasFacts ? 'facts' : 'look');
      for (const [i, output] of answer.outputs.entries()) hear[i]!(output);
      return answer.kind === 'lost' && own.has(asking) ? answer.failure : undefined;
    }),
  );
  return failures.find(failure => failure !== undefined);
}

/** Not what is dear, or was seen: a dry run and what has nothing to do need it fresh, and an act may be planned from what is old. */
const isWorthALook = (work: ModuleTask, sights: Sights): boolean =>
  work.isLooked && !work.probe.dear && sights.current(work) === undefined;
