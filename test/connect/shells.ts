import { execFileSync } from 'node:child_process';
import { connectorOf } from '../../src/connect/connect.js';
import type { ConnectOptions } from '../../src/connect/options.js';
import type { Connection } from '../../src/core/connection.js';
import { targetOf } from './rig.js';

type Shell = readonly [string, ...string[]];

const installed = ([program]: Shell): boolean => {
  try {
    execFileSync('/bin/sh', ['-c', `command -v ${program}`], { stdio: 'pipe' });
    return true;
  } catch {
    console.warn(`SKIPPED: ${program} is not installed`);
    return false;
  }
};

/** What /bin/sh may be on a target. */
export const SHELLS: readonly (readonly [name: string, shell: Shell])[] = (
  [['dash'], ['busybox', 'sh'], ['bash', '--posix']] as const
)
  .filter(installed)
  .map(shell => [shell.join(' '), shell]);

/** This machine through a given shell. */
export async function localBy(localShell: Shell, options: ConnectOptions = {}): Promise<Connection> {
  const connected = await connectorOf({ localShell, ...options })(targetOf({ connection: 'local' }));
  if (!connected.ok) throw new Error(JSON.stringify(connected.failure));
  return connected.connection;
}
