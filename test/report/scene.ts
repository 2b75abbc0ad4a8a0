import type { Event, Now } from '../../src/core/event.js';
import type { HostName, TaskId } from '../../src/core/names.js';
import type { Failure, Mode, TaskLabel, ToldChange, ToldOutcome } from '../../src/core/outcome.js';
import type { Place } from '../../src/core/place.js';
import type { Plain, Unknown, Vars } from '../../src/core/value.js';
import { Human, type HumanOptions } from '../../src/report/human.js';
import { paintOf } from '../../src/report/paint.js';

/** ToldOutcomes, briefly. */
export const ok = (result: Vars = {}): ToldOutcome => ({ kind: 'ok', result });
export const changed = (...changes: readonly ToldChange[]): ToldOutcome => ({ kind: 'changed', changes, result: {} });
export const skipped = (why = 'when is false'): ToldOutcome => ({ kind: 'skipped', why, result: {} });
export const unsure = (...because: readonly string[]): ToldOutcome => ({ kind: 'unsure', because, result: {} });
export const failed = (failure: Failure): ToldOutcome => ({ kind: 'failed', failure, ignored: false, result: {} });
export const ignored = (failure: Failure): ToldOutcome => ({ kind: 'failed', failure, ignored: true, result: {} });
export const condition = (why: string): Failure => ({ reason: 'condition', why });
export const change = (what: string, before: Plain, after: Plain | Unknown): ToldChange => ({ what, before, after });

export const place = (line: number, column = 7, length = 4): Place => ({ file: 'site.yml', line, column, length });

/** A task at a line of `site.yml`. */
export const task = (line: number, name: string, more: Partial<TaskLabel> = {}): TaskLabel => ({
  id: `site.yml:${line}` as TaskId,
  name,
  module: 'x',
  isHandler: false,
  ...more,
});

/** A run as it is told, one event after the other, each a tenth of a second after the last. */
export class Scene {
  readonly events: Event[] = [];
  #now = 1_000;

  constructor(
    readonly hosts: readonly string[],
    mode: Mode = 'apply',
  ) {
    this.tell({ kind: 'run-started', mode, diff: true, hosts: hosts as HostName[] });
    this.play('site', hosts);
  }

  tell(event: Now): this {
    this.#now += 100;
    const numbered = 'host' in event ? { order: this.events.length } : {};
    this.events.push({ at: this.#now, ...event, ...numbered } as Event);
    return this;
  }

  later(ms: number): this {
    this.#now += ms;
    return this;
  }

  play(play: string, hosts: readonly string[]): this {
    return this.tell({ kind: 'play-started', play, hosts: hosts as HostName[] });
  }

  /** Hosts finish a task, in the order given. */
  finish(label: TaskLabel, outcomes: Readonly<Record<string, ToldOutcome>>, ms = 20): this {
    for (const [host, outcome] of Object.entries(outcomes))
      this.tell({
        kind: 'task-finished',
        task: label,
        host: host as HostName,
        outcome,
        place: place(Number(label.id.split(':')[1])),
        start: this.#now - ms,
        end: this.#now,
        ms,
        noLog: false,
      });
    return this;
  }

  /** All hosts finish a task alike. */
  all(label: TaskLabel, outcome: ToldOutcome, ms = 20): this {
    return this.finish(label, Object.fromEntries(this.hosts.map(host => [host, outcome])), ms);
  }

  item(label: TaskLabel, host: string, item: string, outcome: ToldOutcome): this {
    return this.tell({
      kind: 'item-finished',
      task: label,
      host: host as HostName,
      item,
      outcome,
      start: this.#now,
      end: this.#now,
    });
  }

  say(label: TaskLabel, host: string, text: string): this {
    return this.tell({ kind: 'message', task: label, host: host as HostName, text });
  }

  end(): this {
    return this.tell({ kind: 'run-finished', how: 'well', ms: 1234 });
  }
}

/** The text that a reader gets of some events. */
export function told(events: readonly Event[], options: Partial<HumanOptions> = {}): string {
  let text = '';
  const human = new Human({
    paint: paintOf(false),
    sources: () => undefined,
    diff: false,
    verbosity: 0,
    write: more => {
      text += more;
    },
    ...options,
  });
  for (const event of events) human.on(event);
  return text;
}

/** The lines between the title of the play and the recap. */
export const body = (text: string): string => text.replace(/^\nPLAY .*\n/, '').replace(/\nPLAY RECAP[\s\S]*$/, '');
