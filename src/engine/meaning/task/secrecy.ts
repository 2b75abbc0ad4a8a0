import { choicesOf } from '../../../core/choices.js';
import type { AnyModule, Found } from '../../../core/module.js';
import type { Outcome } from '../../../core/outcome.js';
import type { Task } from '../../../core/play.js';
import {
  isVars,
  RenderError,
  type Scope,
  Secret,
  type Source,
  type SourceVars,
  Template,
  type Value,
  type Vars,
} from '../../../core/value.js';
import { compileExpression } from '../../../template/compile.js';
import { render } from '../../../template/render.js';
import type { Run } from '../../state/run.js';
import { isTrue } from '../variables/boolean.js';
import { keyword } from '../variables/keywords.js';
import type { LayeredScope } from '../variables/scope.js';
import { resultsIn } from './outcomes.js';
import { shortName } from './task.js';

/**
 * What `no_log` hides. A task's own account is hidden as a whole (`play/emit.ts`); here every text that went into it or
 * came out of it is learnt, so that it is masked wherever it turns up later: a registered password in a `debug`, in the
 * command line of another task's error, in the diff of a file.
 */

/** Whether nothing of a task may be shown. Where that is not known, nothing may. */
export function isSecret({ keywords }: Task, scope: Scope): boolean {
  if (keywords.noLog === undefined) return false;
  try {
    const value = keyword(keywords.noLog, scope);
    return value !== undefined && isTrue(value);
  } catch {
    return true;
  }
}

/**
 * Parameters, and members of results, that are not secret whatever they hold: where things are, whose they are and what
 * they are called. All others count as secret.
 */
const OPEN: ReadonlySet<string> = new Set([
  ...['dest', 'path', 'src', 'dir', 'directory', 'chdir', 'creates', 'removes', 'home', 'backup_file', 'executable'],
  ...['name', 'pkg', 'package', 'service', 'unit', 'module', 'user', 'group', 'groups', 'owner', 'shell', 'uid', 'gid'],
  ...['mode', 'state', 'type', 'version', 'host', 'hostname', 'domain', 'port', 'interface', 'device', 'filesystem'],
  ...['become_user', 'become_method', 'encoding', 'charset', 'timeout', 'ansible_loop_var', 'ansible_index_var'],
  ...['skip_reason', 'skipped_reason', 'false_condition', 'start', 'end', 'delta', 'size', 'attempts'],
  'ansible_included_var_files',
  ...['seuser', 'serole', 'setype', 'selevel', 'attributes', 'lang', 'term'],
]);

/** Command lines, whose first word names a program. */
const COMMAND: ReadonlySet<string> = new Set(['cmd', 'argv']);

/** `path` for `config_path`, `user` for `db_user`: names of variables end in what they are. */
const isOpen = (name: string): boolean => {
  const lower = name.toLowerCase();
  return OPEN.has(lower) || OPEN.has(lower.slice(lower.lastIndexOf('_') + 1)) || /^lc_/.test(lower);
};

/** Words of every language, and numbers as they are written: ports, modes, small counts. */
const PLAIN = /^(?:true|false|yes|no|none|null|on|off|omit|undefined|[-+]?\d{1,5}(?:\.\d+)?|0o?[0-7]{3,4})$/i;
/** What the engine itself answers. */
const OURS =
  /^(?:All items (?:completed|skipped)|One or more items failed|All assertions passed|Hello world!|non-zero return code -?\d+|Conditional result was False|No items in the list)$/;

/** Variables that everybody may know: names of hosts, folders of the project, facts. */
const MAGIC = /^(?:inventory_\w+|group_names|groups|hostvars|play_hosts|playbook_dir|role_\w+|ansible_\w+|omit|vars)$/;
const MAGIC_SECRET = /^ansible_\w*(?:pass|password|passphrase|token|secret)\w*$/;

/** Larger files of the controller are not read for their secrets, in bytes. */
const LARGEST_READ = 65_536;

