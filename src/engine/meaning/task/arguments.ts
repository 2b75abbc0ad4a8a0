import type { AnyModule } from '../../../core/module.js';
import type { Task } from '../../../core/play.js';
import { join, type Sh, sh, userScript } from '../../../core/sh.js';
import { isVars, RenderError, Unknown, type Value, type Vars } from '../../../core/value.js';
import { withoutOmitted } from '../../../template/omit.js';
import { render } from '../../../template/render.js';
import { toText } from '../../../template/text.js';
import type { LayeredScope } from '../variables/scope.js';

/** A task's arguments over the module_defaults that concern it; what is omitted or null is not given. */
export function renderArgs(task: Task, module: AnyModule, scope: LayeredScope): Vars {
  const merged: Record<string, Value> = {};
  for (const source of task.keywords.moduleDefaults) {
    const defaults = render(source, scope);
    if (!isVars(defaults)) continue;
    for (const name of [module.name, `ansible.builtin.${module.name}`, task.module]) {
      const own = defaults[name];
      if (isVars(own)) Object.assign(merged, own);
    }
  }
  const args = render(task.args, scope);
  if (args instanceof Unknown) return { args };
  if (!isVars(args) && args !== null)
    throw new RenderError(`the arguments of ${task.module} must be a dictionary`, task.place);
  // What is omitted is not given, whatever module_defaults say of it.
  const all = (withoutOmitted({ ...merged, ...args }) ?? {}) as Vars;
  // Null is "not given", as in Ansible: `mode:` with nothing behind it.
  return Object.fromEntries(Object.entries(all).filter(([, value]) => value !== null));
}

/** `environment`, outer first, as exports. */
export function exportsOf(task: Task, scope: LayeredScope): Sh | Unknown | undefined {
  const lines: Sh[] = [];
  for (const source of task.keywords.environment) {
    const value = withoutOmitted(render(source, scope));
    if (value instanceof Unknown) return value;
    const parts = Array.isArray(value) ? (value as readonly Value[]) : [value];
    for (const part of parts) {
      if (part === undefined || part === null || part === '') continue;
      if (!isVars(part)) throw new RenderError('`environment` must be a dictionary', task.place);
      for (const [name, word] of Object.entries(part)) {
        if (word instanceof Unknown) return word;
        if (!/^[A-Za-z_]\w*$/.test(name))
          throw new RenderError(`\`${name}\` cannot name a variable of the environment`, task.place);
        lines.push(sh`export ${userScript(name)}=${toText(word)}`);
      }
    }
  }
  return lines.length > 0 ? join(lines, '\n') : undefined;
}
