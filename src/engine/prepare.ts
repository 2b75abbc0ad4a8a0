import type { Folder } from '../core/files.js';
import type { AnyModule, Given } from '../core/module.js';
import type { Failure } from '../core/outcome.js';
import type { Diagnostic } from '../core/place.js';
import { didYouMean } from '../core/place.js';
import type { Task } from '../core/play.js';
import { join, type Sh } from '../core/sh.js';
import { isVars, plain, RenderError, Secret, type Template, Unknown, unknownsIn, type Value } from '../core/value.js';
import { loopItems } from '../template/loops.js';
import { withoutOmitted } from '../template/omit.js';
import { isTruthy } from '../template/operate.js';
import { render } from '../template/render.js';
import { toText } from '../template/text.js';
import { exportsOf, keyword, renderArgs } from './arguments.js';
import { directiveNames } from './directives/names.js';
import type { HostRun } from './host.js';
import { gather } from './needs.js';
import type { Item, Node, Piece, Prepared } from './piece.js';
import type { LayeredScope } from './scope.js';
import type { Stage } from './stage.js';
import { becomeOf } from './target.js';
import { scopeOf, type Viewpoint } from './variables.js';
import { isYes } from './yes.js';

const once = (piece: Piece): Prepared => ({ kind: 'once', piece });

/** Turns a RenderError into the task's failure; anything else is our own bug and goes on up. */
export function failureOf(error: unknown, task: Task): Failure {
  if (!(error instanceof RenderError)) throw error;
  const diagnostic: Diagnostic = {
    code: error.undefinedName === undefined ? 'template-error' : 'undefined-variable',
    message: error.message,
    place: error.place ?? task.place,
    ...(error.hint === undefined ? {} : { hint: error.hint }),
  };
  return { reason: 'template', diagnostics: [diagnostic] };
}

/** Everything about a task on a host that can be known now. */
export async function prepare(stage: Stage, host: HostRun, node: Node, view: Viewpoint): Promise<Prepared> {
  const { task } = node;
  const seen = {
    ...view,
    task,
    local: node.local || view.local ? { ...node.local, ...view.local } : undefined,
  };
  const scope = scopeOf(stage, host, seen);
  if (!task.loop) return once(await piece(stage, host, node, seen, ''));
  let over: Value;
  try {
    over = render(task.loop.over, scope);
    if (over instanceof Unknown) return once(itemsAwaited(stage, host, seen, over.because));
    const values = loopItems(task.loop.kind, withoutOmitted(over) ?? over, scope, folderOf(task));
    const unknown = values.find(value => value instanceof Unknown);
    if (unknown instanceof Unknown) return once(itemsAwaited(stage, host, seen, unknown.because));
    return await loop(stage, host, node, seen, values);
  } catch (error) {
    // Ansible keeps the error of a loop back if `when` is false without an item.
    const failure = failureOf(error, task);
    return once(skippedWithoutItem(task, scope) ?? { kind: 'broken', failure });
  }
}

function skippedWithoutItem(task: Task, scope: LayeredScope): Piece | undefined {
  try {
    const verdict = conditions(task.keywords.when, scope);
    return verdict.kind === 'false' ? { kind: 'skip', why: verdict.why } : undefined;
  } catch (error) {
    // It asks for the item, so the loop's own error is what counts.
    if (error instanceof RenderError) return undefined;
    throw error;
  }
}

/** Where a task's module searches for files, and so `with_first_found` and `with_fileglob` over it. */
function folderOf(task: Task): Folder {
  switch (shortName(task.module)) {
    case 'template':
      return 'templates';
    case 'include_vars':
      return 'vars';
    case 'include_tasks':
      return 'tasks';
    default:
      return 'files';
  }
}

async function loop(
  stage: Stage,
  host: HostRun,
  node: Node,
  view: Viewpoint,
  values: readonly Value[],
): Promise<Prepared> {
  const { loop } = node.task;
  const items: Item[] = [];
  for (const [index, value] of values.entries()) {
    const local: Record<string, Value> = { ...view.local, [loop!.variable]: value, ansible_loop_var: loop!.variable };
    if (loop!.indexVariable !== undefined) {
      local[loop!.indexVariable] = index;
      local.ansible_index_var = loop!.indexVariable;
    }
    if (loop!.extended) {
      local.ansible_loop = {
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
      };
    }
    const seen: Viewpoint = { ...view, local };
    items.push({
      value,
      label: labelOf(stage, host, node.task, seen, value),
      piece: await piece(stage, host, node, seen, `#${index}`),
    });
  }
  return { kind: 'loop', items };
}

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
): Piece {
  const { task } = view;
  const item = new Unknown(because);
  const names = [task.loop!.variable, ...(task.loop!.indexVariable === undefined ? [] : [task.loop!.indexVariable])];
  const local = { ...view.local, ...Object.fromEntries(names.map(name => [name, item])) };
  const verdict = conditions(task.keywords.when, scopeOf(stage, host, { ...view, local }));
  return verdict.kind === 'false' ? { kind: 'skip', why: verdict.why } : { kind: 'wait', because };
}