/** Learns the texts of one task in the midst of a run. */
class Learning {
  readonly #choices: ReadonlySet<string>;
  /** What was rendered, to find the values that went into it. */
  readonly #texts: string[] = [];

  constructor(
    private readonly run: Run,
    module: AnyModule | undefined,
  ) {
    this.#choices = module ? choicesOf(module.args) : new Set();
  }

  /** All texts inside a value, but for those under names that are no secrets. */
  value(value: unknown, name = ''): void {
    if (isOpen(name)) return;
    if (typeof value === 'string') this.text(value);
    else if (value instanceof Secret) this.text(value.reveal());
    else if (Array.isArray(value))
      for (const item of COMMAND.has(name) ? value.slice(1) : (value as readonly unknown[])) this.value(item, name);
    else if (isVars(value)) for (const [key, member] of Object.entries(value)) this.value(member, key);
  }

  /** A text that is no secret by itself, though parts of it may be. */
  holds(text: string): void {
    this.#texts.push(text);
  }

  /** A text that is a secret, unless it is a word of everyday. */
  text(text: string): void {
    const word = text.trim();
    if (PLAIN.test(word) || OURS.test(word) || this.#choices.has(word)) return;
    const { hosts, groups } = this.run.inventory;
    if (hosts.has(word as never) || groups.has(word) || word === 'localhost') return;
    this.#texts.push(text);
    this.run.ports.redactor.learn(text);
  }

  /** What templates put together: a password inside a connection string is a secret of its own. */
  read(source: Source, scope: LayeredScope): void {
    const seen = new Set<string>();
    const walk = (part: Source | undefined): void => {
      if (part instanceof Template) template(part);
      else if (Array.isArray(part)) for (const item of part as readonly Source[]) walk(item);
      else if (isVars(part as Value)) for (const member of Object.values(part as SourceVars)) walk(member);
    };
    const template = (part: Template): void => {
      for (const chain of chainsIn(part)) this.#member(chain.name, chain.template, scope);
      for (const { name } of part.reads) {
        if (seen.has(name) || (MAGIC.test(name) && !MAGIC_SECRET.test(name)) || isOpen(name)) continue;
        seen.add(name);
        walk(scope.source(name));
        const value = scope.rendered(name);
        if (typeof value === 'string') this.text(value);
        else if (value !== undefined) this.#parts(value);
      }
    };
    walk(source);
  }

  /** Of a structure only what went into the task. */
  #parts(value: Value, name = ''): void {
    if (isOpen(name)) return;
    if (typeof value === 'string') {
      if (this.#texts.some(text => text.includes(value))) this.text(value);
    } else if (value instanceof Secret) this.text(value.reveal());
    else if (Array.isArray(value)) for (const item of value as readonly Value[]) this.#parts(item, name);
    else if (isVars(value)) for (const [key, member] of Object.entries(value)) this.#parts(member, key);
  }

  /** `creds.password`: a member of a variable that the task has read anyway. */
  #member(name: string, chain: Template, scope: LayeredScope): void {
    if (isOpen(name)) return;
    try {
      this.value(chain.render(scope), name);
    } catch (error) {
      if (!(error instanceof RenderError)) throw error; // not there, so nothing to hide
    }
  }
}

/** A member that a template reads by a way of plain names. */
interface Chain {
  /** The last name of it. */
  readonly name: string;
  readonly template: Template;
}

