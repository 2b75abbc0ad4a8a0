import { LabError } from './failure.js';
import { inNetwork } from './keeper.js';
import type { Lab, LabHost } from './state.js';

/** A host by its name. Throws {@link LabError}, with the names there are. */
export function hostNamed(lab: Lab, name: string): LabHost {
  const host = lab.hosts.find(one => one.name === name);
  if (host !== undefined) return host;
  throw new LabError(
    'lab-host',
    `lab ${lab.id} has no host ${name}`,
    `it has ${lab.hosts.map(one => one.name).join(', ')}`,
  );
}

/** argv that runs a command of this machine in the lab's network, as the controller: a ringmaster that shall reach the hosts. */
export const controller = (lab: Lab, argv: readonly string[]): readonly string[] => inNetwork(lab.keeper, argv);

/** argv for a shell on a host, or for a command there, as root by ssh. Throws {@link LabError} for a name the lab has not. */
export const shell = (lab: Lab, name: string, command: readonly string[]): readonly string[] =>
  controller(lab, ['ssh', '-F', lab.ssh.config, hostNamed(lab, name).name, ...command]);