export type Verdict =
  | { readonly kind: 'true' }
  | { readonly kind: 'false'; readonly why: string }
  | { readonly kind: 'unknown'; readonly because: readonly string[] };

/** All must hold, in order, stopping at the first that does not. Throws RenderError. */
export function conditions(templates: readonly Template[], scope: LayeredScope): Verdict {
  const because: string[] = [];
  for (const template of templates) {
    const value = template.render(scope);
    if (value instanceof Unknown) {
      because.push(...value.because);
      // The conditions behind an unknown one were often meant to be guarded by it: they are not asked.
      break;
    }
    if (!isTruthy(value)) return { kind: 'false', why: template.text.trim() };
  }
  return because.length > 0 ? { kind: 'unknown', because } : { kind: 'true' };
}

async function piece(stage: Stage, host: HostRun, node: Node, view: Viewpoint, suffix: string): Promise<Piece> {
  const { task } = node;
  const scope = scopeOf(stage, host, view);
  try {
    const verdict = conditions(task.keywords.when, scope);
    if (verdict.kind === 'false') return { kind: 'skip', why: verdict.why };
    const perhaps = verdict.kind === 'unknown' ? verdict.because : [];

    if (directiveNames.has(shortName(task.module))) {
      if (perhaps.length > 0) return { kind: 'wait', because: perhaps };
      return directive(task, scope);
    }
    const module = stage.registry.get(task.module);
    if (!module)
      throw new RenderError(
        `no module is called \`${task.module}\``,
        task.place,
        didYouMean(task.module, stage.registry.keys()),
      );
    return await work(stage, host, node, { scope, view, module, suffix, perhaps });
  } catch (error) {
    return { kind: 'broken', failure: failureOf(error, task) };
  }
}

/** `set_fact` for `ansible.builtin.set_fact`. */
export const shortName = (name: string): string => name.replace(/^ansible\.(?:builtin|legacy)\./, '');

function directive(task: Task, scope: LayeredScope): Piece {
  const verb = shortName(task.module);
  // Conditions and free values are rendered one by one by the directive; an unknown one inside is its business.
  const args = render(task.args, scope);
  if (args instanceof Unknown) return { kind: 'wait', because: args.because };
  const given = withoutOmitted(args);
  return { kind: 'directive', verb, args: isVars(given) ? given : {}, scope };
}

interface Making {
  readonly scope: LayeredScope;
  readonly view: Viewpoint;
  readonly module: AnyModule;
  readonly suffix: string;
  readonly perhaps: readonly string[];
}

/** Arguments checked before, by task: most hosts are given the same. */
const CHECKED = new WeakMap<Task, Map<string, ReturnType<AnyModule['args']['safeParse']>>>();

/** A loop of more items is not kept. */
const MOST_CHECKED = 256;

function checked(task: Task, module: AnyModule, given: unknown): ReturnType<AnyModule['args']['safeParse']> {
  const key = spelled(given);
  if (key === undefined) return module.args.safeParse(given);
  const known = CHECKED.get(task) ?? new Map();
  CHECKED.set(task, known);
  let parsed = known.get(key);
  if (!parsed) {
    parsed = module.args.safeParse(given);
    if (known.size < MOST_CHECKED) known.set(key, parsed);
  }
  return parsed;
}

/** Plain data as text; nothing for data that holds more than text can tell, such as secrets. */
function spelled(value: unknown): string | undefined {
  const isPlain = (one: unknown): boolean => {
    if (one === null || typeof one === 'string' || typeof one === 'boolean') return true;
    if (typeof one === 'number') return Number.isFinite(one);
    if (Array.isArray(one)) return one.every(isPlain);
    if (typeof one !== 'object') return false;
    const kind = Object.getPrototypeOf(one);
    return (kind === Object.prototype || kind === null) && Object.values(one).every(isPlain);
  };
  return isPlain(value) ? JSON.stringify(value) : undefined;
}

