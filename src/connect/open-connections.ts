import type { Connect, Connected, Connection } from '../core/connection.js';
import type { Fate } from '../core/fate.js';
import type { HostName } from '../core/names.js';

/** Notes which connections are open, so that what runs on all of them can be ended. */
export class OpenConnections {
  readonly #open = new Map<Connection, HostName>();
  #isOver = false;

  /** The same way to reach hosts; what is reached is noted until it is closed. */
  noting(connect: Connect): Connect {
    return async target => {
      if (this.#isOver) return TOO_LATE;
      const connected = await connect(target);
      if (!connected.ok) return connected;
      const { connection } = connected;
      if (this.#isOver) {
        void connection.close();
        return TOO_LATE;
      }
      const noted: Connection = {
        ask: (as, batch) => connection.ask(as, batch),
        get trips() {
          return connection.trips;
        },
        end: () => connection.end(),
        close: () => {
          this.#open.delete(noted);
          return connection.close();
        },
      };
      this.#open.set(noted, target.host);
      return { ok: true, connection: noted };
    };
  }

  /**
   * Ends what runs on every host, all at once, and tells each as soon as it is known. Takes as long as one connection may.
   * No host is reached any more.
   */
  async end(tell: (host: HostName, fate: Fate) => void): Promise<void> {
    this.#isOver = true;
    await Promise.all([...this.#open].map(async ([connection, host]) => tell(host, await connection.end())));
  }
}

const TOO_LATE: Connected = { ok: false, failure: { reason: 'interrupted', why: 'it was not started' } };
