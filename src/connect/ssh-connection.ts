import type { Duplex } from 'node:stream';
import type { Client, ClientChannel } from 'ssh2';
import type { Times } from './dial.js';
import type { Ending, Pipe } from './transport.js';

/** Channels per connection, at most: sshd allows 10 sessions by default, and others may share them some day. */
const MOST_CHANNELS = 3;
/** After the shell's exit its output has this long to arrive; a child that holds the streams would delay `close` for ever. */
const DRAIN = 500;

/** One ssh connection with its channels, watched for signs of life. */
export class SshConnection {
  readonly #client: Client;
  readonly #socket: Duplex;
  readonly #onGone: () => void;
  #channels = 0;
  #limit = MOST_CHANNELS;
  #gone: string | undefined;
  readonly #clock: NodeJS.Timeout;

  constructor(client: Client, socket: Duplex, keepalive: Times['keepalive'], onGone: () => void) {
    this.#client = client;
    this.#socket = socket;
    this.#onGone = onGone;
    client.on('error', error => this.#end(error.message));
    client.on('end', () => this.#end('the host closed the connection'));
    client.on('close', () => this.#end('the connection was closed'));
    this.#clock = this.#watch(keepalive);
  }

  /** Why the connection is gone; nothing while it lives. */
  get gone(): string | undefined {
    return this.#gone;
  }

  get hasRoom(): boolean {
    return this.#gone === undefined && this.#channels < this.#limit;
  }

  /** Whether nothing is open on it. */
  get idle(): boolean {
    return this.#channels === 0;
  }

  /** A channel that runs a command, a constant. Or why not: `full` where the server allows no more sessions here. */
  open(command: string): Promise<Pipe | 'full' | { readonly why: string }> {
    this.#channels++;
    return new Promise(resolve => {
      const failed = (message: string) => {
        this.#channels--;
        const full = this.#gone === undefined && /open failure/i.test(message) && this.#channels > 0;
        if (full) this.#limit = this.#channels;
        resolve(full ? 'full' : { why: this.#gone ?? message });
      };
      try {
        this.#client.exec(command, (error, channel) => {
          if (error) failed(error.message);
          else resolve(this.#pipe(channel));
        });
      } catch (error) {
        failed((error as Error).message);
      }
    });
  }

  /** Bytes handed over that have not left. */
  get unsent(): number {
    return this.#socket.writableLength;
  }

  end(): void {
    this.#end('the connection was closed by us');
    this.#client.end();
    // A dead link would keep the socket, and so the program, for minutes.
    const patience = setTimeout(() => this.#socket.destroy(), 1000);
    this.#client.once('close', () => clearTimeout(patience));
  }

  #pipe(channel: ClientChannel): Pipe {
    const ending = new Promise<Ending>(resolve => {
      let status: number | undefined;
      let signal: string | undefined;
      let draining: NodeJS.Timeout | undefined;
      // Success is an exit status that arrived: a session killed on the server closes without an error and without one.
      const tell = () =>
        resolve(status === undefined && signal === undefined && this.#gone ? { cut: this.#gone } : { status, signal });
      channel.on('exit', (code: number | null, name?: string) => {
        status = code ?? undefined;
        signal = name;
        draining = setTimeout(tell, DRAIN);
      });
      channel.on('close', () => {
        clearTimeout(draining);
        tell();
      });
    });
    channel.once('close', () => {
      this.#channels--;
    });
    return {
      stdin: channel,
      stdout: channel,
      stderr: channel.stderr,
      ended: ending,
      unsent: () => channel.writableLength + this.unsent,
      drop: () => channel.destroy(),
    };
  }

  /**
   * ssh2's own keepalive asks the questions; whether the link is dead is judged here, by bytes. ssh2 counts only answers
   * to its questions, and one that waits behind a large upload on a slow link would be taken for missing.
   */
  #watch({ seconds, count }: Times['keepalive']): NodeJS.Timeout {
    const patience = seconds * count * 1000;
    const step = Math.min(1000, (seconds * 1000) / 4);
    let lived = performance.now();
    let checked = lived;
    let unsent = 0;
    this.#socket.on('data', () => {
      lived = performance.now();
    });
    return setInterval(() => {
      const now = performance.now();
      // We slept (a suspended laptop, a busy processor), not the host.
      if (now - checked > step + seconds * 1000) lived = now;
      checked = now;
      if (this.unsent > 0 && this.unsent !== unsent) lived = now;
      unsent = this.unsent;
      if (now - lived < patience) return;
      this.#end(`nothing was heard from the host for ${Math.round((now - lived) / 1000)} s`);
      this.#socket.destroy();
    }, step);
  }

  #end(why: string): void {
    if (this.#gone !== undefined) return;
    this.#gone = why;
    clearInterval(this.#clock);
    this.#onGone();
  }
}
