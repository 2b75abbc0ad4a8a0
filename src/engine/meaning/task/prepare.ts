import { didYouMean } from '../../../core/place.js';
import type { Loop, Task } from '../../../core/play.js';
import { isVars, RenderError, type Source, Unknown, type Value, type Vars } from '../../../core/value.js';
import { withoutOmitted } from '../../../template/omit.js';
import { render } from '../../../template/render.js';
import { toText } from '../../../template/text.js';
import type { HostRun } from '../../state/host.js';
import type { Item, Node, PendingTask, Prepared } from '../../state/pending-task.js';
import type { Stage } from '../../state/stage.js';
import { directiveNames } from '../directives/names.js';
import { conditions } from '../variables/conditions.js';
import { factsForKeywords } from '../variables/keywords.js';
import { isPrinted } from '../variables/printed.js';
import type { LayeredScope } from '../variables/scope.js';
import { scopeOf, type Viewpoint } from '../variables/variables.js';
import { loopValues } from './loop-values.js';
import { moduleTaskOf } from './module-task.js';
import { failureOf } from './outcomes.js';
import { isSecret, learnArguments } from './secrecy.js';
import { shortName } from './task.js';

const once = (piece: PendingTask): Prepared => ({ kind: 'once', piece });

/** Everything about a task on a host that can be known now: of a loop, its values. */
export async function prepare(stage: Stage, host: HostRun, node: Node, view: Viewpoint): Promise<Prepared> {
  const { task } = node;
  const seen = {
    ...view,
    task,
    local: node.local || view.local ? { ...node.local, ...view.local } : undefined,
  };
  const scope = scopeOf(stage, host, seen);
  if (!task.loop) return once(await piece(stage, host, node, seen, ''));
  try {
    const { loader } = stage.run.ports;
    const around = { scope, loader, directory: stage.play.directory, isAhead: view.ahead !== undefined };
    const values = await loopValues(task, task.loop, around);
    if (values instanceof Unknown) return once(itemsAwaited(stage, host, seen, values.because));
    const unknown = values.find(value => value instanceof Unknown);
    if (unknown instanceof Unknown) return once(itemsAwaited(stage, host, seen, unknown.because));
    return { kind: 'loop', values };
  } catch (error) {
    // Ansible keeps the error of a loop back if `when` is false without an item.
    const failure = failureOf(error, task);
    return once(skippedWithoutItem(task, scope) ?? { kind: 'broken', failure });
  }
}

function skippedWithoutItem(task: Task, scope: LayeredScope): PendingTask | undefined {
  try {
    const verdict = conditions(task.keywords.when, scope);
    return verdict.kind === 'false' ? { kind: 'skip', why: verdict.why } : undefined;
  } catch (error) {
    // It asks for the item, so the loop's own error is what counts.
    if (error instanceof RenderError) return undefined;
    throw error;
  }
}

/** One item of a task's loop, from the variables as the items before it left them. */
export async function prepareItem(
  stage: Stage,
  host: HostRun,
  node: Node,
  view: Viewpoint,
  values: readonly Value[],
  index: number,
): Promise<Item> {
  const { task } = node;
  const value = values[index]!;
  const loop = task.loop!;
  const local = loopVariables(loop, values, index);
  const written = Array.isArray(loop.over) ? (loop.over as readonly Source[]) : [];
  const isItemPrinted = written.length === values.length && isPrinted(written[index], scopeOf(stage, host, view));
  const printed = isItemPrinted ? new Set([...(view.printed ?? []), loop.variable]) : view.printed;
  const seen: Viewpoint = { ...view, task, local: { ...node.local, ...view.local, ...local }, printed };
  return {
    value,
    local,
    label: labelOf(stage, host, task, seen, value),
    piece: await piece(stage, host, node, seen, `#${index}`),
  };
}

