/**
 * The hosts of a play as they walk through its tasks, told only by what each of them has finished. Answers which tasks no
 * host comes to any more, in the order of the play, though hosts differ: some are ahead, some leave out a task (another
 * branch of an include, a rescue, run_once), some end on the way.
 */
export class TaskOrder {
  /** Tasks that some host may still come to, in order. */
  #line: string[] = [];
  /** Those of them that were told of before they were over. */
  readonly #answered = new Set<string>();
  /** Who has finished them. */
  readonly #by = new Map<string, Set<string>>();
  /** The last of them that a host has finished; unset: it stands before the first. */
  readonly #at = new Map<string, string>();
  readonly #walking: Set<string>;
  /** Walking hosts that stand before the first; while there are some, none is over. */
  readonly #behind: Set<string>;

  constructor(hosts: readonly string[]) {
    this.#walking = new Set(hosts);
    this.#behind = new Set(hosts);
  }

  finish(host: string, task: string): void {
    this.walk(host);
    const before = this.#at.get(host);
    const from = before === undefined ? -1 : this.#line.indexOf(before);
    const to = this.#line.indexOf(task);
    if (to < 0) this.#line.splice(from + 1, 0, task);
    else if (to < from) this.#moveBefore(host, to, from);
    this.#by.set(task, (this.#by.get(task) ?? new Set()).add(host));
    this.#answered.delete(task);
    this.#at.set(host, task);
    this.#behind.delete(host);
  }

  /** A host is here, perhaps again: one that failed may go on in a rescue. */
  walk(host: string): void {
    if (this.#walking.has(host)) return;
    this.#walking.add(host);
    if (!this.#at.has(host)) this.#behind.add(host);
  }

  /** A host that is not waited for, until it walks again. */
  leave(host: string): void {
    this.#walking.delete(host);
    this.#behind.delete(host);
  }

  /** The tasks that no host comes to any more, in order; each is answered once. */
  over(): readonly string[] {
    if (this.#behind.size > 0) return [];
    const last = [...this.#walking].map(host => this.#line.indexOf(this.#at.get(host)!));
    return this.#remove(Math.min(...last, this.#line.length - 1) + 1);
  }

  /** Tasks that are not answered yet, in order. */
  get open(): readonly string[] {
    return this.#line.filter(task => !this.#answered.has(task));
  }

  /** Tasks that need not be answered any more, unless another host finishes them yet. */
  answer(tasks: readonly string[]): void {
    for (const task of tasks) this.#answered.add(task);
  }

  /** All that are left. */
  rest(): readonly string[] {
    return this.#remove(this.#line.length);
  }

  #remove(number: number): readonly string[] {
    const removed = this.#line.splice(0, number);
    const gone = new Set(removed);
    for (const [host, task] of this.#at) {
      if (!gone.has(task)) continue;
      this.#at.delete(host);
      if (this.#walking.has(host)) this.#behind.add(host);
    }
    for (const task of removed) this.#by.delete(task);
    return removed.filter(task => !this.#answered.delete(task));
  }

  /** This host did what was thought to come later before what others came to sooner: it belongs before. */
  #moveBefore(host: string, to: number, from: number): void {
    const between = this.#line.slice(to, from + 1);
    const own = between.filter(task => this.#by.get(task)!.has(host));
    const others = between.filter(task => !this.#by.get(task)!.has(host));
    this.#line.splice(to, between.length, ...own, ...others);
  }
}
