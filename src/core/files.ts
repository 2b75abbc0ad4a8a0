import type { Found, Need, TemplateOptions } from './module.js';
import type { Template } from './value.js';

/** Which folder of a role or playbook a relative path is searched in. */
export type Folder = 'files' | 'templates' | 'vars' | 'tasks';

/** Where a task stands, for the search of relative paths: role/<folder>, role, playbook/<folder>, playbook. */
export interface Standing {
  /** Absolute folder of the role the task belongs to. */
  readonly role?: string | undefined;
  /** Absolute folder of the file the task is written in. */
  readonly here: string;
  /** Absolute folder of the playbook. */
  readonly playbook: string;
}

/** The controller's files as one task sees them. Synchronous, because rendering is. Nothing here runs a program. */
export interface FileSearch {
  /** Absolute path of the first match, or nothing. Absolute paths and `~` are taken as they are. */
  find(path: string, folder: Folder): string | undefined;
  /** All places `find` would look in, for an error. */
  tried(path: string, folder: Folder): readonly string[];
  /** Sorted absolute paths of the files that match a glob, searched as in `find`. */
  glob(pattern: string, folder: Folder): readonly string[];
  /** Its permissions. Throws RenderError if it is not there. */
  mode(absolute: string): number;
  /** Throws RenderError if the file cannot be read. */
  read(absolute: string): Uint8Array;
  /** Writes with mode 0600, parents made (the `password` lookup keeps what it made). */
  write(absolute: string, content: string): void;
  /** A compiled template file, with cache. `#jinja2:` headers count. Throws RenderError with the place of a syntax error. */
  template(absolute: string, options?: TemplateOptions): Template;
  env(name: string): string | undefined;
  /** What a module needs: a file or tree as blobs (streamed, not read). Template needs are rendered by the engine. Throws RenderError. */
  resolve(need: Need & { kind: 'file' }): Promise<Found>;
}
