import { existsSync, lstatSync, readdirSync, readFileSync, readlinkSync } from 'node:fs';
import { join } from 'node:path';
import type { Entry } from './observation.js';

/** All files below some folders of a base, by their path below it. */
export function readTree(base: string, folders: readonly string[]): ReadonlyMap<string, Entry> {
  const found = new Map<string, Entry>();
  const visit = (name: string): void => {
    const path = join(base, name);
    const stat = lstatSync(path);
    const mode = (stat.mode & 0o7777).toString(8).padStart(4, '0');
    if (stat.isSymbolicLink()) found.set(name, { kind: 'link', mode: '', content: readlinkSync(path) });
    else if (stat.isDirectory()) {
      found.set(name, { kind: 'folder', mode, content: '' });
      for (const entry of readdirSync(path).sort()) visit(`${name}/${entry}`);
    } else found.set(name, { kind: 'file', mode, content: readFileSync(path, 'latin1') });
  };
  for (const folder of folders) if (existsSync(join(base, folder))) visit(folder);
  return found;
}
