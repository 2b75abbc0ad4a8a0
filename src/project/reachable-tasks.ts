import { existsSync } from 'node:fs';
import path from 'node:path';
import type { Standing } from '../core/files.js';
import type { Handler, Play, RoleScope, Step, Task } from '../core/play.js';
import { isSelected } from '../core/tags.js';
import { type Source, Template, type Vars } from '../core/value.js';
import { actionOf } from './action.js';
import { searchOrder } from './file-search.js';
import { glob } from './glob.js';
import { type Include, includedRole, includedTasks } from './includes.js';
import { Mistakes } from './mistakes.js';
import type { Reading } from './reading.js';
import { isExhausted } from './size.js';
import { isSourceVars } from './source.js';
import { namesInFolder } from './vars-files.js';

/** A task as the survey met it. */
export interface ReachedTask {
  readonly task: Task;
  readonly standing: Standing;
  /** `sure`: runs whenever its play does and nothing hides its failure. `maybe`: conditions or rescues. `guess`: a file that a template may name. */
  readonly reach: 'sure' | 'maybe' | 'guess';
  /** Its first condition is evaluated whenever the play runs. */
  readonly isFirstAsked: boolean;
}

/** All tasks of a play, those of its dynamic includes among them as far as their names are static. */
export interface ReachableTasks {
  readonly play: Play;
  readonly seen: readonly ReachedTask[];
  readonly handlers: readonly Handler[];
  readonly roles: readonly RoleScope[];
  /** Something is included whose name only the run can tell: handlers and tags may come from there. */
  readonly isOpen: boolean;
  /** No file was found that such a name may come to: variables may be set there of which nothing is known. */
  readonly hasUnknownFiles: boolean;
}

/** What the command line chooses among the tasks. */
export interface Chosen {
  readonly tags: readonly string[];
  readonly skipTags: readonly string[];
  /** The tasks before one are left out. */
  readonly startsLater: boolean;
}

/** Meets every task of a play; mistakes in the files of its includes are noted. */
export const reachableTasks = (play: Play, reading: Reading, chosen: Chosen): ReachableTasks =>
  new Surveyor(play, reading, chosen).survey();

type Reach = ReachedTask['reach'];

class Surveyor {
  readonly #seen: ReachedTask[] = [];
  readonly #handlers: Handler[];
  readonly #roles: Set<RoleScope>;
  readonly #visited = new Set<string>();
  readonly #guessed = { steps: 0 };
  #isOpen = false;
  #hasUnknownFiles = false;

  constructor(
    readonly play: Play,
    readonly reading: Reading,
    readonly chosen: Chosen,
  ) {
    this.#handlers = [...play.handlers];
    this.#roles = new Set(play.roles);
  }

  survey(): ReachableTasks {
    for (const { steps } of this.play.sections) this.#steps(steps, 'sure');
    for (let i = 0; i < this.#handlers.length; i++) this.#task(this.#handlers[i]!.task, 'maybe');
    return {
      play: this.play,
      seen: this.#seen,
      handlers: this.#handlers,
      roles: [...this.#roles],
      isOpen: this.#isOpen,
      hasUnknownFiles: this.#hasUnknownFiles || isExhausted(this.#guessed),
    };
  }

  #steps(steps: readonly Step[], reach: Reach): void {
    for (const step of steps) {
      if (step.kind === 'task') {
        this.#task(step, reach);
        continue;
      }
      this.#steps(step.body, step.rescue.length > 0 ? weaker(reach, 'maybe') : reach);
      this.#steps(step.rescue, weaker(reach, 'maybe'));
      this.#steps(step.always, reach);
    }
  }

  #task(task: Task, around: Reach): void {
    const { ignoreErrors, when } = task.keywords;
    const mayFail = ignoreErrors !== undefined && ignoreErrors[0] !== false;
    const taken = this.#isSurelyChosen(task) ? around : weaker(around, 'maybe');
    const reach = when.length > 0 || mayFail ? weaker(taken, 'maybe') : taken;
    const standing = standingOf(task, this.play);
    this.#seen.push({ task, standing, reach, isFirstAsked: taken === 'sure' && !mayFail });
    const action = actionOf(task.module, this.reading.registry);
    if (!action?.directive) return;
    if (action.name === 'include_tasks') this.#includeTasks(task, standing, reach);
    if (action.name === 'include_role') this.#includeRole(task, standing, reach);
  }

