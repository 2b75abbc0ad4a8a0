import type { RoleScope, Task } from '../../../core/play.js';
import {
  isVars,
  RenderError,
  type Source,
  type SourceVars,
  Template,
  Unknown,
  type Value,
} from '../../../core/value.js';
import { OMIT } from '../../../template/omit.js';
import { toText } from '../../../template/text.js';
import type { HostRun } from '../../state/host.js';
import type { Stage } from '../../state/stage.js';
import { factsOf } from './fact-variables.js';
import { nearest } from './keywords.js';
import { type LayeredScope, type LazyLayer, LazyVars } from './scope.js';
import type { Viewpoint } from './viewpoint.js';

/** From where a magic variable is read. */
export interface Standpoint {
  readonly stage: Stage;
  readonly host: HostRun;
  readonly view: Viewpoint;
}

/** How variables that are always there are made when they are read, by name; undefined where one is not there after all. */
export type Magic<S extends Standpoint> = Readonly<Record<string, (from: S) => Source | undefined>>;

/** A table of them as a layer of a scope. `isThere`: where it cannot be told by making one, since that would render something. */
export const layerOf = <S extends Standpoint>(
  magic: Magic<S>,
  from: S,
  isThere: (name: string, from: S) => boolean = name => magic[name]!(from) !== undefined,
): LazyLayer => ({
  lazy: true,
  find: name => (Object.hasOwn(magic, name) ? magic[name]!(from) : undefined),
  names: () => Object.keys(magic).filter(name => isThere(name, from)),
});

/** Of the command line and the project. */
const OF_RUN: Magic<Standpoint> = {
  groups: ({ stage, view }) => {
    view.note?.('hosts');
    return Object.fromEntries([...stage.run.inventory.groups.values()].map(group => [group.name, group.hosts]));
  },
  playbook_dir: ({ stage }) => stage.play.directory,
  ansible_check_mode: ({ stage }) => stage.run.options.mode === 'check',
  ansible_diff_mode: ({ stage }) => stage.run.options.diff,
  ansible_verbosity: ({ stage }) => stage.run.options.verbosity,
  ansible_run_tags: ({ stage }) => (stage.run.options.tags.length ? stage.run.options.tags : ['all']),
  ansible_skip_tags: ({ stage }) => stage.run.options.skipTags,
  ansible_limit: ({ stage }) => stage.run.options.typed?.limit,
  ansible_forks: ({ stage }) => stage.run.options.typed?.forks,
  ansible_inventory_sources: ({ stage }) => stage.run.options.typed?.inventory,
  // There is no configuration file, and no Python that this runs in: plays use the name to find one.
  ansible_config_file: () => null,
  ansible_playbook_python: () => '/usr/bin/python3',
  ansible_version: () => ({ full: '2.18.0', major: 2, minor: 18, revision: 0, string: '2.18.0' }),
  ansible_managed: () => 'Ansible managed',
  omit: () => OMIT,
};

/** Of the host. */
const OF_HOST: Magic<Standpoint> = {
  inventory_hostname: ({ host }) => host.name,
  inventory_hostname_short: ({ host }) => host.name.split('.')[0]!,
  group_names: ({ host, view }) => {
    view.note?.('hosts');
    return host.host.groups.filter(name => name !== 'all');
  },
  inventory_dir: ({ stage, host }) => (isListed(stage, host) ? stage.run.inventory.directory : undefined),
  inventory_file: ({ stage, host }) => (isListed(stage, host) ? stage.run.inventory.file : undefined),
  ansible_facts: ({ stage, host }) => factsOf(stage, host),
};

const isListed = ({ run }: Stage, host: HostRun): boolean => run.inventory.hosts.has(host.name);

/** Of the play: which hosts are still in it, and its roles. */
const OF_PLAY: Magic<Standpoint> = {
  ansible_play_name: ({ stage: { play } }) => play.name ?? patternOf(play.hosts),
  ansible_play_hosts: from => namesLeft(from, from.stage.named),
  ansible_play_hosts_all: ({ stage }) => namesOf(stage.named),
  ansible_play_batch: from => namesLeft(from, from.stage.batch),
  play_hosts: from => namesLeft(from, from.stage.batch),
  ansible_play_role_names: from => directRoles(from),
  role_names: from => directRoles(from),
  ansible_dependent_role_names: from => neededRoles(from),
  ansible_role_names: from => [...new Set([...directRoles(from), ...neededRoles(from)])],
};

/** Those that are still in the play. */
function namesLeft({ stage, view }: Standpoint, hosts: readonly HostRun[]): readonly string[] {
  view.note?.('hosts');
  return namesOf(hosts.filter(host => stage.isIn(host)));
}

const namesOf = (hosts: readonly HostRun[]): readonly string[] => hosts.map(({ name }) => name);

/** The hosts of a play as its name, where they are written out. */
function patternOf(hosts: Source): string | undefined {
  if (Array.isArray(hosts)) return hosts.every(one => typeof one === 'string') ? hosts.join(',') : undefined;
  return typeof hosts === 'string' ? hosts : undefined;
}

const rolesOf = ({ stage, host }: Standpoint): readonly RoleScope[] => [
  ...stage.play.roles,
  ...host.roles.filter(role => !role.isPrivate),
];
const directRoles = (from: Standpoint): readonly string[] =>
  distinct(rolesOf(from).filter(role => !isDependency(role)));
