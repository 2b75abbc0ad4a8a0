import type { Answer, Batch, Become, Connection } from '../core/connection.js';
import type { Fate } from '../core/fate.js';
import type { Failure } from '../core/outcome.js';
import { AccountShell } from './account-shell.js';
import { lost } from './failures.js';
import { worst } from './terminate.js';
import type { Transport } from './transport.js';

/** Lanes kept open to one host. Beyond, the one longest unused is closed: sshd's MaxSessions is 10 by default. */
const MOST_SHELLS = 6;
/** In which {@link HostConnection.end} has to be done, in seconds. */
const LAST_SECONDS = 5;

/** A host at the other end of a transport: one shell per identity, each with its own queue. */
export class HostConnection implements Connection {
  readonly #transport: Transport;
  readonly #shellSeconds: number;
  readonly #shells = new Map<string, AccountShell>();
  #closed = false;
  #ending: Promise<Fate> | undefined;
  #trips = 0;

  constructor(transport: Transport, shellSeconds: number) {
    this.#transport = transport;
    this.#shellSeconds = shellSeconds;
  }

  get trips(): number {
    return this.#trips;
  }

  async ask(as: Become | undefined, batch: Batch): Promise<Answer> {
    if (this.#closed) return unanswered(lost(`the connection to ${this.#transport.name} is closed`));
    if (batch.snippets.some(({ text }) => text.includes('\0'))) {
      return unanswered({ reason: 'internal', why: 'a script holds a NUL byte, which no shell can read' });
    }
    return this.#shellOf(as).ask(as, batch);
  }

  end(): Promise<Fate> {
    this.#closed = true;
    this.#ending ??= this.#end();
    return this.#ending;
  }

  async #end(): Promise<Fate> {
    const fates = Promise.all([...this.#shells.values()].map(shell => shell.end())).then(worst);
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
    await Promise.all([...this.#shells.values()].map(shell => shell.close()));
    await this.#transport.close();
  }

  #shellOf(as: Become | undefined): AccountShell {
    // To become who one is already needs no sudo.
    const other = as === undefined || as.user === this.#transport.user ? undefined : as;
    const key = other === undefined ? 'login' : `${other.method}:${other.user}`;
    let shell = this.#shells.get(key);
    if (shell === undefined) {
      this.#makeRoom();
      shell = new AccountShell(this.#transport, other === undefined, this.#shellSeconds, () => {
        this.#trips++;
      });
    }
    // Last in the map: last used.
    this.#shells.delete(key);
    this.#shells.set(key, shell);
    return shell;
  }

  #makeRoom(): void {
    if (this.#shells.size < MOST_SHELLS) return;
    const unused = [...this.#shells].find(([, shell]) => shell.idle);
    if (unused === undefined) return;
    this.#shells.delete(unused[0]);
    void unused[1].close();
  }
}

const unanswered = (failure: Failure): Answer => ({ kind: 'lost', failure, outputs: [] });
