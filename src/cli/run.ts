import type { Event, Reporter } from '../core/event.js';
import { EXIT, exitOf } from './exit.js';
import { listPlays } from './list.js';
import { openSession } from './session.js';
import type { Settings } from './settings.js';

/** `ringmaster run`: plays against hosts. Answers the exit code. */
export async function run(
  playbooks: readonly string[],
  settings: Settings,
  listening: readonly Reporter[] = [],
): Promise<number> {
  const pending = new Pending();
  const session = await openSession(playbooks, settings, [pending, ...listening], 'told');
  if (typeof session === 'number') return session;
  const { project, options } = session;
  if (settings.syntaxCheck) {
    process.stdout.write(`${playbooks.join(', ')}: no mistakes found\n`);
    return EXIT.ok;
  }
  if (settings.listHosts || settings.listTasks || settings.listTags) {
    process.stdout.write(listPlays(project, options, settings));
    return EXIT.ok;
  }
  const ended = await session.run();
  if (typeof ended === 'number') return ended;
  const code = exitOf(ended);
  return code === EXIT.ok && settings.check && settings.detailedExitcode && pending.isSet ? EXIT.pending : code;
}

/** Whether a dry run foresaw, or could not rule out, a change. */
class Pending implements Reporter {
  isSet = false;
  on(event: Event): void {
    if (event.kind === 'task-finished' && (event.outcome.kind === 'changed' || event.outcome.kind === 'unsure'))
      this.isSet = true;
  }
}
