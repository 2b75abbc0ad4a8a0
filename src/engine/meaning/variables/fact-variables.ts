import type { Value } from '../../../core/value.js';
import type { HostRun } from '../../state/host.js';
import type { Stage } from '../../state/stage.js';
import { type LazyLayer, LazyVars, waitsFor } from './scope.js';

/** Names that say how to connect and run: no fact is ever meant by them, and no host is asked. */
const SETTINGS =
  /^ansible_(?:host|port|user|password|connection|managed|check_mode|diff_mode|verbosity|version|limit|forks|run_tags|skip_tags|play_.*|role_.*|parent_role_.*|failed_.*|loop.*|index_var|group_priority|python_interpreter|shell_.*|remote_tmp|async_dir|config_file|inventory_sources|playbook_python|ssh_.*|sudo_.*|su_.*|become.*|private_key_file|host_key_checking|known_hosts_file|delegated_vars|search_path|dependent_role_names|collection_name|facts_gathered)$/;

/** Facts as plain variables: `ansible_x` for the fact x, and under their own names those that modules name otherwise. */
export function factLayer(stage: Stage, host: HostRun): LazyLayer {
  return {
    lazy: true,
    find(name) {
      if (host.plainFacts.has(name)) return host.facts[name];
      if (!name.startsWith('ansible_') || SETTINGS.test(name)) return undefined;
      const fact = name.slice('ansible_'.length);
      return host.plainFacts.has(fact) ? undefined : factOf(stage, host, fact);
    },
    names: () => Object.keys(host.facts).map(name => (host.plainFacts.has(name) ? name : `ansible_${name}`)),
  };
}

/** Whether a play may ask this host for facts when something reads one. */
const mayGather = (stage: Stage, host: HostRun): boolean =>
  host.hasFacts || (stage.play.gatherFacts !== false && stage.batch.includes(host));

/** A fact, or Unknown of the group that provides it, or undefined where there is none. */
export function factOf(stage: Stage, host: HostRun, name: string): Value | undefined {
  if (Object.hasOwn(host.facts, name)) return host.facts[name];
  if (!mayGather(stage, host)) return undefined;
  const { facts } = stage.run.ports;
  const group = facts.find(fact => fact.provides.includes(name));
  if (group) return host.hasGathered(group.name) ? undefined : waitsFor.facts(host.name, [group.name]);
  // A name known only on the host, such as an interface.
  const unasked = facts.filter(fact => fact.also?.test(name) && !host.hasGathered(fact.name));
  return unasked.length > 0
    ? waitsFor.facts(
        host.name,
        unasked.map(fact => fact.name),
      )
    : undefined;
}

/** `ansible_facts` */
export function factsOf(stage: Stage, host: HostRun): Value {
  return new LazyVars(
    key => factOf(stage, host, key),
    () => {
      const { facts } = stage.run.ports;
      return [
        ...new Set([
          ...Object.keys(host.facts),
          ...(mayGather(stage, host) ? facts.filter(f => !host.hasGathered(f.name)).flatMap(f => f.provides) : []),
        ]),
      ];
    },
  );
}
