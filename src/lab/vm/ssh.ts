import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { loginLines, type SshFiles } from '../keys.js';
import type { Layer } from '../layer.js';

/** The machine's name in inventories and for ssh. */
export const VM = 'vm';

/** Where the files are by which a machine is reached. The key pair is the disk's. */
export const sshFilesOf = (disk: Layer, folder: string): SshFiles => ({
  privateKey: join(disk.folder, 'id_ed25519'),
  knownHosts: join(folder, 'known_hosts'),
  config: join(folder, 'ssh_config'),
});

/** Writes known_hosts and ssh_config for a machine behind that port of ours: strict, and nothing of the user's own. */
export function writeSsh(disk: Layer, folder: string, port: number): SshFiles {
  const files = sshFilesOf(disk, folder);
  const [type, key] = readFileSync(join(disk.folder, 'host_key.pub'), 'utf8').split(' ');
  writeFileSync(files.knownHosts, `[127.0.0.1]:${port} ${type} ${key}\n`, { mode: 0o600 });
  const lines = [
    `Host ${VM}`,
    '  HostName 127.0.0.1',
    `  Port ${port}`,
    'Host *',
    ...loginLines(files),
    // An emulated machine takes its time to answer, and a dead one must not be waited for.
    '  ConnectTimeout 30',
    '  ServerAliveInterval 15',
  ];
  writeFileSync(files.config, `${lines.join('\n')}\n`, { mode: 0o600 });
  return files;
}

/** argv of an ssh to the machine, to which a command may be added. */
export const sshArgs = (files: SshFiles): readonly string[] => ['ssh', '-F', files.config, VM];
