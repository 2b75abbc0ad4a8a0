import type { Event, Reporter } from '../core/event.js';
import { fateInWords } from '../core/fate.js';
import type { TaskLabel, ToldOutcome } from '../core/outcome.js';
import { printDiagnostic } from './diagnostic.js';
import { type FailureStyle, printFailure } from './failure.js';
import { type Group, type GroupStyle, printGroup, type Warned } from './group.js';
import { Ledger } from './ledger.js';
import { indent, someHosts, tail } from './lines.js';
import { LiveOutput } from './live.js';
import { printRecap } from './recap.js';
import { Running, sending } from './running.js';
import { Silence, type Timing } from './silence.js';
import { Recap } from './summary.js';
import { visible, visibleLine } from './visible.js';

export interface HumanOptions extends FailureStyle {
  readonly diff: boolean;
  /** How many -v were given. */
  readonly verbosity: number;
  write(text: string): void;
  /** Without it silence is never broken. */
  readonly timing?: Timing | undefined;
}

/** A task that some hosts have done is told, even if others are still at it, after so many milliseconds. */
const PATIENCE = 30_000;
/** After so many milliseconds without a word it is told what runs. */
const LONGEST_SILENCE = 10_000;
/** Lines of output of a running task that are shown at once. */
const MOST_OUTPUT = 200;

type Of<K extends Event['kind']> = Event & { readonly kind: K };

/**
 * A readable account: a line per task with the hosts that had each outcome, failures in full, the recap. A task is told when
 * no host comes to it any more; text only goes forward, so that it reads the same in a terminal and in a file.
 */
export class Human implements Reporter {
  readonly #recap = new Recap();
  readonly #style: GroupStyle;
  readonly #names = new Map<string, string>();
  readonly #warned = new Set<string>();
  /** Hosts whose end was told by the failure of a task. */
  readonly #failed = new Set<string>();
  readonly #running = new Running();
  readonly #live = new LiveOutput();
  #silence: Silence | undefined;
  #ledger = new Ledger([]);
  #heading = '';
  #isCheck = false;

  constructor(private readonly options: HumanOptions) {
    this.#style = { ...options, reasonOf: because => this.#reason(because) };
  }

  on(event: Event): void {
    this.#recap.on(event);
    this.#running.on(event);
    switch (event.kind) {
      case 'run-started':
        this.#isCheck = event.mode === 'check';
        this.#listenForSilence();
        break;
      case 'play-started':
        this.#beginPlay(event);
        break;
      case 'play-skipped':
        this.#skipPlay(event);
        break;
      case 'play-failed':
        this.#failPlay(event);
        break;
      case 'task-started':
        this.#names.set(`task:${event.task.id}`, event.task.name);
        this.#ledger.walk(event.host);
        break;
      case 'message':
        this.#ledger.say(event);
        break;
      case 'item-finished':
        this.#tellLines(event, this.#live.end(event));
        this.#ledger.finishItem({ ...event, outcome: kept(event.outcome, this.options) });
        break;
      case 'task-finished':
        this.#finish(event);
        break;
      case 'task-retried':
        this.#tellRetry(event);
        break;
      case 'task-output':
        this.#tellLines(event, this.#live.add(event));
        break;
      case 'task-upload':
        this.#tellLines(event, [sending(event)]);
        break;
      case 'host-lost':
        this.#lose(event);
        break;
      case 'host-ended':
        this.#tellFate(event);
        break;
      case 'warned':
        this.#warn(event);
        break;
      case 'run-finished':
        this.#silence?.end();
        this.#tell(this.#ledger.rest());
        this.#write(printRecap(this.#recap.summary, this.options.paint, this.#isCheck));
        break;
      case 'host-connected':
      case 'round-trip':
      case 'host-rescued':
      case 'stand-in':
        break;
    }
    this.#tell(this.#ledger.begunBefore(event.at - PATIENCE));
  }

  /** Ends the timer, also of a run that ended by an error of ours. */
  close(): Promise<void> {
    this.#silence?.end();
    return Promise.resolve();
  }

