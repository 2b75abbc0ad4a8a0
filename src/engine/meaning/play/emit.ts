import type { Now } from '../../../core/event.js';
import type { Outcome, TaskLabel, ToldOutcome } from '../../../core/outcome.js';
import { RenderError, Unknown } from '../../../core/value.js';
import { OMIT } from '../../../template/omit.js';
import { render } from '../../../template/render.js';
import { toText } from '../../../template/text.js';
import type { HostRun } from '../../state/host.js';
import type { ModuleTask, Node } from '../../state/pending-task.js';
import type { Stage } from '../../state/stage.js';
import { isLost } from '../task/outcomes.js';
import { isSecret, learnOutcome, learnVarsFiles } from '../task/secrecy.js';
import { shortName, writtenName } from '../task/task.js';
import { warningsOf } from '../task/warnings.js';
import { isTrue } from '../variables/boolean.js';
import { keyword } from '../variables/keywords.js';
import { scopeOf } from '../variables/variables.js';

const HIDDEN = 'hidden, since no_log is set for this task';

/** In milliseconds. */
const BETWEEN_UPLOADS = 1000;

/** Emits what happens to one host: names tasks for a reader, and hides what is not to be seen. */
export class Emitter {
  /** When the present task was started, or its last item ended, in milliseconds since 1970. */
  #since = 0;
  /** Of the present upload: bytes so far, and when it started or was last reported. */
  #sent = 0;
  #told: number | undefined;

  constructor(
    private readonly stage: Stage,
    private readonly host: HostRun,
  ) {}

  emit(event: Now): void {
    const { ports } = this.stage.run;
    const at = ports.clock.now();
    if (event.kind === 'task-started') this.#since = at;
    ports.emit({ at, ...event });
  }

  /** One item of a loop; `name` is how it is called. */
  finishItem(node: Node, name: string, outcome: Outcome): void {
    const isHidden = this.isHidden(node);
    if (isHidden) learnOutcome(this.stage.run, node.task, outcome);
    const start = this.#since;
    const end = this.stage.run.ports.clock.now();
    this.#since = end;
    this.emit({
      kind: 'item-finished',
      task: this.label(node),
      host: this.host.name,
      item: isHidden ? '(hidden, no_log)' : name,
      outcome: this.veiled(node, outcome),
      start,
      end,
    });
  }

  /** A task with all its items. `began`: in milliseconds since 1970. */
  async finish(
    node: Node,
    outcome: Outcome,
    { began, items }: { readonly began: number; readonly items?: number | undefined },
  ): Promise<void> {
    const { run } = this.stage;
    const noLog = this.isHidden(node);
    if (noLog) {
      learnOutcome(run, node.task, outcome);
      await learnVarsFiles(run, outcome);
    }
    const task = this.label(node);
    for (const diagnostic of warningsOf(node.task, outcome.result, noLog))
      this.emit({ kind: 'warned', host: this.host.name, task, diagnostic });
    const end = run.ports.clock.now();
    this.emit({
      kind: 'task-finished',
      task,
      host: this.host.name,
      outcome: this.veiled(node, outcome),
      place: node.task.place,
      start: began,
      end,
      ms: end - began,
      noLog,
      items,
    });
  }

  /** What the user's own commands write is emitted as it comes, and nothing that is to be hidden. */
  output({ module, noLog, node }: ModuleTask, text: string): void {
    if (module.opaque && !noLog) this.emit({ kind: 'task-output', task: this.label(node), host: this.host.name, text });
  }

  /** Large files on their way: told once in a while, and not at all where they are sent at once. */
  upload({ noLog, node }: ModuleTask, bytes: number, size: number): void {
    if (noLog) return;
    const now = this.stage.run.ports.clock.now();
    if (bytes < this.#sent) this.#told = undefined;
    this.#sent = bytes;
    this.#told ??= now;
    if (now - this.#told < BETWEEN_UPLOADS) return;
    this.#told = now;
    this.emit({ kind: 'task-upload', task: this.label(node), host: this.host.name, bytes, size });
  }

  label(node: Node): TaskLabel {
    const { task } = node;
    return {
      id: task.id,
      name: this.#name(node),
      module: shortName(task.module),
      role: task.role?.name,
      isHandler: node.isHandler,
    };
  }

  #name({ task, local }: Node): string {
    if (task.name === undefined) return task.module;
    if (typeof task.name === 'string') return task.name;
    try {
      const value = render(task.name, scopeOf(this.stage, this.host, { task, local }));
      if (value === OMIT) return task.module;
      return value instanceof Unknown ? writtenName(task) : toText(value);
    } catch (error) {
      if (error instanceof RenderError) return writtenName(task);
      throw error;
    }
  }

  isHidden({ task, local }: Node): boolean {
    return task.keywords.noLog !== undefined && isSecret(task, scopeOf(this.stage, this.host, { task, local }));
  }

  /** `diff: false` on a task keeps its changes out of the account. */
  #showsDiff({ task, local }: Node): boolean {
    if (task.keywords.diff === undefined) return true;
    try {
      const value = keyword(task.keywords.diff, scopeOf(this.stage, this.host, { task, local }));
      return value === undefined || isTrue(value);
    } catch {
      return true;
    }
  }

  /** An outcome as reporters may see it: nothing of it, where `no_log` says so. */
  veiled(node: Node, outcome: Outcome): ToldOutcome {
    if (!this.isHidden(node))
      return 'changes' in outcome && !this.#showsDiff(node) ? { ...outcome, changes: [] } : outcome;
    const result = { censored: HIDDEN, changed: outcome.result.changed ?? false };
    switch (outcome.kind) {
      case 'changed':
        return { kind: 'changed', changes: [], result };
      case 'failed':
        return {
          kind: 'failed',
          ignored: outcome.ignored,
          failure: isLost(outcome.failure) ? outcome.failure : { reason: 'condition', why: HIDDEN },
          result,
        };
      default:
        return { ...outcome, result };
    }
  }
}
