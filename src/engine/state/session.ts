import type { Answer, Batch, Become, Connect, Connection, Target } from '../../core/connection.js';
import { Effects } from '../../core/effect.js';
import type { Happening } from '../../core/event.js';
import type { HostName } from '../../core/names.js';
import type { Failure } from '../../core/outcome.js';
import type { Pool } from '../../core/pool.js';
import type { Sh } from '../../core/sh.js';
import type { Clock } from '../ports.js';

interface Needs {
  readonly connect: Connect;
  readonly clock: Clock;
  readonly pool: Pool;
  emit(happening: Happening): void;
}

export type Purpose = 'look' | 'act' | 'facts';

/** Lines by which a stand-in says that it is one. */
const STAND_IN = /^STAND-IN: (.*)$/gm;

/** One target of the run: its connection, opened when first needed, and how often it was changed. */
export class Link {
  /**
   * Counts the changes to the target, so that a sight knows whether it is fresh. Raised when an act is sent, so that
   * looks queued behind it are not taken for older ones, and again when it has ended.
   */
  epoch = 0;
  /** What our acts left behind, as far as they tell. */
  readonly effects = new Effects();
  /** Words of directories with new entries that were not yet brought to the disk, since a chain ended early. */
  readonly unflushed = new Set<Sh>();
  #connection: Promise<Connection | Failure> | undefined;
  #lost: Failure | undefined;
  #asking = 0;

  constructor(
    readonly host: HostName,
    private readonly target: Target,
    private readonly needs: Needs,
  ) {}

  /** One trip. Failures to connect, and lost links, are answers. */
  async ask(as: Become | undefined, batch: Batch, purpose: Purpose): Promise<Answer> {
    if (this.#lost) return { kind: 'lost', failure: this.#lost, outputs: [] };
    return await this.needs.pool(() => this.askInTurn(as, batch, purpose));
  }

  /** The same for who has a place in the pool already. */
  async askInTurn(as: Become | undefined, batch: Batch, purpose: Purpose): Promise<Answer> {
    this.#asking++;
    try {
      return await this.#ask(as, batch, purpose);
    } finally {
      this.#asking--;
    }
  }

  async #ask(as: Become | undefined, batch: Batch, purpose: Purpose): Promise<Answer> {
    if (this.#lost) return { kind: 'lost', failure: this.#lost, outputs: [] };
    const connection = await this.#open();
    if ('reason' in connection) {
      this.#lost = connection;
      return { kind: 'lost', failure: connection, outputs: [] };
    }
    const { clock, emit } = this.needs;
    const began = clock.now();
    if (purpose === 'act') this.epoch++;
    const before = connection.trips;
    const answer = await connection.ask(as, batch);
    if (purpose === 'act') this.epoch++;
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
    return answer;
  }

  /** Closes the connection; the next question opens another, also to a host that was lost. */
  async reset(): Promise<void> {
    this.#lost = undefined;
    await this.#close();
  }

  /** Closes the connection, unless somebody is being answered over it. */
  async release(): Promise<void> {
    if (this.#asking === 0) await this.#close();
  }

  async #close(): Promise<void> {
    const opening = this.#connection;
    this.#connection = undefined;
    this.epoch++;
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
