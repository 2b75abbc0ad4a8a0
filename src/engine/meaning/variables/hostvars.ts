import type { Inventory } from '../../../core/play.js';
import type { Value } from '../../../core/value.js';
import type { HostRun } from '../../state/host.js';
import type { Stage } from '../../state/stage.js';
import { factLayer } from './fact-variables.js';
import { layerOf, MAGIC_OF_HOSTS } from './magic.js';
import { type Layer, LayeredScope, LazyVars } from './scope.js';
import type { Viewpoint } from './viewpoint.js';

/** `hostvars`: every host with its inventory, facts and what tasks set on it; not with the variables of plays and roles. */
export function hostvars(stage: Stage, reader: HostRun, view: Viewpoint): Value {
  const { run } = stage;
  view.note?.('hosts');
  return new LazyVars(
    name => {
      const host = run.host(name);
      if (!host) return undefined;
      return varsOf(stage, host, { ahead: host === reader ? view.ahead : undefined, note: view.note });
    },
    () => listed(run.inventory),
  );
}

/** The hosts of the inventory, and `localhost`, which Ansible lists here and in no group. */
const listed = ({ hosts }: Inventory): readonly string[] => [...new Set<string>([...hosts.keys(), 'localhost'])];

function varsOf(stage: Stage, host: HostRun, { ahead, note }: Pick<Viewpoint, 'ahead' | 'note'>): Value {
  const { run } = stage;
  const layers: Layer[] = [
    layerOf(MAGIC_OF_HOSTS, { stage, host, view: {} }),
    run.extraVars,
    ...(ahead ? [ahead] : []),
    host.registered,
    host.included,
    factLayer(stage, host),
    ...host.host.vars,
  ];
  const scope = new LayeredScope(layers, undefined, { note });
  return new LazyVars(
    name => scope.get(name),
    () => scope.names(),
  );
}
