import { spawn } from 'node:child_process';
import { chmodSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';

/** The built program, as a user has it. */
export const MAIN = resolve(import.meta.dirname, '../../dist/main.js');

export interface Ran {
  readonly code: number;
  readonly out: string;
  readonly err: string;
}

/** A scratch folder with a project in it, where the program is run. */
export class Desk {
  readonly folder = mkdtempSync(join(tmpdir(), 'cli-'));

  /** Writes files; a name that ends in `.sh` is a program. */
  write(files: Readonly<Record<string, string>>): this {
    for (const [name, text] of Object.entries(files)) {
      mkdirSync(dirname(join(this.folder, name)), { recursive: true });
      writeFileSync(join(this.folder, name), text);
      if (name.endsWith('.sh')) chmodSync(join(this.folder, name), 0o755);
    }
    return this;
  }

  ringmaster(...args: readonly string[]): Promise<Ran> {
    return this.run([process.execPath, MAIN, ...args]);
  }

  /** A command line of the user's shell, in which `ringmaster` is the program. */
  shell(line: string): Promise<Ran> {
    return this.run(['bash', '-o', 'pipefail', '-c', `ringmaster() { "$NODE" "$MAIN" "$@"; }\n${line}`]);
  }

  async run(argv: readonly string[]): Promise<Ran> {
    const env = { ...process.env, NODE: process.execPath, MAIN, NO_COLOR: '1' };
    for (const name of ['FORCE_COLOR', 'RINGMASTER_INVENTORY', 'ANSIBLE_INVENTORY']) Reflect.deleteProperty(env, name);
    return await new Promise((done, reject) => {
      const child = spawn(argv[0]!, argv.slice(1), { cwd: this.folder, env });
      let [out, err] = ['', ''];
      child.stdout.on('data', (chunk: Buffer) => {
        out += chunk.toString();
      });
      child.stderr.on('data', (chunk: Buffer) => {
        err += chunk.toString();
      });
      child.on('error', reject);
      child.on('close', code => done({ code: code ?? -1, out, err }));
      child.stdin.end();
    });
  }

  remove(): void {
    rmSync(this.folder, { recursive: true, force: true });
  }
}
