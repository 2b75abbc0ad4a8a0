import { StringDecoder } from 'node:string_decoder';
import type { Batch } from '../core/connection.js';
import type { Output } from '../core/probe.js';
import type { Sh } from '../core/sh.js';
import { Capture } from './capture.js';
import { newMark } from './mark.js';
import { MarkSplitter } from './mark-splitter.js';
import { batchScript, read, type Sign, settle } from './script.js';
import type { ShellStreams } from './shell-streams.js';
import type { Ending, Environment } from './transport.js';

/** What a lane is asked: snippets, and before them the scripts that put blobs in place. */
export interface Question
  extends Pick<Batch, 'snippets' | 'how' | 'timeout' | 'watch' | 'heard' | 'shared' | 'drafts' | 'asTheyCome'> {
  readonly stage: readonly Sh[];
}

/** What came of it. `outputs` are those whose exit status arrived. */
export type Heard = { readonly outputs: readonly Output[] } & (
  | { readonly kind: 'answered'; readonly directory?: string | undefined }
  /** The blobs could not be put in place; no snippet ran. */
  | { readonly kind: 'unstaged'; readonly why: string }
  /** The shell or the link went. */
  | { readonly kind: 'ended'; readonly ending: Ending }
  /** No sign of life, or no end of a chain's snippet, for that long. It still runs. `said` is the last it wrote. */
  | { readonly kind: 'slow'; readonly said: string }
);

/**
 * One persistent `/bin/sh` of one identity. It knows nothing of transports: it is given the streams of a shell that said
 * {@link hello} and has read nothing else. One question at a time.
 */
export class Lane {
  readonly #streams: ShellStreams;
  #retired = false;

  /** `pid` is the shell's. */
  constructor(
    streams: ShellStreams,
    readonly pid: number,
    environment: Environment,
  ) {
    this.#streams = streams;
    streams.write(settle(newMark(), environment).text);
  }

  /** Whether a further question may be put. A lane that something else writes into may not: answers must be ours. */
  get usable(): boolean {
    return !this.#retired && this.#streams.ending === undefined && this.#streams.stray === 0;
  }

  get ending(): Ending | undefined {
    return this.#streams.ending;
  }

  /** No further question: the next one is for another lane. */
  retire(): void {
    this.#retired = true;
  }

  get streams(): ShellStreams {
    return this.#streams;
  }

