import type { Folder } from '../../core/files.js';
import { RenderError } from '../../core/value.js';
import type { Run } from '../run.js';
import type { Term } from '../terms.js';

/** What a lookup is asked. */
export interface Question {
  readonly terms: readonly Term[];
  /** Keyword arguments. */
  readonly options: ReadonlyMap<string, Term>;
  readonly run: Run;
  /** Where relative paths are searched; `files` unless the task's module says otherwise. */
  readonly folder?: Folder | undefined;
}

/** Finds a list of results. Throws RenderError. */
export type Lookup = (question: Question) => readonly Term[];

/** The controller's files, for a lookup that cannot do without. */
export function filesOf(run: Run, who: string) {
  const { files } = run;
  if (!files) throw new RenderError(`${who} cannot read files here`);
  return files;
}

/** A variable of the controller's environment, which stays as it was when ringmaster was started: reading it is pure. */
export function environmentOf(run: Run, who: string, name: string): string | undefined {
  const { files } = run.scope;
  if (!files) throw new RenderError(`${who} cannot read the environment here`);
  return files.env(name);
}

/** Finds a file or throws with all places that were searched. */
export function mustFind(question: Question, path: string, folder: 'files' | 'templates'): string {
  const files = filesOf(question.run, 'a lookup');
  const found = files.find(path, folder);
  if (found !== undefined) return found;
  throw new RenderError(
    `could not find the file ${path}`,
    undefined,
    `looked for ${files.tried(path, folder).join(', ')}`,
  );
}
