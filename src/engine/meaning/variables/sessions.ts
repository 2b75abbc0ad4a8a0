import type { Target } from '../../../core/connection.js';
import type { HostRun } from '../../state/host.js';
import { Session } from '../../state/session.js';
import type { Stage } from '../../state/stage.js';
import { targetOf } from './target.js';
import { scopeOf } from './variables.js';

/** The session of a host; one for each way of reaching it, through the whole run. Throws RenderError. */
export function sessionOf(stage: Stage, host: HostRun): Session {
  const { run } = stage;
  const { connect, clock, pool, emit, redactor } = run.ports;
  const target = targetOf(host.host, scopeOf(stage, host, { purpose: 'connection' }), stage.play.keywords, run.options);
  for (const secret of [target.password, target.passphrase]) if (secret) redactor.learn(secret.reveal());
  const key = JSON.stringify([target.host, target.connection, target.address, target.port, target.user]);
  let session = run.sessions.get(key);
  if (!session) {
    const changes = { ofMachine: run.changesOf(machineOf(target)), ofRun: run.changes };
    session = new Session(host.name, target, { changes, connect, clock, pool, emit });
    run.sessions.set(key, session);
    host.sessions.add(session);
  }
  return session;
}

/** Names what a target is a part of. Ports and accounts of one address are taken for one machine, and so is loopback. */
const machineOf = ({ connection, address }: Target): string =>
  connection === 'local' || /^(?:localhost|127\.\d+\.\d+\.\d+|::1)$/.test(address) ? 'local' : address.toLowerCase();
