import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { didYouMean } from '../core/place.js';
import type { AnyModule } from '../core/module.js';
import { modules, registry } from '../modules/index.js';
import { describeParameters } from '../project/schema.js';
import { EXIT } from './exit.js';
import type { Settings } from './settings.js';

/** `ringmaster doc`: all modules and roles with a line each; with a name, the whole of one. */
export async function doc(name: string | undefined, settings: Settings): Promise<number> {
  const roles = roleFolders(settings.rolesPath ?? []);
  if (name === undefined) {
    const lines = ['MODULES', ...modules.map(module => `  ${module.name.padEnd(22)} ${module.summary}`), '', 'ROLES', ...[...roles].map(([role, folder]) => `  ${role.padEnd(22)} ${firstLine(folder)}`)];
    process.stdout.write(`${lines.join('\n')}\n`);
    return EXIT.ok;
  }
  const module = registry.get(name);
  if (module) process.stdout.write(describe(module));
  const folder = roles.get(name);
  if (folder) process.stdout.write(describeRole(name, folder));
  if (module || folder) return EXIT.ok;
  const hint = didYouMean(name, [...registry.keys(), ...roles.keys()]);
  process.stderr.write(`error: no module or role is called \`${name}\`${hint === undefined ? '' : `: ${hint}`}\n`);
  return EXIT.usage;
}

function describe(module: AnyModule): string {
  const lines = [`${module.name}: ${module.summary}`];
  if (module.aliases?.length) lines.push(`also called ${module.aliases.join(', ')}`);
  lines.push('', 'PARAMETERS');
  for (const { name, isRequired, description } of describeParameters(module)) lines.push(`  ${name}${isRequired ? ' (required)' : ''}`, ...wrap(description, 76).map(line => `      ${line}`));
  lines.push('', 'EXAMPLE', ...module.example.trim().split('\n').map(line => `  ${line}`));
  return `${lines.join('\n')}\n`;
}

function wrap(text: string, width: number): readonly string[] {
  const lines: string[] = [];
  let line = '';
  for (const word of text.split(/\s+/).filter(w => w !== '')) {
    if (line !== '' && line.length + 1 + word.length > width) {
      lines.push(line);
      line = word;
    } else line = line === '' ? word : `${line} ${word}`;
  }
  return line === '' ? lines : [...lines, line];
}

function describeRole(name: string, folder: string): string {
  const readme = join(folder, 'README.md');
  return existsSync(readme) ? readFileSync(readme, 'utf8') : `${name}: this role has no README.md\n`;
}

/** Roles of the present folder, of those named, and the bundled ones; the first of a name counts. */
function roleFolders(named: readonly string[]): ReadonlyMap<string, string> {
  const found = new Map<string, string>();
  for (const path of [...named, 'roles', resolve(import.meta.dirname, '..', 'roles')]) {
    if (!existsSync(path)) continue;
    for (const entry of readdirSync(path, { withFileTypes: true })) if (entry.isDirectory() && !found.has(entry.name)) found.set(entry.name, join(path, entry.name));
  }
  return found;
}

/** What a role says of itself: the first sentence below the title of its README. */
function firstLine(folder: string): string {
  const readme = join(folder, 'README.md');
  if (!existsSync(readme)) return '';
  const text = readFileSync(readme, 'utf8').split('\n').find(line => line.trim() !== '' && !line.startsWith('#'));
  return (text ?? '').trim();
}
