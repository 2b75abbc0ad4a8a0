import type { Connect } from '../../core/connection.js';
import type { Included } from '../../core/loader.js';
import type { HostName } from '../../core/names.js';
import type { Host, Inventory, Play, Step } from '../../core/play.js';
import { type Pool, poolOf } from '../../core/pool.js';
import type { Result } from '../../core/result.js';
import type { SourceVars } from '../../core/value.js';
import { targetOf } from '../meaning/variables/target.js';
import { scopeOf } from '../meaning/variables/variables.js';
import type { Options, RunPorts, Script } from '../ports.js';
import type { Flow } from './flow.js';
import { Gate } from './gate.js';
import { HostRun } from './host.js';
import type { Position } from './position.js';
import { Link } from './session.js';

/** The run: what lives through all plays. */
export class Run {
  readonly #hosts = new Map<string, HostRun>();
  readonly #links = new Map<string, Link>();
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
    if (known) {
      known.host = host;
      known.version++;
    }
  }

  hosts(): readonly HostRun[] {
    return [...this.#hosts.values()];
  }

  /** The connection of a host; one per way of reaching it, through the whole run. */
  link(stage: Stage, host: HostRun): Link {
    const target = targetOf(
      host.host,
      scopeOf(stage, host, { purpose: 'connection' }),
      stage.play.keywords,
      this.options,
    );
    for (const secret of [target.password, target.passphrase]) if (secret) this.ports.redactor.learn(secret.reveal());
    const key = JSON.stringify([target.host, target.connection, target.address, target.port, target.user]);
    let link = this.#links.get(key);
    if (!link) {
      const { connect, clock, pool, emit } = this.ports;
      link = new Link(host.name, target, { connect: connect satisfies Connect, clock, pool, emit });
      this.#links.set(key, link);
      host.links.add(link);
    }
    return link;
  }

  /**
   * A host has nothing more to do in this run: connections and sights of thousands would be most of our memory. Who
   * delegates to it later opens another connection.
   */
  async leave(host: HostRun): Promise<void> {
    host.sights.clear();
    host.acted.clear();
    await Promise.all([...host.links].map(link => link.release()));
  }

  async close(): Promise<void> {
    await Promise.all([...this.#links.values()].map(link => link.reset()));
  }

  #implicit(name: string): Host {
    const all = this.inventory.groups.get('all');
    return { name: name as HostName, groups: [], vars: [{ ansible_connection: 'local' }, ...(all?.vars ?? [])] };
  }
}

/** One batch of hosts on one play. */
export class Stage {
  readonly gate: Gate<HostRun> | undefined;
  /** Set when the failure of one host ends the play for all (any_errors_fatal, max_fail_percentage). */
  fatal: string | undefined;
  /** Without lockstep: hosts that have heard of it, so that their rescues and what is always done go on. */
  readonly heeded = new Set<HostRun>();
  /** any_errors_fatal and the like, by the position of the task that brought them. */
  readonly verdicts = new Map<string, string>();
  /** Hosts that failed a task and were not rescued. */
  readonly failures = new Set<HostRun>();
  /** run_once tasks by position: whoever comes first does it, the others wait for it. */
  readonly once = new Map<string, Promise<Flow>>();
  /** Bounds of `throttle`, by position of the task. */
  readonly #throttles = new Map<string, Pool>();
  /** Files that dynamic includes brought, shared by all hosts. */
  readonly included = new Map<string, Promise<Result<Included>>>();
  /** Names that tasks of this play set on some host: read through hostvars they need the lockstep. */
  readonly settable = new Set<string>();
  /** Variables of vars_prompt, and of vars_files by host. */
  prompted: SourceVars = {};
  readonly varsFiles = new Map<HostRun, readonly SourceVars[]>();
  readonly registry: RunPorts['modules'];

  constructor(
    readonly run: Run,
    readonly play: Play,
    readonly batch: readonly HostRun[],
    /** All hosts the play runs on, over all batches. */
    readonly everyone: readonly HostRun[],
  ) {
    this.gate = play.strategy === 'linear' && batch.length > 1 ? new Gate(batch) : undefined;
    this.registry = run.ports.modules;
    for (const section of play.sections) this.note(section.steps);
    this.note(play.handlers.map(handler => handler.task));
  }

  /** Learns which names the steps may set. */
  note(steps: readonly Step[]): void {
    for (const step of steps) {
      if (step.kind === 'block') {
        this.note([...step.body, ...step.rescue, ...step.always]);
        continue;
      }
      if (step.register !== undefined) this.settable.add(step.register);
      if (/(?:^|\.)set_fact$/.test(step.module) && typeof step.args === 'object' && step.args !== null) {
        for (const name of Object.keys(step.args)) this.settable.add(name);
      }
    }
  }

  /** At most `size` hosts do the task at this position at once. */
  throttle(position: Position, size: number): Pool {
    const key = position.join('.');
    const known = this.#throttles.get(key) ?? poolOf(size);
    this.#throttles.set(key, known);
    return known;
  }

  failed(host: HostRun): void {
    this.failures.add(host);
  }

  rescued(host: HostRun): void {
    this.failures.delete(host);
  }

  /** Whatever went wrong on a host, it is one like any other from the next play on. */
  forgive(host: HostRun): void {
    this.failures.delete(host);
    if (host.standing === 'failed' || host.standing === 'unreachable') host.standing = 'well';
  }

  well(): readonly HostRun[] {
    return this.batch.filter(host => host.standing === 'well');
  }
}
