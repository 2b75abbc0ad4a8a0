import type { Event } from '../core/event.js';
import type { TaskLabel } from '../core/outcome.js';
import { duration, someHosts } from './lines.js';
import { visibleLine } from './visible.js';

/** More lines than this are not shown of what runs; the others are counted. */
const MOST_LINES = 8;
/** Of a longer line of output only the end is shown, in characters. */
const LONGEST_OUTPUT = 100;
/** So much of an unfinished line of output is kept, in characters. */
const LONGEST_KEPT = 4096;

/** A task that a host works at. */
interface Work {
  readonly task: TaskLabel;
  /** When it was started, in milliseconds since 1970. */
  readonly since: number;
  /** The last line of its output that says anything. */
  last: string;
  /** What came behind the last line end. */
  rest: string;
}

/** What runs where, for how long, and what it said last: folded from the events of a run. */
export class Running {
  /** By host, then by task. The last of a host is what it does now: others stand around it, as an include does. */
  readonly #works = new Map<string, Map<string, Work>>();
  #hosts = new Set<string>();

  on(event: Event): void {
    switch (event.kind) {
      case 'play-started':
        this.#works.clear();
        this.#hosts = new Set(event.hosts);
        break;
      case 'task-started':
        if (!isInclude(event.task)) this.#begin(event);
        break;
      case 'task-output': {
        const work = this.#works.get(event.host)?.get(event.task.id);
        if (work) hear(work, event.text);
        break;
      }
      case 'task-upload': {
        const work = this.#works.get(event.host)?.get(event.task.id);
        if (work) work.last = sending(event);
        break;
      }
      case 'task-finished':
        this.#works.get(event.host)?.delete(event.task.id);
        break;
      case 'host-lost':
        this.#works.delete(event.host);
        this.#hosts.delete(event.host);
        break;
      default:
    }
  }

  #begin({ host, task, at }: Event & { readonly kind: 'task-started' }): void {
    const works = this.#works.get(host) ?? new Map<string, Work>();
    this.#works.set(host, works);
    works.delete(task.id);
    works.set(task.id, { task, since: at, last: '', rest: '' });
  }

  /** A line for each task, the oldest first; hosts that are at the same and said the same share it. */
  lines(now: number): readonly string[] {
    const groups = new Map<string, { readonly work: Work; since: number; readonly hosts: string[] }>();
    for (const [host, works] of this.#works) {
      const work = [...works.values()].at(-1);
      if (!work) continue;
      const key = JSON.stringify([work.task.id, work.task.name, work.last]);
      const group = groups.get(key) ?? { work, since: work.since, hosts: [] };
      group.hosts.push(host);
      group.since = Math.min(group.since, work.since);
      groups.set(key, group);
    }
    if (groups.size === 0) return [`waiting for ${this.#hosts.size === 0 ? 'hosts' : someHosts([...this.#hosts])}`];
    const sorted = [...groups.values()].sort((a, b) => a.since - b.since);
    const lines = sorted.slice(0, MOST_LINES).map(({ work: { task, last }, since, hosts }) => {
      const said = last === '' ? '' : ` │ ${ending(last)}`;
      return `${visibleLine(task.name)}  ${someHosts(hosts)}  ${duration(now - since)}${said}`;
    });
    const more = sorted.slice(MOST_LINES).flatMap(({ hosts }) => hosts).length;
    return more > 0 ? [...lines, `and ${more} more`] : lines;
  }
}

const MIB = 1024 * 1024;

/** `sent 12.3 of 64.0 MiB` */
export const sending = ({ bytes, size }: Event & { readonly kind: 'task-upload' }): string =>
  `sent ${(bytes / MIB).toFixed(1)} of ${(size / MIB).toFixed(1)} MiB`;

/** Its own tasks are what runs. */
const isInclude = ({ module }: TaskLabel): boolean => /^include_(?:tasks|role)$/.test(module);

/** A carriage return begins a line anew, as the progress of a download does. */
function hear(work: Work, text: string): void {
  const lines = (work.rest + text).split(/[\r\n]+/);
  work.rest = (lines.pop() ?? '').slice(-LONGEST_KEPT);
  const last = [...lines, work.rest].findLast(line => line.trim() !== '');
  if (last !== undefined) work.last = last;
}

function ending(text: string): string {
  const line = visibleLine(text);
  return line.length > LONGEST_OUTPUT ? `…${line.slice(-LONGEST_OUTPUT)}` : line;
}
