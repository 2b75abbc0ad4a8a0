import type { AnyModule, Registry } from '../core/module.js';
import { COMMANDS, type Directive, directiveOf, shortName } from './directives.js';

/** What a task calls: a module of the registry, or something the engine does itself. */
export interface Action {
  /** Short, as in messages: `copy`. */
  readonly name: string;
  readonly written: string;
  readonly module?: AnyModule;
  readonly directive?: Directive;
  /** The parameter that free text fills. */
  readonly freeForm?: string;
}

/** Collections whose modules once were in Ansible itself, under the same names. */
const MOVED = /^(?:ansible\.posix|community\.general|community\.crypto)\.(?=\w+$)/;

/** Finds what a name means; the engine's own actions first, since no module may stand in for them. */
export function actionOf(written: string, registry: Registry): Action | undefined {
  const name = shortName(written);
  const directive = directiveOf(written);
  const module = registry.get(written) ?? registry.get(written.replace(MOVED, ''));
  const freeForm = directive?.freeForm ?? module?.freeForm;
  if (!directive && !module) return undefined;
  const called = directive ? name : module!.name;
  return {
    name: called,
    written,
    ...(directive ? { directive } : {}),
    ...(module && !directive ? { module } : {}),
    ...(freeForm ? { freeForm } : {}),
  };
}

/** Whether text behind it is a command, out of which only a few words are taken. */
export const isCommand = (action: Action): boolean => COMMANDS.has(action.name);

/** The engine's name of an action, for what the project does at load: `import_role`. */
export const isAction = (action: Action | undefined, ...names: readonly string[]): boolean =>
  action?.directive !== undefined && names.includes(action.name);
