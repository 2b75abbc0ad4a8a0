import type { Blob } from '../core/blob.js';
import type { Answer, Batch, Become } from '../core/connection.js';
import { type Fate, fateInWords } from '../core/fate.js';
import type { Digest } from '../core/names.js';
import type { Failure } from '../core/outcome.js';
import type { Secret } from '../core/secret.js';
import type { Sh } from '../core/sh.js';
import { type Entered, enter } from './become.js';
import { adopt, inlined, makeRoom, send, sorted, unstaged } from './blobs.js';
import { lost } from './failures.js';
import type { Heard, Lane } from './lane.js';
import { stopping } from './script.js';
import { ShellStreams } from './shell-streams.js';
import { terminate } from './terminate.js';
import { describe, type Transport } from './transport.js';

/** How long a lane may take to clean up when it is closed, in seconds. */
const FAREWELL = 3;
/** Between SIGTERM and SIGKILL, in seconds: for what takes too long, and where the user waits for the end. */
const GRACE = { late: 5, last: 2 } as const;
/** How long another lane may take to hand on that a batch is to stop, once it is open, in seconds. */
const MESSAGE = 10;

/** The scripts that put a batch's blobs in place, or why that cannot be done. */
type Staged = { readonly ok: true; readonly stage: readonly Sh[] } | { readonly ok: false; readonly failure: Failure };

/** The shell of one account on one host: its queue, its lane while there is one, and what the lane has in store. */
export class AccountShell {
  readonly #transport: Transport;
  /** The login itself: no become. */
  readonly #isLogin: boolean;
  readonly #shellSeconds: number;
  readonly #onTrip: () => void;
  #queue: Promise<unknown> = Promise.resolve();
  #waiting = 0;
  #lane: Lane | undefined;
  /** What lies in the lane's private directory, once it has one. */
  #store: { readonly directory: string; readonly digests: Set<Digest> } | undefined;
  /** A refused password is not tried again: accounts get locked. */
  #refused: { readonly password: Secret | undefined; readonly failure: Failure } | undefined;
  #asking: Become | undefined;
  /** The lane that carries a batch now. */
  #busy: Lane | undefined;
  /** The lane that brings blobs now. */
  #helper: Lane | undefined;
  #state: 'open' | 'closed' | 'ended' = 'open';

  constructor(transport: Transport, isLogin: boolean, shellSeconds: number, onTrip: () => void) {
    this.#transport = transport;
    this.#isLogin = isLogin;
    this.#shellSeconds = shellSeconds;
    this.#onTrip = onTrip;
  }

  get idle(): boolean {
    return this.#waiting === 0;
  }

