import { isBlocked } from '../../../core/change.js';
import type { Failure } from '../../../core/outcome.js';
import type { Output } from '../../../core/probe.js';
import type { HostRun } from '../../state/host.js';
import type { ModuleTask } from '../../state/pending-task.js';
import type { Stage } from '../../state/stage.js';
import type { Deed, Seen } from '../task/judge.js';
import { factQuestions, settleComputed } from '../variables/facts.js';
import { act, type Watch } from './act.js';
import { INTERRUPTED, type Trips } from './trips.js';

/** What is seen where nothing is asked. */
export const NOTHING_SEEN: Output = { stdout: '', stderr: '', status: 0 };

/** Plans from what was seen. */
export function planFrom(work: ModuleTask, output: Output): Seen {
  const state: unknown = work.probe.parse(output);
  return { state, plan: work.module.plan(work.args, state, work.given) };
}

/** One question after another, each at its turn, and nothing ahead of it: what every other way has to come to the same as. */
export class SingleTrips implements Trips {
  constructor(
    private readonly stage: Stage,
    private readonly host: HostRun,
    private readonly watch: Watch,
  ) {}

  async look(work: ModuleTask): Promise<Seen | Failure> {
    if (this.stage.run.options.signal?.aborted) return INTERRUPTED;
    // A dry run asks all the same: whether the host can be reached is what it would show.
    if (!work.isLooked && !work.isDry) return planFrom(work, NOTHING_SEEN);
    const { session, become, probe, timeout } = work;
    const answer = await session.ask(become, { snippets: [probe.script], how: 'each', timeout }, 'look');
    if (answer.kind === 'lost') return answer.failure;
    return planFrom(work, answer.outputs[0]!);
  }

  async perform(work: ModuleTask): Promise<Deed | Failure> {
    const seen = await this.look(work);
    if ('reason' in seen) return seen;
    const { plan } = seen;
    if (work.isDry || isBlocked(plan) || plan.length === 0) return { ...seen, ran: { kind: 'nothing' } };
    if (this.stage.run.options.signal?.aborted) return INTERRUPTED;
    const { clock } = this.stage.run.ports;
    const began = clock.now();
    const outputs = await act(work, plan, { watch: this.watch, stop: this.stage.run.options.signal });
    return 'reason' in outputs
      ? outputs
      : { ...seen, ran: { kind: 'done', outputs }, span: { began, ended: clock.now() } };
  }

  async fetch(because: readonly string[]): Promise<Failure | undefined> {
    await settleComputed(this.stage, because);
    let failure: Failure | undefined;
    for (const { host, session, become, scripts, hear } of factQuestions(this.stage, because)) {
      const answer = await session.ask(become, { snippets: scripts, how: 'each' }, 'facts');
      hear(answer.outputs);
      if (answer.kind === 'lost' && host === this.host) failure = answer.failure;
    }
    return failure;
  }

  owes(): Promise<boolean> {
    return Promise.resolve(false);
  }

  idle(): Promise<void> {
    return Promise.resolve();
  }
}
