import type { Task } from '../../../core/play.js';
import type { Vars } from '../../../core/value.js';
import type { Read } from './scope.js';

/** What a scope is made for, beside the host. */
export interface Viewpoint {
  readonly task?: Task | undefined;
  /** `item`, `ansible_loop`, `ansible_failed_task` …: they override all but magic variables. */
  readonly local?: Vars | undefined;
  /** When looking ahead: names that earlier tasks will set, with their values or Unknown. */
  readonly ahead?: Vars | undefined;
  /** Names of `local` and `ahead` whose values templates printed. */
  readonly printed?: ReadonlySet<string> | undefined;
  /** Hears what a rendering reads that is not the host's own: what other hosts, chance or the controller's files say. */
  readonly note?: ((what: Read) => void) | undefined;
  /** `connection`: no facts are asked for, since the host is not reached yet. */
  readonly purpose?: 'task' | 'connection' | undefined;
}
