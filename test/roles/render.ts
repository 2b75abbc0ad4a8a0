import path from 'node:path';
import type { Scope, Value, Vars } from '../../src/core/value.js';
import { FileStore, Files } from '../../src/project/files.js';
import { Texts } from '../../src/project/texts.js';
import { compileExpression, compileText } from '../../src/template/compile.js';

const roles = path.join(import.meta.dirname, '../../roles');

/** A role's folder, its templates as a task of the role would find them, and these variables, nested ones compiled nowhere. */
function scopeOf(role: string, vars: Vars): Scope {
  const folder = path.join(roles, role);
  const store = new FileStore(new Texts(roles), {});
  const files = new Files(store, {
    role: folder,
    here: path.join(folder, 'tasks'),
    playbook: path.join(roles, '../playbooks'),
  });
  return { get: name => vars[name], names: () => Object.keys(vars), files };
}

/** What a template of a role makes of these variables. Throws what is wrong with it. */
export function rendered(role: string, template: string, vars: Vars): string {
  const scope = scopeOf(role, vars);
  return String(scope.files!.template(path.join(roles, role, 'templates', template), {}).render(scope));
}

const nowhere = () => ({ file: 'test', line: 1, column: 1, length: 1 });

/** The value of a bare expression, as an assertion of a role has it. */
export function judged(expression: string, vars: Vars): Value {
  const compiled = compileExpression(expression, nowhere);
  if (!compiled.ok) throw new Error(compiled.error[0]!.message);
  return compiled.value.render(scopeOf('bro-cluster', vars));
}

/** What a text with templates in it gives in a role: `{{ … }}`. */
export function text(role: string, written: string, vars: Vars): Value {
  const compiled = compileText(written, nowhere);
  if (!compiled.ok) throw new Error(compiled.error[0]!.message);
  return compiled.value.render(scopeOf(role, vars));
}
