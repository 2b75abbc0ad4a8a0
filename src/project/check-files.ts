import { existsSync, statSync } from 'node:fs';
import path from 'node:path';
import type { Need } from '../core/module.js';
import { didYouMean, type Place } from '../core/place.js';
import type { Task } from '../core/play.js';
import { RenderError, type Source, Template } from '../core/value.js';
import { actionOf } from './action.js';
import { searchOrder } from './file-search.js';
import type { ProjectLoader } from './loader.js';
import type { Mistakes } from './mistakes.js';
import type { ReachedTask } from './reachable-tasks.js';
import { needsOf } from './schema.js';
import { isSourceVars, variablesOf } from './source.js';
import { namesInFolder } from './vars-files.js';
import { isVaulted, vaultedInWords } from './vaulted.js';

/** A template file that a task surely renders. */
export interface UsedTemplate {
  readonly template: Template;
  readonly seen: ReachedTask;
}

/** Files of the controller that a task names outright: they must be there, and templates must compile. */
export function checkFiles(seen: ReachedTask, loader: ProjectLoader, mistakes: Mistakes): readonly UsedTemplate[] {
  if (seen.reach === 'guess') return [];
  const action = actionOf(seen.task.module, loader.reading.registry);
  if (action?.name === 'include_vars') checkIncludedVars(seen, loader, mistakes);
  if (action?.name === 'include_tasks' && action.directive) checkIncludedTasks(seen, loader, mistakes);
  if (!action?.module) return [];
  return needsOf(action.module, staticArgs(seen.task)).flatMap(need => checkNeed(need, seen, loader, mistakes));
}

/** Arguments that are known; the others are left out, so that the schema may take its defaults. */
function staticArgs({ args }: Task): Readonly<Record<string, Source>> {
  if (!isSourceVars(args)) return {};
  return Object.fromEntries(Object.entries(args).filter(([, value]) => !(value instanceof Template)));
}

function checkNeed(need: Need, seen: ReachedTask, loader: ProjectLoader, mistakes: Mistakes): readonly UsedTemplate[] {
  const folder = need.kind === 'template' ? 'templates' : 'files';
  const found = searchOrder(need.path, folder, seen.standing).find(existsSync);
  const place = placeOf(need.path, seen, loader);
  if (found === undefined) {
    missing({ name: need.path, folder, place, seen, loader }, mistakes);
    return [];
  }
  if (need.kind === 'file') {
    checkVault(need, found, { place, seen, loader }, mistakes);
    return [];
  }
  try {
    return [{ template: loader.files(seen.standing).template(found, need.options), seen }];
  } catch (error) {
    if (!(error instanceof RenderError)) throw error;
    mistakes.error('template-syntax', error.message, { place: error.place ?? place, hint: error.hint });
    return [];
  }
}

/** A file whose content would be its ciphertext. */
function checkVault(
  { decrypt = true }: Need & { kind: 'file' },
  found: string,
  { place, seen, loader }: Pick<Missing, 'place' | 'seen' | 'loader'>,
  mistakes: Mistakes,
): void {
  if (!decrypt || !statSync(found).isFile() || !isVaulted(found)) return;
  const say = (seen.reach === 'sure' ? mistakes.error : mistakes.warn).bind(mistakes);
  say('vault', vaultedInWords(loader.reading.texts.shown(found)), {
    place,
    hint: '`ansible-vault decrypt` decrypts it',
  });
}

interface Missing {
  readonly name: string;
  readonly folder: 'templates' | 'files' | 'vars' | 'tasks';
  readonly place: Place;
  readonly seen: ReachedTask;
  readonly loader: ProjectLoader;
}

/** What an earlier task may still write (an absolute path), or a condition may keep from being read, only warns. */
function missing({ name, folder, place, seen, loader }: Missing, mistakes: Mistakes): void {
  const { texts } = loader.reading;
  const tried = searchOrder(name, folder, seen.standing);
  const beside = tried.flatMap(file => namesInFolder(path.dirname(file)));
  const hint =
    didYouMean(path.basename(name), beside) ?? `looked for ${tried.map(file => texts.shown(file)).join(', ')}`;
  const isSure = seen.reach === 'sure' && !path.isAbsolute(name) && !name.startsWith('~');
  const say = (isSure ? mistakes.error : mistakes.warn).bind(mistakes);
  say('missing-file', `there is no file \`${name}\` in ${folder}/`, { place, hint });
}

/** The argument that names the file, or the task. */
function placeOf(name: string, { task }: ReachedTask, { reading }: ProjectLoader): Place {
  const args = [...(reading.written.get(task.id)?.args.values() ?? [])];
  return args.find(({ value }) => value === name)?.place ?? task.place;
}

function checkIncludedVars(seen: ReachedTask, loader: ProjectLoader, mistakes: Mistakes): void {
  const { args } = seen.task;
  if (!isSourceVars(args) || typeof args.file !== 'string' || seen.task.loop?.kind === 'first_found') return;
  const { texts } = loader.reading;
  const found = searchOrder(args.file, 'vars', seen.standing).find(existsSync);
  const place = placeOf(args.file, seen, loader);
  if (found === undefined) missing({ name: args.file, folder: 'vars', place, seen, loader }, mistakes);
  else variablesOf(texts.dictionary(found, mistakes, place), mistakes, 'a file of variables');
}

/** A task file that is surely included was read by the survey, which said so if it is missing. */
function checkIncludedTasks(seen: ReachedTask, loader: ProjectLoader, mistakes: Mistakes): void {
  const { args } = seen.task;
  if (seen.reach === 'sure' || !isSourceVars(args) || typeof args.file !== 'string') return;
  if (searchOrder(args.file, 'tasks', seen.standing).some(existsSync)) return;
  missing({ name: args.file, folder: 'tasks', place: placeOf(args.file, seen, loader), seen, loader }, mistakes);
}
