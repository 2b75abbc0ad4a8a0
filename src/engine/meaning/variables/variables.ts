import { defaultsOfKin, varsOfKin } from '../../../core/kin.js';
import type { RoleScope, Task } from '../../../core/play.js';
import type { Source, Value, Vars } from '../../../core/value.js';
import { OMIT } from '../../../template/omit.js';
import type { HostRun } from '../../state/host.js';
import type { Node } from '../../state/pending-task.js';
import type { Stage } from '../../state/stage.js';
import { type Layer, LayeredScope, type LazyLayer, LazyVars, type Read, waitsFor } from './scope.js';

/** What a scope is made for, beside the host. */
export interface Viewpoint {
  readonly task?: Task | undefined;
  /** `item`, `ansible_loop`, `ansible_failed_task` and the like: the strongest but for magic. */
  readonly local?: Vars | undefined;
  /** When looking ahead: names that earlier tasks will set, with their values or Unknown. */
  readonly ahead?: Vars | undefined;
  /** Hears what a rendering reads that is not the host's own: what other hosts, chance or the controller's files say. */
  readonly note?: ((what: Read) => void) | undefined;
  /** `connection`: no facts are asked for, since the host is not reached yet. */
  readonly purpose?: 'task' | 'connection' | undefined;
}

/** The variables of one host as one task sees them; precedence as in Ansible's 22 levels. */
export function scopeOf(stage: Stage, host: HostRun, view: Viewpoint): LayeredScope {
  const { task } = view;
  const { play, run } = stage;
  const roles: readonly RoleScope[] = [...play.roles, ...host.roles.filter(role => !role.isPrivate)];
  const layers: Layer[] = [magic(stage, host, view)];
  if (view.local) layers.push(view.local);
  layers.push(run.extraVars);
  if (task) layers.push(...[...task.keywords.params].reverse());
  if (view.ahead) layers.push(view.ahead);
  layers.push(host.registered, host.included);
  if (task) layers.push(...[...task.keywords.vars].reverse());
  if (task?.role) layers.push(...varsOfKin(task.role));
  for (let i = roles.length - 1; i >= 0; i--) if (Object.keys(roles[i]!.vars).length > 0) layers.push(roles[i]!.vars);
  layers.push(...[...(stage.varsFiles.get(host) ?? [])].reverse(), stage.prompted, play.vars);
  if (view.purpose !== 'connection') layers.push(factLayer(stage, host));
  layers.push(...host.host.vars);
  if (task?.role) layers.push(...defaultsOfKin(task.role));
  for (let i = roles.length - 1; i >= 0; i--)
    if (Object.keys(roles[i]!.defaults).length > 0) layers.push(roles[i]!.defaults);
  if (view.purpose !== 'connection') layers.push({ ansible_host: host.name });
  const files = run.ports.loader.files({
    role: task?.role?.path,
    here: task?.here ?? play.directory,
    playbook: play.directory,
  });
  return new LayeredScope(layers, files, view.note);
}

/** Makes scopes in which a task's own result is known under the name that it registers. */
export const scopesWithResult =
  (stage: Stage, host: HostRun, { task, local }: Node, view: Pick<Viewpoint, 'local'>) =>
  (result: Vars): LayeredScope =>
    scopeOf(stage, host, {
      ...view,
      task,
      local: { ...local, ...view.local, ...(task.register === undefined ? {} : { [task.register]: result }) },
    });

/** Names that say how to connect and run: no fact is ever meant by them, and no host is asked. */
const SETTINGS =
  /^ansible_(?:host|port|user|password|connection|managed|check_mode|diff_mode|verbosity|version|limit|forks|run_tags|skip_tags|play_.*|role_.*|parent_role_.*|failed_.*|loop.*|index_var|group_priority|python_interpreter|shell_.*|remote_tmp|async_dir|config_file|inventory_sources|playbook_python|ssh_.*|sudo_.*|su_.*|become.*|private_key_file|host_key_checking|known_hosts_file|delegated_vars|search_path|dependent_role_names|collection_name|facts_gathered)$/;

/** `ansible_x` for the fact x. */
function factLayer(stage: Stage, host: HostRun): LazyLayer {
  return {
    lazy: true,
    find(name) {
      if (!name.startsWith('ansible_') || SETTINGS.test(name)) return undefined;
      return factOf(stage, host, name.slice('ansible_'.length));
    },
    names: () => Object.keys(host.facts).map(name => `ansible_${name}`),
  };
}

/** Whether a play may ask this host for facts when something reads one. */
const mayGather = (stage: Stage, host: HostRun): boolean =>
  host.gathered.size > 0 || (stage.play.gatherFacts !== false && stage.batch.includes(host));

/** A fact, or Unknown of the group that provides it, or undefined where there is none. */
export function factOf(stage: Stage, host: HostRun, name: string): Value | undefined {
  if (Object.hasOwn(host.facts, name)) return host.facts[name];
  if (!mayGather(stage, host)) return undefined;
  const { facts } = stage.run.ports;
  const group = facts.find(fact => fact.provides.includes(name));
  if (group) return host.gathered.has(group.name) ? undefined : waitsFor.facts(host.name, [group.name]);
  // A name known only on the host, such as an interface.
  const unasked = facts.filter(fact => fact.also?.test(name) && !host.gathered.has(fact.name));
  return unasked.length > 0
    ? waitsFor.facts(
        host.name,
        unasked.map(fact => fact.name),
      )
    : undefined;
}

