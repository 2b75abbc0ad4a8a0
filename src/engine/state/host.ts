import type { HostName } from '../../core/names.js';
import type { Handler, Host, RoleScope } from '../../core/play.js';
import type { Source, Value } from '../../core/value.js';
import type { Session } from './session.js';

/** How a host stands in the run. */
export type Standing = 'well' | 'failed' | 'unreachable' | 'ended';

/** What the run knows of one host. Lives through all plays; what is of one play is cleared by {@link HostRun.enterPlay}. */
export class HostRun {
  readonly name: HostName;
  standing: Standing = 'well';
  /** `ansible_facts`, unprefixed. */
  readonly facts: Record<string, Value> = Object.create(null);
  /** Names of fact groups already asked. */
  readonly gathered = new Set<string>();
  /** include_vars: precedence 18. */
  readonly included: Record<string, Source> = Object.create(null);
  /** set_fact and register: precedence 19. */
  readonly registered: Record<string, Value> = Object.create(null);
  /** Ways by which it was reached. */
  readonly sessions = new Set<Session>();
  /** Check mode: tasks that would have changed this host; what hangs on them is unsure. */
  readonly doubts: string[] = [];
  /** Check mode: registered names that were looked at while changes were pending, so that they may be others in a real run. */
  readonly doubtful = new Set<string>();
  /** Of this play: handlers to run at the next flush. */
  readonly notified = new Set<Handler>();
  /** Check mode: handlers notified by tasks that may or may not change something. */
  readonly perhapsNotified = new Set<Handler>();
  /** Of this play: public roles that were included on this host, in order. */
  roles: RoleScope[] = [];
  /** Of this play: handlers of included roles. */
  handlers: Handler[] = [];
  /** --start-at-task: the task was met. */
  hasStarted = false;

  constructor(public host: Host) {
    this.name = host.name;
  }

  enterPlay(): void {
    this.notified.clear();
    this.perhapsNotified.clear();
    this.roles = [];
    this.handlers = [];
    if (this.standing === 'ended') this.standing = 'well';
  }
}