  /** Puts a batch, after those that came before. */
  ask(as: Become | undefined, batch: Batch): Promise<Answer> {
    this.#waiting++;
    const answer = this.#queue.then(() => this.#ask(as, batch));
    this.#queue = answer.then(
      () => this.#waiting--,
      () => this.#waiting--,
    );
    return answer;
  }

  /** Ends the lane. What still runs in it is ended with it. */
  async close(): Promise<void> {
    if (this.#state === 'open') this.#state = 'closed';
    const lane = this.#lane;
    if (lane === undefined) return;
    if (!this.idle) await this.#terminate(lane, GRACE.late);
    await lane.close(FAREWELL);
  }

  /** Ends what runs, and says what became of it. */
  async end(): Promise<Fate> {
    this.#state = 'ended';
    this.#helper?.streams.pipe.drop();
    const lane = this.#busy;
    return lane === undefined ? { kind: 'nothing ran' } : await this.#terminate(lane, GRACE.last);
  }

  async #ask(as: Become | undefined, batch: Batch): Promise<Answer> {
    const unasked = (failure: Failure): Answer => ({ kind: 'lost', failure, outputs: [] });
    if (this.#state !== 'open') return unasked(this.#gone());
    if (batch.stop?.aborted) return UNSENT;
    const entered = await this.#laneFor(as);
    if (!entered.ok) return unasked(entered.failure);
    const { lane } = entered;
    if (this.#isOver()) {
      void lane.close(FAREWELL);
      return unasked(this.#gone());
    }
    const staged = await this.#stage(lane, batch);
    if (this.#isOver()) return unasked(this.#gone());
    if (batch.stop?.aborted) return UNSENT;
    if (!staged.ok) return unasked(staged.failure);
    this.#onTrip();
    const heard = await this.#carry(lane, batch, staged.stage);
    if (heard.kind === 'answered') {
      this.#remember(heard.directory, batch);
      return { kind: batch.stop?.aborted && isCutShort(batch, heard) ? 'stopped' : 'answered', outputs: heard.outputs };
    }
    const failure = await this.#explain(lane, heard, batch);
    this.#forget();
    void lane.close(heard.kind === 'unstaged' ? FAREWELL : 0);
    return { kind: 'lost', failure, outputs: heard.outputs };
  }

  /** A method, since it may come true while something is waited for. */
  #isOver(): boolean {
    return this.#state !== 'open';
  }

  #gone(): Failure {
    return this.#state === 'ended'
      ? { reason: 'interrupted', why: 'it was not started' }
      : lost(`the connection to ${this.#transport.name} was closed`);
  }

  async #carry(lane: Lane, batch: Batch, stage: readonly Sh[]): Promise<Heard> {
    const stop = () => void this.#tellToStop(lane);
    if (batch.snippets.length > 1) batch.stop?.addEventListener('abort', stop, { once: true });
    this.#busy = lane;
    const heard = await lane.ask({ ...batch, stage });
    this.#busy = undefined;
    batch.stop?.removeEventListener('abort', stop);
    return heard;
  }

  /** Through another lane. Where none can be had, the batch runs on to its end. */
  async #tellToStop(lane: Lane): Promise<void> {
    // The message may come when the batch has ended, and must not stop another.
    lane.retire();
    const other = await this.#open();
    if (!other.ok) return;
    if (this.#busy === lane) {
      await other.lane.ask({ snippets: [stopping(lane.pid)], how: 'each', timeout: MESSAGE, stage: [] });
    }
    void other.lane.close(FAREWELL);
  }

  /** The lane, opened anew where there is none, or none that may be used. Opening is no trip. */
  async #laneFor(as: Become | undefined): Promise<Entered> {
    if (this.#lane?.usable) return { ok: true, lane: this.#lane };
    if (this.#lane !== undefined) {
      void this.#lane.close(FAREWELL);
      this.#forget();
    }
    if (this.#refused !== undefined && this.#refused.password?.reveal() === as?.password?.reveal()) {
      return { ok: false, failure: this.#refused.failure };
    }
    this.#asking = this.#isLogin ? undefined : as;
    const entered = await this.#open();
    if (entered.ok) this.#lane = entered.lane;
    else if (entered.failure.reason === 'become' && entered.failure.code === 'password-wrong') {
      this.#refused = { password: as?.password, failure: entered.failure };
    }
    return entered;
  }

  async #open(): Promise<Entered> {
    const opened = await this.#transport.open();
    if (!opened.ok) return opened;
    const streams = new ShellStreams(opened.pipe);
    const entered = await enter(streams, {
      as: this.#asking,
      seconds: this.#shellSeconds,
      environment: this.#transport.environment,
    });
    if (!entered.ok) opened.pipe.drop();
    return entered;
  }

  #forget(): void {
    this.#lane = undefined;
    this.#store = undefined;
  }

  /** What the private directory lacks of the batch's blobs: the large are sent now, scripts that write the small come back. */
  async #stage(lane: Lane, { blobs = [], timeout, stop, sent }: Batch): Promise<Staged> {
    const lacking = () => sorted(blobs.filter(({ digest }) => !this.#store?.digests.has(digest)));
    if (blobs.length === 0) return { ok: true, stage: [] };
    const { large } = lacking();
    if (large.length > 0) {
      const failure = await this.#send(lane, large, { blobs, timeout, stop, sent });
      if (failure !== undefined) return { ok: false, failure };
    }
    const first = this.#store === undefined ? makeRoom(0) : adopt(this.#store.directory);
    return { ok: true, stage: [first, ...lacking().small.map(inlined)] };
  }

  /** Sends large blobs through a helper lane, one after the other. A stop ends that at once. */
  async #send(
    lane: Lane,
    large: readonly Blob[],
    { blobs: all = [], timeout: idle, stop, sent: hear }: Pick<Batch, 'blobs' | 'timeout' | 'stop' | 'sent'>,
  ): Promise<Failure | undefined> {
    const helper = await this.#open();
    if (!helper.ok) return helper.failure;
    this.#helper = helper.lane;
    const drop = () => helper.lane.streams.pipe.drop();
    stop?.addEventListener('abort', drop, { once: true });
    const room = all.reduce((total, { size, beside }) => total + (beside === undefined ? size : 0), 0);
    const queue = [...large];
    const size = large.reduce((total, blob) => total + blob.size, 0);
    let before = 0;
    let failure: Failure | undefined;
    for (let blob = queue.shift(); blob !== undefined && failure === undefined; blob = queue.shift()) {
      this.#onTrip();
      const directory = this.#store?.directory;
      // A blob that is sent again, elsewhere, counts once.
      const taken = (bytes: number): void => hear?.(Math.min(size, before + bytes), size);
      const sent = await send(helper.lane, blob, { directory, pid: lane.pid, room }, { idle, taken });
      before += blob.size;
      if (!sent.ok) {
        failure = sent.failure;
        continue;
      }
      if (sent.directory !== directory) {
        // Another directory, for want of room in the first: what lies there is not at hand here.
        const elsewhere = this.#store?.digests;
        queue.push(...all.filter(({ digest }) => elsewhere?.has(digest)));
        this.#store = { directory: sent.directory, digests: new Set() };
      }
      this.#store?.digests.add(blob.digest);
    }
    stop?.removeEventListener('abort', drop);
    this.#helper = undefined;
    void helper.lane.close(failure === undefined ? FAREWELL : 0);
    return failure;
  }

  /** After an answer all the batch's blobs are there, but for those that the scripts might take away. */
  #remember(directory: string | undefined, batch: Batch): void {
    if (directory === undefined) return;
    if (this.#store?.directory !== directory) this.#store = { directory, digests: new Set() };
    for (const { digest, beside } of batch.blobs ?? []) {
      if (beside === undefined) this.#store.digests.add(digest);
      else this.#store.digests.delete(digest);
    }
  }

  async #explain(lane: Lane, heard: Exclude<Heard, { kind: 'answered' }>, batch: Batch): Promise<Failure> {
    if (heard.kind === 'unstaged') return unstaged(undefined, heard.why.trim());
    const at = `script ${heard.outputs.length + 1} of ${batch.snippets.length}`;
    if (this.#state === 'ended') return { reason: 'interrupted', why: `${at} was ended on ${this.#transport.name}` };
    if (heard.kind === 'ended') {
      return lost(`${describe(heard.ending)} while ${at} ran on ${this.#transport.name}: what became of it is unknown`);
    }
    const seconds = batch.timeout ?? 0;
    const said = heard.said === '' ? '' : `; it last said: ${heard.said}`;
    const fate = fateInWords(await this.#terminate(lane, GRACE.late));
    return { reason: 'timeout', seconds, why: `${at} did not end within ${seconds} s; ${fate}${said}` };
  }

  async #terminate(lane: Lane, grace: number): Promise<Fate> {
    if (lane.ending !== undefined) return { kind: 'nothing ran' };
    const other = await this.#open();
    if (!other.ok) return { kind: 'unknown', why: 'no second session could be opened to end it' };
    const fate = await terminate(other.lane, lane.pid, grace);
    void other.lane.close(FAREWELL);
    return fate;
  }
}

/** A batch that was stopped before it was sent. */
const UNSENT: Answer = { kind: 'stopped', outputs: [] };

/** Whether snippets are missing in an answer that the end of the chain does not account for. */
const isCutShort = ({ snippets, how }: Batch, { outputs }: Heard): boolean =>
  outputs.length < snippets.length && !(how === 'chain' && outputs.length > 0 && outputs.at(-1)!.status !== 0);
