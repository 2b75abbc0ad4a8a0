import { blobOf } from '../../../core/blob.js';
import type { AnyModule, Found } from '../../../core/module.js';
import type { Task } from '../../../core/play.js';
import { RenderError, Unknown, type Value } from '../../../core/value.js';
import { toText } from '../../../template/text.js';
import type { HostRun } from '../../state/host.js';
import type { Stage } from '../../state/stage.js';
import type { LayeredScope } from '../variables/scope.js';
import { scopeOf, type Viewpoint } from '../variables/variables.js';

interface Gathering {
  readonly stage: Stage;
  readonly host: HostRun;
  readonly view: Viewpoint;
  readonly scope: LayeredScope;
}

/** The controller's files a module asked for; templates are rendered here. */
export async function gather(
  module: AnyModule,
  args: unknown,
  task: Task,
  { stage, host, view, scope }: Gathering,
): Promise<readonly Found[] | Unknown> {
  const found: Found[] = [];
  for (const need of module.needs?.(args) ?? []) {
    const files = scope.files!;
    view.note?.('controller');
    if (need.kind === 'file') {
      found.push(await files.resolve(need));
      continue;
    }
    const path = files.find(need.path, 'templates');
    if (path === undefined) {
      throw new RenderError(
        `no template \`${need.path}\``,
        task.argPlaces.get('src') ?? task.place,
        `looked in ${files.tried(need.path, 'templates').join(', ')}`,
      );
    }
    const local: Record<string, Value> = {
      ...view.local,
      template_host: 'localhost',
      template_path: path,
      template_fullpath: path,
      template_uid: 'root',
    };
    const text = files.template(path, need.options).render(scopeOf(stage, host, { ...view, local }));
    if (text instanceof Unknown) return text;
    found.push({ kind: 'file', path, blob: blobOf(toText(text)), mode: 0o644 });
  }
  return found;
}
