import type { Change } from '../../src/core/change.js';
import type { Event } from '../../src/core/event.js';
import type { HostName, TaskId } from '../../src/core/names.js';
import type { Failure, Mode, Outcome, TaskLabel } from '../../src/core/outcome.js';
import type { Place } from '../../src/core/place.js';
import { sh } from '../../src/core/sh.js';
import type { Plain, Unknown, Vars } from '../../src/core/value.js';
import { Human, type HumanOptions } from '../../src/report/human.js';
import { paintOf } from '../../src/report/paint.js';

/** Outcomes, briefly. */
export const ok = (result: Vars = {}): Outcome => ({ kind: 'ok', result });
export const changed = (...changes: readonly Change[]): Outcome => ({ kind: 'changed', changes, result: {} });
export const skipped = (why = 'when is false'): Outcome => ({ kind: 'skipped', why, result: {} });
export const unsure = (...because: readonly string[]): Outcome => ({ kind: 'unsure', because, result: {} });
export const failed = (failure: Failure): Outcome => ({ kind: 'failed', failure, ignored: false, result: {} });
export const ignored = (failure: Failure): Outcome => ({ kind: 'failed', failure, ignored: true, result: {} });
export const condition = (why: string): Failure => ({ reason: 'condition', why });
export const change = (what: string, before: Plain, after: Plain | Unknown): Change => ({
  what,
  before,
  after,
  apply: sh`true`,
});

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

  tell(event: DistributiveOmit<Event, 'at'>): this {
    this.#now += 100;
    this.events.push({ at: this.#now, ...event } as Event);
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
  finish(label: TaskLabel, outcomes: Readonly<Record<string, Outcome>>, ms = 20): this {
    for (const [host, outcome] of Object.entries(outcomes))
      this.tell({
        kind: 'task-finished',
        task: label,
        host: host as HostName,
        outcome,
        place: place(Number(label.id.split(':')[1])),
        ms,
        noLog: false,
      });
    return this;
  }

  /** All hosts finish a task alike. */
  all(label: TaskLabel, outcome: Outcome, ms = 20): this {
    return this.finish(label, Object.fromEntries(this.hosts.map(host => [host, outcome])), ms);
  }

  item(label: TaskLabel, host: string, item: string, outcome: Outcome): this {
    return this.tell({ kind: 'item-finished', task: label, host: host as HostName, item, outcome });
  }

  say(label: TaskLabel, host: string, text: string): this {
    return this.tell({ kind: 'message', task: label, host: host as HostName, text });
  }

  end(): this {
    return this.tell({ kind: 'run-finished', how: 'well', ms: 1234 });
  }
}

type DistributiveOmit<T, K extends PropertyKey> = T extends unknown ? Omit<T, K> : never;

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
