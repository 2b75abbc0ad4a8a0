import { type Change, isBlocked, type Plan } from '../../../core/change.js';
import type { Ran } from '../../../core/module.js';
import type { Failure, Outcome } from '../../../core/outcome.js';
import type { Task } from '../../../core/play.js';
import { isVars, Lazy, Unknown, type Value, type Vars } from '../../../core/value.js';
import { isTruthy } from '../../../template/operate.js';
import type { ModuleTask } from '../../state/pending-task.js';
import { conditions } from '../variables/conditions.js';
import { type Fetch, withFacts } from '../variables/facts.js';
import type { LayeredScope } from '../variables/scope.js';
import { failed, failureOf, firstWords, sayFailure, undecided } from './outcomes.js';
import { type Span, timesOf } from './times.js';

/** What a look found, and what has to be done about it. */
export interface Seen {
  readonly state: unknown;
  readonly plan: Plan;
}

/** What was found and done for one piece of work, before anyone judged it. */
export interface Deed extends Seen {
  readonly ran: Ran;
  /** When its act began and ended. */
  readonly span?: Span | undefined;
  /** A dry run: the result may leave open what only the doing could tell. */
  readonly isOpen?: boolean;
}

/** Makes a scope in which the task's own result is known under its registered name. */
export type WithResult = (result: Vars) => LayeredScope;

/** Says what came of a task: the module's word, then changed_when and failed_when. */
export function judge(work: ModuleTask, deed: Deed, withResult: WithResult): Outcome {
  const { plan, ran, state } = deed;
  const { task } = work.node;
  if (isBlocked(plan)) {
    const failure: Failure = { reason: 'blocked', why: plan.blocked };
    return finish(
      task,
      { result: { ...plan.result, changed: false, failed: true, msg: plan.blocked }, failure, changes: [] },
      withResult,
    );
  }
  const said = work.module.result?.(work.args, state, ran, work.given) ?? {};
  // Of what was done, or never will be, nothing is to come any more.
  const known = deed.isOpen ? said : (withoutUnknown(said) as Vars);
  const changed = known.changed ?? (plan.length > 0 && ran.kind !== 'nothing');
  const failedAct = ran.kind === 'done' ? ran.outputs.findIndex(output => output.status !== 0) : -1;
  const result: Record<string, Value> = { changed, failed: false, ...known };
  // A module cannot know when it ran: it leaves the place of the times empty.
  if (deed.span && result.start === '') Object.assign(result, timesOf(deed.span));
  for (const stream of ['stdout', 'stderr']) {
    const text = result[stream];
    if (typeof text === 'string') result[`${stream}_lines`] ??= linesOf(text);
    else if (text instanceof Unknown) result[`${stream}_lines`] ??= text;
  }
  let failure: Failure | undefined;
  if (failedAct >= 0 && ran.kind === 'done') {
    const output = ran.outputs[failedAct]!;
    failure = { reason: 'act-failed', what: plan[failedAct]?.what ?? work.module.name, output };
    result.failed = true;
    result.msg ??= firstWords(output);
    result.changed = known.changed ?? failedAct > 0;
  }
  if (result.failed === true && !failure)
    failure = { reason: 'condition', why: String(result.msg ?? 'the module says it failed') };
  return finish(task, { result, failure, changes: plan }, withResult);
}

/** The same without members that are not known, at any depth. */
function withoutUnknown(value: Value): Value {
  if (Array.isArray(value))
    return (value as readonly Value[]).filter(one => !(one instanceof Unknown)).map(withoutUnknown);
  if (!isVars(value) || value instanceof Lazy) return value;
  return Object.fromEntries(
    Object.entries(value).flatMap(([name, member]) =>
      member instanceof Unknown ? [] : [[name, withoutUnknown(member)] as const],
    ),
  );
}

interface Raw {
  readonly result: Vars;
  readonly failure: Failure | undefined;
  readonly changes: readonly Change[];
}

