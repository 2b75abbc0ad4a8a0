import type { Event } from '../core/event.js';
import type { Failure, ToldOutcome } from '../core/outcome.js';

/** What came of a run on one host; the names are those of Ansible's recap, with ours behind. */
export interface Tally {
  ok: number;
  changed: number;
  unreachable: number;
  failed: number;
  skipped: number;
  rescued: number;
  ignored: number;
  /** Check mode: depends on changes that were not made. */
  unsure: number;
  trips: number;
}

export interface Summary {
  readonly hosts: ReadonlyMap<string, Tally>;
  /** Round trips of the play and host that needed most. */
  readonly most: { readonly play: string; readonly host: string; readonly trips: number } | undefined;
  readonly standIns: ReadonlySet<string>;
  readonly ms: number;
  readonly tasks: number;
  /** Ended by the user before its time. */
  readonly isInterrupted: boolean;
  /** A play that could not start, which ended the run. */
  readonly broken: string | undefined;
}

/** Folds the events of a run into its recap. Pure: the same events give the same recap, live or replayed. */
export class Recap {
  readonly #hosts = new Map<string, Tally>();
  readonly #trips = new Map<string, { play: string; host: string; trips: number }>();
  readonly #standIns = new Set<string>();
  readonly #tasks = new Set<string>();
  /** Hosts of which a task failed, and was not ignored. */
  readonly #told = new Set<string>();
  #play = '';
  #ms = 0;
  #isInterrupted = false;
  #broken: string | undefined;

  on(event: Event): void {
    switch (event.kind) {
      case 'play-started':
        this.#play = event.play;
        for (const host of event.hosts) this.#tally(host);
        break;
      case 'play-failed':
        this.#broken = event.play;
        break;
      case 'task-finished':
        this.#tasks.add(event.task.id);
        if (event.outcome.kind === 'failed' || !isMeta(event.task.module))
          count(this.#tally(event.host), event.outcome);
        if (event.outcome.kind === 'failed' && !event.outcome.ignored) this.#told.add(event.host);
        break;
      case 'host-rescued': {
        const tally = this.#tally(event.host);
        tally.rescued++;
        if (tally.failed > 0) tally.failed--;
        break;
      }
      case 'host-lost':
        // Most ends were counted with the task that ended them; some come outside of any: a vars file that is not there.
        if (!this.#told.has(event.host)) this.#tally(event.host).failed++;
        break;
      case 'round-trip':
        this.#tally(event.host).trips++;
        this.#countTrip(event.host);
        break;
      case 'stand-in':
        this.#standIns.add(event.what);
        break;
      case 'run-finished':
        this.#ms = event.ms;
        this.#isInterrupted = event.how === 'interrupted';
        break;
      default:
    }
  }

  get summary(): Summary {
    let most: { play: string; host: string; trips: number } | undefined;
    for (const counted of this.#trips.values()) if (!most || counted.trips > most.trips) most = counted;
    return {
      hosts: this.#hosts,
      most,
      standIns: this.#standIns,
      ms: this.#ms,
      tasks: this.#tasks.size,
      isInterrupted: this.#isInterrupted,
      broken: this.#broken,
    };
  }

  #countTrip(host: string): void {
    const key = `${this.#play}\n${host}`;
    const counted = this.#trips.get(key) ?? { play: this.#play, host, trips: 0 };
    counted.trips++;
    this.#trips.set(key, counted);
  }

  #tally(host: string): Tally {
    let tally = this.#hosts.get(host);
    if (!tally) {
      tally = { ok: 0, changed: 0, unreachable: 0, failed: 0, skipped: 0, rescued: 0, ignored: 0, unsure: 0, trips: 0 };
      this.#hosts.set(host, tally);
    }
    return tally;
  }
}

/** Counts as Ansible does (its `plugins/strategy`, `_process_pending_results`): changed and ignored tasks are ok, too. */
function count(tally: Tally, outcome: ToldOutcome): void {
  if (outcome.kind !== 'failed') {
    tally[outcome.kind]++;
    if (outcome.kind === 'changed') tally.ok++;
  } else if (outcome.ignored) {
    tally.ignored++;
    tally.ok++;
    if (outcome.result.changed === true) tally.changed++;
  } else if (isUnreachable(outcome.failure)) tally.unreachable++;
  else if (!isCutShort(outcome.failure)) tally.failed++;
}

/** Ansible's strategies carry it out themselves, and count it for no host (`_execute_meta`). */
const isMeta = (module: string): boolean => /^(?:ansible\.(?:builtin|legacy)\.)?meta$/.test(module);

const isUnreachable = ({ reason }: Failure): boolean => reason === 'unreachable' || reason === 'lost';

/** Nothing went wrong on this host: the run, or another host, ended the play here. */
const isCutShort = ({ reason }: Failure): boolean => reason === 'interrupted' || reason === 'ended';
