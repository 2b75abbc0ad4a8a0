import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { connectorOf } from '../../src/connect/connect.js';
import type { Batch, Connect, Connection } from '../../src/core/connection.js';
import type { Event } from '../../src/core/event.js';
import type { AnyModule } from '../../src/core/module.js';
import type { ToldOutcome } from '../../src/core/outcome.js';
import { poolOf } from '../../src/core/pool.js';
import { Redactor } from '../../src/core/secret.js';
import type { Options } from '../../src/engine/ports.js';
import { type Ended, runPlays } from '../../src/engine/run.js';
import { facts } from '../../src/facts/index.js';
import { registry } from '../../src/modules/index.js';
import { loadProject } from '../../src/project/load.js';

/** A scratch project that is run with real shells of this machine: `h1`, `h2`, … are all connected locally. */
export class Scratch {
  readonly folder = mkdtempSync(join(tmpdir(), 'engine-'));

  /** Where tasks may write. */
  get root(): string {
    return join(this.folder, 'root');
  }

  write(files: Readonly<Record<string, string>>): void {
    for (const [name, text] of Object.entries(files)) {
      mkdirSync(dirname(join(this.folder, name)), { recursive: true });
      writeFileSync(join(this.folder, name), text);
    }
  }

  /** Writes `site.yml` and the inventory, and makes each host's folder, which is its variable `root`. */
  prepare(site: string, wish: Wish = {}): void {
    const hosts = Array.from({ length: wish.hosts ?? 1 }, (_, i) => `h${i + 1}`);
    this.write({
      'site.yml': site,
      hosts: `${hosts.map(host => `${host} ansible_connection=${wish.reach ?? 'local'} root=${join(this.root, host)}`).join('\n')}\n${wish.inventory ?? ''}`,
    });
    for (const host of hosts) mkdirSync(join(this.root, host), { recursive: true });
  }

  /** Loads `site.yml` and runs it on so many hosts. */
  async run(site: string, wish: Wish = {}): Promise<Told> {
    this.prepare(site, wish);
    const modules = new Map([...registry, ...(wish.modules ?? []).map(module => [module.name, module] as const)]);
    const loaded = await loadProject({
      playbooks: ['site.yml'],
      inventory: ['hosts'],
      extraVars: wish.extraVars ?? [],
      tags: wish.tags ?? [],
      skipTags: wish.skipTags ?? [],
      rolesPath: [],
      modules,
      cwd: this.folder,
    });
    if (!loaded.ok) throw new Error(loaded.error.map(d => `${d.place?.file}:${d.place?.line} ${d.message}`).join('\n'));
    const events: Event[] = [];
    const batches: Batch[] = [];
    const options: Options = {
      mode: 'apply',
      diff: true,
      tags: wish.tags ?? [],
      skipTags: wish.skipTags ?? [],
      forceHandlers: false,
      verbosity: 0,
      become: false,
      sequential: process.env.SEQUENTIAL === '1',
      ...wish.options,
    };
    const ended = await runPlays(loaded.value, options, {
      connect: (wish.around ?? (connect => connect))(overheard(locally(connectorOf({})), batch => batches.push(batch))),
      modules,
      facts,
      loader: loaded.value.loader,
      clock: { now: wish.now ?? Date.now, sleep: ms => new Promise(resolve => setTimeout(resolve, Math.min(ms, 20))) },
      redactor: new Redactor(),
      pool: poolOf(20),
      emit: event => {
        events.push(event);
        wish.hear?.(event);
      },
    });
    return new Told(events, ended, batches);
  }

  remove(): void {
    rmSync(this.folder, { recursive: true, force: true });
  }
}

/** The port at which no host of a scratch project can be reached. */
export const NO_PORT = 9;

/** Every host is reached by a local shell, whatever the project says. */
const locally =
  (connect: Connect): Connect =>
  async target =>
    target.port === NO_PORT
      ? { ok: false, failure: { reason: 'unreachable', code: 'refused', why: 'connection refused' } }
      : connect({ ...target, connection: 'local' });

/** The same connections, over which questions go in another way. */
export const asking =
  (connect: Connect, way: (connection: Connection) => Connection['ask']): Connect =>
  async target => {
    const connected = await connect(target);
    if (!connected.ok) return connected;
    const { connection } = connected;
    return {
      ok: true,
      connection: {
        ask: way(connection),
        get trips() {
          return connection.trips;
        },
        end: () => connection.end(),
        close: () => connection.close(),
      },
    };
  };

/** The same connections, and every batch is told. */
const overheard = (connect: Connect, tell: (batch: Batch) => void): Connect =>
  asking(connect, connection => (as, batch) => {
    tell(batch);
    return connection.ask(as, batch);
  });

/** The same connections over a long way: no answer comes sooner than so many milliseconds after its question. */
export const farAway =
  (ms: number) =>
  (connect: Connect): Connect =>
    asking(connect, connection => async (as, batch) => {
      const [answer] = await Promise.all([connection.ask(as, batch), new Promise(resolve => setTimeout(resolve, ms))]);
      return answer;
    });

export interface Wish {
  readonly hosts?: number;
  readonly inventory?: string;
  readonly extraVars?: readonly string[];
  readonly tags?: readonly string[];
  readonly skipTags?: readonly string[];
  readonly options?: Partial<Options>;
  /** In place of those of the same name. */
  readonly modules?: readonly AnyModule[];
  /**
   * How the engine believes that hosts are reached. For `ssh` tasks may be chained that read files of the controller, since
   * those that act on it cannot change them; a local shell is what answers all the same.
   */
  readonly reach?: 'local' | 'ssh';
  /** The connections in the place of those that would be. */
  around?(connect: Connect): Connect;
  /** The time in the place of the real one, in milliseconds since 1970. */
  now?(): number;
  /** Told of each event as it comes. */
  hear?(event: Event): void;
}

/** What a run told. */
export class Told {
  constructor(
    readonly events: readonly Event[],
    readonly ended: Ended,
    /** What was asked of all hosts, trip by trip. */
    readonly batches: readonly Batch[],
  ) {}

  /** Round trips of a host. */
  trips(host = 'h1'): number {
    return this.events.filter(event => event.kind === 'round-trip' && event.host === host).length;
  }

  /** `name: outcome` of each task in order. */
  tasks(host = 'h1'): readonly string[] {
    return this.events.flatMap(event =>
      event.kind === 'task-finished' && event.host === host ? [`${event.task.name}: ${word(event.outcome)}`] : [],
    );
  }

  outcome(task: string, host = 'h1'): ToldOutcome {
    const found = this.events.find(
      event => event.kind === 'task-finished' && event.host === host && event.task.name === task,
    );
    if (found?.kind !== 'task-finished') throw new Error(`no task ${task} in ${this.tasks(host).join(', ')}`);
    return found.outcome;
  }

  messages(host = 'h1'): readonly string[] {
    return this.events.flatMap(event => (event.kind === 'message' && event.host === host ? [event.text] : []));
  }

  /** All outcomes, counted. */
  counts(host = 'h1'): Readonly<Record<string, number>> {
    const counts: Record<string, number> = {};
    for (const line of this.tasks(host)) {
      const kind = line.slice(line.lastIndexOf(': ') + 2);
      counts[kind] = (counts[kind] ?? 0) + 1;
    }
    return counts;
  }

  standing(host = 'h1'): string | undefined {
    return this.ended.hosts.find(ending => ending.host === host)?.standing;
  }
}

const word = (outcome: ToldOutcome): string =>
  outcome.kind === 'failed' && outcome.ignored ? 'ignored' : outcome.kind;
