import { spawn } from 'node:child_process';
import type { Event } from '../../src/core/event.js';
import { rescuesOf, stepsOf, streamOf } from './events.js';
import type { Observation } from './observation.js';
import { foldersOf, type Project } from './project.js';
import { argumentsOf, writeProject } from './render.js';
import { readTree } from './tree.js';

/** Runs a project by a built program (`dist/main.js` of any version), read through its event stream. */
export async function runProgram(
  main: string,
  project: Project,
  base: string,
  more: readonly string[],
): Promise<Observation> {
  writeProject(project, base, 'local');
  const child = spawn(process.execPath, [main, 'run', ...argumentsOf(project), '--output', 'jsonl', ...more], {
    cwd: foldersOf(base).project,
    stdio: ['ignore', 'pipe', 'pipe'],
    timeout: 90_000,
    killSignal: 'SIGKILL',
  });
  const out: Buffer[] = [];
  const complaints: Buffer[] = [];
  child.stdout.on('data', (data: Buffer) => out.push(data));
  child.stderr.on('data', (data: Buffer) => complaints.push(data));
  const code = await new Promise<number>(resolve => child.on('close', status => resolve(status ?? 124)));
  const events = Buffer.concat(out)
    .toString()
    .split('\n')
    .filter(line => line.startsWith('{'))
    .map(line => JSON.parse(line) as Event);
  return {
    end: code === 0 ? 'well' : code === 2 ? 'failed' : code === 5 ? 'refused' : 'broken',
    said: Buffer.concat(complaints).toString(),
    steps: stepsOf(events),
    files: readTree(base, ['roots', 'shared']),
    rescued: rescuesOf(events),
    events: streamOf(events),
  };
}
