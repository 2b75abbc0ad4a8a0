import type { Failure, Outcome } from '../../../core/outcome.js';
import type { Task } from '../../../core/play.js';
import type { Value, Vars } from '../../../core/value.js';
import { withoutOmitted } from '../../../template/omit.js';
import { render } from '../../../template/render.js';
import { toText } from '../../../template/text.js';
import type { Flow } from '../../state/flow.js';
import type { HostRun } from '../../state/host.js';
import type { Item, Node } from '../../state/pending-task.js';
import { behind } from '../../state/position.js';
import type { Stage, Verdict } from '../../state/stage.js';
import { runsOnce } from '../task/delegation.js';
import { failed, failureOf, isLost, openResult, sayFailure } from '../task/outcomes.js';
import { describeTask, readsOf } from '../task/task.js';
import { isTrue } from '../variables/boolean.js';
import { keyword } from '../variables/keywords.js';
import { numberOf } from '../variables/number.js';
import type { LayeredScope } from '../variables/scope.js';
import { scopeOf } from '../variables/variables.js';
import type { Emitter } from './emit.js';
import { handlersNamed } from './handlers.js';
import { learnFacts } from './learn-facts.js';

/** What failures of a task end the play for all hosts. */
interface Limits {
  /** any_errors_fatal */
  readonly isFatal: boolean;
  /** Whether it ends the play for all when the host it is done on is lost. */
  readonly isLossFatal: boolean;
  /** max_fail_percentage */
  readonly percentage: number | undefined;
}

/** What follows from an outcome: what is registered, notified, told, and how the host goes on. */
export class Conclusion {
  constructor(
    private readonly stage: Stage,
    private readonly host: HostRun,
    private readonly emitter: Emitter,
    /** Whether a failure here is caught by a rescue: then it is none for the play. */
    private readonly isCaught: () => boolean,
  ) {}

  /** `began`: when the task was begun, in milliseconds since 1970; `items`: how many its loop had. */
  async draw(
    node: Node,
    outcome: Outcome,
    { began, items }: { readonly began: number; readonly items?: number | undefined },
  ): Promise<Flow> {
    const { stage, host } = this;
    const { task } = node;
    const scope = scopeOf(stage, host, { task, local: node.local });
    const limits = this.#limits(task, scope);
    let final = this.#weigh(node, 'reason' in limits && outcome.kind !== 'failed' ? failed(limits) : outcome, scope);
    this.#register(node, final);
    const problem =
      final.kind === 'changed' || final.kind === 'unsure' ? this.#notify(task, node, final.kind) : undefined;
    if (problem) final = failed(problem);
    if ((final.kind === 'changed' || final.kind === 'unsure') && stage.run.options.mode === 'check')
      host.doubts.push(this.emitter.label(node).name);
    await this.emitter.finish(node, final, { began, items });
    const flow = this.#flowOf(task, final);
    if (!node.isHandler) this.#noteRole(task, final);
    return 'reason' in limits ? flow : await this.#agree(node, flow, final, limits);
  }

  /** Whether a failure is one: ignored, or in a dry run over what pending changes may mend. */
  #weigh({ task }: Node, outcome: Outcome, scope: LayeredScope): Outcome {
    if (outcome.kind !== 'failed') return outcome;
    if (this.#isDoubtful(task, outcome.failure))
      return { kind: 'unsure', because: this.host.doubts, result: { ...outcome.result, failed: false } };
    const { ignoreErrors, ignoreUnreachable } = task.keywords;
    try {
      const ignored = keyword(isLost(outcome.failure) ? ignoreUnreachable : ignoreErrors, scope);
      return { ...outcome, ignored: ignored !== undefined && isTrue(ignored) };
    } catch {
      return outcome; // a keyword that cannot be rendered ignores nothing
    }
  }

