import type { Diagnostic } from '../../../core/place.js';
import type { Task } from '../../../core/play.js';
import { isVars, type Value, type Vars } from '../../../core/value.js';
import { toText } from '../../../template/text.js';
import { resultsIn } from './outcomes.js';

/**
 * What a module warns of, each text once: `warnings` and `deprecations` of its result and of those of its items, as in
 * Ansible's common return values. Of a task under `no_log` only that there was something.
 */
export function warningsOf({ place }: Task, result: Vars, noLog: boolean): readonly Diagnostic[] {
  const found = new Map<string, Diagnostic>();
  for (const { warnings, deprecations } of resultsIn(result)) {
    for (const warning of listOf(warnings)) {
      const message = toText(warning);
      found.set(message, { code: 'module-warning', message, place });
    }
    for (const deprecation of listOf(deprecations)) {
      const message = isVars(deprecation) ? describe(deprecation) : toText(deprecation);
      found.set(message, { code: 'deprecated', message, place });
    }
  }
  if (!noLog || found.size === 0) return [...found.values()];
  return [{ code: 'module-warning', message: 'a warning is hidden, since no_log is set for this task', place }];
}

const listOf = (value: Value | undefined): readonly Value[] =>
  Array.isArray(value) ? (value as readonly Value[]) : [];

/** `msg`, and when it goes: `version` or `date`. */
function describe({ msg, version, date }: Vars): string {
  const when = [version === undefined || version === null ? [] : `version ${toText(version)}`, date ?? []].flat()[0];
  return `${toText(msg ?? '')}${when === undefined ? '' : ` (to be removed in ${toText(when as Value)})`}`;
}
