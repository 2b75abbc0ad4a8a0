import type { Included } from '../../../core/loader.js';
import type { Handler } from '../../../core/play.js';
import { fail, type Result } from '../../../core/result.js';
import { plain, type Vars } from '../../../core/value.js';
import { toText } from '../../../template/text.js';
import type { HostRun } from '../../state/host.js';
import type { Node } from '../../state/pending-task.js';
import type { Stage } from '../../state/stage.js';

/** Includes of one play. Two in each file, and thirty levels of them, would run for years. */
const MOST_FILES = 100_000;

/** What a dynamic include asks for, rendered. */
export interface IncludeRequest {
  readonly kind: 'include';
  readonly what: 'tasks' | 'role';
  readonly args: Vars;
}

/** An include's request, with the item of its loop. */
export interface Requested {
  readonly request: IncludeRequest;
  readonly local: Vars | undefined;
}

/** The same text again is another one. */
function numbered(keys: readonly string[]): readonly string[] {
  const seen = new Map<string, number>();
  return keys.map(key => {
    const count = (seen.get(key) ?? 0) + 1;
    seen.set(key, count);
    return `${count} ${key}`;
  });
}

/** Brings the files of dynamic includes; each is read once for all hosts. */
export class Include {
  constructor(
    private readonly stage: Stage,
    private readonly host: HostRun,
  ) {}

  /**
   * In which order the files of an include are walked, as numbers of positions: file by file in lockstep, in the order in
   * which the hosts of the batch bring them, so that hosts with other files wait for each other as in Ansible.
   */
  async placesOf(node: Node, requests: readonly Requested[]): Promise<readonly number[]> {
    const { gate, batch } = this.stage;
    if (!gate) return requests.map((_, i) => i);
    const at = this.stage.includesAt(node.position);
    const own = numbered(requests.map(({ request: { args }, local }) => JSON.stringify([plain(args), local])));
    at.set(this.host, own);
    await gate.pass(this.host, [...node.position, -1]);
    const order = [...new Set(batch.flatMap(host => at.get(host) ?? []))];
    return own.map(key => order.indexOf(key));
  }

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
      if (stage.included.size >= MOST_FILES)
        return fail({ code: 'too-large', message: `more than ${MOST_FILES} includes in one play`, place: task.place });
      loading =
        what === 'tasks'
          ? loader.includeTasks(task, toText(named), standing)
          : loader.includeRole(task, args, standing);
      stage.included.set(key, loading);
    }
    const included = await loading;
    if (!included.ok) return included;
    for (const role of included.value.roles) if (!host.roles.includes(role)) host.roles.push(role);
    for (const handler of included.value.handlers) addHandler(host, handler);
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
