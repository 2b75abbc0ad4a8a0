import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { expect } from 'vitest';
import type { Scratch, Wish } from '../rig.js';

/** Whether ansible-core is here to compare with. */
export const hasOracle = spawnSync('ansible-playbook', ['--version']).status === 0;

/**
 * Runs `site.yml` of a scratch project with ansible-core as it was run last; answers the messages of its debug tasks. Throws
 * with what that said, if it was to end well and did not.
 */
export function runWithAnsible(
  scratch: Scratch,
  options: readonly string[] = [],
  end: 'well' | 'anyhow' = 'well',
): readonly string[] {
  const ran = spawnSync('ansible-playbook', ['-i', 'hosts', ...options, join(scratch.folder, 'site.yml')], {
    cwd: scratch.folder,
    encoding: 'utf8',
    env: { ...process.env, ANSIBLE_LOCALHOST_WARNING: 'False', ANSIBLE_NOCOLOR: '1' },
  });
  if (end === 'well' && ran.status !== 0) throw new Error(`${ran.stdout}\n${ran.stderr}`);
  return [...ran.stdout.matchAll(/^ {4}"msg": (".*")$/gm)].map(([, text]) => JSON.parse(text!) as string);
}

/**
 * What the debug tasks of plays say on all hosts, sorted, by ringmaster; and, where ansible-core is here, that it says the same.
 * `before` puts the files right for each of the two.
 */
export async function saidAsByAnsible(
  scratch: Scratch,
  plays: string,
  { before = () => undefined, options = [], mayFail = false, ...wish }: Wish & AsByAnsible = {},
): Promise<readonly string[]> {
  before();
  const told = await scratch.run(plays, wish);
  const said = told.events.flatMap(event => (event.kind === 'message' ? [event.text] : [])).sort();
  before();
  if (hasOracle) expect([...runWithAnsible(scratch, options, mayFail ? 'anyhow' : 'well')].sort()).toEqual(said);
  return said;
}

export interface AsByAnsible {
  /** Further words for its command line. */
  readonly options?: readonly string[];
  /** Whether the run may end in failure. */
  readonly mayFail?: boolean;
  before?(): void;
}
