import type { Sight } from './expressions.js';
import type { Data, Fields } from './project.js';
import type { Random } from './random.js';

/** The state of writing one project: what there is so far, and where the next task stands. */
export class Author {
  readonly files: Record<string, Data> = {};
  /** Task files that may be included, and roles that may be taken in. */
  readonly taskFiles: string[] = [];
  readonly roles: string[] = [];
  /** Names and topics that may be notified in the present play. */
  topics: readonly string[] = [];
  /** Whether hosts may run freely, so that nothing of another host is a fixed value. */
  isFree = false;
  /** Of the present play: whether Ansible gathers facts. */
  hasFacts = false;
  item: string | undefined;
  writes: readonly string[] = [];
  /** How many tasks may still be written. */
  left: number;
  #tasks = 0;
  #files = 0;

  constructor(
    readonly random: Random,
    readonly hosts: readonly string[],
    readonly groups: readonly string[],
    size: number,
  ) {
    this.left = size;
  }

  get sight(): Sight {
    const { random, hosts, groups, isFree, hasFacts, item, writes } = this;
    return { random, hosts, groups, isFree, hasFacts, item, writes };
  }

  /** A name no other task has: by it the walks' results are matched. */
  name(): string {
    this.left--;
    return `task ${++this.#tasks}`;
  }

  newTaskFile(tasks: readonly Fields[]): string {
    const file = `tasks/inc${++this.#files}.yml`;
    this.files[file] = tasks;
    return file;
  }

  number(): number {
    return ++this.#files;
  }

  /** Writes a part in which a loop's variable can be read. */
  inside<T>(item: string, write: () => T): T {
    const before = this.item;
    this.item = item;
    try {
      return write();
    } finally {
      this.item = before;
    }
  }

  /** Writes a part that sets these names on each host. */
  writing<T>(names: readonly string[], write: () => T): T {
    const before = this.writes;
    this.writes = [...before, ...names];
    try {
      return write();
    } finally {
      this.writes = before;
    }
  }
}
