import type { Task } from '../../../core/play.js';
import type { Flow } from '../../state/flow.js';
import type { HostRun } from '../../state/host.js';
import type { Node } from '../../state/pending-task.js';
import { behind, compare } from '../../state/position.js';
import type { Stage } from '../../state/stage.js';
import { runsOnce, sharersOf } from '../task/delegation.js';
import { isInclude, shortName } from '../task/task.js';
import { isTrue } from '../variables/boolean.js';
import { keyword } from '../variables/keywords.js';
import { scopeOf } from '../variables/variables.js';
import type { Conclusion } from './conclude.js';

/** In lockstep the first host carries out what a `meta` does to all of them, and its `when` decides for all. */
const isForAll = ({ module, args }: Task): boolean =>
  shortName(module) === 'meta' &&
  /clear_facts|clear_host_errors|end_play|end_batch|refresh_inventory/.test(JSON.stringify(args));

/** What one host does in lockstep, and what it registers is its own. (Ansible: `BYPASS_HOST_LOOP`) */
const isForFirst = ({ module }: Task): boolean => ['add_host', 'pause'].includes(shortName(module));

/** `run_once`, as one host meets it. */
export class RunOnce {
  constructor(
    private readonly stage: Stage,
    private readonly host: HostRun,
    private readonly obey: Conclusion['obey'],
  ) {}

  /** Whether one host of several does it for all. Throws RenderError. */
  holds({ task, local }: Node): boolean {
    if (this.stage.batch.length === 1) return false;
    if (this.stage.gate && (isForAll(task) || isForFirst(task))) return true;
    return task.keywords.runOnce !== undefined && runsOnce(task, scopeOf(this.stage, this.host, { task, local }));
  }

  /** The first host of the batch that comes here does it; the others take its result. */
  async perform(node: Node, act: () => Promise<Flow>): Promise<Flow> {
    const { stage, host } = this;
    const { gate } = stage;
    await gate?.pass(host, node.position);
    const key = node.position.join('.');
    const doer = gate ? stage.batch.find(other => compare(gate.at(other), node.position) === 0) : host;
    const doing = stage.once.get(key);
    if (doing) {
      // Who waits here stands in nobody's way: the doer may have to wait for all behind the task, or within an include.
      gate?.reach(host, behind(node.position));
      const flow = await doing.flow;
      const verdict = stage.hear(host);
      if (verdict?.isFinal) return this.obey(verdict, node.task, {});
      // What came of the tasks of an include is the doer's own, unless these are tasks for all themselves.
      if (!isInclude(node.task) || this.#runsChildrenOnce(node))
        return doing.doer.standing === 'unreachable' ? 'on' : flow;
      return host.standing === 'ended' ? 'left' : 'on';
    }
    if (doer !== undefined && doer !== host) {
      // It stands at the same place and begins as soon as it is let.
      await new Promise<void>(resolve => setImmediate(resolve));
      return await this.perform(node, act);
    }
    const begun = act();
    stage.once.set(key, { doer: host, flow: begun });
    const flow = await begun;
    this.#share(node);
    return flow;
  }

  /** Whether what an include brings is done once, too: since the block is that it stands in. */
  #runsChildrenOnce({ task, local }: Node): boolean {
    const value = keyword(task.outer.runOnce, scopeOf(this.stage, this.host, { task, local }));
    return value !== undefined && isTrue(value);
  }

  /** What the task registered is known on every host of the batch. */
  #share({ task, local }: Node): void {
    const { host, stage } = this;
    const { register } = task;
    if (register === undefined || !Object.hasOwn(host.registered, register)) return;
    if (isForFirst(task) && !runsOnce(task, scopeOf(stage, host, { task, local }))) return;
    for (const other of sharersOf(stage, host)) other.registered[register] = host.registered[register]!;
  }
}
