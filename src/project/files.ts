import { existsSync, mkdirSync, readdirSync, readFileSync, realpathSync, statSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { decode } from '../core/bytes.js';
import type { FileSearch, Folder, Standing } from '../core/files.js';
import type { Found, Need, TemplateOptions } from '../core/module.js';
import { RenderError, type Template } from '../core/value.js';
import { compileFile } from '../template/compile.js';
import { FileBlobs } from './blob-file.js';
import { firstExisting, searchOrder } from './file-search.js';
import { glob } from './glob.js';
import { isInside } from './role-safety.js';
import { reason, type Texts } from './texts.js';
import { treeOf } from './tree.js';
import { refuseVaulted } from './vaulted.js';

/** What all views of the controller's files share: what was compiled and hashed. */
export class FileStore {
  readonly blobs = new FileBlobs();
  readonly #templates = new Map<string, { readonly mtime: number; readonly template: Template }>();

  constructor(
    readonly texts: Texts,
    readonly environment: Readonly<Record<string, string | undefined>>,
  ) {}

  /** Compiled once for each set of options, and again only after the file changed. */
  template(absolute: string, options: TemplateOptions): Template {
    const key = `${absolute}\0${JSON.stringify(options)}`;
    const mtime = reading(absolute, () => statSync(absolute).mtimeMs);
    const known = this.#templates.get(key);
    if (known?.mtime === mtime) return known.template;
    const bytes = reading(absolute, () => readFileSync(absolute));
    refuseVaulted(absolute, this.texts.shown(absolute), bytes);
    const content = decode(bytes);
    const shown = this.texts.keep(absolute, content);
    const compiled = compileFile(content, shown, options);
    if (!compiled.ok) {
      const [first] = compiled.error;
      throw new RenderError(first?.message ?? 'a broken template', first?.place, first?.hint);
    }
    this.#templates.set(key, { mtime, template: compiled.value });
    return compiled.value;
  }
}

/** The controller's files as seen from a task. */
export class Files implements FileSearch {
  constructor(
    readonly store: FileStore,
    readonly standing: Standing,
  ) {}

  find(name: string, folder: Folder): string | undefined {
    return firstExisting(this.tried(name, folder));
  }

  tried(name: string, folder: Folder): readonly string[] {
    return searchOrder(name, folder, this.standing);
  }

  glob(pattern: string, folder: Folder): readonly string[] {
    const base = path.basename(pattern);
    const directory = path.dirname(pattern);
    const folders = this.tried(directory, folder).filter(one => existsSync(one) && statSync(one).isDirectory());
    // As Ansible does: a pattern without a folder is looked for until something matches, one with a folder where that is.
    const asked = directory === '.' ? folders : folders.slice(0, 1);
    for (const one of asked) {
      const found = filesIn(one, base);
      if (found.length > 0) return found;
    }
    return [];
  }

  mode(absolute: string): number {
    return reading(absolute, () => statSync(absolute)).mode & 0o7777;
  }

  read(absolute: string): Uint8Array {
    const bytes = reading(absolute, () => readFileSync(absolute));
    refuseVaulted(absolute, this.store.texts.shown(absolute), bytes);
    return bytes;
  }

  write(absolute: string, content: string): void {
    mkdirSync(path.dirname(absolute), { recursive: true, mode: 0o700 });
    writeFileSync(absolute, content, { mode: 0o600 });
  }

  template(absolute: string, options: TemplateOptions = {}): Template {
    return this.store.template(absolute, options);
  }

  env(name: string): string | undefined {
    return this.store.environment[name];
  }

  async resolve({ path: name, decrypt = true }: Need & { kind: 'file' }): Promise<Found> {
    const absolute = this.find(name, 'files');
    if (absolute === undefined) {
      const tried = this.tried(name, 'files').map(one => this.store.texts.shown(one));
      throw new RenderError(`there is no file \`${name}\``, undefined, `looked for ${tried.join(', ')}`);
    }
    this.#stayInRole(absolute);
    const stat = reading(absolute, () => statSync(absolute));
    if (stat.isDirectory()) {
      const tree = await treeOf(absolute, this.store.blobs);
      if (decrypt && tree.kind === 'tree')
        for (const { path: below, blob } of tree.files) this.#refuse(path.join(absolute, below), blob.bytes);
      return tree;
    }
    if (!stat.isFile()) throw new RenderError(`${absolute} is neither a file nor a directory`);
    try {
      const blob = await this.store.blobs.blob(absolute);
      if (decrypt) this.#refuse(absolute, blob.bytes);
      return { kind: 'file', path: absolute, blob, mode: stat.mode & 0o7777 };
    } catch (error) {
      if (error instanceof RenderError) throw error;
      throw new RenderError(`${this.store.texts.shown(absolute)} ${reason(error)}`);
    }
  }

  #refuse(absolute: string, bytes: Uint8Array | undefined): void {
    refuseVaulted(absolute, this.store.texts.shown(absolute), bytes);
  }

  /** A link may have been put into the role since it was checked; a path with `..` may leave it on purpose. */
  #stayInRole(absolute: string): void {
    const { role } = this.standing;
    if (role === undefined || !isInside(absolute, role)) return;
    const real = realpathSync(absolute);
    if (!isInside(real, realpathSync(role))) throw new RenderError(`${absolute} is a symbolic link out of its role`);
  }
}

/** Sorted paths of the files of a folder whose names match. */
function filesIn(directory: string, pattern: string): readonly string[] {
  const test = glob(pattern);
  return readdirSync(directory)
    .filter(name => test.test(name) && (!name.startsWith('.') || pattern.startsWith('.')))
    .map(name => path.join(directory, name))
    .filter(one => existsSync(one) && statSync(one).isFile())
    .sort();
}

function reading<T>(absolute: string, read: () => T): T {
  try {
    return read();
  } catch (error) {
    throw new RenderError(`${absolute} ${reason(error)}`);
  }
}
