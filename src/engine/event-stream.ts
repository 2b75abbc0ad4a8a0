import type { Event, Happening } from '../core/event.js';
import type { Failure, TaskLabel, ToldChange, ToldOutcome } from '../core/outcome.js';
import type { Diagnostic } from '../core/place.js';
import type { Redactor } from '../core/secret.js';
import { Float, Lazy, type Plain, Secret, Unknown, type Value } from '../core/value.js';
import type { Ports, RunPorts } from './ports.js';

/** The ports of a run, whose events are masked and numbered on their way out. */
export function withEventStream(ports: Ports): RunPorts {
  const stream = new EventStream(ports.redactor, event => ports.emit(event));
  return { ...ports, emit: happening => stream.tell(happening) };
}

type Of<K extends Event['kind']> = Happening & { readonly kind: K };

/** A task that a host works at. */
interface Open {
  readonly task: TaskLabel;
  /** When its last item ended, or it was started itself; in milliseconds since 1970. */
  since: number;
  /** Output that is kept back, since it may be the beginning of a secret. */
  held: string;
}

/**
 * The one way by which events leave the engine. All known secrets are masked here, whatever told them; the events of each
 * host are numbered; and every task's first event is its `task-started`.
 */
export class EventStream {
  readonly #orders = new Map<string, number>();
  /** By host, then by task. */
  readonly #open = new Map<string, Map<string, Open>>();
  readonly #mask: Masking;

  constructor(
    private readonly redactor: Redactor,
    private readonly sink: (event: Event) => void,
  ) {
    this.#mask = new Masking(redactor);
  }

  tell(event: Happening): void {
    switch (event.kind) {
      case 'task-started':
        this.#start(event.host, event.task, event.at);
        return;
      case 'task-finished': {
        const open = this.#start(event.host, event.task, event.start);
        this.#flush(event.host, open, event.at);
        this.#open.get(event.host)!.delete(event.task.id);
        break;
      }
      case 'item-finished':
        this.#flush(event.host, this.#start(event.host, event.task, event.start), event.at);
        break;
      case 'task-output':
        this.#say(event);
        return;
      case 'task-retried':
        this.#flush(event.host, this.#start(event.host, event.task, event.at), event.at);
        break;
      case 'message':
      case 'task-upload':
        this.#start(event.host, event.task, event.at);
        break;
      case 'warned':
        if (event.task) this.#start(event.host, event.task, event.at);
        break;
      case 'play-started':
        for (const host of event.hosts) this.#open.delete(host);
        break;
      case 'host-lost':
        for (const open of this.#open.get(event.host)?.values() ?? []) this.#flush(event.host, open, event.at);
        this.#open.delete(event.host);
        break;
      default:
    }
    this.#pass(event);
  }

  /** The open task, which is told to have been started if that was not told yet. */
  #start(host: Of<'task-started'>['host'], task: TaskLabel, at: number): Open {
    const tasks = this.#open.get(host) ?? new Map<string, Open>();
    this.#open.set(host, tasks);
    const known = tasks.get(task.id);
    if (known) return known;
    const open: Open = { task, since: at, held: '' };
    tasks.set(task.id, open);
    this.#pass({ kind: 'task-started', at, task, host });
    return open;
  }

  /** Output comes in pieces that are cut anywhere: a secret may begin in one and end in the next. */
  #say({ host, task, at, text }: Of<'task-output'>): void {
    const open = this.#start(host, task, at);
    const all = open.held + text;
    const safe = this.redactor.safeLength(all);
    open.held = all.slice(safe);
    if (safe > 0) this.#pass({ kind: 'task-output', at, host, task, text: all.slice(0, safe) });
  }

  #flush(host: Of<'task-output'>['host'], open: Open, at: number): void {
    const { held, task } = open;
    open.held = '';
    if (held !== '') this.#pass({ kind: 'task-output', at, host, task, text: held });
  }

  #pass(event: Happening): void {
    const masked = this.#mask.event(event);
    if (!('host' in masked)) {
      this.sink(masked);
      return;
    }
    const order = (this.#orders.get(masked.host) ?? 0) + 1;
    this.#orders.set(masked.host, order);
    this.sink({ ...masked, order } as Event);
  }
}

/** Members of events that say which host, task or kind is meant: programs read them, and they are no secrets. */
const STRUCTURE: ReadonlySet<string> = new Set([
  ...['at', 'kind', 'host', 'hosts', 'on', 'mode', 'purpose', 'how', 'place', 'start', 'end', 'ms'],
]);

