import type { Value, Vars } from '../../../core/value.js';
import type { HostRun } from '../../state/host.js';
import type { Stage } from '../../state/stage.js';
import { factLayer } from './fact-variables.js';
import { layerOf, MAGIC_OF_HOSTS } from './magic.js';
import { type Layer, LayeredScope, type LazyLayer, LazyVars, waitsFor } from './scope.js';
import type { Viewpoint } from './viewpoint.js';

/** `hostvars`: every host with its inventory, facts and what tasks set on it; not with the variables of plays and roles. */
export function hostvars(stage: Stage, reader: HostRun, view: Viewpoint): Value {
  const { run } = stage;
  return new LazyVars(
    name => {
      const host = run.host(name);
      if (!host) return undefined;
      if (host === reader) return varsOf(stage, host, { mayReadSet: true, ahead: view.ahead });
      return varsOf(stage, host, { mayReadSet: view.isGated === true || !stage.gate || !stage.batch.includes(host) });
    },
    () => [...run.inventory.hosts.keys()],
  );
}

function varsOf(
  stage: Stage,
  host: HostRun,
  { mayReadSet, ahead }: { mayReadSet: boolean; ahead?: Vars | undefined },
): Value {
  const { run } = stage;
  const settable: LazyLayer = {
    lazy: true,
    // Under lockstep another host may not have come to the task that sets it.
    find: name => (!mayReadSet && stage.settable.has(name) ? waitsFor.gate() : undefined),
    names: () => [],
  };
  const layers: Layer[] = [
    layerOf(MAGIC_OF_HOSTS, { stage, host, view: {} }),
    settable,
    run.extraVars,
    ...(ahead ? [ahead] : []),
    host.registered,
    host.included,
    factLayer(stage, host),
    ...host.host.vars,
  ];
  const scope = new LayeredScope(layers, undefined);
  return new LazyVars(
    name => scope.get(name),
    () => scope.names(),
  );
}
