import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import type { AnyModule } from '../core/module.js';
import { didYouMean } from '../core/place.js';
import { directiveSummaries } from '../engine/meaning/directives/names.js';
import { modules, registry } from '../modules/index.js';
import { describeParameters, type ParameterDoc } from '../project/schema.js';
import { type Paint, paintOf } from '../report/paint.js';
import { EXIT } from './exit.js';
import type { Settings } from './settings.js';
import { isColoured } from './terminal.js';

/** Columns of the text. */
const WIDTH = 80;

/** `ringmaster doc`: all modules and roles with a line each; with a name, the whole of one. */
export async function doc(name: string | undefined, settings: Settings): Promise<number> {
  const paint = paintOf(isColoured(settings.color, process.stdout, process.env));
  const roles = roleFolders(settings.rolesPath ?? []);
  if (name === undefined) {
    process.stdout.write(contents(roles, paint));
    return EXIT.ok;
  }
  const module = registry.get(name);
  const folder = roles.get(name);
  const found = [
    ...(module ? [describeModule(module, paint)] : []),
    ...(directiveSummaries[name] === undefined ? [] : [`${name}: ${directiveSummaries[name]}\n`]),
    ...(folder === undefined ? [] : [describeRole(name, folder)]),
  ];
  if (found.length > 0) {
    process.stdout.write(found.join('\n'));
    return EXIT.ok;
  }
  const hint =
    didYouMean(name, [...registry.keys(), ...Object.keys(directiveSummaries), ...roles.keys()]) ??
    'ringmaster doc lists them all';
  process.stderr.write(`error: no module or role is called \`${name}\`\n  = ${hint}\n`);
  return EXIT.usage;
}

function contents(roles: ReadonlyMap<string, string>, paint: Paint): string {
  const lines = [
    ...table(
      'MODULES',
      modules.map(module => [module.name, module.summary]),
      paint,
    ),
    '',
    ...table('DONE BY RINGMASTER ITSELF', Object.entries(directiveSummaries), paint),
    '',
    ...table(
      'ROLES',
      [...roles].map(([role, folder]) => [role, firstSentence(folder)]),
      paint,
    ),
    '',
    'ringmaster doc NAME describes one.',
  ];
  return `${lines.join('\n')}\n`;
}

/** A title, and names with what they are beside them, a line each: so that `grep` finds whole ones. */
function table(title: string, rows: readonly (readonly [string, string])[], paint: Paint): readonly string[] {
  const width = Math.max(0, ...rows.map(([name]) => name.length)) + 2;
  const lines = rows.map(([name, text]) => `  ${paint.bold(name)}${' '.repeat(width - name.length)}${text}`);
  return [title, ...(lines.length > 0 ? lines : ['  none here'])];
}

function describeModule(module: AnyModule, paint: Paint): string {
  const parameters = describeParameters(module);
  const lines = [
    ...wrap(`${module.name}: ${module.summary}`, WIDTH),
    ...(module.aliases?.length ? [`also called ${module.aliases.join(', ')}`] : []),
    ...(module.freeForm === undefined ? [] : [`text without a parameter's name is \`${module.freeForm}\``]),
    '',
    'PARAMETERS',
    ...(parameters.length > 0 ? parameters.flatMap(parameter => describeParameter(parameter, paint)) : ['  none']),
    '',
    'EXAMPLE',
    ...module.example
      .trim()
      .split('\n')
      .map(line => `  ${line}`),
  ];
  return `${lines.join('\n')}\n`;
}

/** `  state  str, one of absent, present; default present`, and below it what it means. */
function describeParameter(parameter: ParameterDoc, paint: Paint): readonly string[] {
  const { name, isRequired, type, choices, description } = parameter;
  const facts = [
    `${type}${isRequired ? ', required' : ''}`,
    ...(choices.length > 0 ? [`${choices.length > 1 ? 'one of' : 'only'} ${choices.join(', ')}`] : []),
    ...(isWorthSaying(parameter.default) ? [`default ${written(parameter.default)}`] : []),
  ];
  const [first, ...rest] = wrap(facts.join('; '), WIDTH - 4 - name.length);
  return [
    `  ${paint.bold(name)}  ${paint.dim(first ?? '')}`,
    ...rest.map(line => `  ${' '.repeat(name.length + 2)}${paint.dim(line)}`),
    ...wrap(description, WIDTH - 6).map(line => `      ${line}`),
  ];
}

/** Nothing is what one expects of what is left out. */
const isWorthSaying = (value: unknown): boolean =>
  value !== undefined &&
  value !== null &&
  value !== '' &&
  !(typeof value === 'object' && Object.keys(value).length === 0);

/** As one would write it in YAML. */
const written = (value: unknown): string =>
  typeof value === 'string'
    ? /^[\w./-]+$/.test(value)
      ? value
      : JSON.stringify(value)
    : typeof value === 'boolean'
      ? value
        ? 'yes'
        : 'no'
      : JSON.stringify(value);

function wrap(text: string, width: number): readonly string[] {
  const lines: string[] = [];
  let line = '';
  for (const word of text.split(/\s+/).filter(one => one !== '')) {
    if (line !== '' && line.length + 1 + word.length > width) {
      lines.push(line);
      line = word;
    } else line = line === '' ? word : `${line} ${word}`;
  }
  return [...lines, line];
}

function describeRole(name: string, folder: string): string {
  const readme = join(folder, 'README.md');
  const text = existsSync(readme) ? readFileSync(readme, 'utf8').trimEnd() : `${name}: this role has no README.md`;
  return `${text}\n\n${folder}\n`;
}

/** Roles of the present folder, of those named, and the bundled ones; the first of a name counts. */
function roleFolders(named: readonly string[]): ReadonlyMap<string, string> {
  const found = new Map<string, string>();
  for (const path of [...named.flatMap(one => one.split(':')), 'roles', resolve(import.meta.dirname, '..', 'roles')]) {
    if (!existsSync(path)) continue;
    const entries = readdirSync(path, { withFileTypes: true }).filter(entry => entry.isDirectory());
    for (const entry of entries) if (!found.has(entry.name)) found.set(entry.name, join(path, entry.name));
  }
  return new Map([...found].sort(([a], [b]) => (a < b ? -1 : 1)));
}

/** What a role says of itself: the first sentence below the title of its README. */
function firstSentence(folder: string): string {
  const readme = join(folder, 'README.md');
  if (!existsSync(readme)) return '(no README.md)';
  const paragraphs = readFileSync(readme, 'utf8')
    .split(/\n\s*\n/)
    .map(one => one.replace(/^#.*$/gm, '').trim());
  const first = (paragraphs.find(one => one !== '') ?? '').replace(/\s+/g, ' ');
  return /^.*?[.!?](?=\s|$)/.exec(first)?.[0] ?? first;
}
