/** What the engine itself does, without a module: names and parameters, for checking and for splitting free-form text. */
export interface Directive {
  readonly name: string;
  /** Parameters; with `*` any other name too. */
  readonly params: readonly string[];
  /** Of each group one must be given. */
  readonly needs: readonly (readonly string[])[];
  /** The parameter that text without `=` fills. */
  readonly freeForm?: string;
}

const directive = (name: string, params: string, needs = '', freeForm?: string): Directive => ({
  name,
  params: params.split(' ').filter(word => word !== ''),
  needs: needs.split(' ').flatMap(group => (group === '' ? [] : [group.split('|')])),
  ...(freeForm ? { freeForm } : {}),
});

const ROLE = 'name role tasks_from vars_from defaults_from handlers_from allow_duplicates rolespec_validate';
const FACTS = 'filter gather_subset gather_timeout fact_path parallel';

/** Parameters as in Ansible's own documentation of these actions. */
const ALL: readonly Directive[] = [
  directive('set_fact', 'cacheable *'),
  directive('debug', 'msg var verbosity'),
  directive('assert', 'that fail_msg msg success_msg quiet', 'that'),
  directive('fail', 'msg'),
  directive('meta', '_raw_params', '_raw_params', '_raw_params'),
  directive('pause', 'prompt echo minutes seconds'),
  directive('add_host', 'name host hostname groups group groupname *', 'name|host|hostname'),
  directive('group_by', 'key parents', 'key'),
  directive('include_tasks', 'file apply', 'file', 'file'),
  directive('import_tasks', 'file', 'file', 'file'),
  directive('include', 'file apply', 'file', 'file'),
  directive('include_role', `${ROLE} apply public`, 'name|role', 'name'),
  directive('import_role', ROLE, 'name|role', 'name'),
  directive(
    'include_vars',
    'file dir name depth files_matching ignore_files ignore_unknown_extensions extensions hash_behaviour',
    'file|dir',
    'file',
  ),
  directive('setup', FACTS),
  directive('gather_facts', FACTS),
  directive('validate_argument_spec', 'argument_spec provided_arguments', 'argument_spec'),
  directive('wait_for_connection', 'connect_timeout delay sleep timeout'),
  directive('set_stats', 'data per_host aggregate', 'data'),
  directive('async_status', 'jid mode', 'jid'),
];

const BY_NAME = new Map(ALL.map(one => [one.name, one]));

/** `ansible.builtin.copy` and `ansible.legacy.copy` are `copy`; other full names stay as they are. */
export const shortName = (name: string): string => name.replace(/^ansible\.(?:builtin|legacy)\./, '');

/** What the engine does under a name, short or `ansible.builtin.…`. */
export const directiveOf = (name: string): Directive | undefined => BY_NAME.get(shortName(name));
/** Short names of all of them. */
export const directiveNames = (): readonly string[] => [...BY_NAME.keys()];

/** What `meta` can do. */
export const META_ACTIONS: readonly string[] = [
  'noop',
  'flush_handlers',
  'refresh_inventory',
  'clear_facts',
  'clear_host_errors',
  'end_host',
  'end_batch',
  'end_play',
  'end_role',
  'reset_connection',
];

/**
 * Kinds of `with_…`, each without its collection: all of ansible-core's but `config`, since there is no configuration of Ansible
 * to read, and `url`, since preparing a task opens no connection.
 */
export const LOOPS: ReadonlySet<string> = new Set([
  'items',
  'list',
  'dict',
  'fileglob',
  'first_found',
  'sequence',
  'subelements',
  'nested',
  'cartesian',
  'together',
  'indexed_items',
  'flattened',
  'inventory_hostnames',
  'random_choice',
  'file',
  'env',
  'vars',
  'varnames',
  'template',
  'unvault',
  'lines',
  'pipe',
  'csvfile',
  'ini',
  'password',
]);

/** Actions whose text is a command: only these words are taken out of it. */
export const COMMANDS: ReadonlySet<string> = new Set(['command', 'shell', 'raw', 'script', 'expect']);
/** The words that are taken out of a command, wherever they stand. (language page, 4.24) */
export const COMMAND_WORDS: ReadonlySet<string> = new Set([
  'chdir',
  'creates',
  'removes',
  'executable',
  'stdin',
  'stdin_add_newline',
  'strip_empty_ends',
  'warn',
]);
