import type { Included } from '../../../core/loader.js';
import type { Handler } from '../../../core/play.js';
import { fail, type Result } from '../../../core/result.js';
import type { Vars } from '../../../core/value.js';
import { toText } from '../../../template/text.js';
import type { HostRun } from '../../state/host.js';
import type { Node } from '../../state/pending-task.js';
import type { Stage } from '../../state/stage.js';

/** What a dynamic include asks for, rendered. */
export interface IncludeRequest {
  readonly kind: 'include';
  readonly what: 'tasks' | 'role';
  readonly args: Vars;
}

/** Brings the files of dynamic includes; each is read once for all hosts. */
export class Include {
  constructor(
    private readonly stage: Stage,
    private readonly host: HostRun,
  ) {}

  async load(node: Node, { what, args }: IncludeRequest): Promise<Result<Included>> {
    const { stage, host } = this;
    const { task } = node;
    const { loader } = stage.run.ports;
    const standing = { role: task.role?.path, here: task.here, playbook: stage.play.directory };
    const named = what === 'tasks' ? (args.file ?? args._raw_params) : args.name;
    if (named === undefined || named === null || named === '') {
      return fail({
        code: 'missing-parameter',
        message: `include_${what} needs ${what === 'tasks' ? 'a file' : 'a `name`'}`,
        place: task.place,
      });
    }
    const key = JSON.stringify([task.id, task.place, toText(named), what === 'role' ? args : null]);
    let loading = stage.included.get(key);
    if (!loading) {
      loading =
        what === 'tasks'
          ? loader.includeTasks(task, toText(named), standing)
          : loader.includeRole(task, args, standing);
      stage.included.set(key, loading);
    }
    const included = await loading;
    if (!included.ok) return included;
    stage.note([...included.value.steps, ...included.value.handlers.map(handler => handler.task)]);
    for (const role of included.value.roles) if (!host.roles.includes(role)) host.roles.push(role);
    for (const handler of included.value.handlers) addHandler(host, handler);
    if (included.value.roles.length > 0) host.version++;
    return included;
  }
}

/** A handler that is there from an earlier use of its role is one with it, and has the keywords of the present use from now on. */
function addHandler(host: HostRun, handler: Handler): void {
  const at = host.handlers.findIndex(known => known === handler || (known.origin ?? known) === handler.origin);
  const known = host.handlers[at];
  if (known === undefined) host.handlers.push(handler);
  else if (known !== handler) {
    host.handlers[at] = handler;
    for (const notified of [host.notified, host.perhapsNotified]) if (notified.delete(known)) notified.add(handler);
  }
}
