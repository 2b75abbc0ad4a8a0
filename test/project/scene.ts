import { chmodSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, expect } from 'vitest';
import type { Diagnostic } from '../../src/core/place.js';
import type { Step, Task } from '../../src/core/play.js';
import { type Source, Template } from '../../src/core/value.js';
import { loadProject, type Project, type ProjectRequest } from '../../src/project/load.js';
import { isSourceVars } from '../../src/project/source.js';
import { modules } from './modules.js';

const folders: string[] = [];
afterAll(() => {
  for (const folder of folders) rmSync(folder, { recursive: true, force: true });
});

/** Files of a project in a folder of its own; a name ending in `*` is made executable. Answers the folder. */
export function write(files: Readonly<Record<string, string>>): string {
  const folder = mkdtempSync(path.join(tmpdir(), 'project-'));
  folders.push(folder);
  for (const [name, content] of Object.entries(files)) {
    const file = path.join(folder, name.replace(/\*$/, ''));
    mkdirSync(path.dirname(file), { recursive: true });
    writeFileSync(file, content);
    if (name.endsWith('*')) chmodSync(file, 0o755);
  }
  return folder;
}

/** Loads `site.yml` with the inventory `hosts`, where there is one. */
export async function load(files: Readonly<Record<string, string>>, more: Partial<ProjectRequest> = {}) {
  return await loadFrom(write(files), 'hosts' in files ? ['hosts'] : [], more);
}

export async function loadFrom(cwd: string, inventory: readonly string[], more: Partial<ProjectRequest> = {}) {
  const request: ProjectRequest = {
    playbooks: ['site.yml'],
    inventory,
    extraVars: [],
    tags: [],
    skipTags: [],
    rolesPath: [],
    modules,
    cwd,
    environment: {},
    ...more,
  };
  return await loadProject(request);
}

/** A project that must load. */
export async function good(
  files: Readonly<Record<string, string>>,
  more: Partial<ProjectRequest> = {},
): Promise<Project> {
  const result = await load(files, more);
  if (!result.ok) expect.fail(lines(result.error).join('\n'));
  return result.value;
}

/** The mistakes of a project that must not load: `file:line:column code: message — hint`. */
export async function bad(
  files: Readonly<Record<string, string>>,
  more: Partial<ProjectRequest> = {},
): Promise<readonly string[]> {
  const result = await load(files, more);
  if (result.ok) expect.fail('this should not load');
  return lines(result.error);
}

export const lines = (mistakes: readonly Diagnostic[]): readonly string[] => mistakes.map(line);
const line = ({ code, message, place, hint }: Diagnostic): string =>
  `${place ? `${place.file}:${place.line}:${place.column} ` : ''}${code}: ${message}${hint ? ` — ${hint}` : ''}`;

/** A play of these tasks, on this machine; `more` are further files. */
export const playOf = (tasks: string, more: Readonly<Record<string, string>> = {}) => ({
  'site.yml': `- hosts: localhost\n  gather_facts: false\n  tasks:\n${indent(tasks)}`,
  ...more,
});
const indent = (text: string): string =>
  text
    .split('\n')
    .map(one => (one === '' ? one : `    ${one}`))
    .join('\n');

/** The tasks of a play, those in blocks too. */
export const tasksOf = (project: Project, play = 0): readonly Task[] =>
  project.plays[play]!.sections.flatMap(section => flat(section.steps));
const flat = (steps: readonly Step[]): readonly Task[] =>
  steps.flatMap(step => (step.kind === 'task' ? [step] : flat([...step.body, ...step.rescue, ...step.always])));

/** A source with templates as `‹text›`, to compare. */
export function said(source: Source | readonly Source[] | undefined): unknown {
  if (source instanceof Template) return `‹${source.text}›`;
  if (Array.isArray(source)) return (source as readonly Source[]).map(one => said(one));
  if (isSourceVars(source as Source))
    return Object.fromEntries(
      Object.entries(source as Record<string, Source>).map(([key, value]) => [key, said(value)]),
    );
  return source;
}
