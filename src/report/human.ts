import type { Event, Reporter } from '../core/event.js';
import type { Failure, Outcome, TaskLabel } from '../core/outcome.js';
import { at, type Place } from '../core/place.js';
import { printDiagnostic, type Sources } from './diagnostic.js';
import { printChange } from './diff.js';
import type { Paint } from './paint.js';
import { printRecap } from './recap.js';
import { Recap } from './summary.js';
import { visible } from './visible.js';

export interface HumanOptions {
  readonly paint: Paint;
  readonly sources: Sources;
  readonly diff: boolean;
  readonly verbosity: number;
  write(text: string): void;
}

type Finished = Event & { kind: 'task-finished' };

/** One task over all hosts, until the last of them has done it. */
interface Group {
  readonly task: TaskLabel;
  readonly place: Place;
  readonly finished: Finished[];
  readonly messages: { readonly host: string; readonly text: string }[];
  readonly items: (Event & { kind: 'item-finished' })[];
}

/** More hosts than this are counted, not named. */
const MOST_NAMED = 8;

/** A readable account: a line per task and outcome, with the hosts that had it; failures in full; the recap. */
export class Human implements Reporter {
  readonly #recap = new Recap();
  readonly #groups = new Map<string, Group>();
  #hosts: Set<string> = new Set();
  #heading: string | undefined;
  #isCheck = false;

  constructor(private readonly options: HumanOptions) {}