/** Applies changed_when and failed_when; the result a task registers carries their verdict. */
export function finish(task: Task, { result, failure, changes }: Raw, withResult: WithResult): Outcome {
  let final: Record<string, Value> = { ...result };
  let fault = failure;
  // What failed_when says of a task is no message of it.
  let isByCondition = false;
  let judging: 'changed' | 'failed' = 'changed';
  try {
    if (task.changedWhen) {
      const verdict = conditions(task.changedWhen, withResult(final));
      if (verdict.kind === 'unknown')
        return {
          kind: 'unsure',
          because: verdict.because,
          result: { ...final, changed: new Unknown(verdict.because) },
        };
      if (verdict.kind !== 'none') final = { ...final, changed: verdict.kind === 'true' };
    }
    judging = 'failed';
    if (task.failedWhen) {
      const verdict = conditions(task.failedWhen, withResult(final));
      if (verdict.kind === 'unknown')
        return { kind: 'unsure', because: verdict.because, result: { ...final, failed: new Unknown(verdict.because) } };
      const holds = verdict.kind === 'true';
      if (verdict.kind !== 'none') final = { ...final, failed: holds, failed_when_result: holds };
      if (verdict.kind === 'false') fault = undefined;
      isByCondition = holds && fault === undefined;
      if (holds)
        fault ??= {
          reason: 'condition',
          why: `failed_when holds: ${task.failedWhen.map(t => t.text.trim()).join(' and ')}`,
        };
    }
  } catch (error) {
    fault = failureOf(error, task);
    isByCondition = false;
    // As ansible-core has it (executor/task_executor.py, `_execute`): the verdict of a condition that cannot be evaluated is why.
    final = { ...final, failed: true, [`${judging}_when_result`]: sayFailure(fault) };
  }
  if (fault)
    return {
      kind: 'failed',
      failure: fault,
      ignored: false,
      changes,
      result: { ...final, failed: true, ...(isByCondition ? {} : { msg: final.msg ?? sayFailure(fault) }) },
    };
  const changed = final.changed;
  if (changed instanceof Unknown) return { kind: 'unsure', because: changed.because, result: final };
  return changed !== undefined && isTruthy(changed as Value)
    ? { kind: 'changed', changes, result: final }
    : { kind: 'ok', result: final };
}

/**
 * The outcome that a judgement comes to once it has the facts that it turns out to hang on. In apply mode nothing else can
 * be missing.
 */
export async function decide(task: Task, isDry: boolean, judgement: () => Outcome, fetch: Fetch): Promise<Outcome> {
  const judged = await withFacts(judgement, each => (each.kind === 'unsure' ? each.because : []), fetch);
  if ('lost' in judged) return failed(judged.lost);
  const { answer } = judged;
  return answer.kind === 'unsure' && !isDry ? failed(undecided(task, answer.because)) : answer;
}

/** Check mode: what a plan would come to. `doubts` are the changes pending on this host. */
export function foresee(
  work: ModuleTask,
  state: unknown,
  plan: Plan,
  doubts: readonly string[],
  withResult: WithResult,
): Outcome {
  if (!isBlocked(plan)) {
    return name(judge(work, { state, plan, ran: foreseenOf(plan), isOpen: true }, withResult), work);
  }
  if (doubts.length === 0) return judge(work, { state, plan, ran: { kind: 'nothing' } }, withResult);
  if (plan.foreseen && plan.foreseen.length > 0) {
    const result: Vars = { changed: true, failed: false };
    return finish(work.node.task, { result, failure: undefined, changes: plan.foreseen }, withResult);
  }
  return {
    kind: 'unsure',
    because: doubts,
    result: { changed: new Unknown([`task:${work.node.task.id}`]), failed: false, msg: plan.blocked },
  };
}

/** `check_mode: true` in a real run: what Ansible says of a task that is not done, with nothing left open. */
export function rehearse(work: ModuleTask, { state, plan }: Seen, withResult: WithResult): Outcome {
  if (!work.module.opaque || isBlocked(plan) || plan.length === 0)
    return judge(work, { state, plan, ran: isBlocked(plan) ? { kind: 'nothing' } : foreseenOf(plan) }, withResult);
  const { cmd } = work.module.result?.(work.args, state, { kind: 'foreseen' }, work.given) ?? {};
  const why = 'Command would have run if not in check mode';
  const times = { start: null, end: null, delta: null };
  const said = { rc: 0, stdout: '', stderr: '', stdout_lines: [], stderr_lines: [] };
  return {
    kind: 'skipped',
    why,
    result: {
      changed: false,
      skipped: true,
      failed: false,
      msg: why,
      ...(cmd === undefined ? {} : { cmd }),
      ...times,
      ...said,
    },
  };
}

const foreseenOf = (plan: readonly Change[]): Ran => (plan.length > 0 ? { kind: 'foreseen' } : { kind: 'nothing' });

/** Gives the Unknowns of a foreseen result the name of the task they wait for. */
function name(outcome: Outcome, work: ModuleTask): Outcome {
  const because = [`task:${work.node.task.id}`];
  const named: Record<string, Value> = {};
  for (const [key, value] of Object.entries(outcome.result)) {
    named[key] = value instanceof Unknown && value.because.length === 0 ? new Unknown(because) : value;
  }
  const unsure = outcome.kind === 'unsure' && outcome.because.length === 0 ? { because } : {};
  return { ...outcome, ...unsure, result: named };
}

const linesOf = (text: string): readonly string[] => {
  const lines = text.split(/\r\n|\n|\r/);
  if (lines.at(-1) === '') lines.pop();
  return lines;
};