const neededRoles = (from: Standpoint): readonly string[] => distinct(rolesOf(from).flatMap(role => role.dependencies));
const distinct = (roles: readonly RoleScope[]): readonly string[] => [...new Set(roles.map(({ name }) => name))];
const isDependency = (role: RoleScope): boolean => role.parent?.dependencies.includes(role) === true;

/** Of the task: its role, the roles around that, and where its files are searched. */
const OF_TASK: Magic<Standpoint> = {
  environment: ({ view }) => view.task?.keywords.environment,
  ansible_search_path: ({ stage, view }) => (view.task ? searchPathOf(view.task, stage.play.directory) : undefined),
  role_path: ({ view }) => view.task?.role?.path,
  role_name: ({ view }) => view.task?.role?.name,
  ansible_role_name: ({ view }) => view.task?.role?.name,
  // Roles of collections are found by their folders, and are then like any other.
  ansible_collection_name: ({ view }) => (view.task?.role ? null : undefined),
  ansible_parent_role_names: ({ view }) => includersOf(view.task)?.map(({ name }) => name),
  ansible_parent_role_paths: ({ view }) => includersOf(view.task)?.map(({ path }) => path),
};

const searchPathOf = ({ role, here }: Task, directory: string): readonly string[] => [
  ...new Set([...withParents(role).map(({ path }) => path), here, directory]),
];

/** Nearest first. */
const withParents = (role: RoleScope | undefined): readonly RoleScope[] =>
  role ? [role, ...withParents(role.parent)] : [];

/** The roles whose tasks import or include that of a task, nearest first; not those that need it. Undefined where there is none. */
function includersOf(task: Task | undefined): readonly RoleScope[] | undefined {
  const found = withParents(task?.role)
    .filter(one => !isDependency(one))
    .flatMap(({ parent }) => parent ?? []);
  return found.length > 0 ? found : undefined;
}

/** What every host has, whoever asks. */
export const MAGIC_OF_HOSTS: Magic<Standpoint> = { ...OF_RUN, ...OF_HOST };

/** What nobody can override: the magic variables of Ansible's page of special variables. */
export const MAGIC: Magic<Standpoint> = { ...MAGIC_OF_HOSTS, ...OF_PLAY, ...OF_TASK };

/** A standpoint that has a scope already. */
export interface WithScope extends Standpoint {
  readonly scope: () => LayeredScope;
}

/** What is said of a connection where no variable says it: the keywords of the task, and the command line. */
export const CONNECTION_DEFAULTS: Magic<WithScope> = {
  ansible_host: ({ host }) => host.name,
  ansible_connection: from => keywordOf(from, 'connection') ?? from.stage.run.options.connection ?? 'ssh',
  ansible_user: from => keywordOf(from, 'remoteUser') ?? from.stage.run.options.user,
  ansible_port: from => keywordOf(from, 'port'),
  ansible_shell_type: () => 'sh',
  ansible_shell_executable: () => '/bin/sh',
};

/** Whether anything says a word of them. */
export function isSaid(name: string, { stage, view }: Standpoint): boolean {
  const { remoteUser, port } = (view.task ?? stage.play).keywords;
  if (name === 'ansible_user') return remoteUser !== undefined || stage.run.options.user !== undefined;
  return name !== 'ansible_port' || port !== undefined;
}

function keywordOf({ stage, view, scope }: WithScope, name: 'connection' | 'remoteUser' | 'port'): Value | undefined {
  const value = nearest((view.task ?? stage.play).keywords[name], scope());
  return value instanceof Unknown ? undefined : value;
}

function renderedOrWritten(scope: LayeredScope, name: string): Value | undefined {
  try {
    return scope.get(name);
  } catch (error) {
    const source = scope.source(name);
    if (error instanceof RenderError && source !== undefined) return asWritten(source);
    throw error;
  }
}

function asWritten(source: Source): Value {
  if (source instanceof Template) return source.text;
  if (Array.isArray(source)) return (source as readonly Source[]).map(asWritten);
  if (!isVars(source as Value)) return source as Value;
  return Object.fromEntries(Object.entries(source as SourceVars).map(([name, member]) => [name, asWritten(member)]));
}

/** What is made of the whole scope. */
export const OF_SCOPE: Magic<WithScope & { readonly around: (host: HostRun) => LayeredScope }> = {
  // It does not hold itself. What cannot be rendered is there as it is written, so that all of it can be shown.
  vars: ({ scope }) =>
    new LazyVars(
      name => (name === 'vars' ? undefined : renderedOrWritten(scope(), name)),
      () =>
        scope()
          .names()
          .filter(name => name !== 'vars'),
    ),
  ansible_delegated_vars({ stage, host, view, scope, around }) {
    const name = view.task && nearest(view.task.keywords.delegateTo, scope());
    const on =
      name === undefined || name === null || name instanceof Unknown ? undefined : stage.run.host(toText(name));
    if (!on) return undefined;
    const theirs = around(on);
    return {
      [on.name]: new LazyVars(
        key => (key === 'inventory_hostname' ? host.name : theirs.get(key)),
        () => theirs.names().filter(key => !['ansible_delegated_vars', 'hostvars', 'vars'].includes(key)),
      ),
    };
  },
};

/** Only a delegated task has the variables of its delegate. */
export const isOfScope = (name: string, { view }: Standpoint): boolean =>
  name !== 'ansible_delegated_vars' || view.task?.keywords.delegateTo !== undefined;