function factsOf(stage: Stage, host: HostRun): Value {
  return new LazyVars(
    key => factOf(stage, host, key),
    () => {
      const { facts } = stage.run.ports;
      return [
        ...new Set([
          ...Object.keys(host.facts),
          ...(mayGather(stage, host) ? facts.filter(f => !host.gathered.has(f.name)).flatMap(f => f.provides) : []),
        ]),
      ];
    },
  );
}

/** Magic variables that other hosts, or what is done for them, can change. */
const OF_OTHERS = new Set([
  'groups',
  'group_names',
  'hostvars',
  'ansible_play_hosts',
  'ansible_play_batch',
  'play_hosts',
]);

function magic(stage: Stage, host: HostRun, view: Viewpoint): LazyLayer {
  const { run, play } = stage;
  const { task } = view;
  const { options } = run;
  const table: Record<string, () => Source | undefined> = {
    inventory_hostname: () => host.name,
    inventory_hostname_short: () => host.name.split('.')[0]!,
    group_names: () => host.host.groups.filter(name => name !== 'all'),
    groups: () => Object.fromEntries([...run.inventory.groups.values()].map(group => [group.name, group.hosts])),
    hostvars: () => hostvars(stage, host, view),
    ansible_facts: () => factsOf(stage, host),
    playbook_dir: () => play.directory,
    inventory_dir: () => run.inventory.directory,
    inventory_file: () => run.inventory.file,
    role_path: () => task?.role?.path,
    role_name: () => task?.role?.name,
    ansible_role_name: () => task?.role?.name,
    ansible_play_name: () => (typeof play.name === 'string' ? play.name : undefined),
    ansible_play_hosts: () => stage.everyone.filter(h => h.standing === 'well').map(h => h.name),
    ansible_play_hosts_all: () => stage.everyone.map(h => h.name),
    ansible_play_batch: () => stage.well().map(h => h.name),
    play_hosts: () => stage.well().map(h => h.name),
    ansible_play_role_names: () => [...new Set(play.roles.map(role => role.name))],
    ansible_check_mode: () => options.mode === 'check',
    ansible_diff_mode: () => options.diff,
    ansible_verbosity: () => options.verbosity,
    ansible_run_tags: () => (options.tags.length ? options.tags : ['all']),
    ansible_skip_tags: () => options.skipTags,
    ansible_limit: () => (options.limit ? [...options.limit].join(',') : undefined),
    ansible_managed: () => 'Ansible managed',
    ansible_version: () => ({ full: '2.18.0', major: 2, minor: 18, revision: 0, string: '2.18.0' }),
    ansible_search_path: () => [task?.role?.path, task?.here, play.directory].filter(p => p !== undefined),
    omit: () => OMIT,
    vars: () => {
      const scope = () => scopeOf(stage, host, view);
      return new LazyVars(
        name => scope().get(name),
        () => scope().names(),
      );
    },
  };
  // What a user may override by a variable of that name is asked after all other layers, by not being here.
  return {
    lazy: true,
    find(name) {
      if (!Object.hasOwn(table, name)) return undefined;
      if (OF_OTHERS.has(name)) view.note?.('hosts');
      return table[name]!();
    },
    names: () => Object.keys(table),
  };
}

/** `hostvars`: every host with its inventory, facts and what tasks set on it; not with the variables of plays and roles. */
function hostvars(stage: Stage, reader: HostRun, view: Viewpoint): Value {
  const { run } = stage;
  return new LazyVars(
    name => {
      const host = run.host(name);
      if (!host) return undefined;
      return varsOf(stage, host, { ahead: host === reader ? view.ahead : undefined, note: view.note });
    },
    () => [...run.inventory.hosts.keys()],
  );
}

function varsOf(stage: Stage, host: HostRun, { ahead, note }: Pick<Viewpoint, 'ahead' | 'note'>): Value {
  const { run } = stage;
  const own: LazyLayer = {
    lazy: true,
    find(name) {
      if (name === 'inventory_hostname') return host.name;
      if (name === 'inventory_hostname_short') return host.name.split('.')[0]!;
      if (name === 'group_names') return host.host.groups.filter(group => group !== 'all');
      if (name === 'ansible_facts') return factsOf(stage, host);
      if (name === 'inventory_dir') return run.inventory.directory;
      if (name === 'groups')
        return Object.fromEntries([...run.inventory.groups.values()].map(group => [group.name, group.hosts]));
      return undefined;
    },
    names: () => ['inventory_hostname', 'inventory_hostname_short', 'group_names', 'ansible_facts'],
  };
  const layers: Layer[] = [
    own,
    run.extraVars,
    ...(ahead ? [ahead] : []),
    host.registered,
    host.included,
    factLayer(stage, host),
    ...host.host.vars,
  ];
  const scope = new LayeredScope(layers, undefined, note);
  return new LazyVars(
    name => scope.get(name),
    () => scope.names(),
  );
}
