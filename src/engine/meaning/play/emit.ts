import type { Event } from '../../../core/event.js';
import type { Outcome, TaskLabel } from '../../../core/outcome.js';
import { RenderError, Unknown } from '../../../core/value.js';
import { render } from '../../../template/render.js';
import { toText } from '../../../template/text.js';
import type { HostRun } from '../../state/host.js';
import type { Node, Work } from '../../state/pending-task.js';
import type { Stage } from '../../state/stage.js';
import { isLost } from '../task/outcomes.js';
import { shortName, writtenName } from '../task/task.js';
import { isYes } from '../variables/boolean.js';
import { keyword } from '../variables/keywords.js';
import { scopeOf } from '../variables/variables.js';

type Untimed<E> = E extends unknown ? Omit<E, 'at'> : never;

const HIDDEN = 'hidden, since no_log is set for this task';

/** Emits what happens to one host: names tasks for a reader, and hides what is not to be seen. */
export class Emitter {
  constructor(
    private readonly stage: Stage,
    private readonly host: HostRun,
  ) {}

  emit(event: Untimed<Event>): void {
    const { ports } = this.stage.run;
    ports.emit({ at: ports.clock.now(), ...event } as Event);
  }

  /** What the user's own commands write is emitted as it comes, and nothing that is to be hidden. */
  output({ module, noLog, node }: Work, text: string): void {
    if (module.opaque && !noLog) this.emit({ kind: 'task-output', task: this.label(node), host: this.host.name, text });
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
      return value instanceof Unknown ? writtenName(task) : toText(value);
    } catch (error) {
      if (error instanceof RenderError) return writtenName(task);
      throw error;
    }
  }

  isHidden({ task, local }: Node): boolean {
    try {
      const value = keyword(task.keywords.noLog, scopeOf(this.stage, this.host, { task, local }));
      return value !== undefined && isYes(value);
    } catch {
      return true; // not knowing whether it is secret, it is
    }
  }

  /** `diff: false` on a task keeps its changes out of the account. */
  #showsDiff({ task, local }: Node): boolean {
    if (task.keywords.diff === undefined) return true;
    try {
      const value = keyword(task.keywords.diff, scopeOf(this.stage, this.host, { task, local }));
      return value === undefined || isYes(value);
    } catch {
      return true;
    }
  }

  /** An outcome as reporters may see it: nothing of it, where `no_log` says so. */
  veiled(node: Node, outcome: Outcome): Outcome {
    if (!this.isHidden(node))
      return outcome.kind === 'changed' && !this.#showsDiff(node) ? { ...outcome, changes: [] } : outcome;
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
