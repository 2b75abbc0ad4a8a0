/** Tasks the engine does itself, on the controller, instead of a module on the target. */
export const directiveNames: ReadonlySet<string> = new Set([
  'add_host',
  'assert',
  'debug',
  'fail',
  'gather_facts',
  'group_by',
  'include_role',
  'include_tasks',
  'include_vars',
  'meta',
  'pause',
  'set_fact',
  'set_stats',
  'setup',
  'validate_argument_spec',
  'wait_for_connection',
]);
