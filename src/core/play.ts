import type { HostName, TaskId } from './names.js';
import type { Place } from './place.js';
import type { Result } from './result.js';
import type { Source, SourceVars, Template, Vars } from './value.js';

/** How the targets of an inventory are called and grouped. */
export interface Host {
  readonly name: HostName;
  /** All its groups with ancestors, `all` included, in name order. */
  readonly groups: readonly string[];
  /** Inventory, group_vars and host_vars, the strongest first; layers are shared between hosts of a group. */
  readonly vars: readonly SourceVars[];
  readonly place?: Place | undefined;
}
export interface Group {
  readonly name: string;
  /** Its own members, then those of its child groups, each in the order in which they are named. */
  readonly hosts: readonly HostName[];
  /** Strongest first; for hosts that join at run time. */
  readonly vars: readonly SourceVars[];
}
export interface Inventory {
  readonly hosts: ReadonlyMap<HostName, Host>;
  readonly groups: ReadonlyMap<string, Group>;
  /** Folder of the first source. */
  readonly directory?: string | undefined;
  readonly file?: string | undefined;
  /** What `host_vars` hold for a host that the inventory does not name (the implicit localhost), strongest first. */
  hostVars(name: string): readonly SourceVars[];
  /** With what a task adds; undefined where nothing of it is new. */
  join(joining: Joining): Result<Inventory | undefined>;
}

/** What a task adds to the inventory. */
export type Joining =
  /** add_host: a host that may be there already, with variables that are weaker than its `host_vars`. */
  | { readonly kind: 'host'; readonly host: string; readonly groups: readonly string[]; readonly vars: Vars }
  /** group_by: a host joins a group that is a child of others. Nothing comes of it if there is no such host. */
  | { readonly kind: 'group'; readonly host: string; readonly group: string; readonly parents: readonly string[] };

/** Variables of the localhost that no inventory names. */
export const IMPLICIT_LOCALHOST: SourceVars = {
  ansible_connection: 'local',
  ansible_host: '127.0.0.1',
  ansible_python_interpreter: '/usr/bin/python3',
};
export const isLocalhost = (name: string): boolean => name === 'localhost' || name === '127.0.0.1';

/**
 * What a keyword is set to at each level that sets it, inner first. The first that is not omitted counts: `default(omit)` on a
 * task leaves the word to its block, and that to its play.
 */
export type Nearest = readonly Source[];

/** Words that may stand on plays, roles, blocks and tasks, as they apply to one step after inheritance. */
export interface Keywords {
  /** Parents first; all must hold. */
  readonly when: readonly Template[];
  /** Union with the parents'. Rendered when selected, since `-e` may steer them. */
  readonly tags: readonly Source[];
  /** Outer first; each renders to a dictionary. */
  readonly environment: readonly Source[];
  /** `vars:` of blocks and the task, outer first (precedence 16, 17). */
  readonly vars: readonly SourceVars[];
  /** Parameters of roles and dynamic includes, outer first (precedence 20, 21). */
  readonly params: readonly SourceVars[];
  /** module_defaults, outer first. */
  readonly moduleDefaults: readonly Source[];
  // Of these the nearest wins; absent means written nowhere.
  readonly become?: Nearest;
  readonly becomeUser?: Nearest;
  readonly becomeMethod?: Nearest;
  readonly delegateTo?: Nearest;
  readonly delegateFacts?: Nearest;
  readonly runOnce?: Nearest;
  readonly ignoreErrors?: Nearest;
  readonly ignoreUnreachable?: Nearest;
  readonly noLog?: Nearest;
  readonly checkMode?: Nearest;
  readonly diff?: Nearest;
  readonly connection?: Nearest;
  readonly remoteUser?: Nearest;
  readonly port?: Nearest;
  readonly timeout?: Nearest;
  readonly throttle?: Nearest;
  readonly anyErrorsFatal?: Nearest;
}

/** A role as its tasks see it. */
export interface RoleScope {
  readonly name: string;
  /** Absolute folder. */
  readonly path: string;
  readonly defaults: SourceVars;
  readonly vars: SourceVars;
  /** Of an include_role without `public`: its names are not seen outside. */
  readonly isPrivate: boolean;
  /** The role that needs it or includes it. */
  readonly parent?: RoleScope | undefined;
  /** The roles it needs, and those that these need, as they are applied. */
  readonly dependencies: readonly RoleScope[];
}

/** One use of a role in a play: an entry of `roles`, a dependency, an import or an include. */
export interface RoleUse {
  /** The same for uses of one role with the same params, conditions, tags and files: of these a host runs one (`allow_duplicates`). */
  readonly key: string;
  /** Whether it runs although another of its key has run. */
  readonly isAlways: boolean;
  /** Whether another of its key comes before it in the play. */
  readonly isRepeat: boolean;
}