/** Masks the texts of events, whatever they are: what is new is masked unless it is named here. */
class Masking {
  constructor(private readonly redactor: Redactor) {}

  event(event: Happening): Happening {
    const members = Object.entries(event).map(([key, value]) => [
      key,
      STRUCTURE.has(key) ? (value as unknown) : this.#member(key, value),
    ]);
    return Object.fromEntries(members) as Happening;
  }

  #member(key: string, value: unknown): unknown {
    switch (key) {
      case 'task':
        return value === undefined ? value : this.#label(value as TaskLabel);
      case 'outcome':
        return this.#outcome(value as ToldOutcome);
      case 'failure':
        return this.#failure(value as Failure);
      case 'diagnostic':
        return this.#diagnostic(value as Diagnostic);
      default:
        return this.#value(value);
    }
  }

  #label(task: TaskLabel): TaskLabel {
    return { ...task, name: this.redactor.mask(task.name) };
  }

  #outcome(outcome: ToldOutcome): ToldOutcome {
    const result = this.#members(outcome.result);
    switch (outcome.kind) {
      case 'ok':
        return { kind: 'ok', result };
      case 'skipped':
        return { kind: 'skipped', why: this.redactor.mask(outcome.why), result };
      case 'unsure':
        return { kind: 'unsure', because: outcome.because.map(one => this.#reason(one)), result };
      case 'changed':
        return { kind: 'changed', changes: outcome.changes.map(change => this.#change(change)), result };
      case 'failed': {
        const { ignored, failure, changes } = outcome;
        const told = changes && { changes: changes.map(change => this.#change(change)) };
        return { kind: 'failed', failure: this.#failure(failure), ignored, ...told, result };
      }
    }
  }

  /** Names of a result's own members are the module's, and no secrets, though a secret may be the same word. */
  #members(result: ToldOutcome['result']): ToldOutcome['result'] {
    if (!this.redactor.isAware) return result;
    return Object.fromEntries(Object.entries(result).map(([key, value]) => [key, this.#value(value) as Value]));
  }

  /** `task:site.yml:3` and `fact:…` are references. */
  #reason(because: string): string {
    return /^(?:task|fact):/.test(because) ? because : this.redactor.mask(because);
  }

  #change({ what, before, after }: ToldChange): ToldChange {
    return {
      what: this.redactor.mask(what),
      before: this.#value(before) as Plain,
      after: this.#value(after) as Plain | Unknown,
    };
  }

  #failure(failure: Failure): Failure {
    const { reason, ...rest } = failure;
    const masked: Record<string, unknown> = { reason };
    for (const [key, value] of Object.entries(rest)) {
      if (key === 'code') masked.code = value;
      else if (key === 'diagnostics')
        masked.diagnostics = (value as readonly Diagnostic[]).map(d => this.#diagnostic(d));
      else masked[key] = this.#value(value);
    }
    return masked as unknown as Failure;
  }

  #diagnostic(diagnostic: Diagnostic): Diagnostic {
    const { message, hint } = diagnostic;
    return {
      ...diagnostic,
      message: this.redactor.mask(message),
      ...(hint === undefined ? {} : { hint: this.redactor.mask(hint) }),
    };
  }

  #value(value: unknown): unknown {
    if (!this.redactor.isAware) return value;
    if (typeof value === 'string') return this.redactor.mask(value);
    if (typeof value !== 'object' || value === null) return value;
    if (value instanceof Unknown || value instanceof Float || value instanceof Secret) return value;
    if (value instanceof Lazy) return new MaskedLazy(value, one => this.#value(one) as Value);
    if (Array.isArray(value)) return value.map(one => this.#value(one));
    return Object.fromEntries(
      Object.entries(value).map(([key, member]) => [this.redactor.mask(key), this.#value(member)]),
    );
  }
}

/** Members that are looked up when asked for are masked then. */
class MaskedLazy extends Lazy {
  constructor(
    private readonly inner: Lazy,
    private readonly mask: (value: Value) => Value,
  ) {
    super();
  }
  get(key: string): Value | undefined {
    const value = this.inner.get(key);
    return value === undefined ? undefined : this.mask(value);
  }
  keys(): readonly string[] {
    return this.inner.keys();
  }
}
