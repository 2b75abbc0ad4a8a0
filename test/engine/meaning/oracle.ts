import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import type { Scratch } from '../rig.js';

/** Whether ansible-core is here to compare with. */
export const hasOracle = spawnSync('ansible-playbook', ['--version']).status === 0;

/**
 * Runs `site.yml` of a scratch project with ansible-core as it was run last; answers the messages of its debug tasks. Throws
 * with what that said, if it did not end well.
 */
export function runWithAnsible(scratch: Scratch, options: readonly string[] = []): readonly string[] {
  const ran = spawnSync('ansible-playbook', ['-i', 'hosts', ...options, join(scratch.folder, 'site.yml')], {
    cwd: scratch.folder,
    encoding: 'utf8',
    env: { ...process.env, ANSIBLE_LOCALHOST_WARNING: 'False', ANSIBLE_NOCOLOR: '1' },
  });
  if (ran.status !== 0) throw new Error(`${ran.stdout}\n${ran.stderr}`);
  return [...ran.stdout.matchAll(/^ {4}"msg": (".*")$/gm)].map(([, text]) => JSON.parse(text!) as string);
}
