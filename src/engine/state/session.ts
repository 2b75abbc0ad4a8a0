import type { Answer, Batch, Become, Connect, Connection, Target } from '../../core/connection.js';
import { Effects } from '../../core/effect.js';
import type { Happening } from '../../core/event.js';
import type { HostName } from '../../core/names.js';
import type { Failure } from '../../core/outcome.js';
import type { Pool } from '../../core/pool.js';
import type { Sh } from '../../core/sh.js';
import type { Clock } from '../ports.js';
import type { Changes } from './changes.js';

interface Needs {
  /** What is done on the machine, and in the whole run. */
  readonly changes: { readonly ofMachine: Changes; readonly ofRun: Changes };
  readonly connect: Connect;
  readonly clock: Clock;
  readonly pool: Pool;
  emit(happening: Happening): void;
}

export type Purpose = 'look' | 'act' | 'facts';

/** What an act may change: nothing, the machine that it runs on, or any machine of the run. */
export type Reach = 'nothing' | 'machine' | 'run';

export interface Moment {
  readonly ofMachine: number;
  readonly ofRun: number;
}

export const isSame = (a: Moment, b: Moment): boolean => a.ofMachine === b.ofMachine && a.ofRun === b.ofRun;

/** An answer. `wasAlone`: no other act ran meanwhile, so that what was looked at behind ours still holds when it is told. */
export type Told = Answer & { readonly wasAlone: boolean };

/** Lines by which a stand-in says that it is one. */
const STAND_IN = /^STAND-IN: (.*)$/gm;

let nextId = 0;

/** One way to reach a host, through the whole run: its connection is opened when it is first needed. */
export class Session {
  /** What our acts left behind, as far as they tell. */
  readonly effects = new Effects();
  /** Words of directories with new entries that were not yet brought to the disk, since a chain ended early. */
  readonly unflushed = new Set<Sh>();
  readonly id = nextId++;
  #connection: Promise<Connection | Failure> | undefined;
  #lost: Failure | undefined;
  #asking = 0;
  #quickest = Number.POSITIVE_INFINITY;

  constructor(
    readonly host: HostName,
    private readonly target: Target,
    private readonly needs: Needs,
  ) {}

  /** One trip. Failures to connect, and lost links, are answers. */
  async ask(as: Become | undefined, batch: Batch, purpose: Purpose, reach?: Reach): Promise<Told> {
    if (this.#lost) return { kind: 'lost', failure: this.#lost, outputs: [], wasAlone: false };
    return await this.needs.pool(() => this.askInTurn(as, batch, purpose, reach));
  }

  /** The same for who has a place in the pool already. */
  async askInTurn(
    as: Become | undefined,
    batch: Batch,
    purpose: Purpose,
    reach: Reach = purpose === 'act' ? 'run' : 'nothing',
  ): Promise<Told> {
    this.#asking++;
    try {
      return await this.#ask(as, batch, purpose, reach);
    } finally {
      this.#asking--;
    }
  }

  async #ask(as: Become | undefined, batch: Batch, purpose: Purpose, reach: Reach): Promise<Told> {
    if (this.#lost) return { kind: 'lost', failure: this.#lost, outputs: [], wasAlone: false };
    const connection = await this.#open();
    if ('reason' in connection) {
      this.#lost = connection;
      return { kind: 'lost', failure: connection, outputs: [], wasAlone: false };
    }
    const { clock, emit } = this.needs;
    const began = clock.now();
    const before = connection.trips;
    const raised = this.#raisedBy(reach);
    for (const changes of raised) changes.start();
    const { ofMachine, ofRun } = this.needs.changes;
    const { moment } = this;
    const sent = clock.now();
    const answer = await connection.ask(as, batch);
    this.#quickest = Math.min(this.#quickest, clock.now() - sent);
    const isAlone = [ofMachine, ofRun].every(changes => changes.running === (raised.includes(changes) ? 1 : 0));
    const wasAlone = isAlone && isSame(moment, this.moment);
    for (const changes of raised) changes.end();
    if (answer.kind === 'lost' && answer.failure.reason !== 'become' && answer.failure.reason !== 'timeout')
      this.#lost = answer.failure;
    const trips = Math.max(1, connection.trips - before);
    for (let i = 0; i < trips; i++) {
      emit({
        at: clock.now(),
        kind: 'round-trip',
        host: this.host,
        purpose,
        snippets: i === trips - 1 ? batch.snippets.length : 0,
        ms: clock.now() - began,
      });
    }
    this.#reportStandIns(answer);
    return { ...answer, wasAlone };
  }

  /** Milliseconds of the quickest trip so far: the link takes no longer for one. Infinity before the first. */
  get quickest(): number {
    return this.#quickest;
  }

  /** Whether it is the controller itself that is acted on. */
  get isLocal(): boolean {
    return this.target.connection === 'local';
  }

  /** Two numbers that are the same again as long as nothing was done that this target may show. */
  get moment(): Moment {
    const { ofMachine, ofRun } = this.needs.changes;
    return { ofMachine: ofMachine.count, ofRun: ofRun.count };
  }

  #raisedBy(reach: Reach): readonly Changes[] {
    const { ofMachine, ofRun } = this.needs.changes;
    return reach === 'run' ? [ofMachine, ofRun] : reach === 'machine' ? [ofMachine] : [];
  }

  /** Closes the connection; the next question opens another, also to a host that was lost, and nothing seen before counts. */
  async reset(): Promise<void> {
    this.#lost = undefined;
    this.needs.changes.ofMachine.suspect();
    await this.#close();
  }

  /** Closes the connection, unless somebody is being answered over it. */
  async release(): Promise<void> {
    if (this.#asking === 0) await this.#close();
  }

  async #close(): Promise<void> {
    const opening = this.#connection;
    this.#connection = undefined;
    const connection = await opening;
    if (connection && !('reason' in connection)) await connection.close();
  }

  #open(): Promise<Connection | Failure> {
    this.#connection ??= (async () => {
      const began = this.needs.clock.now();
      const connected = await this.needs.connect(this.target);
      if (!connected.ok) return connected.failure;
      const now = this.needs.clock.now();
      this.needs.emit({ at: now, kind: 'host-connected', host: this.host, ms: now - began });
      return connected.connection;
    })();
    return this.#connection;
  }

  #reportStandIns(answer: Answer): void {
    for (const output of answer.outputs) {
      if (!output.stdout.includes('STAND-IN: ') && !output.stderr.includes('STAND-IN: ')) continue;
      for (const [, what] of `${output.stdout}\n${output.stderr}`.matchAll(STAND_IN)) {
        this.needs.emit({ at: this.needs.clock.now(), kind: 'stand-in', host: this.host, what: what! });
      }
    }
  }
}
