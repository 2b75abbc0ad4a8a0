import type { RoleScope } from './play.js';
import type { SourceVars } from './value.js';

/**
 * A role's variables as its tasks see them, strongest first: its own, those of the roles it depends on, those of the roles
 * that led to it. `Role.get_vars` of Ansible.
 */
export const roleVars = (role: RoleScope): readonly SourceVars[] =>
  [role, ...role.dependencies.toReversed(), ...parentsOf(role)].map(({ vars }) => vars);

/** The same of defaults, where those of a parent outdo those of a dependency: `Role.get_default_vars` of Ansible. */
export const roleDefaults = (role: RoleScope): readonly SourceVars[] =>
  [role, ...parentsOf(role), ...role.dependencies.toReversed()].map(({ defaults }) => defaults);

/** Nearest first. */
function parentsOf({ parent }: RoleScope): readonly RoleScope[] {
  return parent ? [parent, ...parentsOf(parent)] : [];
}
