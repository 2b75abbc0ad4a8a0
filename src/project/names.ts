import type { Inventory, Keywords, Task } from '../core/play.js';
import { type Source, type SourceVars, Template } from '../core/value.js';
import { shortName } from './directives.js';
import { KeyedTemplate } from './keyed-template.js';
import { isMagic } from './magic-names.js';
import { isSourceVars, templatesIn } from './source.js';

/** Every name that some part of the project defines, with what it is defined as, and every name somebody asks for with a guard. */
export class Names {
  readonly #definitions = new Map<string, Source[]>();
  readonly #guarded = new Set<string>();
  readonly #layers = new Set<SourceVars>();
  /** A task makes names out of templates: then nothing can be called undefined. */
  isOpen = false;

  isDefined(name: string): boolean {
    return this.#definitions.has(name) || isMagic(name);
  }

  isGuarded(name: string): boolean {
    return this.#guarded.has(name);
  }

  all(): Iterable<string> {
    return this.#definitions.keys();
  }

  /** What a name may stand for. */
  definitions(name: string): readonly Source[] {
    return this.#definitions.get(name) ?? [];
  }

  define(name: string, value?: Source): void {
    const known = this.#definitions.get(name);
    if (known) known.push(...(value === undefined ? [] : [value]));
    else this.#definitions.set(name, value === undefined ? [] : [value]);
    if (value !== undefined) this.guards(value);
  }

  /** A dictionary of variables; shared ones are taken once. */
  layer(vars: SourceVars): void {
    if (this.#layers.has(vars)) return;
    this.#layers.add(vars);
    for (const [name, value] of Object.entries(vars)) this.define(name, value);
  }

  inventory({ hosts, groups }: Inventory): void {
    for (const group of groups.values()) for (const vars of group.vars) this.layer(vars);
    for (const host of hosts.values()) for (const vars of host.vars) this.layer(vars);
  }

  keywords({ vars, params }: Keywords): void {
    for (const layer of [...vars, ...params]) this.layer(layer);
  }

  /** What a task leaves behind, what its loop is called, and what it asks for with a guard. */
  task(task: Task): void {
    this.keywords(task.keywords);
    if (task.register) this.define(task.register);
    if (task.loop) this.define(task.loop.variable);
    if (task.loop?.indexVariable) this.define(task.loop.indexVariable);
    if (task.loop?.templated) this.isOpen = true;
    const module = shortName(task.module);
    if (module === 'set_fact' || module === 'add_host') this.#made(task.args);
    if (module === 'include_vars' && isSourceVars(task.args) && typeof task.args.name === 'string')
      this.define(task.args.name);
    for (const source of sourcesOf(task)) this.guards(source);
  }

  #made(args: Source): void {
    if (isSourceVars(args)) for (const [name, value] of Object.entries(args)) this.define(name, value);
    else if (args instanceof Template) this.isOpen = true;
    if (args instanceof KeyedTemplate)
      for (const { key, value } of args.pairs) if (typeof key === 'string') this.define(key, value);
  }

  guards(source: Source): void {
    for (const template of templatesIn(source))
      for (const { name, guarded } of template.reads) if (guarded) this.#guarded.add(name);
  }
}

/** All of a task that is rendered when it runs, except its name. */
export function sourcesOf(task: Task): readonly Source[] {
  const { keywords, loop } = task;
  const { vars: _vars, params: _params, tags: _tags, ...others } = keywords;
  return [
    task.args,
    ...(loop ? [loop.over, loop.label, loop.pause, ...Object.values(loop.templated ?? {})] : []),
    ...task.notify,
    ...(task.until ?? []),
    ...(task.changedWhen ?? []),
    ...(task.failedWhen ?? []),
    task.retries,
    task.delay,
    task.async,
    task.poll,
    ...Object.values(others).flat(),
  ].filter((source): source is Source => source !== undefined);
}
