import type { TaskLabel } from '../core/outcome.js';
import type { Finished, Group, ItemFinished, Message, Warned } from './group.js';
import { Procession } from './procession.js';

/** What is told of a task on one host. */
interface Entry {
  readonly task: TaskLabel;
  readonly host: string;
}

/** The tasks of one play that are under way: what each host said of them, until they are over and can be told. */
export class Ledger {
  /** By instance: a task may be done again, by an include in a loop or a second flush of handlers. */
  readonly #groups = new Map<string, Group>();
  /** When the first host had finished it, in milliseconds since 1970. */
  readonly #begun = new Map<string, number>();
  readonly #times = new Map<string, number>();
  readonly #procession: Procession;

  constructor(private readonly hosts: readonly string[]) {
    this.#procession = new Procession(hosts);
  }

  /** A host is under way, perhaps again: one that failed may go on in a rescue. */
  walk(host: string): void {
    this.#procession.walk(host);
  }

  /** A host that is not waited for. */
  leave(host: string): void {
    this.#procession.leave(host);
  }

  /** A warning of a task. */
  warn(warned: Warned & { readonly task: TaskLabel }): void {
    this.#group(warned).warnings.push(warned);
  }

  say(message: Message): void {
    this.#group(message).messages.push(message);
  }

  finishItem(item: ItemFinished): void {
    this.#group(item).items.push(item);
  }

  finish(finished: Finished): void {
    const key = this.#keyOf(finished);
    this.#group(finished).finished.push(finished);
    if (!this.#begun.has(key)) this.#begun.set(key, finished.at);
    const times = timesKey(finished);
    this.#times.set(times, (this.#times.get(times) ?? 0) + 1);
    this.#procession.finish(finished.host, key);
  }

  /** Tasks that no host comes to any more. */
  over(): readonly Group[] {
    return this.#take(this.#procession.over());
  }

  /** Tasks that the first host had finished before some time, though others are at them still, with all before them. */
  begunBefore(time: number): readonly Group[] {
    const { open } = this.#procession;
    const late = open.findIndex(key => this.#begun.get(key)! >= time);
    const told = late < 0 ? open : open.slice(0, late);
    this.#procession.answer(told);
    return this.#take(told);
  }

  /** All that is left when the play is over, with what was said by tasks that never finished. */
  rest(): readonly Group[] {
    const open = this.#take(this.#procession.rest());
    return [...open, ...this.#take([...this.#groups.keys()])];
  }

  #take(keys: readonly string[]): readonly Group[] {
    return keys.map(key => {
      const group = this.#groups.get(key)!;
      this.#groups.delete(key);
      this.#begun.delete(key);
      return this.#inOrder(group);
    });
  }

  #group(entry: Entry): Group {
    const key = this.#keyOf(entry);
    let group = this.#groups.get(key);
    if (!group) {
      group = { task: entry.task, finished: [], messages: [], warnings: [], items: [] };
      this.#groups.set(key, group);
    }
    return group;
  }

  #keyOf(entry: Entry): string {
    return `${labelOf(entry.task)}\n${(this.#times.get(timesKey(entry)) ?? 0) + 1}`;
  }

  /** Hosts in the order of the play, whoever was first. */
  #inOrder({ task, finished, messages, warnings, items }: Group): Group {
    const rank = new Map(this.hosts.map((host, i) => [host, i]));
    const sorted = <T extends { readonly host: string }>(events: readonly T[]): T[] =>
      [...events].sort((a, b) => (rank.get(a.host) ?? 0) - (rank.get(b.host) ?? 0));
    const told = { finished: sorted(finished), messages: sorted(messages), items: sorted(items) };
    return { task, ...told, warnings: sorted(warnings) };
  }
}

/** The same task under the same name: a name may hold variables of the host. */
const labelOf = (task: TaskLabel): string => `${task.id}\n${task.name}\n${task.isHandler}`;
const timesKey = ({ task, host }: Entry): string => `${host}\n${labelOf(task)}`;
