import { RenderError, type Template, Unknown } from '../../../core/value.js';
import { toText } from '../../../template/text.js';
import type { HostRun } from '../../state/host.js';
import type { Node } from '../../state/pending-task.js';
import type { Stage } from '../../state/stage.js';
import { keyword } from '../variables/keywords.js';
import { scopeOf } from '../variables/variables.js';

const NAME = /^[A-Za-z_][A-Za-z0-9_]*$/;

/** The task with `loop_var` and `index_var` of its loop rendered, where they are templates. Throws RenderError. */
export function withLoopNames(stage: Stage, host: HostRun, node: Node): Node {
  const { task, local } = node;
  const { loop } = task;
  if (!loop?.templated) return node;
  const scope = scopeOf(stage, host, { task, local });
  const nameOf = (template: Template | undefined): string | undefined => {
    if (template === undefined) return undefined;
    const value = keyword(template, scope);
    if (value === undefined) return undefined;
    if (value instanceof Unknown) throw new RenderError('the name of a variable cannot be a fact', template.place);
    const name = toText(value);
    if (!NAME.test(name)) throw new RenderError(`\`${name}\` cannot name a variable`, template.place);
    return name;
  };
  const indexVariable = nameOf(loop.templated.indexVariable) ?? loop.indexVariable;
  const named = { variable: nameOf(loop.templated.variable) ?? loop.variable };
  return {
    ...node,
    task: { ...task, loop: { ...loop, ...named, ...(indexVariable === undefined ? {} : { indexVariable }) } },
  };
}
