import { StringDecoder } from 'node:string_decoder';
import { encode } from '../core/bytes.js';
import type { Ending, Pipe } from './pipe.js';

export interface Listener {
  out(chunk: Buffer): void;
  err(chunk: Buffer): void;
  ended(ending: Ending): void;
}

/** A pipe with one listener at a time, which may be changed between two chunks. Unheard output is dropped, never waited for. */
export class Wire {
  #listener: Listener | undefined;
  #ending: Ending | undefined;
  #stray = 0;

  constructor(readonly pipe: Pipe) {
    pipe.stdout.on('data', (chunk: Buffer) => this.#hear('out', chunk));
    pipe.stderr.on('data', (chunk: Buffer) => this.#hear('err', chunk));
    // A broken pipe is told by `ended`; without listeners it would end the program.
    for (const stream of [pipe.stdin, pipe.stdout, pipe.stderr]) stream.on('error', () => {});
    void pipe.ended.then(ending => {
      this.#ending = ending;
      this.#listener?.ended(ending);
    });
  }

  get ending(): Ending | undefined {
    return this.#ending;
  }

  /** Bytes that came while nobody listened: something we did not start, or no longer wait for, writes to our streams. */
  get stray(): number {
    return this.#stray;
  }

  listen(listener: Listener | undefined): void {
    this.#listener = listener;
  }

  /** One write; of text, its bytes ({@link encode}): this is where scripts become bytes. Its fate is told by the answer, or by `ended`. */
  write(bytes: string | Uint8Array): void {
    if (this.#ending === undefined) this.pipe.stdin.write(typeof bytes === 'string' ? encode(bytes) : bytes);
  }

  #hear(stream: 'out' | 'err', chunk: Buffer): void {
    if (this.#listener === undefined) this.#stray += chunk.length;
    else this.#listener[stream](chunk);
  }
}

/** What was heard so far; of floods only the end. */
export interface Heard {
  readonly out: string;
  readonly err: string;
  readonly ending?: Ending | undefined;
  /** The time is up. */
  readonly late?: boolean | undefined;
}

const MOST_HEARD = 256 * 1024;

/** Listens until `judge` has a verdict. It is asked after each chunk, at the end, and when the seconds are over; then it must have one. */
export function hear<T>(wire: Wire, seconds: number, judge: (heard: Heard) => T | undefined): Promise<T> {
  return new Promise((resolve, reject) => {
    let heard: Heard = { out: '', err: '' };
    const done = () => {
      clearTimeout(timer);
      wire.listen(undefined);
    };
    const consider = (more: Partial<Heard>) => {
      heard = { ...heard, ...more };
      const verdict = judge(heard);
      if (verdict !== undefined) {
        done();
        resolve(verdict);
      } else if (heard.ending !== undefined || heard.late) {
        done();
        reject(new Error('a judge had no verdict at the end'));
      }
    };
    const timer = setTimeout(() => consider({ late: true }), seconds * 1000);
    const decoders = { out: new StringDecoder('utf8'), err: new StringDecoder('utf8') };
    const more = (stream: 'out' | 'err', chunk: Buffer) =>
      consider({ [stream]: (heard[stream] + decoders[stream].write(chunk)).slice(-MOST_HEARD) });
    wire.listen({
      out: chunk => more('out', chunk),
      err: chunk => more('err', chunk),
      ended: ending => consider({ ending }),
    });
    if (wire.ending !== undefined) consider({ ending: wire.ending });
  });
}
