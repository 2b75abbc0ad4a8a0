import type { Standing } from '../core/files.js';
import type { Registry } from '../core/module.js';
import type { TaskId } from '../core/names.js';
import type { Place } from '../core/place.js';
import type { Handler, Keywords, RoleScope, RoleUse, Step } from '../core/play.js';
import type { Source, SourceVars } from '../core/value.js';
import type { Given } from './arguments.js';
import type { Own } from './keywords.js';
import type { Mistakes } from './mistakes.js';
import type { Node } from './node.js';
import type { RoleLoader } from './role-loader.js';
import type { Texts } from './texts.js';

/** What one reading of the project (the load, or one dynamic include) works with. */
export interface Reading {
  readonly texts: Texts;
  readonly registry: Registry;
  readonly mistakes: Mistakes;
  readonly roleLoader: RoleLoader;
  readonly extraVars: SourceVars;
  /** How many steps were read so far, files that were read again counted again. */
  readonly size: { steps: number };
  /** How often a line has become a task: what is imported twice gets two ids. */
  readonly ids: Map<string, number>;
  /** `apply` of dynamic includes, by task: it is keywords, and so must be read with the file it stands in. */
  readonly applied: Map<TaskId, Applied>;
  /** What tasks do not carry themselves: places for mistakes found later, `listen` of handlers. */
  readonly written: Map<TaskId, Written>;
  /** Where a play's `hosts` stands, by the play's place. */
  readonly hostsPlaces: Map<Place, Place>;
  /** {@link readSteps}, handed down instead of imported: task lists hold imports, which hold task lists. */
  readonly readSteps: (node: Node | undefined, scene: Scene, what: string) => readonly Step[];
}

/** What `apply` puts on all that an include brings. */
export interface Applied {
  readonly own: Own;
  readonly notify?: readonly Source[];
}

/** How a task is written, beyond what its engine needs. */
export interface Written {
  readonly args: ReadonlyMap<string, Given>;
  readonly notify: readonly { readonly name: Source; readonly place: Place }[];
  readonly listen: readonly Source[];
}

/** What a play gathers while its roles and tasks are read. */
export interface PlayMembers {
  readonly vars: SourceVars;
  readonly roles: RoleScope[];
  /** Of roles imported by tasks; they come behind those of the play. */
  readonly importedHandlers: Handler[];
  /** Keys of the uses of roles so far. */
  readonly uses: Set<string>;
}

/** From where a list of steps is read. */
export interface Scene {
  readonly reading: Reading;
  readonly members: PlayMembers;
  readonly standing: Standing;
  readonly role?: RoleScope;
  /** The use of the role that the list is part of. */
  readonly use?: RoleUse;
  /** Inherited by each step. */
  readonly keywords: Keywords;
  /** Inherited from blocks, imports, and includes in them. */
  readonly notify: readonly Source[];
  /** Files and roles that led here, against circles. */
  readonly chain: readonly string[];
  readonly isHandler: boolean;
  /** Something around the whole list decides whether it is read at all. */
  readonly mayBeSkipped: boolean;
  /** The include that leads here, at run time. */
  readonly include?: TaskId;
}
