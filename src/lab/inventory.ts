import { readFileSync, writeFileSync } from 'node:fs';
import { LabError } from './failure.js';
import { controllerAddress, TAP } from './network.js';
import type { Lab, Reserved } from './state.js';

/** The hosts of a lab that is not told otherwise: a manager and three more, each with a tap interface. */
export const DEFAULT_HOSTS: readonly string[] = ['manager', 'node1', 'node2', 'node3'];

type Named = Pick<Lab | Reserved, 'id' | 'hosts' | 'subnet' | 'ssh' | 'inventory'>;

/** Variables that take the place of the user's own ssh configuration; Ansible understands them too. */
const sshVars = ({ ssh }: Named): Readonly<Record<string, string>> => ({
  ansible_user: 'root',
  ansible_ssh_private_key_file: ssh.privateKey,
  ansible_ssh_common_args: `-F ${ssh.config} -o UserKnownHostsFile=${ssh.knownHosts} -o StrictHostKeyChecking=yes`,
});

/** Who belongs to what when there is no template: the first manages and works not, the second is the proxy too, all but the first work. */
function groupsOf({ hosts }: Named): Readonly<Record<string, readonly string[]>> {
  const names = hosts.map(({ name }) => name);
  const workers = names.length > 1 ? names.slice(1) : names;
  return { manager: names.slice(0, 1), proxies: workers.slice(0, 1), workers };
}

function plainYaml(lab: Named): string {
  const lines = ['all:', '  vars:'];
  for (const [name, value] of Object.entries(sshVars(lab))) lines.push(`    ${name}: ${JSON.stringify(value)}`);
  lines.push('  hosts:');
  for (const { name, address } of lab.hosts) lines.push(`    ${name}:`, `      ansible_host: ${address}`);
  lines.push('  children:');
  for (const [group, members] of Object.entries(groupsOf(lab)))
    lines.push(`    ${group}:`, '      hosts:', ...members.map(name => `        ${name}:`));
  return `${lines.join('\n')}\n`;
}

function plainIni(lab: Named): string {
  const lines = lab.hosts.map(({ name, address }) => `${name} ansible_host=${address}`);
  for (const [group, members] of Object.entries(groupsOf(lab))) lines.push('', `[${group}]`, ...members);
  lines.push('', '[all:vars]');
  for (const [name, value] of Object.entries(sshVars(lab))) lines.push(`${name}=${JSON.stringify(value)}`);
  return `${lines.join('\n')}\n`;
}

/**
 * A template's placeholders filled in: `<address:HOST>`, `<private_key>`, `<known_hosts>`, `<ssh_config>`, `<tap>`,
 * `<controller>`, `<lab>`. Any other text in angle brackets stays. Throws {@link LabError} for a host that the lab has not.
 */
export function fillInventory(template: string, lab: Named): string {
  const words: Readonly<Record<string, string>> = {
    private_key: lab.ssh.privateKey,
    known_hosts: lab.ssh.knownHosts,
    ssh_config: lab.ssh.config,
    tap: TAP,
    controller: controllerAddress(lab.subnet),
    lab: lab.id,
  };
  return template.replace(/<(address:)?([\w.-]+)>/g, (all: string, address: string | undefined, word: string) => {
    if (address === undefined) return words[word] ?? all;
    const host = lab.hosts.find(({ name }) => name === word);
    if (host === undefined)
      throw new LabError('lab-inventory', `the inventory template names ${word}, which this lab has not`);
    return host.address;
  });
}

/** Writes both inventories. The template, if any, is for the default hosts; other hosts get the plain one. */
export function writeInventories(lab: Named, template: string | undefined): void {
  const usual = lab.hosts.map(({ name }) => name).join() === DEFAULT_HOSTS.join();
  const yaml = template !== undefined && usual ? fillInventory(readFileSync(template, 'utf8'), lab) : plainYaml(lab);
  writeFileSync(lab.inventory.yaml, yaml, { mode: 0o600 });
  writeFileSync(lab.inventory.ini, plainIni(lab), { mode: 0o600 });
}
