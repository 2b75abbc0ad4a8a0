import type { HostName } from '../../core/names.js';
import type { Host, Inventory } from '../../core/play.js';
import type { SourceVars } from '../../core/value.js';
import type { Options, RunPorts, Script } from '../ports.js';
import { Changes } from './changes.js';
import { HostRun } from './host.js';
import type { Session } from './session.js';

/** The run: what lives through all plays. */
export class Run {
  readonly #hosts = new Map<string, HostRun>();
  /** By the way of reaching a host. */
  readonly sessions = new Map<string, Session>();
  /** By machine: hosts of several names may be one. */
  readonly #machines = new Map<string, Changes>();
  /** Texts of questions to hosts, numbered. */
  readonly questions = new Map<string, number>();
  /** Of all hosts: what is done on one may be seen on another. */
  readonly changes = new Changes();
  /** add_host and group_by make new ones. */
  inventory: Inventory;

  constructor(
    readonly script: Script,
    readonly options: Options,
    readonly ports: RunPorts,
  ) {
    this.inventory = script.inventory;
  }

  get extraVars(): SourceVars {
    return this.script.extraVars;
  }

  /** The state of a host by name; `localhost` is there even if the inventory does not name it. Undefined: no such host. */
  host(name: string): HostRun | undefined {
    const known = this.#hosts.get(name);
    if (known) return known;
    const host =
      this.inventory.hosts.get(name as HostName) ??
      (name === 'localhost' || name === '127.0.0.1' ? this.#implicit(name) : undefined);
    if (!host) return undefined;
    const made = new HostRun(host);
    this.#hosts.set(name, made);
    return made;
  }

  /** Replaces what is known of a host whose groups or variables changed. */
  refresh(host: Host): void {
    const known = this.#hosts.get(host.name);
    if (known) known.host = host;
  }

  hosts(): readonly HostRun[] {
    return [...this.#hosts.values()];
  }

  /** What was done on a machine, by whatever name and account it was reached. */
  changesOf(machine: string): Changes {
    let changes = this.#machines.get(machine);
    if (!changes) {
      changes = new Changes();
      this.#machines.set(machine, changes);
    }
    return changes;
  }

  /**
   * A host has nothing more to do in this run: connections of thousands would be most of our memory. Who delegates to it
   * later opens another connection.
   */
  async leave(host: HostRun): Promise<void> {
    await Promise.all([...host.sessions].map(session => session.release()));
  }

  async close(): Promise<void> {
    await Promise.all([...this.sessions.values()].map(session => session.reset()));
  }

  #implicit(name: string): Host {
    const all = this.inventory.groups.get('all');
    const own = this.inventory.hostVars?.(name) ?? [];
    const local = {
      ansible_connection: 'local',
      ansible_host: '127.0.0.1',
      ansible_python_interpreter: '/usr/bin/python3',
    };
    return { name: name as HostName, groups: [], vars: [...own, local, ...(all?.vars ?? [])] };
  }
}
