import type { HostName } from '../../core/names.js';
import { type Host, IMPLICIT_LOCALHOST, type Inventory, isLocalhost, type Joining } from '../../core/play.js';
import { ok, type Result } from '../../core/result.js';
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
  /** add_host, group_by and `meta: refresh_inventory` make new ones. */
  #inventory: Inventory;
  /** What tasks added to it, in order. */
  readonly #joinings: Joining[] = [];

  constructor(
    readonly script: Script,
    readonly options: Options,
    readonly ports: RunPorts,
  ) {
    this.#inventory = script.inventory;
  }

  get inventory(): Inventory {
    return this.#inventory;
  }

  get extraVars(): SourceVars {
    return this.script.extraVars;
  }

  /** The state of a host by name; `localhost` is there even if the inventory does not name it. Undefined: no such host. */
  host(name: string): HostRun | undefined {
    const known = this.#hosts.get(name);
    if (known) return known;
    const host = this.inventory.hosts.get(name as HostName) ?? (isLocalhost(name) ? this.#implicit(name) : undefined);
    if (!host) return undefined;
    const made = new HostRun(host);
    this.#hosts.set(name, made);
    return made;
  }

  /** Adds to the inventory. Answers whether anything of it was new. */
  join(joining: Joining): Result<boolean> {
    const joined = this.#inventory.join(joining);
    if (!joined.ok) return joined;
    this.#joinings.push(joining);
    if (joined.value) this.#take(joined.value);
    return ok(joined.value !== undefined);
  }

  /** Reads the inventory again, and adds what tasks have added. Hosts that are gone from it stay in the play they are in. */
  async refreshInventory(): Promise<Result<void>> {
    const read = await this.ports.loader.inventory();
    if (!read.ok) return read;
    let inventory = read.value;
    for (const joining of this.#joinings) {
      const joined = inventory.join(joining);
      if (!joined.ok) return joined;
      inventory = joined.value ?? inventory;
    }
    this.#take(inventory);
    return ok(undefined);
  }

  #take(inventory: Inventory): void {
    this.#inventory = inventory;
    for (const known of this.#hosts.values()) known.host = inventory.hosts.get(known.name) ?? known.host;
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
    const own = this.inventory.hostVars(name);
    return { name: name as HostName, groups: [], vars: [...own, IMPLICIT_LOCALHOST, ...(all?.vars ?? [])] };
  }
}
