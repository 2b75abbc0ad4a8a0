import type { Handler, Task } from '../../../core/play.js';
import { isSelected } from '../../../core/tags.js';
import { RenderError, type Value } from '../../../core/value.js';
import { withoutOmitted } from '../../../template/omit.js';
import { render } from '../../../template/render.js';
import { toText } from '../../../template/text.js';
import type { HostRun } from '../../state/host.js';
import type { Node } from '../../state/pending-task.js';
import type { Stage } from '../../state/stage.js';
import { scopeOf } from '../variables/variables.js';
import type { Emitter } from './emit.js';

/** Which tasks a host does at all: by tags, --start-at-task, ended roles; of handlers those that were notified. */
export class Selection {
  /** Set by `meta: end_role`. */
  endedRole: Task['role'];

  constructor(
    private readonly stage: Stage,
    private readonly host: HostRun,
    private readonly emitter: Emitter,
  ) {}

  handlers(): readonly Handler[] {
    return [...this.stage.play.handlers, ...this.host.handlers];
  }

  /** The handler that a task of a flush is; undefined for tasks that a handler includes. */
  handlerOf(node: Node): Handler | undefined {
    return node.isHandler ? this.handlers().find(handler => handler.task === node.task) : undefined;
  }

  /** Throws RenderError. */
  takes(node: Node): boolean {
    const { stage, host } = this;
    const { task } = node;
    const handler = this.handlerOf(node);
    if (handler) return host.notified.has(handler) || host.perhapsNotified.has(handler);
    if (this.endedRole !== undefined && task.role === this.endedRole) return false;
    if (hasRun(host, task)) return false;
    const { tags, skipTags, startAtTask } = stage.run.options;
    if (startAtTask !== undefined && !host.hasStarted) {
      if (this.emitter.label(node).name !== startAtTask) return false;
      host.hasStarted = true;
    }
    if (tags.length === 0 && skipTags.length === 0 && task.keywords.tags.length === 0) return true;
    return isSelected(this.#tagsOf(task), tags, skipTags);
  }

  /** Whether it takes a task that lies ahead. What cannot be told is told at its turn. */
  foresees(node: Node): boolean {
    try {
      return this.takes(node);
    } catch (error) {
      if (error instanceof RenderError) return false;
      throw error;
    }
  }

  #tagsOf(task: Task): readonly string[] {
    return task.keywords.tags.flatMap(source => {
      const value =
        typeof source === 'string'
          ? source
          : render(source, scopeOf(this.stage, this.host, { task, purpose: 'connection' }));
      const tags = withoutOmitted(value) ?? [];
      return (Array.isArray(tags) ? (tags as readonly Value[]) : [tags]).flatMap(tag =>
        toText(tag)
          .split(',')
          .map(word => word.trim()),
      );
    });
  }
}

/** Whether the role of a task has run on the host, by another use of it that is the same. */
function hasRun(host: HostRun, { use }: Task): boolean {
  if (use === undefined || use.isAlways) return false;
  const before = host.ran.get(use.key);
  return before !== undefined && before !== use;
}
