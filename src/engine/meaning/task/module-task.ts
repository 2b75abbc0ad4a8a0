import type { AnyModule, Given } from '../../../core/module.js';
import type { Diagnostic } from '../../../core/place.js';
import type { Task } from '../../../core/play.js';
import { join, nothing } from '../../../core/sh.js';
import { plain, Secret, Unknown, unknownsIn } from '../../../core/value.js';
import type { HostRun } from '../../state/host.js';
import type { Node, PendingTask } from '../../state/pending-task.js';
import type { Reach } from '../../state/session.js';
import type { Stage } from '../../state/stage.js';
import { isTrue } from '../variables/boolean.js';
import { keyword } from '../variables/keywords.js';
import { numberOf } from '../variables/number.js';
import type { LayeredScope } from '../variables/scope.js';
import { sessionOf } from '../variables/sessions.js';
import { becomeOf } from '../variables/target.js';
import { scopeOf, type Viewpoint } from '../variables/variables.js';
import { exportsOf, renderArgs } from './arguments.js';
import { gather } from './controller-files.js';
import { delegateOf } from './delegation.js';
import { failureOf } from './outcomes.js';
import { isSecret, learnArguments } from './secrecy.js';

/** What a task is made into work with, beside its own text. */
export interface Making {
  readonly scope: LayeredScope;
  readonly view: Viewpoint;
  readonly module: AnyModule;
  /** Tells items of a loop apart in the work's key. */
  readonly suffix: string;
  /** What `when` hangs on, if that is not known yet. */
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

/** A task for a module, with its arguments checked and its probe made: or what it waits for, or what is wrong with it. Throws RenderError. */
export async function moduleTaskOf(
  stage: Stage,
  host: HostRun,
  node: Node,
  { scope, view, module, suffix, perhaps }: Making,
): Promise<PendingTask> {
  const { task } = node;
  const { options } = stage.run;
  const rendered = renderArgs(task, module, scope);
  const unknown = unknownsIn(rendered);
  if (unknown.length > 0) return { kind: 'wait', because: unknown };

  const noLog = isSecret(task, scope);
  // What is prepared ahead of its turn may never be done: it teaches nothing.
  if (noLog && view.ahead === undefined) learnArguments(stage.run, { task, module, args: rendered, scope });
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

  const on = delegateOf(stage, host, task, scope);
  if (on instanceof Unknown) return { kind: 'wait', because: on.because };
  const become = becomeOf(
    on === host ? scope : scopeOf(stage, on, { purpose: 'connection' }),
    { keywords: task.keywords, scope },
    options,
  );
  if (become?.password) stage.run.ports.redactor.learn(become.password.reveal());
  learnSecrets(stage, module, args);
  const gathering = { stage, host, view, scope, noLog: noLog && view.ahead === undefined };
  const found = await gather(module, args, task, gathering).catch((error: unknown) => failureOf(error, task));
  if ('reason' in found) return { kind: 'broken', failure: found };
  if (found instanceof Unknown) return { kind: 'wait', because: found.because };

  const environment = exportsOf(task, scope);
  if (environment instanceof Unknown) return { kind: 'wait', because: environment.because };
  const diff = keyword(task.keywords.diff, scope);
  const isDiffed = diff === undefined ? options.diff : isTrue(diff);
  const given: Given = { found, user: become?.user, isDiffed };
  const probe = module.probe(args, given);
  const checkMode = keyword(task.keywords.checkMode, scope);
  const isDry = checkMode === undefined ? options.mode === 'check' : isTrue(checkMode);
  const timeout = keyword(task.keywords.timeout, scope);
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
      session: sessionOf(stage, on, { task, scope, local: view.local }),
      on,
      become,
      environment,
      isDry,
      isLooked: probe.script.text !== nothing.text,
      reach: reachOf(task, module, args, environment !== undefined),
      timeout: numberOf(timeout, 'timeout', task.keywords.timeout),
      noLog,
    },
  };
}

/**
 * Its own machine: a command of the user's that says `changed_when: false`. Nothing: one whose program only reads, unless an
 * environment of its own may make that another program.
 */
function reachOf(task: Task, module: AnyModule, args: unknown, hasEnvironment: boolean): Reach {
  if (!module.opaque) return 'run';
  if (!hasEnvironment && module.isReadOnly?.(args)) return 'nothing';
  return neverChanges(task) ? 'machine' : 'run';
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