const CHAINS = new WeakMap<Template, readonly Chain[]>();
const CHAIN = /(?<![\w.'"])[A-Za-z_]\w*(?:\.[A-Za-z_]\w*|\[(?:'[^'\]]*'|"[^"\]]*"|[\w.]+)\])+/g;
const FACTS = /^(?:ansible_facts|groups|group_names|vars)\b/;

/** Of a template the chains of names, which can be read again without doing anything. */
function chainsIn(template: Template): readonly Chain[] {
  const known = CHAINS.get(template);
  if (known) return known;
  const chains: Chain[] = [];
  for (const [text] of template.text.matchAll(CHAIN)) {
    if (FACTS.test(text)) continue;
    const compiled = compileExpression(text, () => template.place);
    const name = /(\w+)['"]?\]?$/.exec(text)![1]!;
    if (compiled.ok) chains.push({ name, template: compiled.value });
  }
  CHAINS.set(template, chains);
  return chains;
}

/** A task on its way to be done. */
export interface Secretive {
  readonly task: Task;
  /** Unset for what the engine does itself. */
  readonly module?: AnyModule | undefined;
  /** Rendered. */
  readonly args: Vars;
  /** Where they were rendered. */
  readonly scope: LayeredScope;
}

/** Learns what goes into a task under `no_log`: its arguments, the item, its environment, and the values in them. */
export function learnArguments(run: Run, { task, module, args, scope }: Secretive): void {
  const learning = new Learning(run, module);
  learning.value(args);
  if (task.loop) learning.value(scope.get(task.loop.variable));
  const { args: written } = task;
  const sources =
    written instanceof Template || !isVars(written as Value)
      ? [['', written] as const]
      : Object.entries(written as SourceVars);
  for (const [name, source] of sources) if (!isOpen(name)) learning.read(source, scope);
  for (const source of task.keywords.environment) {
    learning.value(render(source, scope));
    learning.read(source, scope);
  }
}

/** Learns what a template file reads of the variables, and what of them came into its `text`. */
export function learnTemplate(run: Run, template: Template, text: string, scope: LayeredScope): void {
  const learning = new Learning(run, undefined);
  learning.holds(text);
  learning.read(template, scope);
}

/** Learns what a small file of the controller holds. */
export function learnFile(run: Run, { blob }: Found & { readonly kind: 'file' }): void {
  if (blob.bytes === undefined || blob.size > LARGEST_READ) return;
  new Learning(run, undefined).text(Buffer.from(blob.bytes).toString('utf8'));
}

/**
 * Members of a result, but for what its items tell by themselves, and `msg`: in that the module speaks, with words that other
 * tasks have too, such as `line added`. What of the task's own texts it says is learnt from there.
 */
function learnMembers(learning: Learning, result: Vars): void {
  for (const [name, member] of Object.entries(result)) {
    if (name === 'msg') continue;
    if (name === 'results' && Array.isArray(member))
      learning.value((member as readonly Value[]).filter(one => !isVars(one)));
    else learning.value(member, name);
  }
}

/** Learns what came of a task under `no_log`: its result, and what stood there before. */
export function learnOutcome(run: Run, task: Task, outcome: Outcome): void {
  const learning = new Learning(run, run.ports.modules.get(task.module));
  const name = shortName(task.module);
  const { result } = outcome;
  if (name !== 'setup' && name !== 'gather_facts') for (const each of resultsIn(result)) learnMembers(learning, each);
  for (const { content, encoding } of resultsIn(result))
    if (encoding === 'base64' && typeof content === 'string')
      learning.text(Buffer.from(content, 'base64').toString('utf8'));
  const changes = outcome.kind === 'changed' || outcome.kind === 'failed' ? (outcome.changes ?? []) : [];
  for (const { before, after } of changes) for (const state of [before, after]) learning.value(state);
  if (outcome.kind === 'failed' && outcome.failure.reason === 'act-failed') {
    learning.text(outcome.failure.output.stdout);
    learning.text(outcome.failure.output.stderr);
  }
}

/** Learns the variables that `include_vars` loaded under `no_log`. */
export async function learnVarsFiles(run: Run, { result }: Outcome): Promise<void> {
  const learning = new Learning(run, undefined);
  for (const { ansible_included_var_files: paths } of resultsIn(result)) {
    if (!Array.isArray(paths)) continue;
    for (const path of paths as readonly string[]) {
      const loaded = await run.ports.loader.varsFile(path);
      if (loaded.ok) learning.value(loaded.value);
    }
  }
}