  /** Puts a question, in one write. */
  async ask(question: Question): Promise<Heard> {
    const mark = newMark();
    const answer = new Answering(mark, question, this.#streams);
    const heard = answer.done;
    this.#streams.listen(answer);
    if (this.#streams.ending !== undefined) answer.ended(this.#streams.ending);
    else this.#streams.write(batchScript(mark, question, question.stage).text);
    const result = await heard;
    this.#streams.listen(undefined);
    if (result.kind !== 'answered' || answer.left.length > 0) this.#retired = true;
    return result;
  }

  /** Ends the shell in order, which removes its private directories; gives it `seconds` for that. */
  async close(seconds: number): Promise<void> {
    this.#retired = true;
    if (this.#streams.ending === undefined) {
      this.#streams.pipe.stdin.end();
      let timer: NodeJS.Timeout | undefined;
      const patience = new Promise(resolve => {
        timer = setTimeout(resolve, seconds * 1000);
      });
      await Promise.race([this.#streams.pipe.ended, patience]);
      clearTimeout(timer);
    }
    this.#streams.pipe.drop();
  }
}

interface Slot {
  readonly out: Capture;
  readonly err: Capture;
  readonly decoders: { readonly out: StringDecoder; readonly err: StringDecoder };
  status?: number;
  /** Once it is complete. */
  output?: Output;
}

function outputOf(slot: Slot): Output {
  if (slot.output !== undefined) return slot.output;
  const cut = { stdout: slot.out.gone, stderr: slot.err.gone };
  const isWhole = cut.stdout + cut.stderr === 0;
  slot.output = {
    stdout: slot.out.text(),
    stderr: slot.err.text(),
    status: slot.status!,
    ...(isWhole ? {} : { cut }),
  };
  return slot.output;
}

/** Beyond this, the output of one snippet is no longer taken for a sign of life: `yes` would live for ever. */
const TALKATIVE = 64 * 1024 * 1024;

/** The answer to one question as it comes in. stdout and stderr go their own pace, each from mark to mark. */
class Answering {
  readonly done: Promise<Heard>;
  left: readonly string[] = [];
  #resolve!: (heard: Heard) => void;
  readonly #slots: Slot[] = [];
  readonly #at = { out: 0, err: 0 };
  /** So many snippets were told to `heard`. */
  #told = 0;
  readonly #atEnd = { out: false, err: false };
  readonly #splitters: { readonly out: MarkSplitter; readonly err: MarkSplitter };
  readonly #stageErr = new Capture();
  #staged: { ok: boolean; directory: string } | undefined;
  #staging: { out: boolean; err: boolean };
  #lived = performance.now();
  #unsent = 0;
  readonly #clock: NodeJS.Timeout | undefined;

  constructor(
    mark: string,
    readonly question: Question,
    readonly streams: ShellStreams,
  ) {
    this.done = new Promise(resolve => {
      this.#resolve = resolve;
    });
    const waits = question.stage.length > 0;
    this.#staging = { out: waits, err: waits };
    const splitter = (stream: 'out' | 'err') =>
      new MarkSplitter(
        mark,
        bytes => this.#data(stream, bytes),
        words => this.#sign(stream, words),
      );
    this.#splitters = { out: splitter('out'), err: splitter('err') };
    const { timeout } = question;
    if (timeout !== undefined) this.#clock = setInterval(() => this.#tick(timeout), Math.min(500, timeout * 250));
  }

  out(chunk: Buffer): void {
    this.#splitters.out.feed(chunk);
  }

  err(chunk: Buffer): void {
    this.#splitters.err.feed(chunk);
  }

  ended(ending: Ending): void {
    this.#finish({ kind: 'ended', ending, outputs: this.#outputs() });
  }

  #slot(i: number): Slot {
    this.#slots[i] ??= {
      out: new Capture(),
      err: new Capture(),
      decoders: { out: new StringDecoder('utf8'), err: new StringDecoder('utf8') },
    };
    return this.#slots[i];
  }

  #data(stream: 'out' | 'err', bytes: Buffer): void {
    if (this.#staging[stream]) {
      this.#stageErr.add(bytes);
      return;
    }
    const i = this.#at[stream];
    if (this.#atEnd[stream] || i >= this.question.snippets.length) return;
    const slot = this.#slot(i);
    slot[stream].add(bytes);
    if (this.question.how === 'each' && slot[stream].size < TALKATIVE) this.#lived = performance.now();
    const text = this.question.watch && slot.decoders[stream].write(bytes);
    if (text) this.question.watch?.(i, text);
  }

  #sign(stream: 'out' | 'err', words: readonly string[]): void {
    this.#lived = performance.now();
    const sign = read(words);
    if (sign.kind === 'blobs') {
      this.#staging[stream] = false;
      this.#staged = sign;
    } else if (sign.kind === 'snippet') {
      if (!this.#isDue(stream, sign)) {
        this.ended({ cut: 'the shell answered what is no answer to its batch' });
        return;
      }
      this.#at[stream] = sign.index + 1;
      if (stream === 'out') this.#slot(sign.index).status = sign.status;
      this.#tell();
    } else {
      this.#atEnd[stream] = true;
      this.left = sign.left;
      if (this.#atEnd.out && this.#atEnd.err) this.#end();
    }
  }

  /** Snippets end one after the other, each with a status. A shell that says otherwise is none, or somebody else writes for it. */
  #isDue(stream: 'out' | 'err', { index, status }: Sign & { kind: 'snippet' }): boolean {
    const isStatus = Number.isInteger(status) && status >= 0;
    return isStatus && index === this.#at[stream] && index < this.question.snippets.length;
  }

  #end(): void {
    if (this.#staged?.ok === false) {
      this.#finish({ kind: 'unstaged', why: this.#stageErr.text(), outputs: [] });
    } else this.#finish({ kind: 'answered', outputs: this.#outputs(), directory: this.#staged?.directory });
  }

  /** Hands on the answers that both streams have passed. */
  #tell(): void {
    const { heard } = this.question;
    if (heard === undefined) return;
    const { out, err } = this.#at;
    for (; this.#told < Math.min(out, err); this.#told++) heard(this.#told, outputOf(this.#slot(this.#told)));
  }

  /** Those whose status arrived, in order, up to the first gap. */
  #outputs(): readonly Output[] {
    const gap = this.#slots.findIndex(slot => slot?.status === undefined);
    return this.#slots.slice(0, gap < 0 ? undefined : gap).map(outputOf);
  }

  #tick(timeout: number): void {
    // A slow link is not a silent one: bytes that leave are a sign of life too.
    const unsent = this.streams.pipe.unsent();
    if (unsent > 0 && unsent !== this.#unsent) this.#lived = performance.now();
    this.#unsent = unsent;
    if (performance.now() - this.#lived < timeout * 1000) return;
    const slot = this.#slots[this.#at.out];
    const said = slot ? `${slot.out.text()}\n${slot.err.text()}`.trim().slice(-300) : '';
    this.#finish({ kind: 'slow', said, outputs: this.#outputs() });
  }

  #finish(heard: Heard): void {
    clearInterval(this.#clock);
    this.#resolve(heard);
  }
}
