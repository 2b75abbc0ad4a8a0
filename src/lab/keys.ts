import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { demand } from './command.js';
import type { LabHost } from './state.js';

/** Makes an ed25519 key pair `file`, `file.pub`, without passphrase; answers the public line. */
export async function makeKey(file: string, comment: string): Promise<string> {
  await demand('ssh-keygen', ['ssh-keygen', '-q', '-t', 'ed25519', '-N', '', '-C', comment, '-f', file]);
  return readFileSync(`${file}.pub`, 'utf8').trim();
}

/** Files by which the controller reaches the hosts; all in the lab's state folder. */
export interface SshFiles {
  readonly privateKey: string;
  readonly knownHosts: string;
  /** For `ssh -F`: hosts by name, strict host keys, nothing of the user's own configuration. */
  readonly config: string;
}

export const sshFiles = (folder: string): SshFiles => ({
  privateKey: join(folder, 'id_ed25519'),
  knownHosts: join(folder, 'known_hosts'),
  config: join(folder, 'ssh_config'),
});

/** What an ssh_config says of every login by these files: as root, strict, and nothing of the user's own. */
export const loginLines = (files: SshFiles): readonly string[] => [
  '  User root',
  `  IdentityFile ${files.privateKey}`,
  '  IdentitiesOnly yes',
  `  UserKnownHostsFile ${files.knownHosts}`,
  '  GlobalKnownHostsFile /dev/null',
  '  StrictHostKeyChecking yes',
];

/** Writes known_hosts and ssh_config. `keys`: each host's public host key line. */
export function writeSshFiles(files: SshFiles, hosts: readonly LabHost[], keys: readonly string[]): void {
  const keyOf = (i: number) => keys[i]!.split(' ').slice(0, 2).join(' ');
  writeFileSync(files.knownHosts, hosts.map(({ name, address }, i) => `${name},${address} ${keyOf(i)}\n`).join(''), {
    mode: 0o600,
  });
  const every = ['Host *', ...loginLines(files), '  ConnectTimeout 10'];
  const each = hosts.map(({ name, address }) => `Host ${name}\n  HostName ${address}`);
  writeFileSync(files.config, `${[...each, ...every].join('\n')}\n`, { mode: 0o600 });
}
