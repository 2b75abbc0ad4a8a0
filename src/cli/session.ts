import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { connectorOf } from '../connect/connect.js';
import { OpenConnections } from '../connect/open-connections.js';
import type { Reporter } from '../core/event.js';
import { poolOf } from '../core/pool.js';
import { Redactor, Secret } from '../core/secret.js';
import type { Options, Ports } from '../engine/ports.js';
import { type Ended, runPlays } from '../engine/run.js';
import { facts } from '../facts/index.js';
import { registry } from '../modules/index.js';
import { loadProject, type Project } from '../project/load.js';
import { printDiagnostic } from '../report/diagnostic.js';
import { Human } from '../report/human.js';
import { jsonReporter } from '../report/json.js';
import { paintOf } from '../report/paint.js';
import { Hashings } from '../template/hashings.js';
import { endOnKill } from './end-on-signal.js';
import { EXIT } from './exit.js';
import { hashInThread } from './hash-elsewhere.js';
import { limitHeapFor } from './heap.js';
import { onInterrupt } from './interrupt.js';
import { type Settings, words } from './settings.js';
import { ask, askOrRead, isColoured } from './terminal.js';
import { teachYaml } from './yaml.js';

/** How many hosts are worked on at once, unless -f says otherwise. */
const FORKS = 20;

/** A loaded project with what is needed to run it, or the exit code of having said why not. */
export interface Session {
  readonly project: Project;
  readonly options: Options;
  readonly redactor: Redactor;
  /**
   * Runs the plays and closes the reporters. A signal's exit code comes instead of how the run ended. Ends the program where a
   * second signal has come and the run has not ended in time.
   */
  run(): Promise<Ended | number>;
}

/** Loads a project; every mistake is printed at once, before any host is touched. */
export async function openSession(
  playbooks: readonly string[],
  settings: Settings,
  listening: readonly Reporter[],
  account: 'told' | 'silent',
): Promise<Session | number> {
  teachYaml();
  const redactor = new Redactor();
  const paint = paintOf(isColoured(settings.color, process.stderr, process.env));
  const result = await loadProject({
    playbooks,
    inventory: inventorySources(settings),
    extraVars: settings.extraVars ?? [],
    limit: settings.limit,
    tags: words(settings.tags),
    skipTags: words(settings.skipTags),
    startAtTask: settings.startAtTask,
    rolesPath: rolesPath(settings),
    modules: registry,
    cwd: process.cwd(),
    environment: process.env,
  });
  if (!result.ok) {
    const text = result.error.map(mistake => printDiagnostic(mistake, readSource, paint, 'error')).join('\n\n');
    const { length } = result.error;
    process.stderr.write(`${text}\n\n${length} error${length === 1 ? '' : 's'}, no host was contacted\n`);
    return EXIT.usage;
  }
  const project = result.value;
  limitHeapFor(project.inventory.hosts.size);
  for (const warning of project.warnings)
    process.stderr.write(`${printDiagnostic(warning, project.sources, paint, 'warning')}\n`);
  const password = settings.askPass ? await secretFrom('SSH password', redactor) : undefined;
  const becomePassword = settings.askBecomePass ? await secretFrom('become password', redactor) : undefined;
  const { signal, kill, code } = onInterrupt(text => process.stderr.write(text));
  const forks = settings.forks === undefined ? FORKS : Number(settings.forks);
  const options: Options = {
    mode: settings.check ? 'check' : 'apply',
    diff: settings.diff ?? false,
    limit: project.limit,
    tags: words(settings.tags),
    skipTags: words(settings.skipTags),
    startAtTask: settings.startAtTask,
    forceHandlers: settings.forceHandlers ?? false,
    verbosity: settings.verbose ?? 0,
    user: settings.user,
    privateKeyFile: settings.privateKey,
    password,
    connection: settings.connection,
    become: settings.become ?? settings.becomeUser !== undefined,
    becomeUser: settings.becomeUser,
    becomeMethod: settings.becomeMethod,
    becomePassword,
    typed: { limit: settings.limit, forks, inventory: inventoryTyped(settings) },
    signal,
    sequential: settings.sequential ?? false,
  };
  const write = (text: string): void => void process.stdout.write(text);
  const reporter: Reporter =
    settings.output === 'jsonl'
      ? jsonReporter(write)
      : new Human({
          paint: paintOf(isColoured(settings.color, process.stdout, process.env)),
          sources: file => masked(project.sources(file), redactor),
          diff: options.diff,
          verbosity: options.verbosity,
          write,
          timing: { now: Date.now, after },
        });
  const reporters = account === 'told' ? [reporter, ...listening] : listening;
  const connector = connectorOf({
    connectTimeout: settings.timeout === undefined ? undefined : Number(settings.timeout),
    agentSocket: process.env.SSH_AUTH_SOCK,
    askPassphrase: async file => {
      const typed = await ask(`passphrase of ${file}`, 'hidden');
      return typed === undefined ? undefined : secret(typed, redactor);
    },
  });
  const open = new OpenConnections();
  const ports: Omit<Ports, 'emit'> = {
    connect: open.noting(connector),
    modules: registry,
    facts,
    loader: project.loader,
    clock: { now: Date.now, sleep: ms => sleep(ms, signal) },
    redactor,
    pool: poolOf(forks),
    hashings: new Hashings(hashInThread(new URL('./cli/hash-thread.js', import.meta.url))),
    ask: (prompt, how) => ask(redactor.mask(prompt), how),
  };
  return {
    project,
    options,
    redactor,
    async run() {
      const ending = endOnKill({ kill, code, open, reporters, mask: text => redactor.mask(text) });
      const ended = await runPlays(project, options, { ...ports, emit: ending.emit });
      await ending.settled();
      return code() ?? ended;
    },
  };
}

