import path from 'node:path';
import type { Loader } from '../core/loader.js';
import type { Registry } from '../core/module.js';
import type { HostName } from '../core/names.js';
import type { Diagnostic } from '../core/place.js';
import type { Inventory, Play } from '../core/play.js';
import type { Result } from '../core/result.js';
import type { SourceVars } from '../core/value.js';
import { checkProject } from './check.js';
import { readExtraVars } from './extra-vars.js';
import { FileStore } from './files.js';
import { loadInventory } from './inventory/inventory.js';
import { limitOf } from './limit.js';
import { ProjectLoader } from './loader.js';
import { Mistakes } from './mistakes.js';
import { readPlaybook } from './playbook.js';
import type { Reading } from './reading.js';
import { RoleLoader } from './role-loader.js';
import { readSteps } from './steps.js';
import { Texts } from './texts.js';

/** What a run is made of, as the command line names it. */
export interface ProjectRequest {
  /** Playbooks, relative to `cwd` or absolute. */
  readonly playbooks: readonly string[];
  /** As `-i` gives them. */
  readonly inventory: readonly string[];
  /** As `-e` gives them: `k=v`, JSON, YAML, `@file`. */
  readonly extraVars: readonly string[];
  readonly limit?: string | undefined;
  /** Single words; commas are already split. */
  readonly tags: readonly string[];
  readonly skipTags: readonly string[];
  readonly startAtTask?: string | undefined;
  /** Folders that hold roles: of the command line and the environment, before the usual ones. */
  readonly rolesPath: readonly string[];
  readonly modules: Registry;
  /** Absolute; places are shown relative to it. */
  readonly cwd: string;
  /** For the home folder and the `env` lookup. */
  readonly environment?: Readonly<Record<string, string | undefined>>;
}

/** A project that has no mistake that can be seen before the run. */
export interface Project {
  readonly plays: readonly Play[];
  readonly inventory: Inventory;
  /** The hosts `--limit` leaves; absent without one. */
  readonly limit?: ReadonlySet<HostName>;
  readonly extraVars: SourceVars;
  /** Facts that each play names, as far as can be told; without `ansible_`. */
  readonly factNames: ReadonlyMap<Play, ReadonlySet<string>>;
  readonly loader: Loader;
  readonly warnings: readonly Diagnostic[];
  /** The text of a file that was read, by its shown name; for printing carets. */
  readonly sources: (file: string) => string | undefined;
}

/** Reads a whole project, and reports all of its mistakes at once. No host is touched. */
export async function loadProject(request: ProjectRequest): Promise<Result<Project>> {
  const texts = new Texts(request.cwd);
  const mistakes = new Mistakes();
  const reading = readingFor(request, texts, mistakes);
  const plays = request.playbooks.flatMap(playbook => readPlaybook(path.resolve(request.cwd, playbook), reading));
  const folders = [
    ...request.playbooks.map(one => path.dirname(path.resolve(request.cwd, one))),
    ...plays.map(play => play.directory),
  ];
  const sources = { sources: request.inventory, playbooks: [...new Set(folders)] };
  const inventory = await loadInventory(sources, texts, mistakes);
  const limit = request.limit === undefined ? undefined : limitOf(request.limit, inventory, texts, mistakes);
  const loader = new ProjectLoader(reading, new FileStore(texts, request.environment ?? process.env), noted =>
    // The files as they are now.
    loadInventory(sources, new Texts(request.cwd), noted),
  );
  const { tags, skipTags, startAtTask } = request;
  const chosen = { tags, skipTags, startsLater: startAtTask !== undefined };
  const names = checkProject({ plays, inventory, loader, chosen }, mistakes);
  const project: Project = {
    plays,
    inventory,
    ...(limit ? { limit: new Set(limit) } : {}),
    extraVars: reading.extraVars,
    factNames: names,
    loader,
    warnings: mistakes.warnings,
    sources: file => texts.content(file),
  };
  return mistakes.result(project);
}

function readingFor(request: ProjectRequest, texts: Texts, mistakes: Mistakes): Reading {
  return {
    texts,
    registry: request.modules,
    mistakes,
    roleLoader: new RoleLoader(texts, roleFolders(request)),
    extraVars: readExtraVars(request.extraVars, texts, mistakes),
    size: { steps: 0 },
    ids: new Map(),
    applied: new Map(),
    written: new Map(),
    hostsPlaces: new Map(),
    readSteps,
  };
}

function roleFolders({ rolesPath, cwd, environment = process.env }: ProjectRequest): readonly string[] {
  const home = environment.HOME ? [path.join(environment.HOME, '.ansible/roles')] : [];
  const usual = [...home, '/usr/share/ansible/roles', '/etc/ansible/roles'];
  const folders = [...rolesPath, ...usual].filter(folder => folder !== '');
  return [...new Set(folders.map(folder => path.resolve(cwd, folder.replace(/^~(?=\/|$)/, environment.HOME ?? '~'))))];
}
