import type { HostName } from '../../core/names.js';
import type { Handler, Host, RoleScope, RoleUse } from '../../core/play.js';
import type { Source, Value, Vars } from '../../core/value.js';
import type { Session } from './session.js';

/** How a host stands in the run. */
export type Standing = 'well' | 'failed' | 'unreachable' | 'ended';

/** What a group of facts told, and when: see {@link HostRun.gather}. */
interface Gathered {
  readonly names: readonly string[];
  readonly at: number;
}

/** What the run knows of one host. Lives through all plays; what is of one play is cleared by {@link HostRun.enterPlay}. */
export class HostRun {
  readonly name: HostName;
  standing: Standing = 'well';
  /** `ansible_facts`, unprefixed. */
  readonly facts: Record<string, Value> = Object.create(null);
  /** Those that are variables under these very names, not with `ansible_` before them: `services`, `packages`, `getent_passwd`. */
  readonly plainFacts = new Set<string>();
  /** Fact groups that were asked. */
  readonly #gathered = new Map<string, Gathered>();
  /** include_vars: precedence 18. */
  readonly included: Record<string, Source> = Object.create(null);
  /** set_fact and register: precedence 19. */
  readonly registered: Record<string, Value> = Object.create(null);
  /** Those of them that templates printed, so that a number is text to Ansible. */
  readonly printed = new Set<string>();
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
  /** Of this play: uses of roles of which a task ran, and of which none has failed since, by their key. */
  readonly ran = new Map<string, RoleUse>();
  /** How often `meta: clear_host_errors` undid its failures. */
  pardons = 0;
  /** --start-at-task: the task was met. */
  hasStarted = false;

  constructor(public host: Host) {
    this.name = host.name;
  }

  /** Takes facts as modules name them: `ansible_x` is the fact x, any other name is a variable as well. */
  learn(facts: Vars): void {
    for (const [name, value] of Object.entries(facts)) {
      const fact = name.replace(/^ansible_(?=.)/, '');
      this.facts[fact] = value;
      if (fact === name) this.plainFacts.add(name);
      else this.plainFacts.delete(fact);
    }
  }

  /** Whether a group of facts was asked. */
  hasGathered(group: string): boolean {
    return this.#gathered.has(group);
  }

  get hasFacts(): boolean {
    return this.#gathered.size > 0;
  }

  /** Takes what a group of facts told. `at`: how often anything was done on any host before it was asked. */
  gather(group: string, facts: Vars, at: number): void {
    this.#gathered.set(group, { names: Object.keys(facts), at });
    Object.assign(this.facts, facts);
  }

  /** Forgets the facts of groups, so that who reads one asks again. */
  forgetFacts(isOld: (group: string, at: number) => boolean): void {
    for (const [group, { names, at }] of this.#gathered) {
      if (!isOld(group, at)) continue;
      this.#gathered.delete(group);
      for (const name of names) delete this.facts[name];
    }
  }

  /** meta: clear_facts. */
  clearFacts(): void {
    for (const name of Object.keys(this.facts)) delete this.facts[name];
    this.plainFacts.clear();
    this.#gathered.clear();
  }

  enterPlay(): void {
    this.notified.clear();
    this.perhapsNotified.clear();
    this.roles = [];
    this.handlers = [];
    this.ran.clear();
    if (this.standing === 'ended') this.standing = 'well';
  }
}
