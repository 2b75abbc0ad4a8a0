import { isVars, RenderError, type Value, type Vars } from '../../../core/value.js';
import type { HostRun } from '../../state/host.js';
import type { Node } from '../../state/pending-task.js';
import type { Stage } from '../../state/stage.js';
import { learnersOf } from '../task/delegation.js';
import { shortName } from '../task/task.js';
import { scopeOf } from '../variables/variables.js';

/** These set variables themselves, of another kind. */
const SETS_VARIABLES: readonly string[] = ['include_vars', 'set_fact'];

/** Takes the facts of a result, and of each item of a loop: see {@link learnersOf} for who learns them. */
export function learnFacts(stage: Stage, host: HostRun, node: Node, result: Vars): void {
  if (SETS_VARIABLES.includes(shortName(node.task.module))) return;
  const { results } = result;
  const found = node.task.loop && Array.isArray(results) ? (results as readonly Value[]).filter(isVars) : [result];
  for (const each of found) {
    const facts = each.ansible_facts;
    if (isVars(facts)) for (const learner of learners(stage, host, node, each)) learner.learn(facts);
  }
}

function learners(stage: Stage, host: HostRun, { task, local }: Node, result: Vars): readonly HostRun[] {
  const { delegateFacts, runOnce } = task.keywords;
  if (delegateFacts === undefined && runOnce === undefined) return [host];
  const names = [task.loop?.variable, task.loop?.indexVariable].filter(name => name !== undefined);
  const item = Object.fromEntries(names.flatMap(name => (result[name] === undefined ? [] : [[name, result[name]]])));
  try {
    return learnersOf(stage, host, task, scopeOf(stage, host, { task, local: { ...local, ...item } }));
  } catch (error) {
    // It was rendered before the task ran; if it cannot be any more, the task has changed what it reads.
    if (error instanceof RenderError) return [host];
    throw error;
  }
}
