import { type Dirent, existsSync, readdirSync, realpathSync, statSync } from 'node:fs';
import path from 'node:path';

const EXTENSIONS = ['', '.yml', '.yaml', '.json'];

/** Files of variables under one name. */
export interface VarsFiles {
  readonly files: readonly string[];
  /** Others of the same name, which Ansible passes over in silence and we name. */
  readonly passedOver: readonly string[];
}

/**
 * `group_vars/web`, `group_vars/web.yml` and so on: the first that exists counts, a folder with all files below it,
 * in order of name. (Ansible: `find_vars_files`)
 */
export function varsFilesNamed(folder: string, name: string): VarsFiles {
  const found = EXTENSIONS.map(extension => path.join(folder, name + extension)).filter(existsSync);
  const [first, ...passedOver] = found;
  if (first === undefined) return { files: [], passedOver: [] };
  return { files: statSync(first).isDirectory() ? varsFilesBelow(first) : [first], passedOver };
}

/** All files of variables below a folder, sorted; hidden and backup files are not meant, nor links to a folder that they lie in. */
export function varsFilesBelow(folder: string, around: readonly string[] = []): readonly string[] {
  const real = existsSync(folder) ? realpathSync(folder) : folder;
  if (around.includes(real)) return [];
  return entriesOf(folder).flatMap(entry => {
    const full = path.join(folder, entry.name);
    if (/^\.|~$/.test(entry.name)) return [];
    if (statSync(full).isDirectory()) return varsFilesBelow(full, [...around, real]);
    return EXTENSIONS.includes(path.extname(entry.name)) ? [full] : [];
  });
}

/** The names for which a folder like `group_vars` holds something, so that thousands of hosts cost no look each. */
export const namesWithVars = (folder: string): ReadonlySet<string> =>
  new Set(entriesOf(folder).flatMap(({ name }) => [name, name.replace(/\.(?:ya?ml|json)$/, '')]));

/** Names in a folder, sorted; none if it is not there. */
export const namesInFolder = (folder: string): readonly string[] => entriesOf(folder).map(({ name }) => name);

const entriesOf = (folder: string): readonly Dirent[] =>
  existsSync(folder) && statSync(folder).isDirectory()
    ? readdirSync(folder, { withFileTypes: true }).sort((a, b) => (a.name < b.name ? -1 : 1))
    : [];
