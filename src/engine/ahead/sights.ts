import type { Task } from '../../core/play.js';
import type { Output } from '../../core/probe.js';
import { identityWord } from '../meaning/variables/target.js';
import type { ModuleTask, Node } from '../state/pending-task.js';
import { compare, type Position } from '../state/position.js';
import { isSame, type Moment, type Session } from '../state/session.js';

/** What a question was answered, and when. */
export interface Sight {
  readonly output: Output;
  /** It holds as long as this is still the moment of the session. */
  readonly moment: Moment;
  /** Effects on the target that had come before it. */
  readonly order: number;
  /** Milliseconds since 1970. */
  readonly at: number;
}

/** Answers of one host's targets, by session, account and question: whoever asks the very same may use them. */
export class Sights {
  readonly #seen = new Map<Session, Map<number, Sight>>();
  readonly #foreseen = new Map<Task, { readonly at: Position; readonly session: Session; readonly moment: Moment }>();

  /** `questions` numbers the texts of questions, for all hosts of a run: most are asked the same. */
  constructor(private readonly questions: Map<string, number>) {}

  /** What was seen last; it may be old. */
  of(work: ModuleTask): Sight | undefined {
    return this.#seen.get(work.session)?.get(this.#keyOf(work));
  }

  /** The answer that a look would get now: nothing was done since that the target may show. */
  current(work: ModuleTask): Sight | undefined {
    const sight = this.of(work);
    return sight && isSame(sight.moment, work.session.moment) ? sight : undefined;
  }

  put(work: ModuleTask, sight: Sight): void {
    const ofSession = this.#seen.get(work.session) ?? new Map<number, Sight>();
    this.#seen.set(work.session, ofSession);
    ofSession.set(this.#keyOf(work), sight);
  }

  /** Notes that a task ahead was asked for, as it could be foreseen, at this moment of its session. */
  foresee(node: Node, { session }: ModuleTask): void {
    this.#foreseen.set(node.task, { at: node.position, session, moment: session.moment });
  }

  /** Whether all that can be foreseen of a task was asked already, and nothing was done since. */
  isForeseen({ task, position }: Node): boolean {
    const known = this.#foreseen.get(task);
    return known !== undefined && compare(known.at, position) === 0 && isSame(known.moment, known.session.moment);
  }

  forget(work: ModuleTask): void {
    this.#seen.get(work.session)?.delete(this.#keyOf(work));
  }

  #keyOf({ become, probe }: ModuleTask): number {
    const text = `${identityWord(become)}\n${probe.script.text}`;
    const known = this.questions.get(text) ?? this.questions.size;
    this.questions.set(text, known);
    return known;
  }
}
