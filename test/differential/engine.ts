import { connectorOf } from '../../src/connect/connect.js';
import type { Connect } from '../../src/core/connection.js';
import type { Event } from '../../src/core/event.js';
import { poolOf } from '../../src/core/pool.js';
import { Redactor } from '../../src/core/secret.js';
import type { Options } from '../../src/engine/ports.js';
import { runPlays } from '../../src/engine/run.js';
import { facts } from '../../src/facts/index.js';
import { registry } from '../../src/modules/index.js';
import { loadProject } from '../../src/project/load.js';
import { rescuesOf, shownOf, stepsOf, streamOf } from './events.js';
import type { Observation } from './observation.js';
import { SECRET } from './oddities.js';
import { foldersOf, type Project } from './project.js';
import { writeProject } from './render.js';
import { readTree } from './tree.js';

/** Milliseconds after which a run that has not ended is broken. */
const PATIENCE = 30_000;

/** Runs a project by the engine in this process. */
export async function runEngine(project: Project, base: string, walk: 'fast' | 'sequential'): Promise<Observation> {
  writeProject(project, base, project.reached);
  const loaded = await loadProject({
    playbooks: ['site.yml'],
    inventory: ['inventory.yml'],
    extraVars: Object.keys(project.extraVars).length > 0 ? [JSON.stringify(project.extraVars)] : [],
    tags: project.tags,
    skipTags: project.skipTags,
    rolesPath: [],
    modules: registry,
    cwd: foldersOf(base).project,
    environment: process.env,
  });
  const empty = { steps: [], files: new Map(), rescued: new Map() };
  if (!loaded.ok) {
    const said = loaded.error.map(one => `${one.place?.file}:${one.place?.line}: ${one.message}`).join('\n');
    return { end: 'refused', said, ...empty };
  }
  const stop = new AbortController();
  const redactor = new Redactor();
  const shown: string[] = [];
  const events: Event[] = [];
  const timer = setTimeout(() => stop.abort(), PATIENCE);
  const options: Options & { readonly sequential: boolean } = {
    mode: project.check ? 'check' : 'apply',
    diff: false,
    tags: project.tags,
    skipTags: project.skipTags,
    forceHandlers: false,
    verbosity: 0,
    become: false,
    signal: stop.signal,
    sequential: walk === 'sequential',
  };
  const running = runPlays(loaded.value, options, {
    connect: locally(connectorOf({})),
    modules: registry,
    facts,
    loader: loaded.value.loader,
    clock: { now: Date.now, sleep: ms => new Promise(resolve => setTimeout(resolve, Math.min(ms, 20))) },
    redactor: new Redactor(),
    pool: poolOf(20),
    emit: event => {
      events.push(event);
      // As a reporter's sink does it: what is masked is known when the event comes.
      shown.push(redactor.mask(JSON.stringify(shownOf(event))));
    },
  });
  let said = '';
  const ended = await Promise.race([
    running.catch((error: unknown) => {
      said = String(error);
    }),
    new Promise<undefined>(resolve => setTimeout(resolve, PATIENCE + 5_000, undefined).unref()),
  ]);
  clearTimeout(timer);
  const seen = {
    steps: stepsOf(events),
    files: readTree(base, ['roots', 'shared']),
    rescued: rescuesOf(events),
    events: streamOf(events),
    secrets: shown.flatMap(line => SECRET.exec(line)?.[0] ?? []),
  };
  if (ended === undefined || stop.signal.aborted) return { end: 'broken', said: said || 'it did not end', ...seen };
  const isWell = !ended.broken && ended.hosts.every(host => host.standing === 'well' || host.standing === 'ended');
  return { end: isWell ? 'well' : 'failed', said: '', ...seen };
}

/** Every host is reached by a local shell, whatever the project says, but for the one that nobody reaches. */
const locally =
  (connect: Connect): Connect =>
  async target =>
    target.host === 'dead'
      ? { ok: false, failure: { reason: 'unreachable', code: 'refused', why: 'nothing listens there' } }
      : connect({ ...target, connection: 'local' });
