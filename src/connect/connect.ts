import { homedir } from 'node:os';
import { join } from 'node:path';
import type { Connect, Connected, Target } from '../core/connection.js';
import { HostConnection } from './connection.js';
import type { ConnectOptions } from './options.js';
import { SshConfig } from './ssh-config.js';

/** Makes the one function that reaches hosts in a run. It never throws: what is wrong with the way is a failure. */
export function connectorOf(options: ConnectOptions): Connect {
  const home = options.home ?? homedir();
  const seconds = options.shellTimeout ?? 60;
  const config = new SshConfig(options.sshConfig ?? [join(home, '.ssh', 'config'), '/etc/ssh/ssh_config']);
  // ssh2 and zx are loaded when the first host needs them: a start that needs neither should not pay for them.
  let network: Promise<import('./network.js').Network> | undefined;

  const bySsh = async (target: Target): Promise<Connected> => {
    network ??= import('./network.js').then(({ Network }) => new Network(options));
    const { reachBySsh } = await import('./ssh.js');
    const linked = await reachBySsh(target, await network, config, options, home);
    return linked.ok ? { ok: true, connection: new HostConnection(linked.link, seconds) } : linked;
  };

  const byLocal = async ({ directory }: Target): Promise<Connected> => {
    const { localLink } = await import('./local.js');
    const shell = options.localShell ?? ['/bin/sh'];
    return { ok: true, connection: new HostConnection(localLink(shell, directory), seconds) };
  };

  return async target => {
    try {
      return await (target.connection === 'local' ? byLocal(target) : bySsh(target));
    } catch (error) {
      return { ok: false, failure: { reason: 'internal', why: (error as Error).stack ?? String(error) } };
    }
  };
}
