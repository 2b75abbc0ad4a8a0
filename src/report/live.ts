import type { Event } from '../core/event.js';

type Of<K extends Event['kind']> = Event & { readonly kind: K };

/** Output of running tasks, which comes in pieces that are cut anywhere, line by line. */
export class LiveOutput {
  /** What came behind the last line end, by host and task. */
  readonly #rests = new Map<string, string>();

  /** The lines that are whole now. */
  add(event: Of<'task-output'>): readonly string[] {
    const key = keyOf(event);
    const lines = ((this.#rests.get(key) ?? '') + event.text).split('\n');
    this.#rests.set(key, lines.pop()!);
    return lines;
  }

  /** What is left when a task, or an item of its loop, is finished. */
  end(event: Of<'task-finished' | 'item-finished' | 'task-retried'>): readonly string[] {
    const key = keyOf(event);
    const rest = this.#rests.get(key);
    this.#rests.delete(key);
    return rest === undefined || rest === '' ? [] : [rest];
  }
}

const keyOf = ({ host, task }: Of<'task-output' | 'task-finished' | 'item-finished' | 'task-retried'>): string =>
  `${host}\n${task.id}`;