async function work(
  stage: Stage,
  host: HostRun,
  node: Node,
  { scope, view, module, suffix, perhaps }: Making,
): Promise<Piece> {
  const { task } = node;
  const { options } = stage.run;
  const rendered = renderArgs(task, module, scope);
  const unknown = unknownsIn(rendered);
  if (unknown.length > 0) return { kind: 'wait', because: unknown };

  const parsed = checked(task, module, plain(rendered));
  if (!parsed.success) {
    const diagnostics = parsed.error.issues.map((issue): Diagnostic => {
      const name = String(issue.path[0] ?? '');
      const place = task.argPlaces.get(name) ?? task.place;
      const message =
        issue.code === 'unrecognized_keys'
          ? `module \`${module.name}\` has no parameter \`${issue.keys.join('`, `')}\``
          : `\`${issue.path.join('.') || module.name}\`: ${issue.message}`;
      return { code: 'bad-argument', message, place, hint: `ringmaster doc ${module.name}` };
    });
    return { kind: 'broken', failure: { reason: 'bad-args', diagnostics } };
  }
  const args: unknown = parsed.data;

  const on = delegate(stage, host, task, scope);
  if (on instanceof Unknown) return { kind: 'wait', because: on.because };
  const become = becomeOf(on === host ? scope : scopeOf(stage, on, { purpose: 'connection' }), task.keywords, options);
  if (become?.password) stage.run.ports.redactor.learn(become.password.reveal());
  learnSecrets(stage, module, args);
  const found = await gather(module, args, task, { stage, host, view, scope });
  if (found instanceof Unknown) return { kind: 'wait', because: found.because };

  const environment = exportsOf(task, scope);
  if (environment instanceof Unknown) return { kind: 'wait', because: environment.because };
  const given: Given = { found, user: become?.user };
  const probe = module.probe(args, given);
  const checkMode = keyword(task.keywords.checkMode, scope);
  const isDry = checkMode === undefined ? options.mode === 'check' : isYes(checkMode);
  const timeout = keyword(task.keywords.timeout, scope);
  const noLog = keyword(task.keywords.noLog, scope);
  return {
    kind: 'work',
    perhaps,
    work: {
      key: node.position.join('.') + suffix,
      node,
      module,
      args,
      given,
      probe: environment ? { ...probe, script: join([environment, probe.script], '\n') } : probe,
      link: stage.run.link(stage, on),
      on,
      become,
      environment,
      isDry,
      asLook:
        module.opaque === true && checkMode !== undefined && !isYes(checkMode) && neverChanges(task)
          ? lookOf(module, args, given, environment)
          : undefined,
      timeout: timeout === undefined || timeout === null ? undefined : Number(toText(timeout)),
      noLog: noLog !== undefined && isYes(noLog),
    },
  };
}

/** `changed_when: false`, written so. */
const neverChanges = (task: Task): boolean =>
  task.changedWhen?.length === 1 && /^(?:false|no)$/i.test(task.changedWhen[0]!.text.trim());

/** What a module says is secret among its arguments is masked from now on, wherever it turns up. */
function learnSecrets(stage: Stage, module: AnyModule, args: unknown): void {
  for (const name of module.secrets ?? []) {
    const value = (args as Readonly<Record<string, unknown>>)[name];
    if (typeof value === 'string') stage.run.ports.redactor.learn(value);
    else if (value instanceof Secret) stage.run.ports.redactor.learn(value.reveal());
  }
}

/** The act of a module that has no guard of its own, to be done as a look. */
function lookOf(module: AnyModule, args: unknown, given: Given, environment: Sh | undefined): Sh | undefined {
  const guards = args as { creates?: unknown; removes?: unknown };
  if (guards.creates !== undefined || guards.removes !== undefined) return undefined;
  const plan = module.plan(args, module.probe(args, given).parse({ stdout: '', stderr: '', status: 0 }), given);
  const act = 'blocked' in plan ? undefined : plan[0];
  if (!act || act.needs?.length) return undefined;
  return environment ? join([environment, act.apply], '\n') : act.apply;
}

function delegate(stage: Stage, host: HostRun, task: Task, scope: LayeredScope): HostRun | Unknown {
  if (task.keywords.delegateTo === undefined) return host;
  const value = withoutOmitted(render(task.keywords.delegateTo, scope));
  if (value instanceof Unknown) return value;
  if (value === undefined || value === null) return host;
  const name = toText(value);
  const on = stage.run.host(name);
  if (!on)
    throw new RenderError(
      `delegate_to names \`${name}\`, which is not in the inventory`,
      task.place,
      didYouMean(name, stage.run.inventory.hosts.keys()),
    );
  return on;
}
