import {
  chmodSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';

/** What a tool may do instead of its work. `half`: it does its work, and the second half of what it says is cut off. */
export const FAULTS = ['removed', 'fails', 'silent', 'half'] as const;
export type Fault = (typeof FAULTS)[number];

const FOLDERS = ['/usr/bin', '/usr/sbin'];
/** One of them by its name on the real path, since a wrapper must not call itself. */
const REAL = `for d in ${FOLDERS.join(' ')}; do [ ! -x "$d/\${0##*/}" ] || break; done`;

const SCRIPTS: { readonly [fault in Exclude<Fault, 'removed'>]: string } = {
  fails: 'exit 1',
  silent: 'exit 0',
  half: `${REAL}
o=/run/.half.$$; "$d/\${0##*/}" "$@" >"$o"
/usr/bin/head -c $(($(/usr/bin/stat -c %s "$o") / 2)) "$o"; /usr/bin/rm -f "$o"; exit 0`,
};

/** A folder with a link to every program of this machine, to be the only one in PATH: so any of them can be put out of order. */
export class Farm {
  readonly #bin: string;
  readonly #log: string;
  readonly #all = new Map<string, string>();

  /** `outside`: a folder of this machine, which is seen as `inside` where the tools run. */
  constructor(
    outside: string,
    readonly inside: string,
  ) {
    this.#bin = join(outside, 'bin');
    this.#log = join(outside, 'log');
    mkdirSync(this.#bin);
    for (const folder of FOLDERS)
      for (const name of readdirSync(folder)) if (!this.#all.has(name)) this.#all.set(name, join(folder, name));
    mkdirSync(join(outside, 'recorders'));
    for (const [name, program] of this.#all) {
      symlinkSync(program, join(this.#bin, name));
      symlinkSync(`${inside}/recorder`, join(outside, 'recorders', name));
    }
    this.#write(
      join(outside, 'recorder'),
      `printf '%s\\n' "\${0##*/}" >>${inside}/log\n${REAL}\nexec "$d/\${0##*/}" "$@"`,
    );
  }
  get path(): string {
    return `${this.inside}/bin`;
  }

  #write(file: string, script: string): void {
    writeFileSync(file, `#!/bin/dash\n${script}\n`);
    chmodSync(file, 0o755);
  }

  #put(name: string, target: string | undefined): void {
    const file = join(this.#bin, name);
    rmSync(file, { force: true });
    if (target !== undefined) symlinkSync(target, file);
  }

  /** PATH where every program is recorded before it runs. */
  get recording(): string {
    return `${this.inside}/recorders`;
  }

  /** The programs that something called by name, with {@link recording} for its PATH. */
  recorded(something: () => void): readonly string[] {
    rmSync(this.#log, { force: true });
    something();
    return existsSync(this.#log) ? [...new Set(readFileSync(this.#log, 'utf8').trim().split('\n'))].sort() : [];
  }

  /** While a tool is out of order. */
  while<T>(fault: Fault, tool: string, something: () => T): T {
    this.#put(tool, undefined);
    if (fault !== 'removed') this.#write(join(this.#bin, tool), SCRIPTS[fault]);
    try {
      return something();
    } finally {
      this.#put(tool, this.#all.get(tool));
    }
  }
}
