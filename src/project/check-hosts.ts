import type { Play } from '../core/play.js';
import { RenderError, type Source, Template } from '../core/value.js';
import type { Read } from './check.js';
import { shortName } from './directives.js';
import type { Mistakes } from './mistakes.js';
import { hostsMatching, splitPattern } from './pattern.js';
import type { ReachableTasks } from './reachable-tasks.js';
import { isSourceVars } from './source.js';
import { scopeOf } from './static-scope.js';

/** The pattern of a play, if it is known before the run: as text, and as lists of texts. */
function patternOf({ hosts, vars }: Play, project: Read): string | undefined {
  const parts = Array.isArray(hosts) ? (hosts as readonly Source[]) : [hosts];
  const scope = scopeOf([project.loader.reading.extraVars, vars]);
  const texts: string[] = [];
  for (const part of parts) {
    try {
      const value = part instanceof Template ? part.render(scope) : part;
      const words = Array.isArray(value) ? (value as readonly unknown[]) : [value];
      if (!words.every(word => typeof word === 'string')) return undefined;
      texts.push(...(words as readonly string[]));
    } catch (error) {
      if (error instanceof RenderError) return undefined;
      throw error;
    }
  }
  return texts.join(',');
}

/** Words in `hosts` that the inventory does not know, unless a task may bring them into being. */
export function checkHosts(project: Read, surveys: readonly ReachableTasks[], mistakes: Mistakes): void {
  const { inventory, loader } = project;
  const made = madeByTasks(surveys);
  for (const play of project.plays) {
    const pattern = patternOf(play, project);
    if (pattern === undefined || made === 'unknown') continue;
    const words = splitPattern(pattern).filter(word => !made.has(word.replace(/^[!&]/, '').replace(/\[[^\]]*\]$/, '')));
    const result = hostsMatching(words.join(','), inventory);
    for (const { code, message, hint } of result.ok ? [] : result.error)
      mistakes.error(code, message, { place: loader.reading.hostsPlaces.get(play.place) ?? play.place, hint });
  }
}

/** Hosts and groups that add_host and group_by make, as far as their names are static. */
function madeByTasks(surveys: readonly ReachableTasks[]): ReadonlySet<string> | 'unknown' {
  const made = new Set<string>();
  for (const { task } of surveys.flatMap(({ seen }) => seen)) {
    const module = shortName(task.module);
    if (module !== 'add_host' && module !== 'group_by') continue;
    if (!isSourceVars(task.args)) return 'unknown';
    for (const [name, value] of Object.entries(task.args)) {
      if (!['name', 'host', 'hostname', 'groups', 'group', 'groupname', 'key', 'parents'].includes(name)) continue;
      const words = Array.isArray(value) ? (value as readonly Source[]) : [value];
      for (const word of words) {
        if (typeof word !== 'string') return 'unknown';
        for (const one of word.split(',')) made.add(one.trim());
      }
    }
  }
  return made;
}
