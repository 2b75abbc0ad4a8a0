import type { Result } from '../core/result.js';
import { all, attempt } from './failure.js';
import { bootHost, killHost, waitForHosts, wipeHost } from './host.js';
import { setCable } from './network.js';
import { hostNamed } from './reach.js';
import type { Lab } from './state.js';

/** Pulls a host's plug, as a power cut does. */
export const stop = (lab: Lab, name: string): Promise<Result<void>> =>
  attempt(() => killHost(lab, hostNamed(lab, name)));

/** Boots a stopped host again, with the disk it had. */
export const boot = (lab: Lab, name: string): Promise<Result<void>> =>
  attempt(async () => {
    const host = hostNamed(lab, name);
    bootHost(lab, host);
    await waitForHosts(lab, [host]);
  });

/** Makes hosts as new: stopped, emptied, booted. Names, addresses and keys stay. */
export const reset = (lab: Lab, names: readonly string[]): Promise<Result<void>> =>
  attempt(async () => {
    const hosts = names.map(name => hostNamed(lab, name));
    await all(
      hosts.map(async host => {
        await killHost(lab, host);
        await wipeHost(lab, host);
        bootHost(lab, host);
      }),
    );
    await waitForHosts(lab, hosts);
  });

/** Plugs or pulls the cable of a host's interface. */
export const cable = (
  lab: Lab,
  name: string,
  wish: { readonly of: 'eth0' | 'eth4'; readonly state: 'up' | 'down' },
): Promise<Result<void>> =>
  attempt(() => setCable(lab.keeper, { index: hostNamed(lab, name).index, cable: wish.of, state: wish.state }));