/** Inventory sources as plays read them: absolute, but for lists of hosts. */
const inventoryTyped = (settings: Settings): readonly string[] =>
  inventorySources(settings).map(source => (source.includes(',') ? source : resolve(source)));

/** Where roles are looked for behind the playbook's own: named, from the environment, here, and the bundled ones. */
export const rolesPath = (settings: Pick<Settings, 'rolesPath'>): readonly string[] => {
  const set = process.env.RINGMASTER_ROLES_PATH ?? process.env.ANSIBLE_ROLES_PATH ?? '';
  return [
    ...(settings.rolesPath ?? []),
    ...set.split(':').filter(folder => folder !== ''),
    'roles',
    resolve(import.meta.dirname, '..', 'roles'),
  ];
};

/** Where hosts come from: -i, else RINGMASTER_INVENTORY or ANSIBLE_INVENTORY, else this machine. */
export const inventorySources = (settings: Settings): readonly string[] => {
  if (settings.inventory && settings.inventory.length > 0) return settings.inventory;
  const set = process.env.RINGMASTER_INVENTORY ?? process.env.ANSIBLE_INVENTORY;
  return set ? set.split(',').filter(word => word !== '') : [];
};

async function secretFrom(prompt: string, redactor: Redactor): Promise<Secret | undefined> {
  const typed = await askOrRead(prompt);
  return typed === undefined ? undefined : secret(typed, redactor);
}

function secret(typed: string, redactor: Redactor): Secret {
  if (!redactor.learn(typed)) {
    process.stderr.write('warning: this secret is so short that it is not masked where it turns up in output\n');
  }
  return new Secret(typed);
}

const sleep = (ms: number, signal: AbortSignal): Promise<void> =>
  new Promise(resolve => {
    if (signal.aborted) return resolve();
    const timer = setTimeout(done, ms);
    function done(): void {
      clearTimeout(timer);
      signal.removeEventListener('abort', done);
      resolve();
    }
    signal.addEventListener('abort', done);
  });

/** A timer that does not keep the program alive. */
function after(ms: number, call: () => void): () => void {
  const timer = setTimeout(call, ms).unref();
  return () => clearTimeout(timer);
}

/** Events are masked when they are told; what is shown of the project's own files is masked here. */
const masked = (text: string | undefined, redactor: Redactor): string | undefined =>
  text === undefined ? undefined : redactor.mask(text);

/** The text of a file that a mistake points into. */
function readSource(file: string): string | undefined {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    return undefined;
  }
}