export interface Loop {
  /** `loop`, or what follows `with_`: `items`, `dict`, `fileglob`, `first_found`, `sequence`, `subelements`, `nested`, … */
  readonly kind: string;
  readonly over: Source;
  readonly variable: string;
  readonly indexVariable?: string;
  /** Names that are templates, which are rendered at the task's turn; until then they stand as if they were not written. */
  readonly templated?: { readonly variable?: Template; readonly indexVariable?: Template };
  readonly label?: Source;
  /** Seconds between items. */
  readonly pause?: Source;
  readonly extended: boolean;
}

export interface Task {
  readonly kind: 'task';
  readonly id: TaskId;
  readonly place: Place;
  /** As written; rendered for the report. */
  readonly name?: Source;
  /** As written, for hints and the report: `ansible.builtin.copy`. */
  readonly module: string;
  /** A directory of arguments, or one template that gives it (`args: "{{ x }}"`). Free-form text is under the module's `freeForm`. */
  readonly args: Source;
  /** Places of argument names, for errors found when rendered. */
  readonly argPlaces: ReadonlyMap<string, Place>;
  readonly loop?: Loop;
  readonly register?: string;
  readonly notify: readonly Source[];
  readonly until?: readonly Template[];
  readonly retries?: Source;
  /** Seconds. */
  readonly delay?: Source;
  readonly changedWhen?: readonly Template[];
  readonly failedWhen?: readonly Template[];
  /** Seconds the act may take, detached from the connection; 0 in `poll` is fire and forget. */
  readonly async?: Source;
  readonly poll?: Source;
  readonly role?: RoleScope;
  /** The use of its role that it is part of. */
  readonly use?: RoleUse;
  readonly keywords: Keywords;
  /** What the children of a dynamic include inherit: the keywords around it, without its own. */
  readonly outer: Keywords;
  /** Absolute folder of the file it is written in. */
  readonly here: string;
}

export interface Block {
  readonly kind: 'block';
  readonly place: Place;
  readonly name?: Source;
  readonly body: readonly Step[];
  readonly rescue: readonly Step[];
  readonly always: readonly Step[];
}
/** Static imports have become their tasks; dynamic includes are tasks whose module is `include_tasks` or `include_role`. */
export type Step = Task | Block;

export interface Handler {
  /** A task, or an include. `notify` finds it by name (`name`, `role : name`) or by topic. */
  readonly task: Task;
  readonly listen: readonly Source[];
  /** Of a role: the same wherever the role is used in the same way. It is one handler then, with the keywords of the last use. */
  readonly origin?: string;
}

export interface VarsPrompt {
  readonly name: string;
  readonly prompt: string;
  readonly isPrivate: boolean;
  readonly default?: Source;
}

/** Whether the hosts of a batch wait for each other at every task. */
export type Strategy = 'linear' | 'free';

export interface Play {
  readonly place: Place;
  readonly name?: Source;
  /** A pattern, or a list of them. */
  readonly hosts: Source;
  /** A template is rendered when the play starts. */
  readonly strategy: Strategy | Template;
  /** Batch sizes, the last repeats: numbers, or per cent as text. Empty: all hosts at once. */
  readonly serial: readonly Source[];
  readonly gatherFacts?: Source;
  readonly vars: SourceVars;
  /** Each entry one file, or a list of which the first found counts. */
  readonly varsFiles: readonly Source[];
  readonly varsPrompt: readonly VarsPrompt[];
  readonly maxFailPercentage?: Source;
  readonly forceHandlers?: Source;
  readonly order?: string;
  /** Of the play itself: what facts and handlers inherit. */
  readonly keywords: Keywords;
  /** pre_tasks, roles, tasks, post_tasks. Handlers run at the end of pre_tasks, of roles with tasks, of post_tasks. */
  readonly sections: readonly {
    readonly name: 'pre_tasks' | 'tasks' | 'post_tasks';
    readonly steps: readonly Step[];
  }[];
  /** In definition order. */
  readonly handlers: readonly Handler[];
  /** Roles named statically: their defaults and vars are seen by the whole play. */
  readonly roles: readonly RoleScope[];
  /** Absolute folder of the playbook, and the playbook. */
  readonly directory: string;
  readonly file: string;
}

/** What is written as a strategy; undefined where there is none of that name. Of host_pinned (ansible-core, plugins/strategy/host_pinned.py) a
 * host goes at its own pace likewise. */
export function strategyNamed(words: string): Strategy | undefined {
  const name = words.replace(/^ansible\.builtin\./, '');
  if (name === 'linear') return name;
  return name === 'free' || name === 'host_pinned' ? 'free' : undefined;
}

/** The no-keywords of a play that says nothing. */
export const NO_KEYWORDS: Keywords = { when: [], tags: [], environment: [], vars: [], params: [], moduleDefaults: [] };