  #isDoubtful(task: Task, failure: Failure): boolean {
    if (
      this.host.doubtful.size === 0 ||
      (failure.reason !== 'template' && failure.reason !== 'condition' && failure.reason !== 'blocked')
    )
      return false;
    return readsOf(task).some(name => this.host.doubtful.has(name));
  }

  /** What an item of a loop registers, and its facts, can be read by the items behind it. */
  registerItem(node: Node, outcome: Outcome, { local }: Item): void {
    if (outcome.kind === 'skipped') return;
    this.#register(node, { ...outcome, result: { ...outcome.result, ...named(local) } });
  }

  #register(node: Node, outcome: Outcome): void {
    const { host } = this;
    const { task } = node;
    const { result } = outcome;
    if (task.register !== undefined) {
      const isOpen = this.stage.run.options.mode === 'check' && outcome.kind !== 'ok';
      host.registered[task.register] = isOpen ? openResult(result, task) : result;
      if (host.doubts.length > 0) host.doubtful.add(task.register);
    }
    if (outcome.kind !== 'failed') learnFacts(this.stage, host, node, result);
  }

  /** A role has run when a task of it was not skipped; who fails in it has not come to its end. */
  #noteRole({ use }: Task, outcome: Outcome): void {
    if (use === undefined || outcome.kind === 'skipped') return;
    if (outcome.kind === 'failed' && !outcome.ignored) this.host.ran.delete(use.key);
    else this.host.ran.set(use.key, use);
  }

  #notify(task: Task, node: Node, kind: 'changed' | 'unsure'): Failure | undefined {
    const scope = scopeOf(this.stage, this.host, { task, local: node.local });
    for (const source of task.notify) {
      let value: Value;
      try {
        value = withoutOmitted(render(source, scope)) ?? [];
      } catch (error) {
        return failureOf(error, task);
      }
      for (const name of (Array.isArray(value) ? (value as readonly Value[]) : [value]).map(toText)) {
        const found = handlersNamed(this.stage, this.host, name);
        if (found.length === 0)
          return {
            reason: 'condition',
            why: `The requested handler '${name}' was not found in either the main handlers list nor in the listening handlers list`,
          };
        for (const handler of found) (kind === 'changed' ? this.host.notified : this.host.perhapsNotified).add(handler);
      }
    }
    return undefined;
  }

  #flowOf(task: Task, outcome: Outcome): Flow {
    if (outcome.kind !== 'failed' || outcome.ignored) return 'on';
    if (this.isCaught() && !isLost(outcome.failure)) {
      this.#noteCaught(task, outcome.result);
      this.emitter.emit({ kind: 'host-rescued', host: this.host.name });
    }
    if (!this.isCaught() || isLost(outcome.failure)) this.stage.failed(this.host);
    if (!isLost(outcome.failure)) return 'failed';
    this.host.standing = outcome.failure.reason === 'interrupted' ? 'ended' : 'unreachable';
    this.emitter.emit({ kind: 'host-lost', host: this.host.name, why: sayFailure(outcome.failure) });
    return 'left';
  }

  #limits(task: Task, scope: LayeredScope): Limits | Failure {
    const { maxFailPercentage } = this.stage.play;
    try {
      const isFatal = isTrue(keyword(task.keywords.anyErrorsFatal, scope) ?? false);
      const ignoresErrors = isTrue(keyword(task.keywords.ignoreErrors, scope) ?? false);
      const percentage = keyword(maxFailPercentage, scope);
      return {
        isFatal,
        isLossFatal: this.stage.strategy === 'linear' && !ignoresErrors && (isFatal || runsOnce(task, scope)),
        percentage: numberOf(percentage, 'max_fail_percentage', maxFailPercentage),
      };
    } catch (error) {
      return failureOf(error, task);
    }
  }

  /**
   * any_errors_fatal and max_fail_percentage: the task ends on all hosts of the batch, then all hear the verdict. A lost host
   * counts though `ignore_unreachable` is set, as in Ansible, and for `run_once`, too.
   */
  async #agree({ task, position }: Node, flow: Flow, outcome: Outcome, limits: Limits): Promise<Flow> {
    const { stage, host } = this;
    const { isFatal, percentage } = limits;
    if (limits.isLossFatal && outcome.kind === 'failed' && isLost(outcome.failure)) {
      stage.condemn({ why: `${host.name} was lost at a task that is one for all hosts`, isFinal: true });
      return flow === 'on' ? this.obey(stage.hear(host)!, task, outcome.result) : flow;
    }
    if (!isFatal && percentage === undefined) return flow;
    // In lockstep all run the rescue; where each host goes at its pace, what is rescued concerns no other.
    const isFailure = flow === 'left' || (flow === 'failed' && (stage.gate !== undefined || !this.isCaught()));
    if (isFatal && isFailure)
      stage.condemn({ why: `${host.name} failed, and any_errors_fatal is set`, isFinal: false }, host);
    if (!stage.gate) return flow;
    await stage.gate.pass(host, behind(position));
    stage.judgeFailures(percentage);
    const verdict = stage.hear(host);
    return verdict === undefined || flow !== 'on' ? flow : this.obey(verdict, task, outcome.result);
  }

  /** What a host does that hears of a failure that is one of all hosts, at this task. `result`: its own, if it has done it. */
  obey({ why, isFinal }: Verdict, task: Task, result: Vars): Flow {
    if (isFinal) {
      if (this.host.standing === 'well') {
        this.host.standing = 'failed';
        this.emitter.emit({ kind: 'host-lost', host: this.host.name, why });
      }
      return 'left';
    }
    this.#noteCaught(task, { ...result, failed: true, msg: why });
    return 'failed';
  }

  /** What a failure that a rescue will catch leaves for the rest of the run: the rescue reads it, and all that follow. */
  #noteCaught(task: Task, result: Vars): void {
    if (!this.isCaught()) return;
    Object.assign(this.host.registered, { ansible_failed_task: describeTask(task), ansible_failed_result: result });
  }
}

/** The members of an item's result that name it. */
const named = ({ ansible_loop: _, ...local }: Vars): Vars => local;
