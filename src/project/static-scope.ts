import type { Place } from '../core/place.js';
import type { Keywords, RoleScope } from '../core/play.js';
import { roleDefaults, roleVars } from '../core/role-vars.js';
import { RenderError, type Scope, type Source, type SourceVars, Template, type Value } from '../core/value.js';
import { render } from '../template/render.js';
import type { Scene } from './reading.js';
import { BrokenTemplate } from './source.js';

/**
 * What is known of variables while files are read, strongest first: enough for the names of imported files.
 * Inventory and facts are not among it, since an import is one for all hosts.
 */
export function staticScope({ reading, keywords, role, members, standing }: Scene): Scope {
  const magic: Record<string, Source> = Object.create(null);
  magic.playbook_dir = standing.playbook;
  if (role) Object.assign(magic, { role_path: role.path, role_name: role.name, ansible_role_name: role.name });
  return scopeOf([magic, ...staticLayers(reading.extraVars, { keywords, role, members })]);
}

/** Where a task, or an import, stands: its keywords, its role, and what belongs to the play. */
interface Standing {
  readonly keywords: Pick<Keywords, 'params' | 'vars'>;
  readonly role?: RoleScope | undefined;
  readonly members: { readonly roles: readonly RoleScope[]; readonly vars: SourceVars };
}

/** Variables that are known before the run, the strongest first. */
export const staticLayers = (extraVars: SourceVars, { keywords, role, members }: Standing): readonly SourceVars[] => [
  extraVars,
  ...[...keywords.params].reverse(),
  ...[...keywords.vars].reverse(),
  ...(role ? roleVars(role) : []),
  ...members.roles.map(one => one.vars),
  members.vars,
  ...(role ? roleDefaults(role) : []),
  ...members.roles.map(one => one.defaults),
];

/** A scope over layers of variables, strongest first, rendered when asked for. */
export function scopeOf(layers: readonly SourceVars[]): Scope {
  const open: string[] = [];
  const scope: Scope = {
    get(name): Value | undefined {
      const layer = layers.find(vars => Object.hasOwn(vars, name));
      if (!layer) return undefined;
      if (open.includes(name)) throw new RenderError(`\`${name}\` is made of itself`);
      open.push(name);
      try {
        return render(layer[name]!, scope);
      } finally {
        open.pop();
      }
    },
    names: () => [...new Set(layers.flatMap(layer => Object.keys(layer)))],
  };
  return scope;
}

/** A text of the project that must be known before the run. */
export function staticText(value: Source, place: Place, scene: Scene): string | undefined {
  const { mistakes } = scene.reading;
  if (value instanceof BrokenTemplate) return undefined;
  try {
    const rendered = value instanceof Template ? value.render(staticScope(scene)) : value;
    if (typeof rendered === 'string' && rendered !== '') return rendered;
    mistakes.error('bad-value', 'a name is needed here', { place });
  } catch (error) {
    if (!(error instanceof RenderError)) throw error;
    mistakes.error('not-static', `an import is read before the run, and ${error.message}`, {
      place,
      hint: 'use include_tasks or include_role, which are read when their turn comes',
    });
  }
  return undefined;
}