  #beginPlay({ play, hosts }: Of<'play-started'>): void {
    const { paint } = this.options;
    this.#tell(this.#ledger.rest());
    this.#ledger = new Ledger(hosts);
    this.#heading = '';
    this.#write(`\n${paint.bold(`PLAY ${visibleLine(play)}`)}  ${paint.dim(someHosts(hosts))}\n`);
  }

  #skipPlay({ play, why }: Of<'play-skipped'>): void {
    const { paint } = this.options;
    this.#tell(this.#ledger.rest());
    this.#write(`\n${paint.bold(`PLAY ${visibleLine(play)}`)}  ${paint.cyan(`skipped: ${visibleLine(why)}`)}\n`);
  }

  #failPlay({ play, failure }: Of<'play-failed'>): void {
    const { paint } = this.options;
    this.#tell(this.#ledger.rest());
    this.#write(`\n${paint.bold(`PLAY ${visibleLine(play)}`)}  ${paint.red('could not start')}\n`);
    this.#write(`${indent(printFailure(failure, this.options), '  ')}\n`);
  }

  #finish(event: Of<'task-finished'>): void {
    const { task, host, outcome } = event;
    this.#tellLines(event, this.#live.end(event));
    this.#names.set(`task:${task.id}`, task.name);
    this.#ledger.finish({ ...event, outcome: kept(outcome, this.options) });
    if (outcome.kind === 'failed' && !outcome.ignored) {
      this.#failed.add(host);
      this.#ledger.leave(host);
    } else this.#failed.delete(host);
    this.#tell(this.#ledger.over());
  }

  #lose({ host, why }: Of<'host-lost'>): void {
    this.#ledger.leave(host);
    this.#tell(this.#ledger.over());
    if (!this.#failed.has(host)) this.#write(`  ${this.options.paint.red(`✗ ${host}: ${visible(why)}`)}\n`);
  }

  #tellFate({ host, fate }: Of<'host-ended'>): void {
    const { paint } = this.options;
    if (fate.kind === 'nothing ran') return;
    const words = visible(`${host}: ${fateInWords(fate)}`);
    this.#write(`  ${fate.kind === 'ended' ? paint.yellow(`! ${words}`) : paint.red(`✗ ${words}`)}\n`);
  }

  #tellRetry(event: Of<'task-retried'>): void {
    const { task, host, attempt, retries } = event;
    this.#tellLines(event, this.#live.end(event));
    if (this.options.verbosity < 1) return;
    const text = `    ${host}: try ${attempt} of ${retries + 1} failed: ${visibleLine(task.name)}`;
    this.#write(`${this.options.paint.dim(text)}\n`);
  }

  /** Live output, each line behind its host and task. */
  #tellLines(
    { host, task }: Of<'task-output' | 'task-upload' | 'task-finished' | 'item-finished' | 'task-retried'>,
    lines: readonly string[],
  ): void {
    const text = lines.filter(line => line.trim() !== '').join('\n');
    if (this.options.verbosity < 2 || text === '') return;
    const prefix = `    ${host} ${visibleLine(task.name)} │ `;
    this.#write(`${this.options.paint.dim(indent(visible(tail(text, MOST_OUTPUT)), prefix))}\n`);
  }

  #listenForSilence(): void {
    const { timing } = this.options;
    if (timing) this.#silence = new Silence(timing, LONGEST_SILENCE, () => this.#tellRunning(timing.now()));
  }

  #tellRunning(now: number): void {
    const lines = this.#running.lines(now).map(line => this.options.paint.dim(`  … ${line}`));
    this.#write(`${lines.join('\n')}\n`);
  }

  #write(text: string): void {
    if (text === '') return;
    this.#silence?.break();
    this.options.write(text);
  }

  /** Each warning once, however many hosts it concerns; that of a task is told with the task. */
  #warn(warned: Of<'warned'>): void {
    const { diagnostic, task } = warned;
    if (task) {
      this.#ledger.warn({ ...warned, task });
      return;
    }
    const text = printDiagnostic(diagnostic, this.options.sources, this.options.paint, 'warning');
    if (!this.#warned.has(text)) this.#write(`${text}\n`);
    this.#warned.add(text);
  }

  #tell(groups: readonly Group[]): void {
    for (const group of groups) {
      this.#tellHeading(group.task);
      this.#write(printGroup({ ...group, warnings: this.#unheard(group.warnings) }, this.#style));
    }
  }

  /** Of the warnings of a task those that were not told before in this run, with the same text and place. */
  #unheard(warnings: readonly Warned[]): Warned[] {
    const keyOf = ({ diagnostic: { code, message, place } }: Warned): string => JSON.stringify([code, message, place]);
    const left = warnings.filter(warned => !this.#warned.has(keyOf(warned)));
    for (const warned of left) this.#warned.add(keyOf(warned));
    return left;
  }

  #tellHeading({ role, isHandler }: TaskLabel): void {
    const words = [...(role === undefined ? [] : [visibleLine(role)]), ...(isHandler ? ['handlers'] : [])];
    const heading = words.join(', ');
    if (heading === this.#heading) return;
    this.#heading = heading;
    this.#write(`${this.options.paint.bold(heading === '' ? 'tasks' : heading)}\n`);
  }

  /** What an unsure outcome waits for, in the reader's words. */
  #reason(because: string): string {
    if (because.startsWith('fact:')) return `facts (${because.slice('fact:'.length)})`;
    if (!because.startsWith('task:')) return because;
    const place = because.slice('task:'.length);
    const name = this.#names.get(because);
    return name === undefined ? place : `${name} (${place})`;
  }
}

const NOTHING = {};

/** An outcome without what will not be shown: with thousands of hosts a task waits long to be told of. */
function kept(outcome: ToldOutcome, { diff, verbosity }: HumanOptions): ToldOutcome {
  const result = verbosity > 0 ? outcome.result : NOTHING;
  if (outcome.kind === 'changed') return { ...outcome, result, changes: diff ? outcome.changes : [] };
  if (outcome.kind !== 'failed') return { ...outcome, result };
  const { changes, ...failed } = outcome;
  return diff && changes ? { ...failed, result, changes } : { ...failed, result };
}
