import type { Task } from '../../core/play.js';
import { Unknown, type Value } from '../../core/value.js';
import { isTruthy } from '../../template/operate.js';
import { handlersNamed } from '../meaning/play/handlers.js';
import { shortName } from '../meaning/task/task.js';
import type { Read } from '../meaning/variables/scope.js';
import type { HostRun } from '../state/host.js';
import type { ModuleTask, Node, PendingTask } from '../state/pending-task.js';
import type { Stage } from '../state/stage.js';

/** Modules whose result sets facts, which any task behind them may read. */
const GIVES_FACTS = /^(?:service_facts|package_facts|getent|hostname)$/;

/**
 * Whether the controller has to judge, or wait, at this task, so that a chain cannot run on through it unattended: `before`
 * it, or `behind` it, since what comes behind depends on more than that its acts succeeded.
 */
export function endsChain(stage: Stage, host: HostRun, { task, isHandler }: Node): 'no' | 'before' | 'behind' {
  const { keywords } = task;
  if (isHandler || task.until || task.retries !== undefined || task.async !== undefined) return 'before';
  if (task.loop?.pause !== undefined || keywords.delegateFacts !== undefined) return 'before';
  if (keywords.runOnce !== undefined || keywords.throttle !== undefined) return 'before';
  // Whether it is done at all is known when the role has run, or not.
  if (task.use?.isRepeat && !task.use.isAlways) return 'before';
  if (GIVES_FACTS.test(shortName(task.module).replace(/^.*\./, ''))) return 'behind';
  if (task.failedWhen || keywords.anyErrorsFatal !== undefined || stage.play.maxFailPercentage !== undefined)
    return 'behind';
  if (!isLiteral(task) || !notifiesWell(stage, host, task)) return 'behind';
  return 'no';
}

/** A `changed_when` that reads something may fail the task. */
const isLiteral = ({ changedWhen = [] }: Task): boolean =>
  changedWhen.every(({ text }) => /^(?:true|false|yes|no)$/i.test(text.trim()));

/** A name that no handler has fails the task. */
const notifiesWell = (stage: Stage, host: HostRun, { notify }: Task): boolean =>
  notify.every(source => typeof source === 'string' && handlersNamed(stage, host, source).length > 0);

/**
 * Whether nothing that was read for a preparation can be another thing when the task's turn comes. Variables that tasks
 * between set are Unknown then, so that nothing is prepared from them; what is left is what other hosts do, what is random,
 * and files of the controller, if it is the controller that the chain acts on.
 */
export const isCertain = (read: ReadonlySet<Read>, { session }: ModuleTask): boolean =>
  !read.has('hosts') && !read.has('random') && !(read.has('controller') && session.isLocal);

/** Whether a chain can go on behind a task that the engine does itself: it cannot fail, and changes neither host nor way. */
export function isPassable(piece: PendingTask & { kind: 'directive' }): boolean {
  if (piece.verb === 'set_fact' || piece.verb === 'debug' || piece.verb === 'set_stats') return true;
  if (piece.verb === 'meta') return piece.args._raw_params === 'noop';
  if (piece.verb !== 'assert') return false;
  const that = piece.args.that;
  const claims = Array.isArray(that) ? (that as readonly Value[]) : [that];
  return claims.every(
    claim => claim !== undefined && !(claim instanceof Unknown) && typeof claim !== 'string' && isTruthy(claim),
  );
}