  on(event: Event): void {
    this.#recap.on(event);
    const { paint, write } = this.options;
    switch (event.kind) {
      case 'run-started':
        this.#isCheck = event.mode === 'check';
        break;
      case 'play-started':
        this.#flush();
        this.#hosts = new Set(event.hosts);
        this.#heading = undefined;
        write(`\n${paint.bold(`PLAY ${visible(event.play)}`)}  ${paint.dim(names(event.hosts))}\n`);
        break;
      case 'play-skipped':
        this.#flush();
        write(`\n${paint.bold(`PLAY ${visible(event.play)}`)}  ${paint.cyan(`skipped: ${visible(event.why)}`)}\n`);
        break;
      case 'message':
        this.#group(event.task, undefined).messages.push({ host: event.host, text: event.text });
        break;
      case 'item-finished':
        this.#group(event.task, undefined).items.push(event);
        break;
      case 'task-retried':
        if (this.options.verbosity > 0) write(paint.dim(`    ${event.host}: try ${event.attempt} of ${event.retries + 1}: ${visible(event.task.name)}\n`));
        break;
      case 'task-output':
        if (this.options.verbosity > 1) write(paint.dim(indent(visible(event.text).trimEnd(), `    ${event.host} │ `)) + '\n');
        break;
      case 'task-finished': {
        const group = this.#group(event.task, event.place);
        group.finished.push(event);
        if (group.finished.length >= this.#hosts.size) this.#print(event.task);
        break;
      }
      case 'host-lost':
        this.#hosts.delete(event.host);
        for (const group of [...this.#groups.values()]) if (group.finished.length >= this.#hosts.size) this.#print(group.task);
        break;
      case 'warned':
        write(`${printDiagnostic(event.diagnostic, this.options.sources, paint, 'warning')}\n`);
        break;
      case 'run-finished':
        this.#flush();
        write(printRecap(this.#recap.summary, paint, this.#isCheck));
        break;
      default:
    }
  }

  #group(task: TaskLabel, place: Place | undefined): Group {
    const key = keyOf(task);
    let group = this.#groups.get(key);
    if (!group) {
      group = { task, place: place ?? { file: '', line: 0, column: 0, length: 0 }, finished: [], messages: [], items: [] };
      this.#groups.set(key, group);
    } else if (place && group.place.line === 0) {
      group = { ...group, place };
      this.#groups.set(key, group);
    }
    return group;
  }

  #flush(): void {
    for (const group of [...this.#groups.values()]) this.#print(group.task);
  }

  #print(task: TaskLabel): void {
    const group = this.#groups.get(keyOf(task));
    if (!group) return;
    this.#groups.delete(keyOf(task));
    if (group.finished.length === 0 && group.messages.length === 0) return;
    const { paint, write } = this.options;
    const heading = `${task.role ?? ''}${task.isHandler ? ' (handlers)' : ''}`;
    if (heading !== this.#heading) {
      this.#heading = heading;
      if (heading !== '') write(`${paint.bold(heading)}\n`);
    }
    const rank = [...this.#hosts];
    group.finished.sort((a, b) => rank.indexOf(a.host) - rank.indexOf(b.host));
    group.messages.sort((a, b) => rank.indexOf(a.host) - rank.indexOf(b.host));
    const byOutcome = new Map<string, Finished[]>();
    for (const finished of group.finished) {
      const word = wordOf(finished.outcome);
      byOutcome.set(word, [...(byOutcome.get(word) ?? []), finished]);
    }
    const isQuiet = (word: string): boolean => word === 'skipped' && byOutcome.size > 1 && this.options.verbosity === 0;
    const parts = [...byOutcome].filter(([word]) => !isQuiet(word)).sort(([a], [b]) => ORDER.indexOf(a) - ORDER.indexOf(b));
    const rows = parts.map(([word, events]) => `${this.#sign(word)} ${names(events.map(e => e.host))}`);
    const took = Math.max(0, ...group.finished.map(e => e.ms));
    const name = visible(task.name).replaceAll('\n', ' ');
    const worst = parts[0]?.[0] ?? 'ok';
    write(`  ${this.#sign(worst)} ${name.padEnd(46)} ${paint.dim(rows.length === 1 ? names(parts[0]![1].map(e => e.host)) : '')}${rows.length > 1 ? rows.join('  ') : ''}${took >= 500 ? paint.dim(`  ${(took / 1000).toFixed(1)} s`) : ''}\n`);
    this.#details(group);
  }

  #details({ finished, messages, items, place }: Group): void {
    const { paint, write, verbosity } = this.options;
    for (const [text, hosts] of grouped(messages.map(m => [m.text, m.host] as const))) write(`${indent(visible(text), '      ')}  ${paint.dim(names(hosts))}\n`);
    for (const item of items) {
      const { outcome } = item;
      if (outcome.kind === 'failed') write(`      ${this.#sign('failed')} item ${visible(item.item)}  ${paint.dim(item.host)}\n${this.#failure(outcome.failure)}`);
      else if (verbosity > 0) write(`      ${this.#sign(wordOf(outcome))} item ${visible(item.item)}  ${paint.dim(item.host)}\n`);
    }
    if (this.options.diff) {
      const shown = finished.flatMap(({ host, outcome }) => (outcome.kind === 'changed' ? [[outcome.changes.flatMap(change => printChange(change, paint)).join('\n'), host] as const] : []));
      for (const [text, hosts] of grouped(shown)) if (text !== '') write(`      ${paint.dim(names(hosts))}\n${indent(text, '        ')}\n`);
    }
    for (const { host, outcome } of finished) {
      if (outcome.kind === 'unsure') write(paint.dim(`      ${host}: hangs on ${[...new Set(outcome.because)].slice(0, 3).join(', ')}\n`));
      if (outcome.kind !== 'failed' || (items.length > 0 && items.some(item => item.outcome.kind === 'failed'))) continue;
      write(`      ${paint.bold(host)}${outcome.ignored ? ' (ignored)' : ''}  ${paint.dim(at(place))}\n${this.#failure(outcome.failure)}`);
    }
    if (verbosity > 0) {
      for (const { host, outcome } of finished) {
        const { stdout, stderr } = outcome.result;
        if (typeof stdout === 'string' && stdout !== '') write(`${indent(visible(stdout.trimEnd()), `      ${host} │ `)}\n`);
        if (typeof stderr === 'string' && stderr !== '') write(paint.dim(`${indent(visible(stderr.trimEnd()), `      ${host} ! `)}\n`));
      }
    }
  }

  #failure(failure: Failure): string {
    const { paint, sources } = this.options;
    switch (failure.reason) {
      case 'bad-args':
      case 'template':
        return `${failure.diagnostics.map(d => indent(printDiagnostic(d, sources, paint, 'error'), '        ')).join('\n')}\n`;
      case 'act-failed': {
        const { output } = failure;
        const said = [output.stdout.trim(), output.stderr.trim()].filter(text => text !== '').map(text => last(visible(text), 30));
        const status = output.status > 128 ? `killed by signal ${output.status - 128}` : `exit status ${output.status}`;
        return `        ${paint.red(`${visible(failure.what)}: ${status}`)}\n${said.map(text => `${indent(text, '        │ ')}\n`).join('')}`;
      }
      case 'unreachable':
      case 'become':
        return `        ${paint.red(`${failure.reason === 'become' ? 'become' : 'unreachable'}[${failure.code}]: ${visible(failure.why)}`)}\n${failure.hint === undefined ? '' : `${indent(visible(failure.hint), '        = ')}\n`}`;
      case 'lost':
        return `        ${paint.red(`connection lost: ${visible(failure.why)}`)}\n        = what became of the task on this host is unknown\n`;
      case 'not-converged':
        return `        ${paint.red(`still differs after the change: ${visible(failure.left.join(', '))}`)}\n`;
      default:
        return `${indent(paint.red(visible(failure.why)), '        ')}\n`;
    }
  }

  #sign(word: string): string {
    const { paint } = this.options;
    switch (word) {
      case 'ok':
        return paint.green('✓');
      case 'changed':
        return paint.yellow('~');
      case 'skipped':
        return paint.cyan('–');
      case 'unsure':
        return paint.magenta('?');
      case 'ignored':
        return paint.cyan('!');
      default:
        return paint.red('✗');
    }
  }
}

const ORDER = ['failed', 'ignored', 'unsure', 'changed', 'ok', 'skipped'];
const keyOf = (task: TaskLabel): string => `${task.id}\n${task.name}\n${task.isHandler}`;
const wordOf = (outcome: Outcome): string => (outcome.kind === 'failed' && outcome.ignored ? 'ignored' : outcome.kind);
const names = (hosts: readonly string[]): string => (hosts.length > MOST_NAMED ? `${hosts.length} hosts` : hosts.join(' '));
const indent = (text: string, by: string): string => text.split('\n').map(line => by + line).join('\n');
const last = (text: string, lines: number): string => {
  const all = text.split('\n');
  return all.length > lines ? ['…', ...all.slice(-lines)].join('\n') : text;
};

/** Hosts that share a text, under it. */
function grouped(pairs: readonly (readonly [string, string])[]): Map<string, string[]> {
  const found = new Map<string, string[]>();
  for (const [text, host] of pairs) found.set(text, [...(found.get(text) ?? []), host]);
  return found;
}
