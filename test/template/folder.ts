import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import type { FileSearch } from '../../src/core/files.js';
import { RenderError, type Template } from '../../src/core/value.js';
import { compileFile } from '../../src/template/compile.js';

/** A role's folder on disk, searched as Ansible does: `<folder>/<path>`, then `<path>`. */
export class RoleFolder implements FileSearch, Disposable {
  readonly root = mkdtempSync(join(tmpdir(), 'rm-role-'));

  constructor(files: { readonly [path: string]: string }) {
    for (const [path, content] of Object.entries(files)) this.write(join(this.root, path), content);
  }
  tried(path: string, folder: string): readonly string[] {
    return path.startsWith('/') ? [path] : [join(this.root, folder, path), join(this.root, path)];
  }
  find(path: string, folder: string): string | undefined {
    return this.tried(path, folder).find(one => existsSync(one));
  }
  glob(pattern: string, folder: string): readonly string[] {
    for (const one of this.tried(pattern, folder)) {
      const start = dirname(one);
      const last = new RegExp(
        `^${one
          .slice(start.length + 1)
          .replaceAll('.', '\\.')
          .replaceAll('*', '.*')}$`,
      );
      const found = existsSync(start) ? readNames(start).filter(name => last.test(name)) : [];
      if (found.length > 0) return found.map(name => join(start, name)).filter(path => statSync(path).isFile());
    }
    return [];
  }
  read(absolute: string): Uint8Array {
    try {
      return readFileSync(absolute);
    } catch (error) {
      throw new RenderError(`cannot read ${absolute}: ${(error as Error).message}`);
    }
  }
  write(absolute: string, content: string): void {
    mkdirSync(dirname(absolute), { recursive: true });
    writeFileSync(absolute, content, { mode: 0o600 });
  }
  mode(): number {
    return 0o644;
  }

  template(absolute: string, options?: Parameters<FileSearch['template']>[1]): Template {
    const compiled = compileFile(readFileSync(absolute, 'utf8'), absolute, options);
    if (compiled.ok) return compiled.value;
    const [first] = compiled.error;
    throw new RenderError(first!.message, first!.place);
  }
  env(name: string): string | undefined {
    return { HOME: '/home/ada', SITE: 'lab' }[name];
  }
  async resolve(): Promise<never> {
    throw new Error('not asked of templates');
  }
  [Symbol.dispose](): void {
    rmSync(this.root, { recursive: true, force: true });
  }
}

const readNames = (folder: string): string[] => readdirSync(folder).sort();
