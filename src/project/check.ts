import type { Inventory, Play } from '../core/play.js';
import { checkFiles } from './check-files.js';
import { checkHandlers } from './check-handlers.js';
import { checkHosts } from './check-hosts.js';
import { checkTags } from './check-tags.js';
import { checkVariables } from './check-variables.js';
import { factNames } from './fact-names.js';
import type { ProjectLoader } from './loader.js';
import type { Mistakes } from './mistakes.js';
import { type Chosen, reachableTasks } from './reachable-tasks.js';

/** A project whose parts have been read, each for itself. */
export interface Read {
  readonly plays: readonly Play[];
  readonly inventory: Inventory;
  readonly loader: ProjectLoader;
  readonly chosen: Chosen;
}

/**
 * The mistakes that show only when all parts are seen together. Unknown modules and parameters were found with the tasks.
 * Answers the facts that each play names.
 */
export function checkProject(project: Read, mistakes: Mistakes): ReadonlyMap<Play, ReadonlySet<string>> {
  const { plays, loader, chosen } = project;
  const surveys = plays.map(play => reachableTasks(play, loader.reading, chosen));
  checkHosts(project, surveys, mistakes);
  checkHandlers(surveys, loader.reading, mistakes);
  const templates = surveys.flatMap(survey => survey.seen.flatMap(seen => checkFiles(seen, loader, mistakes)));
  checkTags(chosen, surveys, loader.reading.texts, mistakes);
  checkVariables({ project, surveys, templates }, mistakes);
  return factNames(surveys, templates, project.inventory);
}
