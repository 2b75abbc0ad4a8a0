import type { Answer, Batch, Become, Connection } from '../core/connection.js';
import type { Fate } from '../core/fate.js';
import type { Failure } from '../core/outcome.js';
import { lost } from './failures.js';
import type { Link } from './pipe.js';
import { worst } from './reap.js';
import { Seat } from './seat.js';

/** Lanes kept open to one host. Beyond, the one longest unused is closed: sshd's MaxSessions is 10 by default. */
const MOST_SEATS = 6;
/** In which {@link HostConnection.end} has to be done, in seconds. */
const LAST_SECONDS = 5;

/** A host behind a link: one seat per identity, each with its own queue. */
export class HostConnection implements Connection {
  readonly #link: Link;
  readonly #shellSeconds: number;
  readonly #seats = new Map<string, Seat>();
  #closed = false;
  #ending: Promise<Fate> | undefined;
  #trips = 0;

  constructor(link: Link, shellSeconds: number) {
    this.#link = link;
    this.#shellSeconds = shellSeconds;
  }

  get trips(): number {
    return this.#trips;
  }

  async ask(as: Become | undefined, batch: Batch): Promise<Answer> {
    if (this.#closed) return unanswered(lost(`the connection to ${this.#link.name} is closed`));
    if (batch.snippets.some(({ text }) => text.includes('\0'))) {
      return unanswered({ reason: 'internal', why: 'a script holds a NUL byte, which no shell can read' });
    }
    return this.#seat(as).ask(as, batch);
  }

  end(): Promise<Fate> {
    this.#closed = true;
    this.#ending ??= this.#end();
    return this.#ending;
  }

  async #end(): Promise<Fate> {
    const fates = Promise.all([...this.#seats.values()].map(seat => seat.end())).then(worst);
    let timer: NodeJS.Timeout | undefined;
    const late = new Promise<Fate>(resolve => {
      const why = `no answer within ${LAST_SECONDS} s`;
      timer = setTimeout(() => resolve({ kind: 'unknown', why }), LAST_SECONDS * 1000);
    });
    const fate = await Promise.race([fates, late]);
    clearTimeout(timer);
    return fate;
  }

  async close(): Promise<void> {
    this.#closed = true;
    await Promise.all([...this.#seats.values()].map(seat => seat.close()));
    await this.#link.close();
  }

  #seat(as: Become | undefined): Seat {
    // To become who one is already needs no sudo.
    const other = as === undefined || as.user === this.#link.user ? undefined : as;
    const key = other === undefined ? 'login' : `${other.method}:${other.user}`;
    let seat = this.#seats.get(key);
    if (seat === undefined) {
      this.#makeRoom();
      seat = new Seat(this.#link, other === undefined, this.#shellSeconds, () => {
        this.#trips++;
      });
    }
    // Last in the map: last used.
    this.#seats.delete(key);
    this.#seats.set(key, seat);
    return seat;
  }

  #makeRoom(): void {
    if (this.#seats.size < MOST_SEATS) return;
    const unused = [...this.#seats].find(([, seat]) => seat.idle);
    if (unused === undefined) return;
    this.#seats.delete(unused[0]);
    void unused[1].close();
  }
}

const unanswered = (failure: Failure): Answer => ({ kind: 'lost', failure, outputs: [] });
