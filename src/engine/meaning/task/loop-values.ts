import type { Folder } from '../../../core/files.js';
import type { Loader } from '../../../core/loader.js';
import type { Loop, Task } from '../../../core/play.js';
import { RenderError, type Source, Unknown, type Value } from '../../../core/value.js';
import { isLoopOfCommands, linesSaid, loopItems } from '../../../template/loops.js';
import { withoutOmitted } from '../../../template/omit.js';
import { render } from '../../../template/render.js';
import { toText } from '../../../template/text.js';
import type { LayeredScope } from '../variables/scope.js';
import { shortName } from './task.js';

interface Around {
  readonly scope: LayeredScope;
  readonly loader: Loader;
  /** The playbook's folder. */
  readonly directory: string;
  /** Nothing may be done on the controller yet. */
  readonly isAhead: boolean;
}

/** The values that a task goes over; Unknown where they cannot be known yet. Throws RenderError. */
export async function loopValues(task: Task, loop: Loop, around: Around): Promise<readonly Value[] | Unknown> {
  const over = termsOf(loop, around.scope);
  if (over instanceof Unknown) return over;
  const given = withoutOmitted(over) ?? over;
  if (isLoopOfCommands(loop.kind)) return await saidByCommands(task, loop.kind, given, around);
  return loopItems(loop.kind, given, around.scope, folderOf(task));
}

/** Of `with_first_found`, terms in which something is undefined are passed over, so that the next one is looked for. */
function termsOf({ kind, over }: Loop, scope: LayeredScope): Value {
  if (kind !== 'first_found') return render(over, scope);
  const terms = Array.isArray(over) ? (over as readonly Source[]) : [over];
  return terms.flatMap(term => {
    try {
      const value = render(term, scope);
      return Array.isArray(over) || !Array.isArray(value) ? [value] : (value as readonly Value[]);
    } catch (error) {
      if (error instanceof RenderError && error.undefinedName !== undefined) return [];
      throw error;
    }
  });
}

/** `with_lines` and `with_pipe`: what commands say that the controller's shell runs in the playbook's folder, at the task's turn. */
async function saidByCommands(
  { id, place }: Task,
  kind: string,
  over: Value,
  { loader, directory, isAhead, scope }: Around,
): Promise<readonly Value[] | Unknown> {
  if (isAhead) return new Unknown([`task:${id}`]);
  const items: Value[] = [];
  for (const term of Array.isArray(over) ? (over as readonly Value[]) : [over]) {
    if (term instanceof Unknown) return term;
    const command = toText(term);
    const { status, stdout, stderr } = await loader.command(command, directory);
    scope.note?.('controller');
    if (status !== 0)
      throw new RenderError(
        `with_${kind}: the command \`${command}\` ended with status ${status}`,
        place,
        stderr.trim().split('\n')[0] || undefined,
      );
    items.push(...linesSaid(kind, stdout));
  }
  return items;
}

/** Where a task's module searches for files, and so `with_first_found` over it: as Ansible has it, by the word in its name. */
function folderOf({ module }: Task): Folder {
  const name = shortName(module);
  return name.includes('template') ? 'templates' : name.includes('var') ? 'vars' : 'files';
}
