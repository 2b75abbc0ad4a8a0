import type { z } from 'zod';
import type { Blob } from './blob.js';
import { blocked, type Plan } from './change.js';
import { cutInWords, Incomplete, lackInWords, type Output, type Probe, proven } from './probe.js';
import { RenderError, type Value } from './value.js';

/** Something on the controller that a task needs before it can look: resolved by the engine, never by the module. */
export type Need =
  /**
   * A file, or a directory with all below it; searched in the role's and the playbook's `files/`. With `decrypt: false` what is
   * in a vault is brought as it is; else it is an error, as long as nothing here can decrypt it.
   */
  | { readonly kind: 'file'; readonly path: string; readonly decrypt?: boolean | undefined }
  /** A template, searched in `templates/`, rendered with the task's variables. */
  | { readonly kind: 'template'; readonly path: string; readonly options: TemplateOptions };

/** Ansible's options of the template module; `undefined` leaves its default (trim_blocks true, lstrip_blocks false). */
export interface TemplateOptions {
  readonly trimBlocks?: boolean | undefined;
  readonly lstripBlocks?: boolean | undefined;
  readonly newlineSequence?: string | undefined;
  readonly variableStart?: string | undefined;
  readonly variableEnd?: string | undefined;
  readonly blockStart?: string | undefined;
  readonly blockEnd?: string | undefined;
}

export type Found =
  /** `mode` is the permission bits on the controller, for `mode: preserve`. `path` is absolute. */
  | { readonly kind: 'file'; readonly path: string; readonly blob: Blob; readonly mode: number }
  | {
      readonly kind: 'tree';
      readonly path: string;
      /** Relative paths, sorted, parents first. */
      readonly directories: readonly string[];
      readonly files: readonly { readonly path: string; readonly blob: Blob; readonly mode: number }[];
    };

/** What a module is given beside its arguments. */
export interface Given {
  /** In the order of `needs`. */
  readonly found: readonly Found[];
  /** The account the task acts as, if it is another than the login. */
  readonly user?: string | undefined;
  /** The result tells the text before and after: `--diff`, or `diff` of the task. */
  readonly isDiffed?: boolean | undefined;
}

/** What came of a plan, for the registered result. */
export type Ran =
  /** Nothing had to be done. */
  | { readonly kind: 'nothing' }
  /** Done, one output per change in order; the last one may have failed, and then those behind it are missing. */
  | { readonly kind: 'done'; readonly outputs: readonly Output[] }
  /** Check mode: would be done. Members that only the doing could tell are `Unknown`. */
  | { readonly kind: 'foreseen' };

/**
 * One kind of thing on a target: how to look at it, and what to change. A module cannot touch a target, cannot see
 * whether the run is a dry one, and cannot read the controller's files: it only describes.
 */
export interface Module<A, S> {
  /** Ansible's short name where the module is Ansible's. */
  readonly name: string;
  /** Further full names, such as `ansible.posix.sysctl`; `ansible.builtin.<name>` and `ansible.legacy.<name>` always resolve. */
  readonly aliases?: readonly string[];
  /** One line, a sentence. */
  readonly summary: string;
  /** YAML of one task that is valid and can be run as root in a scratch host. */
  readonly example: string;
  /** Checked on load where static, and again when rendered. Use the casts of `params.ts`. */
  readonly args: z.ZodType<A>;
  /** The argument that a free-form string fills: `cmd` of command and shell. */
  readonly freeForm?: string;
  readonly needs?: (args: A) => readonly Need[];
  readonly probe: (args: A, given: Given) => Probe<S>;
  /** Pure; all of check mode and diff. */
  readonly plan: (args: A, state: S, given: Given) => Plan;
  /** What `register` sees beside changed, failed, skipped, msg: Ansible's return values. */
  readonly result?: (args: A, state: S, ran: Ran, given: Given) => { readonly [name: string]: Value };
  /** The plan is one opaque act (command, shell, script, raw): its exit status is the result, and it has no before and after. */
  readonly opaque?: boolean;
  /** Of an opaque module: whether its act surely changes nothing, on no machine. */
  readonly isReadOnly?: (args: A) => boolean;
  /** Arguments that hold secrets: their values are masked at every sink. */
  readonly secrets?: readonly string[];
}

/** A module of whatever arguments and state; registries hold these. */
export type AnyModule = Module<any, any>;

/** In place of a state: what was looked at was not seen whole, and nothing may be concluded from the rest. */
class Illegible {
  constructor(readonly why: string) {}
}

const illegible = (why: string): Illegible => new Illegible(`what was looked at: ${why}`);

/** The state, or why the answer is none. */
function read<S>(parse: Probe<S>['parse'], output: Output): S {
  try {
    return parse(output);
  } catch (error) {
    if (error instanceof Incomplete) return illegible(error.message) as S;
    throw error;
  }
}

/** A module as registries hold it: what it looked at and did not get whole is a failure, of which the module sees nothing. */
export function defineModule<A, S>(module: Module<A, S>): Module<A, S> {
  const { probe, plan, result } = module;
  return {
    ...module,
    probe: (args, given) => {
      const { after, ...looking } = probe(args, given);
      const lack = (output: Output) =>
        cutInWords(output) ?? (looking.status === 'told' ? undefined : lackInWords(output));
      return {
        ...looking,
        ...(looking.status === 'told' ? {} : { script: proven(looking.script) }),
        parse: output => {
          const why = lack(output);
          return why === undefined ? read(looking.parse, output) : (illegible(why) as S);
        },
        ...(after && { after: (seen, effects) => (lack(seen) === undefined ? after(seen, effects) : undefined) }),
      };
    },
    plan: (args, state, given) => {
      if (state instanceof Illegible) return blocked(state.why);
      try {
        return plan(args, state, given);
      } catch (error) {
        // A regular expression took too long on what the host says.
        if (error instanceof RenderError) return blocked(error.message);
        throw error;
      }
    },
    ...(result && {
      result: (args, state, ran, given) => (state instanceof Illegible ? {} : result(args, state, ran, given)),
    }),
  };
}

/** Finds a module by any of its names. */
export type Registry = ReadonlyMap<string, AnyModule>;

/** A registry under every name each module answers to. Throws when two claim the same name. */
export function registryOf(modules: readonly AnyModule[]): Registry {
  const registry = new Map<string, AnyModule>();
  for (const module of modules) {
    const names = [
      module.name,
      `ansible.builtin.${module.name}`,
      `ansible.legacy.${module.name}`,
      ...(module.aliases ?? []),
    ];
    for (const name of new Set(names)) {
      if (registry.has(name)) throw new Error(`two modules are called ${name}`);
      registry.set(name, module);
    }
  }
  return registry;
}
