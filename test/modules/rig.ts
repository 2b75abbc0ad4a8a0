import { execFileSync } from 'node:child_process';
import {
  chmodSync,
  chownSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  readlinkSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterAll, expect } from 'vitest';
import { isBlocked, type Plan } from '../../src/core/change.js';
import type { AnyModule, Given } from '../../src/core/module.js';
import { type Ground, type Seen, task } from './doing.js';

const roots: string[] = [];
afterAll(() => {
  for (const root of roots.splice(0)) rmSync(root, { recursive: true, force: true });
});

/** A fresh directory that is gone when the tests of the file are over. */
export function scratch(): string {
  const root = mkdtempSync(join(tmpdir(), 'scene-'));
  chmodSync(root, 0o755);
  roots.push(root);
  return root;
}

/** A PATH with nothing on it but busybox, as on the smallest of targets. */
function busyboxPath(): string {
  const bin = scratch();
  for (const applet of execFileSync('busybox', ['--list'], { encoding: 'utf8' }).split('\n'))
    if (/^[\w[]/.test(applet)) symlinkSync('/bin/busybox', join(bin, applet));
  return bin;
}

/** What a target may be like: its shell and its tools. */
export const GROUNDS: readonly (readonly [string, () => Ground])[] = [
  ['dash and coreutils', () => ({ shell: ['dash'] })],
  ['busybox alone', () => ({ shell: ['/bin/busybox', 'sh'], env: { PATH: busyboxPath() } })],
  ['bash --posix', () => ({ shell: ['bash', '--posix'] })],
];

/** What stands in a scene at first: text of a file, a directory, a link, or a file with more to it. */
export type Prop =
  | string
  | { readonly directory: number }
  | { readonly link: string }
  | { readonly text: string | Buffer; readonly mode?: number; readonly uid?: number; readonly gid?: number };

/** Puts `@` for the root of the scene wherever it stands in arguments. */
function placed<T>(value: T, root: string): T {
  if (typeof value === 'string') return value.replaceAll('@', root) as T;
  if (Array.isArray(value)) return value.map(each => placed(each, root)) as T;
  if (typeof value === 'object' && value !== null)
    return Object.fromEntries(Object.entries(value).map(([key, each]) => [key, placed(each, root)])) as T;
  return value;
}

/** A scene: a directory, `@`, with things in it, in which tasks are done by a real shell. */
export class Scene {
  readonly root = scratch();

  constructor(
    props: { readonly [path: string]: Prop },
    readonly ground: Ground,
  ) {
    for (const [name, prop] of Object.entries(props)) {
      const path = join(this.root, name);
      mkdirSync(dirname(path), { recursive: true });
      if (typeof prop === 'string') writeFileSync(path, prop);
      else if ('link' in prop) symlinkSync(placed(prop.link, this.root), path);
      else if ('directory' in prop) {
        mkdirSync(path, { recursive: true });
        chmodSync(path, prop.directory);
      } else {
        writeFileSync(path, prop.text);
        chownSync(path, prop.uid ?? 0, prop.gid ?? 0);
        chmodSync(path, prop.mode ?? 0o644);
      }
    }
  }

  /** Does a task: look, plan, act, look again. */
  task(module: AnyModule, args: unknown, given?: Given): Done {
    return new Done(this, task(module, placed(args, this.root), this.ground, given));
  }

  path(name: string): string {
    return join(this.root, name);
  }
  text(name: string): string {
    return readFileSync(this.path(name), 'utf8');
  }
  mode(name: string): string {
    return (lstatSync(this.path(name)).mode & 0o7777).toString(8).padStart(4, '0');
  }
  kind(name: string): 'file' | 'directory' | 'link' | 'nothing' | 'other' {
    const found = lstatSync(this.path(name), { throwIfNoEntry: false });
    if (!found) return 'nothing';
    return found.isFile() ? 'file' : found.isDirectory() ? 'directory' : found.isSymbolicLink() ? 'link' : 'other';
  }
  linkText(name: string): string {
    return readlinkSync(this.path(name));
  }
  /** Sorted paths of all there is, without the directories above others. */
  all(): readonly string[] {
    const found = execFileSync('find', [this.root, '-mindepth', '1', '-printf', '%P\\0'], { encoding: 'utf8' });
    return found.split('\0').slice(0, -1).sort();
  }
}

/** What came of a task in a scene; each method says what it should have been. */
export class Done {
  constructor(
    readonly scene: Scene,
    readonly seen: Seen,
  ) {}

  get plan(): Plan {
    return this.seen.plan;
  }

  /** It was as wished already. */
  ok(): this {
    return this.changes();
  }

  /** These were changed, in this order, and nothing is left to do. `@` is the root of the scene. */
  changes(...whats: readonly string[]): this {
    this.changesEachTime(...whats);
    expect(isBlocked(this.seen.again) ? this.seen.again.blocked : this.seen.again).toEqual([]);
    return this;
  }

  /** As `changes`, of a task that changes something every time. */
  changesEachTime(...whats: readonly string[]): this {
    expect(isBlocked(this.plan) ? this.plan.blocked : this.plan.map(change => change.what)).toEqual(
      placed(whats, this.scene.root),
    );
    expect(this.seen.outputs.map(({ status, stderr }) => ({ status, stderr }))).toEqual(
      this.seen.outputs.map(() => ({ status: 0, stderr: '' })),
    );
    return this;
  }

  /** Nothing was done, since something is lacking. */
  blocked(why: string | RegExp): this {
    expect(this.plan).toMatchObject({
      blocked: why instanceof RegExp ? expect.stringMatching(why) : placed(why, this.scene.root),
    });
    return this;
  }

  /** The act failed with these words. */
  failed(words: RegExp): this {
    expect(this.seen.status).not.toBe(0);
    expect(this.seen.outputs.at(-1)!.stderr).toMatch(words);
    return this;
  }

  /** What is registered has these members. */
  result(members: { readonly [name: string]: unknown }): this {
    expect(this.seen.result).toMatchObject(placed(members, this.scene.root));
    return this;
  }

  /** The first change, as a diff shows it. */
  shows(before: unknown, after: unknown): this {
    const changes = isBlocked(this.plan) ? (this.plan.foreseen ?? []) : this.plan;
    expect({ before: changes[0]?.before, after: changes[0]?.after }).toEqual(
      placed({ before, after }, this.scene.root),
    );
    return this;
  }

  /** A file reads so afterwards. */
  text(name: string, text: string): this {
    expect(this.scene.text(name)).toBe(text);
    return this;
  }

  mode(name: string, mode: string): this {
    expect(this.scene.mode(name)).toBe(mode);
    return this;
  }
}

/** A way to set scenes on a certain ground: `const given = scenes(ground)`, `given({ 'a': 'text' }).task(copy, { … })`. */
export const scenes =
  (ground: () => Ground) =>
  (props: { readonly [path: string]: Prop } = {}): Scene =>
    new Scene(props, ground());

/** Names that a shell, an option parser or a careless format would trip over, and what would betray that it did. */
export const HOSTILE: readonly string[] = [
  'two words',
  'tab\tbed',
  'line\nbreak',
  'ends in newline\n',
  "single'quote",
  'double"quote',
  '$(touch PWNED)',
  '`touch PWNED`',
  "'; touch PWNED; '",
  '*',
  '?[a-z]',
  '-rf',
  '--help',
  'back\\slash',
  '%s%n',
  '~',
  '$HOME',
  '&& touch PWNED',
  '#hash',
  'ünïcödé ☃',
  'x'.repeat(255),
];
