import { blobOf } from '../../../core/blob.js';
import type { AnyModule, Found } from '../../../core/module.js';
import type { Task } from '../../../core/play.js';
import { RenderError, Unknown, type Value } from '../../../core/value.js';
import { toText } from '../../../template/text.js';
import type { HostRun } from '../../state/host.js';
import type { Stage } from '../../state/stage.js';
import type { LayeredScope } from '../variables/scope.js';
import { scopeOf, type Viewpoint } from '../variables/variables.js';
import { learnFile, learnTemplate } from './secrecy.js';

interface Gathering {
  readonly stage: Stage;
  readonly host: HostRun;
  readonly view: Viewpoint;
  readonly scope: LayeredScope;
  /** What is brought is secret. */
  readonly noLog: boolean;
}

/** The controller's files a module asked for; templates are rendered here. */
export async function gather(
  module: AnyModule,
  args: unknown,
  task: Task,
  { stage, host, view, scope, noLog }: Gathering,
): Promise<readonly Found[] | Unknown> {
  const found: Found[] = [];
  for (const need of module.needs?.(args) ?? []) {
    const files = scope.files!;
    view.note?.('controller');
    if (need.kind === 'file') {
      const file = await files.resolve(need);
      if (noLog && file.kind === 'file') learnFile(stage.run, file);
      found.push(file);
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
    const template = files.template(path, need.options);
    const seen = scopeOf(stage, host, { ...view, local });
    const text = template.render(seen);
    if (text instanceof Unknown) return text;
    if (noLog) learnTemplate(stage.run, template, toText(text), seen);
    found.push({ kind: 'file', path, blob: blobOf(toText(text)), mode: files.mode(path) });
  }
  return found;
}
