import { type Data, isFields, isList, type Project } from './project.js';

/** Names by which parts of a project read what others wrote: variables, results, files, groups, handlers, roles, task files. */
const NAMES =
  /\b(?:[tldnrcfh]\d|made\d|role_\w+|handler [ab]|topic|r[ab]|inc\d+|task \d+|journal|keyed|nothing|extra\d)\b/g;

const namesIn = (data: Data): readonly string[] => JSON.stringify(data).match(NAMES) ?? [];

/**
 * Guesses of what is enough to show a difference: the tasks that use a name told with it (`told`), with the tasks that use
 * names of those, and so on so many times. The smallest guess comes first.
 */
export function* slices(project: Project, told: string): Generator<Project> {
  let names = new Set(told.match(NAMES) ?? []);
  for (let depth = 0; depth < 3; depth++) {
    const used = new Set<string>();
    const keep = (data: Data): Data => {
      if (!isList(data))
        return isFields(data) ? Object.fromEntries(Object.entries(data).map(([key, one]) => [key, keep(one)])) : data;
      return data.flatMap(one => {
        if (!isFields(one) || isPlay(one) || isList(one.block)) return [keep(one)];
        if (!('name' in one)) return [one];
        const found = namesIn(one);
        if (!found.some(name => names.has(name))) return [];
        for (const name of found) used.add(name);
        return [one];
      });
    };
    const files = Object.entries(project.files).map(
      ([file, data]) => [file, isTasks(file) ? keep(data) : data] as const,
    );
    yield { ...project, files: Object.fromEntries(files) };
    const before = names.size;
    names = new Set([...names, ...used]);
    if (names.size === before) return;
  }
}

const isTasks = (file: string): boolean =>
  /^(?:site|other|tasks\/.*|roles\/.*\/(?:tasks|handlers)\/.*)\.?(?:yml)?$/.test(file);
const isPlay = (one: Data): boolean => isFields(one) && ('hosts' in one || 'import_playbook' in one);
