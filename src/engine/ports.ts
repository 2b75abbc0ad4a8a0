import type { Connect } from '../core/connection.js';
import type { Event, Happening } from '../core/event.js';
import type { Fact } from '../core/fact.js';
import type { Loader } from '../core/loader.js';
import type { Registry } from '../core/module.js';
import type { Mode } from '../core/outcome.js';
import type { Inventory, Play } from '../core/play.js';
import type { Pool } from '../core/pool.js';
import type { Redactor, Secret } from '../core/secret.js';
import type { SourceVars } from '../core/value.js';
import type { Hashings } from '../template/hashings.js';

/** All that the engine is given of the world. It does no input or output of its own. */
export interface Ports {
  readonly connect: Connect;
  readonly modules: Registry;
  readonly facts: readonly Fact[];
  readonly loader: Loader;
  readonly clock: Clock;
  readonly redactor: Redactor;
  /** Bounds the trips under way at once (forks). */
  readonly pool: Pool;
  /** Told of all that happens, in order. */
  emit(event: Event): void;
  /** Hashes of passwords that take long, made in another thread; without them rendering makes them. */
  readonly hashings?: Pick<Hashings, 'ask' | 'settled'> | undefined;
  /** Asks the person at the terminal; undefined where there is none. */
  ask?(prompt: string, how: 'shown' | 'hidden'): Promise<string | undefined>;
}

/** The same within a run: what is told goes through its event stream first. */
export interface RunPorts extends Omit<Ports, 'emit'> {
  emit(happening: Happening): void;
}

export interface Clock {
  /** Milliseconds since 1970. */
  now(): number;
  /** Resolves early, without error, when the run is interrupted. */
  sleep(ms: number): Promise<void>;
}

/** What the user asked for, beside the project. */
export interface Options {
  readonly mode: Mode;
  readonly diff: boolean;
  /** Hosts left by --limit; undefined: all. */
  readonly limit?: ReadonlySet<string> | undefined;
  readonly tags: readonly string[];
  readonly skipTags: readonly string[];
  readonly startAtTask?: string | undefined;
  readonly forceHandlers: boolean;
  readonly verbosity: number;
  /** Every task is prepared, looked at and done at its turn: nothing is fetched ahead, together or in chains. */
  readonly sequential: boolean;
  /** Weakest level of connection settings: -u, --private-key, -k, -b, -K and the like. */
  readonly user?: string | undefined;
  readonly privateKeyFile?: string | undefined;
  readonly password?: Secret | undefined;
  readonly connection?: string | undefined;
  readonly become: boolean;
  readonly becomeUser?: string | undefined;
  readonly becomeMethod?: string | undefined;
  readonly becomePassword?: Secret | undefined;
  /** Words of the command line as plays may read them. */
  readonly typed?: Typed | undefined;
  /** Aborted on the first interrupt: no further task starts. */
  readonly signal?: AbortSignal | undefined;
}

/** What stands on the command line: `ansible_limit`, `ansible_forks`, `ansible_inventory_sources`. */
export interface Typed {
  readonly limit?: string | undefined;
  readonly forks: number;
  readonly inventory: readonly string[];
}

/** The part of the loaded project that plays run from. */
export interface Script {
  readonly plays: readonly Play[];
  readonly inventory: Inventory;
  readonly extraVars: SourceVars;
  /** Facts that each play names, as far as can be told before the run; without `ansible_`. */
  readonly factNames?: ReadonlyMap<Play, ReadonlySet<string>>;
}
