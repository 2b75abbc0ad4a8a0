import type { Output } from '../../core/probe.js';

/** What stands at the destination. */
export type Local =
  | { readonly kind: 'nothing' }
  /** A directory with something in it, or a file, and no repository. */
  | { readonly kind: 'occupied' }
  /** Git refuses it, since it belongs to somebody else. */
  | { readonly kind: 'foreign'; readonly owner: string }
  | Repository;

export interface Repository {
  readonly kind: 'repository';
  /** Nothing before the first commit. */
  readonly head?: string | undefined;
  readonly branch?: string | undefined;
  readonly url?: string | undefined;
  /** Lines of `git status` about files that git knows; untracked ones are none of them. */
  readonly modified: readonly string[];
  /** Commits on the branch that no remote branch has, as far as was fetched. */
  readonly ahead: number;
  /** Submodules that are not at their commit, or not there. */
  readonly submodules: readonly string[];
}

/** What the remote repository has under the version asked for. */
export type Remote =
  | { readonly kind: 'not-asked' }
  | { readonly kind: 'error'; readonly why: string }
  /** Not a branch and not a tag: a commit, if it is anything. */
  | { readonly kind: 'unknown' }
  | { readonly kind: 'branch' | 'tag' | 'detached'; readonly name: string; readonly commit: string };

export interface Sight {
  readonly installed: boolean;
  /** Without git: nothing is at the destination, so that a clone is sure to come once git is there. */
  readonly isFree: boolean;
  readonly local: Local;
  readonly remote: Remote;
}

/** Reads lines of a word and the rest. */
export function sightOf({ stdout }: Output): Sight {
  const lines = stdout.split('\n');
  const all = (word: string) =>
    lines.filter(line => line.startsWith(`${word} `)).map(line => line.slice(word.length + 1));
  const first = (word: string) => all(word)[0] || undefined;
  const foreign = first('foreign');
  const local: Local = foreign
    ? { kind: 'foreign', owner: foreign }
    : lines.includes('occupied')
      ? { kind: 'occupied' }
      : lines.includes('repository')
        ? {
            kind: 'repository',
            head: first('head'),
            branch: first('branch'),
            url: first('url'),
            modified: all('modified'),
            ahead: Number(first('ahead') ?? 0),
            submodules: all('submodule'),
          }
        : { kind: 'nothing' };
  return { installed: lines.includes('installed'), isFree: lines.includes('free'), local, remote: remoteOf(all) };
}

function remoteOf(all: (word: string) => readonly string[]): Remote {
  const error = all('error').join('\n');
  if (error !== '') return { kind: 'error', why: error };
  const version = all('version')[0];
  if (version === undefined) return { kind: 'not-asked' };
  const refs = new Map<string, string>();
  let symbolic: string | undefined;
  for (const line of all('ref')) {
    const target = /^ref: refs\/heads\/(\S+)\tHEAD$/.exec(line)?.[1];
    const ref = /^([0-9a-f]{40,64})\t(\S+)$/.exec(line);
    if (target) symbolic = target;
    else if (ref) refs.set(ref[2]!, ref[1]!);
  }
  if (version === 'HEAD') {
    const commit = refs.get('HEAD');
    if (commit === undefined) return { kind: 'unknown' };
    return symbolic ? { kind: 'branch', name: symbolic, commit } : { kind: 'detached', name: 'HEAD', commit };
  }
  const branch = refs.get(`refs/heads/${version}`);
  if (branch !== undefined) return { kind: 'branch', name: version, commit: branch };
  // Of an annotated tag the commit it stands for.
  const tag = refs.get(`refs/tags/${version}^{}`) ?? refs.get(`refs/tags/${version}`);
  if (tag !== undefined) return { kind: 'tag', name: version, commit: tag };
  const other = refs.get(version);
  return other === undefined ? { kind: 'unknown' } : { kind: 'detached', name: version, commit: other };
}
