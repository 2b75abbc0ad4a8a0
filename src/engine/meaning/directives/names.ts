/** Tasks the engine does itself, on the controller, instead of a module on the target; each with what it does. */
export const directiveSummaries: Readonly<Record<string, string>> = {
  add_host: 'Adds a host to the inventory of this run, and to groups.',
  assert: 'Fails unless conditions hold, and names the one that does not.',
  debug: 'Says a message, or the value of a variable.',
  fail: 'Fails with a message.',
  gather_facts: 'Asks a host for all facts now, instead of when they are read.',
  group_by: 'Puts hosts into a group named by a value.',
  include_role: 'Runs a role at this place, its name known only now.',
  include_tasks: 'Runs the tasks of a file at this place, its name known only now.',
  include_vars: 'Reads variables from a file or a directory.',
  meta: 'Turns the way of a run: flush_handlers, end_host, end_play, end_role, clear_facts, reset_connection and the like.',
  pause: 'Waits for a time, or for the person at the terminal.',
  set_fact: 'Sets variables of a host for the rest of the run.',
  set_stats: 'Keeps values with the result of the run.',
  setup: 'Asks a host for all facts now, instead of when they are read.',
  validate_argument_spec:
    "Checks a role's variables against its argument_specs; done by itself for roles that have them.",
  wait_for_connection: 'Waits until a host answers on a new connection.',
};

export const directiveNames: ReadonlySet<string> = new Set(Object.keys(directiveSummaries));
