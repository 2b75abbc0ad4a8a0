import { readdirSync, readFileSync } from 'node:fs';
import { dirname, isAbsolute, join } from 'node:path';
import SSHConfig, { type Directive, type Line, type Match, type Section } from 'ssh-config';
import { matches, matchesList } from './patterns.js';
import { checkSshConfig } from './ssh-config-check.js';

/** What the ssh config says of one host: lower-case names, values in order of appearance; the first one counts but for IdentityFile. */
export type Settings = ReadonlyMap<string, readonly string[]>;

/** Who asks, for `Match` and `%` tokens. */
export interface Asker {
  /** The host as the user wrote it. */
  readonly alias: string;
  /** A user that was given and so outranks the config. */
  readonly user?: string | undefined;
  readonly localUser: string;
  readonly home: string;
}

/** Includes may be nested this deep (ssh's own limit). */
const DEEPEST = 16;

/**
 * The client's configuration files (ssh_config(5)), the user's first. Only its parser is taken from the package: it does
 * not expand `Include`, and would run the commands of `Match exec`, which are never run here: such blocks do not match.
 */
export class SshConfig {
  readonly #files: readonly string[];
  readonly #parsed = new Map<string, SSHConfig>();

  /** Files that do not exist are empty. */
  constructor(files: readonly string[]) {
    this.#files = files;
  }

  /** Everything that holds for a host. Throws with the file's name where one cannot be read or understood. */
  settings(asker: Asker): Settings {
    const found = new Map<string, string[]>();
    if (asker.user !== undefined) found.set('user', [asker.user]);
    for (const file of this.#files) this.#walk(this.#read(file), { asker, found, holds: true, depth: 0, file });
    return found;
  }

  #read(file: string): SSHConfig {
    const known = this.#parsed.get(file);
    if (known !== undefined) return known;
    const text = textOf(file);
    checkSshConfig(text, file);
    let config: SSHConfig;
    try {
      config = SSHConfig.parse(text);
    } catch (error) {
      throw new Error(`ssh config ${file}: ${(error as Error).message}`);
    }
    this.#parsed.set(file, config);
    return config;
  }

  #walk(lines: readonly Line[], at: Standing): void {
    for (const line of lines) {
      if (line.type !== SSHConfig.DIRECTIVE) continue;
      const name = line.param.toLowerCase();
      if (name === 'host' || name === 'match') {
        const section = line as Section;
        const holds =
          at.holds && (name === 'host' ? matchesList(words(section), at.asker.alias) : met(section as Match, at));
        this.#walk(section.config, { ...at, holds });
      } else if (name === 'include') {
        if (at.holds) this.#include(words(line), at);
      } else if (at.holds) note(at.found, name, words(line));
    }
  }

  #include(patterns: readonly string[], at: Standing): void {
    if (at.depth >= DEEPEST) throw new Error(`ssh config ${at.file}: Include nested more than ${DEEPEST} deep`);
    for (const pattern of patterns) {
      // Relative to ~/.ssh in the user's files, to /etc/ssh in the system's: where the outermost file lies.
      const path = untilde(pattern, at.asker.home);
      const root = at.root ?? dirname(at.file);
      for (const file of glob(isAbsolute(path) ? path : join(root, path))) {
        this.#walk(this.#read(file), { ...at, file, root, depth: at.depth + 1 });
      }
    }
  }
}

/** The text of a file, empty where there is none. Throws with its name where it cannot be read. */
function textOf(file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return '';
    throw new Error(`ssh config ${file}: ${(error as Error).message}`);
  }
}

interface Standing {
  readonly asker: Asker;
  readonly found: Map<string, string[]>;
  /** Whether the block one stands in holds for the host. */
  readonly holds: boolean;
  readonly depth: number;
  readonly file: string;
  readonly root?: string | undefined;
}

function note(found: Map<string, string[]>, name: string, values: readonly string[]): void {
  if (name === 'identityfile') found.set(name, [...(found.get(name) ?? []), ...values]);
  // Whichever of the two comes first rules out the other.
  else if (name === 'proxyjump' && found.has('proxycommand')) return;
  else if (name === 'proxycommand' && found.has('proxyjump')) return;
  else if (!found.has(name)) found.set(name, [...values]);
}

const words = ({ value }: Directive): readonly string[] =>
  typeof value === 'string' ? [value] : value.map(({ val }) => val);

/** Whether all criteria of a `Match` are met. */
function met({ criteria }: Match, { asker, found }: Standing): boolean {
  const host = found.get('hostname')?.[0]?.replaceAll('%h', asker.alias) ?? asker.alias;
  const subjects: Record<string, string> = {
    host,
    originalhost: asker.alias,
    user: found.get('user')?.[0] ?? asker.localUser,
    localuser: asker.localUser,
  };
  return Object.entries(criteria).every(([name, criterion]) => {
    const negated = name.startsWith('!');
    const key = name.replace(/^!/, '').toLowerCase();
    if (key === 'all') return !negated;
    const subject = subjects[key];
    if (subject === undefined) return false;
    const list = typeof criterion === 'string' ? criterion.split(',') : criterion.flatMap(({ val }) => val.split(','));
    return matchesList(list, subject) !== negated;
  });
}

/** `~` and `~/…` made absolute. */
export const untilde = (path: string, home: string): string =>
  path === '~' || path.startsWith('~/') ? join(home, path.slice(1)) : path;

/** Existing files that match a path with `*` and `?`, sorted, as glob(7): a wildcard does not match a leading dot. */
function glob(path: string): readonly string[] {
  let found = ['/'];
  for (const part of path.split('/').filter(part => part !== '')) {
    if (!/[*?]/.test(part)) found = found.map(directory => join(directory, part));
    else {
      found = found.flatMap(directory =>
        entries(directory)
          .filter(name => matches(part, name) && (!name.startsWith('.') || part.startsWith('.')))
          .map(name => join(directory, name)),
      );
    }
  }
  return found;
}

function entries(directory: string): readonly string[] {
  try {
    return readdirSync(directory).sort();
  } catch {
    return [];
  }
}
