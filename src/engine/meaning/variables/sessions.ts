import type { Target } from '../../../core/connection.js';
import type { Task } from '../../../core/play.js';
import type { Vars } from '../../../core/value.js';
import type { HostRun } from '../../state/host.js';
import { Session } from '../../state/session.js';
import type { Stage } from '../../state/stage.js';
import type { LayeredScope } from './scope.js';
import { targetOf } from './target.js';
import { scopeOf } from './variables.js';

/** Which task asks for a session, with its scope and the item of its loop. */
interface ByTask {
  readonly task: Task;
  readonly scope: LayeredScope;
  readonly local?: Vars | undefined;
}

/** The session of a host, as a task or else the play asks for it; one for each way of reaching it. Throws RenderError. */
export function sessionOf(stage: Stage, host: HostRun, by?: ByTask): Session {
  const { run } = stage;
  const { connect, clock, pool, emit, redactor } = run.ports;
  const scope = scopeOf(stage, host, { task: by?.task, local: by?.local, purpose: 'connection' });
  const written = { keywords: (by?.task ?? stage.play).keywords, scope: by?.scope ?? scope };
  const reached = targetOf(host.host, scope, written, run.options);
  // On this machine tasks run where the playbook is, as in Ansible.
  const target = reached.connection === 'local' ? { ...reached, directory: stage.play.directory } : reached;
  for (const secret of [target.password, target.passphrase]) if (secret) redactor.learn(secret.reveal());
  const key = JSON.stringify([
    target.host,
    target.connection,
    target.address,
    target.port,
    target.user,
    target.directory,
  ]);
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
  connection === 'local' || /^(?:localhost|127\.0\.0\.1|::1)$/.test(address) ? 'local' : address.toLowerCase();
