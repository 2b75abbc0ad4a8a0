import type { Included } from '../../core/loader.js';
import type { Play, Strategy } from '../../core/play.js';
import { type Pool, poolOf } from '../../core/pool.js';
import type { Result } from '../../core/result.js';
import type { SourceVars } from '../../core/value.js';
import type { RunPorts } from '../ports.js';
import type { Flow } from './flow.js';
import { Gate } from './gate.js';
import type { HostRun } from './host.js';
import type { Position } from './position.js';
import type { Run } from './run.js';

/** A failure of one host that counts for all. */
export interface Verdict {
  /** In words. */
  readonly why: string;
  /** Whether a rescue catches it. Nothing catches a host that is lost. */
  readonly isFinal: boolean;
}

/** One batch of hosts on one play. */
export class Stage {
  readonly gate: Gate<HostRun> | undefined;
  /** By any_errors_fatal, run_once and max_fail_percentage. */
  readonly #verdicts: Verdict[] = [];
  /** How many of them a host has heard of, so that its rescue and what is always done go on. */
  readonly #heard = new Map<HostRun, number>();
  /** How many hosts had failed when max_fail_percentage was last exceeded. */
  #exceededAt = 0;
  /** `meta: end_play`: later batches are not run either. */
  isPlayEnded = false;
  /** Hosts that failed a task and were not rescued. */
  readonly failures = new Set<HostRun>();
  /** run_once tasks by position: whoever comes first does it, the others wait for it. */
  readonly once = new Map<string, { readonly doer: HostRun; readonly flow: Promise<Flow> }>();
  readonly #includes = new Map<string, Map<HostRun, readonly string[]>>();
  /** Bounds of `throttle`, by position of the task. */
  readonly #throttles = new Map<string, Pool>();
  /** Files that dynamic includes brought, shared by all hosts. */
  readonly included = new Map<string, Promise<Result<Included>>>();
  /** Variables of vars_prompt, and of vars_files by host. */
  prompted: SourceVars = {};
  readonly varsFiles = new Map<HostRun, readonly SourceVars[]>();
  readonly registry: RunPorts['modules'];
  /**
   * What `ansible_play_hosts_all` names: all hosts of the play, those that add_host added since, and whatever else its pattern
   * matches since the inventory was read again. As in Ansible the play runs on none of these.
   */
  named: readonly HostRun[];

  constructor(
    readonly run: Run,
    readonly play: Play,
    readonly batch: readonly HostRun[],
    /** All hosts the play runs on, over all batches. */
    readonly everyone: readonly HostRun[],
    /** As rendered for this play. */
    readonly strategy: Strategy,
  ) {
    this.gate = strategy === 'linear' && batch.length > 1 ? new Gate(batch) : undefined;
    this.registry = run.ports.modules;
    this.named = everyone;
  }

  /** What each host includes at a position. */
  includesAt(position: Position): Map<HostRun, readonly string[]> {
    const key = position.join('.');
    const known = this.#includes.get(key) ?? new Map<HostRun, readonly string[]>();
    this.#includes.set(key, known);
    return known;
  }

  /** At most `size` hosts do the task at this position at once. */
  throttle(position: Position, size: number): Pool {
    const key = position.join('.');
    const known = this.#throttles.get(key) ?? poolOf(size);
    this.#throttles.set(key, known);
    return known;
  }

  /** Whether a failure counted for all hosts. */
  get isFatal(): boolean {
    return this.#verdicts.length > 0;
  }

  /** The failure of a host is one of all hosts. The host itself goes its own way with it, if one is given. */
  condemn(verdict: Verdict, host?: HostRun): void {
    this.#verdicts.push(verdict);
    if (host) this.#heard.set(host, this.#verdicts.length);
  }

  /** max_fail_percentage, in per cent of the batch: it must be exceeded. */
  judgeFailures(percentage: number | undefined): void {
    const { size } = this.failures;
    if (percentage === undefined || size <= this.#exceededAt || (size / this.batch.length) * 100 <= percentage) return;
    this.#exceededAt = size;
    this.#verdicts.push({ why: `more than ${percentage} % of the hosts failed`, isFinal: false });
  }

  /** Why the play failed for all hosts since this one was last told; undefined: nothing new. */
  hear(host: HostRun): Verdict | undefined {
    const heard = this.#heard.get(host) ?? 0;
    if (heard === this.#verdicts.length) return undefined;
    this.#heard.set(host, this.#verdicts.length);
    return this.#verdicts.at(-1);
  }

  failed(host: HostRun): void {
    this.failures.add(host);
  }

  rescued(host: HostRun): void {
    this.failures.delete(host);
  }

  /** Whatever went wrong on a host is undone: it goes on behind the block it failed in, or in the next play. */
  forgive(host: HostRun): void {
    this.failures.delete(host);
    host.pardons++;
    if (host.standing === 'failed' || host.standing === 'unreachable') host.standing = 'well';
  }

  /** Whether a host still takes part: it has not left the play, nor failed without being rescued. */
  isIn(host: HostRun): boolean {
    return host.standing === 'well' && !this.failures.has(host);
  }
}
