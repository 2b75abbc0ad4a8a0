import { existsSync } from 'node:fs';
import { homedir } from 'node:os';
import path from 'node:path';
import type { Folder, Standing } from '../core/files.js';

/**
 * Where a relative path is looked for, in order, as Ansible does: role/<folder>, role, here/<folder>, here,
 * playbook/<folder>, playbook. Task files are looked for beside the file that names them first. Absolute paths and
 * `~` stand for themselves.
 */
export function searchOrder(name: string, folder: Folder, { role, here, playbook }: Standing): readonly string[] {
  if (name.startsWith('~')) return [path.join(homedir(), name.slice(1))];
  if (path.isAbsolute(name)) return [name];
  const bases = role ? [role, here, playbook] : [here, playbook];
  const below = bases.flatMap(base => (isNamed(name, folder) ? [base] : [path.join(base, folder), base]));
  const order = folder === 'tasks' ? [here, ...below] : below;
  return [...new Set(order.map(base => path.join(base, name)))];
}

/** `templates/x.j2` is not looked for in `templates/templates`. */
const isNamed = (name: string, folder: Folder): boolean => name.startsWith(`${folder}/`);

/** The first of some paths that is there. */
export const firstExisting = (paths: readonly string[]): string | undefined => paths.find(one => existsSync(one));
