import type { FileSearch, Folder, Standing } from './files.js';
import type { HostName } from './names.js';
import type { Handler, Inventory, RoleScope, Step, Task } from './play.js';
import type { Output } from './probe.js';
import type { Result } from './result.js';
import type { SourceVars, Vars } from './value.js';

/** What a dynamic include brings. */
export interface Included {
  readonly steps: readonly Step[];
  /** Handlers of an included role. */
  readonly handlers: readonly Handler[];
  /** The roles it made known (itself and its dependencies), for their variables. */
  readonly roles: readonly RoleScope[];
}

/** What the project can still be asked for while plays run. The engine is given one; it reads no file itself. */
export interface Loader {
  /** A task file, found as `files.find(path, 'tasks')` would; children inherit `task.outer`, the task's `vars` as params, and `apply`. */
  includeTasks(task: Task, path: string, standing: Standing): Promise<Result<Included>>;
  /** A role by name with the arguments of include_role (tasks_from, defaults_from, vars_from, handlers_from, apply, public). */
  includeRole(task: Task, args: Vars, standing: Standing): Promise<Result<Included>>;
  /** A vars file (YAML or JSON), compiled: its strings may be templates. */
  varsFile(absolute: string): Promise<Result<SourceVars>>;
  /** The inventory, read again from its sources. */
  inventory(): Promise<Result<Inventory>>;
  /** Hosts that a pattern names, in inventory order. Unknown names are an error with a hint. */
  match(pattern: string, inventory: Inventory): Result<readonly HostName[]>;
  /** What the controller's shell says to a command line, run in a folder. */
  command(line: string, directory: string): Promise<Output>;
  /** The controller's files as seen from somewhere. */
  files(standing: Standing): FileSearch;
  /** Absolute paths for include_vars `dir`: sorted *.yml, *.yaml, *.json below it. */
  directory(path: string, folder: Folder, standing: Standing): readonly string[] | undefined;
}