/** What a task may read of its loop, beside the item itself (loop_control: index_var, extended). */
function loopVariables(loop: Loop, values: readonly Value[], index: number): Vars {
  const { variable, indexVariable, extended } = loop;
  return {
    [variable]: values[index]!,
    ansible_loop_var: variable,
    ...(indexVariable === undefined ? {} : { [indexVariable]: index, ansible_index_var: indexVariable }),
    ...(extended ? { ansible_loop: extendedLoop(values, index) } : {}),
  };
}

const extendedLoop = (values: readonly Value[], index: number): Vars => ({
  allitems: values,
  index: index + 1,
  index0: index,
  first: index === 0,
  last: index === values.length - 1,
  length: values.length,
  revindex: values.length - index,
  revindex0: values.length - index - 1,
  ...(index > 0 ? { previtem: values[index - 1]! } : {}),
  ...(index < values.length - 1 ? { nextitem: values[index + 1]! } : {}),
});

function labelOf(stage: Stage, host: HostRun, task: Task, view: Viewpoint, value: Value): string {
  try {
    const label =
      task.loop?.label === undefined ? value : render(task.loop.label, scopeOf(stage, host, { ...view, task }));
    return label instanceof Unknown ? '?' : typeof label === 'string' ? label : toText(label);
  } catch {
    return '?'; // a label is for the eye; its error must not fail a task
  }
}

/** Waits for the items of a loop, unless `when` is false whatever they will be. */
function itemsAwaited(
  stage: Stage,
  host: HostRun,
  view: Viewpoint & { readonly task: Task },
  because: readonly string[],
): PendingTask {
  const { task } = view;
  const item = new Unknown(because);
  const names = [task.loop!.variable, ...(task.loop!.indexVariable === undefined ? [] : [task.loop!.indexVariable])];
  const local = { ...view.local, ...Object.fromEntries(names.map(name => [name, item])) };
  const verdict = conditions(task.keywords.when, scopeOf(stage, host, { ...view, local }));
  return verdict.kind === 'false' ? { kind: 'skip', why: verdict.why } : { kind: 'wait', because };
}

async function piece(stage: Stage, host: HostRun, node: Node, view: Viewpoint, suffix: string): Promise<PendingTask> {
  const { task } = node;
  const scope = scopeOf(stage, host, view);
  try {
    const verdict = conditions(task.keywords.when, scope);
    if (verdict.kind === 'false') return { kind: 'skip', why: verdict.why };
    const perhaps = verdict.kind === 'unknown' ? verdict.because : [];
    const facts = factsForKeywords(task, stage.play, scope);
    if (facts.length > 0) return { kind: 'wait', because: [...perhaps, ...facts] };

    if (directiveNames.has(shortName(task.module))) {
      if (perhaps.length > 0) return { kind: 'wait', because: perhaps };
      return directive(stage, task, scope, view.ahead !== undefined);
    }
    const module = stage.registry.get(task.module);
    if (!module)
      throw new RenderError(
        `no module is called \`${task.module}\``,
        task.place,
        didYouMean(task.module, stage.registry.keys()),
      );
    return await moduleTaskOf(stage, host, node, { scope, view, module, suffix, perhaps });
  } catch (error) {
    return { kind: 'not-rendered', failure: failureOf(error, task) };
  }
}

function directive(stage: Stage, task: Task, scope: LayeredScope, isAhead: boolean): PendingTask {
  const verb = shortName(task.module);
  // Conditions and free values are rendered one by one by the directive; an unknown one inside is its business.
  const args = render(task.args, scope);
  if (args instanceof Unknown) return { kind: 'wait', because: args.because };
  const given = withoutOmitted(args);
  // What is prepared ahead of its turn may never be done: it teaches nothing.
  if (!isAhead && isSecret(task, scope)) learnArguments(stage.run, { task, args: isVars(given) ? given : {}, scope });
  return { kind: 'directive', verb, args: isVars(given) ? given : {}, scope };
}
