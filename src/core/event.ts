import type { Fate } from './fate.js';
import type { HostName } from './names.js';
import type { Failure, Mode, TaskLabel, ToldOutcome } from './outcome.js';
import type { Diagnostic, Place } from './place.js';

/** What every event of one host has. */
interface OfHost {
  readonly host: HostName;
  /** Counts the events of this host from 1, without a gap, in the order in which they happened on it. */
  readonly order: number;
}

/** What every event of one task on one host has. A `task-started` comes before all others of its kind. */
interface OfTask extends OfHost {
  readonly task: TaskLabel;
}

/**
 * All that happens in a run. Reporters fold these; nothing else leaves the engine. `at` is when it was told, in
 * milliseconds since 1970. Known secrets are masked in all of them, see {@link Redactor}.
 */
export type Event = { readonly at: number } & (
  | { readonly kind: 'run-started'; readonly mode: Mode; readonly diff: boolean; readonly hosts: readonly HostName[] }
  | { readonly kind: 'play-started'; readonly play: string; readonly hosts: readonly HostName[] }
  /** No host matched the play's pattern. */
  | { readonly kind: 'play-skipped'; readonly play: string; readonly why: string }
  /** It could not be started, and the run ends. */
  | { readonly kind: 'play-failed'; readonly play: string; readonly failure: Failure }
  | ({ readonly kind: 'host-connected'; readonly ms: number } & OfHost)
  /** The host works at a task: it is acted on, looked at, or carried out on the controller. */
  | ({ readonly kind: 'task-started' } & OfTask)
  /** One item of a loop; the whole follows as `task-finished`. */
  | ({
      readonly kind: 'item-finished';
      readonly item: string;
      readonly outcome: ToldOutcome;
      /** When this item was started and ended, in milliseconds since 1970. */
      readonly start: number;
      readonly end: number;
    } & OfTask)
  | ({
      readonly kind: 'task-finished';
      readonly outcome: ToldOutcome;
      readonly place: Place;
      /** When it was started and ended on this host, in milliseconds since 1970. */
      readonly start: number;
      readonly end: number;
      /** `end - start` */
      readonly ms: number;
      /** Run on another host than its own. */
      readonly on?: HostName | undefined;
      /** The failure was caught by a rescue. */
      readonly rescued?: boolean | undefined;
      /** Nothing of the result may be shown. */
      readonly noLog: boolean;
      readonly items?: number | undefined;
    } & OfTask)
  /** A failing try of `until`. */
  | ({ readonly kind: 'task-retried'; readonly attempt: number; readonly retries: number } & OfTask)
  /** Output of a running task as it comes; lines may be cut anywhere. */
  | ({ readonly kind: 'task-output'; readonly text: string } & OfTask)
  /** Large files that a running task waits for are on their way: bytes that the link has taken so far, and all of them. */
  | ({ readonly kind: 'task-upload'; readonly bytes: number; readonly size: number } & OfTask)
  /** What debug says. */
  | ({ readonly kind: 'message'; readonly text: string } & OfTask)
  /** `purpose` says what the trip was for; `snippets` how many scripts it carried. */
  | ({
      readonly kind: 'round-trip';
      readonly purpose: 'look' | 'act' | 'facts';
      readonly snippets: number;
      readonly ms: number;
    } & OfHost)
  /** The failure of this host's last task goes to the rescue of a block around it. */
  | ({ readonly kind: 'host-rescued' } & OfHost)
  /** The user asked for all that runs to be ended at once (a second signal), and this became of what ran on the host. */
  | ({ readonly kind: 'host-ended'; readonly fate: Fate } & OfHost)
  | ({ readonly kind: 'host-lost'; readonly why: string } & OfHost)
  /** What the engine, or the module of a task, warns of. */
  | ({ readonly kind: 'warned'; readonly diagnostic: Diagnostic; readonly task?: TaskLabel | undefined } & OfHost)
  /** Something in this run stood in for the real part; the report names each once. */
  | ({ readonly kind: 'stand-in'; readonly what: string } & OfHost)
  | { readonly kind: 'run-finished'; readonly how: 'well' | 'failed' | 'interrupted'; readonly ms: number }
);

type Without<E, K extends PropertyKey> = E extends unknown ? Omit<E, K> : never;

/** An event as those tell it to whom it happens: they are numbered where they come together. */
export type Happening = Without<Event, 'order'>;

/** The same, and the time is now. */
export type Now = Without<Event, 'order' | 'at'>;

export interface Reporter {
  on(event: Event): void;
  close?(): Promise<void>;
}
