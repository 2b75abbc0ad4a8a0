import type { RoleScope } from '../../../core/play.js';
import { roleDefaults, roleVars } from '../../../core/role-vars.js';
import type { Vars } from '../../../core/value.js';
import type { HostRun } from '../../state/host.js';
import type { Node } from '../../state/pending-task.js';
import type { Stage } from '../../state/stage.js';
import { factLayer } from './fact-variables.js';
import { hostvars } from './hostvars.js';
import { CONNECTION_DEFAULTS, isOfScope, isSaid, layerOf, MAGIC, OF_SCOPE } from './magic.js';
import { type Layer, LayeredScope, type LazyLayer } from './scope.js';
import type { Viewpoint } from './viewpoint.js';

export type { Viewpoint };

/** The variables of one host as one task sees them; precedence as in Ansible's 22 levels. */
export function scopeOf(stage: Stage, host: HostRun, view: Viewpoint): LayeredScope {
  const { task } = view;
  const { play, run } = stage;
  const roles: readonly RoleScope[] = [...play.roles, ...host.roles.filter(role => !role.isPrivate)];
  const from = {
    ...{ stage, host, view },
    scope: () => scope,
    around: (other: HostRun) => scopeOf(stage, other, view),
  };
  const everyHost: LazyLayer = {
    lazy: true,
    find: name => (name === 'hostvars' ? hostvars(stage, host, view) : undefined),
    names: () => ['hostvars'],
  };
  const ofScope = layerOf(OF_SCOPE, from, isOfScope);
  const facts = factLayer(stage, host);
  const layers: Layer[] = [layerOf(MAGIC, from), ofScope, everyHost];
  if (view.local) layers.push(view.local);
  layers.push(run.extraVars);
  if (task) layers.push(...[...task.keywords.params].reverse());
  if (view.ahead) layers.push(view.ahead);
  layers.push(host.registered, host.included);
  if (task) layers.push(...[...task.keywords.vars].reverse());
  if (task?.role) layers.push(...roleVars(task.role));
  for (let i = roles.length - 1; i >= 0; i--) if (Object.keys(roles[i]!.vars).length > 0) layers.push(roles[i]!.vars);
  layers.push(...[...(stage.varsFiles.get(host) ?? [])].reverse(), stage.prompted, play.vars);
  if (view.purpose !== 'connection') layers.push(facts);
  layers.push(...host.host.vars);
  if (task?.role) layers.push(...roleDefaults(task.role));
  for (let i = roles.length - 1; i >= 0; i--)
    if (Object.keys(roles[i]!.defaults).length > 0) layers.push(roles[i]!.defaults);
  if (view.purpose !== 'connection') layers.push(layerOf(CONNECTION_DEFAULTS, from, isSaid));
  const files = run.ports.loader.files({
    role: task?.role?.path,
    here: task?.here ?? play.directory,
    playbook: play.directory,
  });
  const foreign = [ofScope, everyHost, facts, host.registered, view.local, view.ahead].filter(
    layer => layer !== undefined,
  );
  const origin = { foreign, loop: task?.loop };
  const scope = new LayeredScope(layers, files, {
    note: view.note,
    origin,
    hashPassword: run.ports.hashings?.ask,
    isPrinted: name =>
      [view.local, view.ahead].some(vars => vars !== undefined && Object.hasOwn(vars, name))
        ? view.printed?.has(name) === true
        : host.printed.has(name),
  });
  return scope;
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