  #isSurelyChosen({ keywords }: Task): boolean {
    const { tags, skipTags, startsLater } = this.chosen;
    const own = keywords.tags.filter(tag => typeof tag === 'string');
    return !startsLater && own.length === keywords.tags.length && isSelected(own, tags, skipTags);
  }

  #includeTasks(task: Task, standing: Standing, reach: Reach): void {
    const file = isSourceVars(task.args) ? task.args.file : task.args;
    if (typeof file === 'string') {
      const found = searchOrder(file, 'tasks', standing).find(existsSync);
      if (found === undefined && reach !== 'sure') return;
      if (!this.#isNew(found ?? file, task)) return;
      const include = this.#include(task, standing, reach);
      this.#steps(includedTasks(file, include).steps, reach);
      return;
    }
    this.#isOpen = true;
    const files = candidates(file, 'tasks', standing);
    if (files.length === 0) this.#hasUnknownFiles = true;
    for (const candidate of files)
      if (this.#isNew(candidate, task))
        this.#steps(includedTasks(candidate, this.#include(task, standing, 'guess')).steps, 'guess');
  }

  #includeRole(task: Task, standing: Standing, reach: Reach): void {
    const args = isSourceVars(task.args) ? task.args : {};
    const known: Record<string, string | boolean> = {};
    for (const [name, value] of Object.entries(args))
      if (typeof value === 'string' || typeof value === 'boolean') known[name] = value;
    const name = known.name ?? known.role;
    const from = Object.entries(args).some(([key, value]) => key.endsWith('_from') && value instanceof Template);
    if (name === undefined || from) this.#isOpen = true;
    if (name === undefined) this.#hasUnknownFiles = true;
    if (name === undefined || !this.#isNew(JSON.stringify(known), task)) return;
    const [role] = this.#roleWith(known, { task, standing, reach }, from ? 'guess' : reach);
    const { tasks_from: file } = args;
    if (role === undefined || !(file instanceof Template)) return;
    for (const candidate of candidates(file, 'tasks', { ...standing, role: role.path })) {
      const guessed = { ...known, tasks_from: path.basename(candidate) };
      if (this.#isNew(JSON.stringify(guessed), task))
        this.#roleWith(guessed, { task, standing, reach: 'guess' }, 'guess');
    }
  }

  /** Takes in a role, whose tasks are met as `within` says. Answers it, and the roles that it brings. */
  #roleWith(
    args: Vars,
    { task, standing, reach }: Omit<ReachedTask, 'isFirstAsked'>,
    within: Reach,
  ): readonly RoleScope[] {
    const included = includedRole(args, this.#include(task, standing, reach));
    for (const role of included.roles) this.#roles.add(role);
    this.#handlers.push(...included.handlers);
    this.#steps(included.steps, within);
    return included.roles;
  }

  /** What is surely included is read with the project's mistakes; a guess keeps its mistakes for itself, and what it costs. */
  #include(task: Task, standing: Standing, reach: Reach): Include {
    const { mistakes, size } = reach === 'guess' ? { mistakes: new Mistakes(), size: this.#guessed } : this.reading;
    const reading = { ...this.reading, mistakes, size, ids: new Map<string, number>() };
    return { task, standing, reading, mayBeSkipped: reach !== 'sure' };
  }

  /** The same file from the same role is looked at once; otherwise an include of itself would never end. */
  #isNew(what: string, { role }: Task): boolean {
    const key = `${role?.path ?? ''}\0${what}`;
    if (this.#visited.has(key)) return false;
    this.#visited.add(key);
    return true;
  }
}

const ORDER: readonly Reach[] = ['guess', 'maybe', 'sure'];
const weaker = (a: Reach, b: Reach): Reach => (ORDER.indexOf(a) < ORDER.indexOf(b) ? a : b);

/** From where a task's relative paths are searched. */
export const standingOf = ({ role, here }: Task, { directory }: Play): Standing => ({
  ...(role ? { role: role.path } : {}),
  here,
  playbook: directory,
});

/** Files that a templated name may come to: its templates stand for anything. */
export function candidates(name: Source | undefined, folder: 'tasks' | 'vars', standing: Standing): readonly string[] {
  const text = name instanceof Template ? name.text : typeof name === 'string' ? name : '*';
  const pattern = text.replace(/\{\{.*?\}\}|\{%.*?%\}/gs, '*');
  const directory = path.dirname(pattern);
  if (/[*]/.test(directory)) return [];
  const test = glob(path.basename(pattern));
  const folders = searchOrder(directory, folder, standing).slice(0, standing.role ? 2 : 4);
  return folders
    .filter(one => path.basename(one) !== '' && existsSync(one))
    .flatMap(one =>
      namesInFolder(one)
        .filter(file => test.test(file))
        .map(file => path.join(one, file)),
    )
    .filter(file => /\.ya?ml$/.test(file));
}
