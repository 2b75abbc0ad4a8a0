import { existsSync } from 'node:fs';
import { didYouMean } from '../core/place.js';
import type { Loop } from '../core/play.js';
import type { Read as Reads, Source, Template } from '../core/value.js';
import type { Read } from './check.js';
import type { UsedTemplate } from './check-files.js';
import { shortName } from './directives.js';
import { searchOrder } from './file-search.js';
import { Mistakes } from './mistakes.js';
import { Names, sourcesOf } from './names.js';
import { candidates, type ReachableTasks, type ReachedTask } from './reachable-tasks.js';
import { isSourceVars, templatesIn, variablesOf } from './source.js';
import { varsFilesBelow } from './vars-files.js';

/** What the check of variables looks at. */
export interface Reach {
  readonly project: Read;
  readonly surveys: readonly ReachableTasks[];
  readonly templates: readonly UsedTemplate[];
}

/**
 * Names that are read and that nothing in the whole project defines: not the inventory, not a role, play, task, file of
 * variables, register, loop or prompt. An error where the reading is certain; where a condition may prevent
 * it, a warning if the name looks like a slip. A name that is anywhere asked for with a guard (`is defined`, `default`) is meant to be optional and not counted.
 */
export function checkVariables({ project, surveys, templates }: Reach, mistakes: Mistakes): void {
  const names = new Names();
  names.layer(project.loader.reading.extraVars);
  names.inventory(project.inventory);
  for (const survey of surveys) gather(survey, project, names);
  for (const { template } of templates) names.guards(template);
  if (names.isOpen) return;
  const isBlind = mistakes.errors.some(({ code }) => HIDING.has(code));
  const isCertain = !surveys.some(({ hasUnknownFiles }) => hasUnknownFiles);
  const judge = new Judge({ names, mistakes, isBlind, isCertain });
  for (const { seen } of surveys) for (const one of seen) if (one.reach !== 'guess') judge.task(one);
  for (const { template, seen } of templates) judge.template(template, seen.reach === 'sure');
}

/** After such mistakes some definitions were not seen. */
const HIDING: ReadonlySet<string> = new Set([
  'yaml',
  'vault',
  'unquoted-template',
  'not-text',
  'unreadable',
  'unknown-role',
]);

/** All that the parts of a play define. */
function gather({ play, seen, handlers, roles }: ReachableTasks, project: Read, names: Names): void {
  names.layer(play.vars);
  for (const { name } of play.varsPrompt) names.define(name);
  for (const role of roles) {
    names.layer(role.defaults);
    names.layer(role.vars);
  }
  for (const { task } of [...seen, ...handlers]) names.task(task);
  const standing = { here: play.directory, playbook: play.directory };
  const named = play.varsFiles.flatMap(file => (Array.isArray(file) ? (file as readonly Source[]) : [file]));
  for (const file of named.flatMap(one => varsCandidates(one, standing))) readInto(file, project, names);
  for (const one of seen)
    if (shortName(one.task.module) === 'include_vars')
      for (const file of includedVars(one)) readInto(file, project, names);
}

function includedVars({ task, standing }: ReachedTask): readonly string[] {
  if (!isSourceVars(task.args)) return candidates(task.args, 'vars', standing);
  const { file, dir } = task.args;
  if (file !== undefined) return varsCandidates(file, standing);
  if (typeof dir !== 'string') return candidates(undefined, 'vars', standing);
  return searchOrder(dir, 'vars', standing)
    .filter(existsSync)
    .slice(0, 1)
    .flatMap(one => varsFilesBelow(one));
}

function varsCandidates(file: Source, standing: ReachedTask['standing']): readonly string[] {
  if (typeof file === 'string') return searchOrder(file, 'vars', standing).filter(existsSync).slice(0, 1);
  return candidates(file, 'vars', standing);
}

/** Mistakes in such files are told where they are surely read. */
function readInto(file: string, { loader }: Read, names: Names): void {
  const silent = new Mistakes();
  const vars = variablesOf(loader.reading.texts.dictionary(file, silent), silent, file);
  if (vars) names.layer(vars);
  // Nobody knows what a broken file would have defined.
  else if (silent.errors.length > 0) names.isOpen = true;
}

class Judge {
  readonly #followed = new Set<string>();
  readonly names: Names;
  readonly mistakes: Mistakes;
  readonly #isBlind: boolean;
  /** All that may define a name was seen. */
  readonly #isCertain: boolean;
  constructor(given: {
    readonly names: Names;
    readonly mistakes: Mistakes;
    readonly isBlind: boolean;
    readonly isCertain: boolean;
  }) {
    this.names = given.names;
    this.mistakes = given.mistakes;
    this.#isBlind = given.isBlind;
    this.#isCertain = given.isCertain;
  }

  task({ task, reach, isFirstAsked }: ReachedTask): void {
    const isSure = reach === 'sure';
    const isDone = surelyGoesRound(task.loop);
    // Of with_first_found what is not defined is passed over.
    const isAsked = task.loop?.kind !== 'first_found';
    for (const source of sourcesOf(task))
      for (const template of templatesIn(source))
        this.template(template, isSure && (source === task.loop?.over ? isAsked : isDone));
    // The first condition is always asked, whatever it then decides.
    const [first] = task.keywords.when;
    if (first && isFirstAsked) this.template(first, isDone);
  }

  template(template: Template, isSure: boolean): void {
    for (const read of template.reads) if (!read.guarded) this.#read(read, isSure && this.#isCertain && read.needed);
  }

  #read(read: Reads, isSure: boolean): void {
    const { name, place } = read;
    if (this.names.isGuarded(name)) return;
    if (this.names.isDefined(name)) {
      this.#follow(name, isSure);
      return;
    }
    const hint = didYouMean(name, this.names.all());
    // What is not certain is worth a word only if it looks like a slip.
    if (hint === undefined && (!isSure || this.#isBlind)) return;
    const say = isSure ? this.mistakes.error : this.mistakes.warn;
    say.call(this.mistakes, 'undefined-variable', `\`${name}\` is defined nowhere`, { place, hint });
  }

  /** What a variable is made of is read with it; where it may be one of several things, nobody knows which. */
  #follow(name: string, isSure: boolean): void {
    if (this.#followed.has(name)) return;
    this.#followed.add(name);
    const definitions = this.names.definitions(name);
    const [only] = definitions;
    if (definitions.length !== 1 || only === undefined) return;
    for (const template of templatesIn(only)) this.template(template, isSure);
  }
}

/** Whether the task is done once at least: only of a list that stands there is it known that it is not empty. */
function surelyGoesRound(loop: Loop | undefined): boolean {
  if (loop === undefined) return true;
  const { kind, over } = loop;
  return Array.isArray(over) && (kind === 'loop' || kind === 'list') && over.length > 0;
}
