import { validateArgumentSpec } from './argument-spec.js';
import type { Directed, Directive, Order } from './directive.js';
import { gatherFacts, meta, waitForConnection } from './flow.js';
import { addHost, groupBy } from './inventory.js';
import { pause } from './pause.js';
import { assertTask, debug, failTask } from './say.js';
import { includeVars, setFact, setStats } from './variables.js';

/** Every directive by its name; `names.ts` lists the same names for those who only ask whether it is one. */
const directives: Readonly<Record<string, Directive>> = {
  add_host: addHost,
  assert: assertTask,
  debug,
  fail: failTask,
  gather_facts: gatherFacts,
  group_by: groupBy,
  include_role: ({ piece }) => ({ kind: 'include', what: 'role', args: piece.args }),
  include_tasks: ({ piece }) => ({ kind: 'include', what: 'tasks', args: piece.args }),
  include_vars: includeVars,
  meta,
  pause,
  set_fact: setFact,
  set_stats: setStats,
  setup: gatherFacts,
  validate_argument_spec: validateArgumentSpec,
  wait_for_connection: waitForConnection,
};

/** Carries out a directive on the controller. Throws RenderError. */
export async function direct(order: Order): Promise<Directed> {
  return await directives[order.piece.verb]!(order);
}
export type { Directed };
