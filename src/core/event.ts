import type { Fate } from './fate.js';
import type { HostName } from './names.js';
import type { Failure, Mode, Outcome, TaskLabel } from './outcome.js';
import type { Diagnostic, Place } from './place.js';

/** All that happens in a run. Reporters fold these; nothing else leaves the engine. `at` is milliseconds since 1970. */
export type Event = { readonly at: number } & (
  | { readonly kind: 'run-started'; readonly mode: Mode; readonly diff: boolean; readonly hosts: readonly HostName[] }
  | { readonly kind: 'play-started'; readonly play: string; readonly hosts: readonly HostName[] }
  /** No host matched the play's pattern. */
  | { readonly kind: 'play-skipped'; readonly play: string; readonly why: string }
  /** It could not be begun, and the run ends. */
  | { readonly kind: 'play-failed'; readonly play: string; readonly failure: Failure }
  | { readonly kind: 'host-connected'; readonly host: HostName; readonly ms: number }
  | { readonly kind: 'task-started'; readonly task: TaskLabel; readonly host: HostName }
  /** One item of a loop; the whole follows as `task-finished`. */
  | {
      readonly kind: 'item-finished';
      readonly task: TaskLabel;
      readonly host: HostName;
      readonly item: string;
      readonly outcome: Outcome;
    }
  | {
      readonly kind: 'task-finished';
      readonly task: TaskLabel;
      readonly host: HostName;
      readonly outcome: Outcome;
      readonly place: Place;
      readonly ms: number;
      /** Run on another host than its own. */
      readonly on?: HostName | undefined;
      /** The failure was caught by a rescue. */
      readonly rescued?: boolean | undefined;
      /** Nothing of the result may be shown. */
      readonly noLog: boolean;
      readonly items?: number | undefined;
    }
  /** A failing try of `until`. */
  | {
      readonly kind: 'task-retried';
      readonly task: TaskLabel;
      readonly host: HostName;
      readonly attempt: number;
      readonly retries: number;
    }
  /** Output of a running task as it comes. */
  | { readonly kind: 'task-output'; readonly task: TaskLabel; readonly host: HostName; readonly text: string }
  /** What debug says. */
  | { readonly kind: 'message'; readonly task: TaskLabel; readonly host: HostName; readonly text: string }
  /** `purpose` says what the trip was for; `snippets` how many scripts it carried. */
  | {
      readonly kind: 'round-trip';
      readonly host: HostName;
      readonly purpose: 'look' | 'act' | 'facts';
      readonly snippets: number;
      readonly ms: number;
    }
  /** The block's failure on this host was rescued. */
  | { readonly kind: 'host-rescued'; readonly host: HostName }
  /** The user asked for all that runs to be ended at once (a second signal), and this became of what ran on the host. */
  | { readonly kind: 'host-ended'; readonly host: HostName; readonly fate: Fate }
  | { readonly kind: 'host-lost'; readonly host: HostName; readonly why: string }
  | { readonly kind: 'warned'; readonly diagnostic: Diagnostic; readonly host?: HostName | undefined }
  /** Something in this run stood in for the real part; the report names each once. */
  | { readonly kind: 'stand-in'; readonly host: HostName; readonly what: string }
  | { readonly kind: 'run-finished'; readonly how: 'well' | 'failed' | 'interrupted'; readonly ms: number }
);

export interface Reporter {
  on(event: Event): void;
  close?(): Promise<void>;
}
