import type { SshFiles } from '../keys.js';
import { TAP } from './disk.js';
import { VM } from './ssh.js';

export interface Described {
  readonly ssh: SshFiles;
  readonly port: number;
  /** Release of PF_RING to build. */
  readonly ref: string;
  /** Where the machine itself finds the tree. */
  readonly repository: string;
}

/** The machine as an inventory: manager, proxy and worker in one, as far as the roles pfring, nic-driver and nic-tuning ask. */
export function inventoryText({ ssh, port, ref, repository }: Described): string {
  const vars: Readonly<Record<string, string | number>> = {
    ansible_host: '127.0.0.1',
    ansible_port: port,
    ansible_user: 'root',
    ansible_ssh_private_key_file: ssh.privateKey,
    ansible_ssh_common_args: `-F ${ssh.config} -o UserKnownHostsFile=${ssh.knownHosts} -o StrictHostKeyChecking=yes`,
    nic_interface: TAP.name,
    pfring_repo: `file://${repository}`,
    pfring_ref: ref,
  };
  const lines = Object.entries(vars).map(([name, value]) => `          ${name}: ${JSON.stringify(value)}`);
  const groups = ['manager', 'proxies', 'workers'].map(group => `    ${group}: {hosts: {${VM}: }}`);
  return ['all:', '  hosts:', `    ${VM}:`, ...lines.map(line => line.slice(4)), '  children:', ...groups, ''].join(
    '\n',
  );
}
