import { chmodSync, mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { stringify } from 'yaml';
import { type Data, foldersOf, type Project } from './project.js';

/** The text of a file: YAML 1.1, as Ansible reads it, so that no text turns into a boolean or a number. */
export const textOf = (data: Data): string =>
  typeof data === 'string' ? data : stringify(data, { version: '1.1', lineWidth: 0, aliasDuplicateObjects: false });

/** Writes a project and its empty scratch roots below `base`; what was there is removed. `connection` is how its hosts are said to be reached. */
export function writeProject(project: Project, base: string, connection: 'local' | 'ssh'): void {
  const folders = foldersOf(base);
  rmSync(base, { recursive: true, force: true });
  mkdirSync(folders.shared, { recursive: true });
  for (const host of project.hosts) mkdirSync(join(folders.roots, host), { recursive: true });
  for (const [name, data] of Object.entries(project.files)) {
    const file = join(folders.project, name);
    mkdirSync(dirname(file), { recursive: true });
    writeFileSync(file, textOf(data).replaceAll('@BASE@', base).replaceAll('@CONNECTION@', connection));
    if (name.includes('private')) chmodSync(file, 0o600);
  }
}

/** The arguments of the command line behind `run` or `ansible-playbook`. */
export const argumentsOf = (project: Project): readonly string[] => [
  'site.yml',
  '-i',
  'inventory.yml',
  ...(Object.keys(project.extraVars).length > 0 ? ['-e', JSON.stringify(project.extraVars)] : []),
  ...(project.check ? ['--check'] : []),
  ...(project.tags.length > 0 ? ['-t', project.tags.join(',')] : []),
  ...(project.skipTags.length > 0 ? ['--skip-tags', project.skipTags.join(',')] : []),
];
