import { spawn } from 'node:child_process';
import { readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import type { Testimony } from './witness.js';

/** A build of ringmaster, and where its witness writes to. */
export interface Witnessed {
  readonly main: string;
  /** The built witness. */
  readonly witness: string;
  /** A folder of ours. */
  readonly folder: string;
}

/** What one run cost, as seen from outside and as the process said of itself. */
export interface Run extends Testimony {
  /** In seconds. */
  readonly wall: number;
  readonly output: string;
}

const reportOf = ({ folder }: Witnessed): string => join(folder, 'testimony.json');

/** argv of a ringmaster that tells of itself at its end. */
export const argvOf = (with_: Witnessed, args: readonly string[]): readonly string[] => {
  const witness = pathToFileURL(with_.witness);
  witness.searchParams.set('report', reportOf(with_));
  return [process.execPath, '--import', witness.href, with_.main, ...args];
};

/** What the last one told. */
export function testimonyOf(with_: Witnessed): Testimony {
  const testimony = JSON.parse(readFileSync(reportOf(with_), 'utf8')) as Testimony;
  rmSync(reportOf(with_));
  return testimony;
}

/** Runs it here. Throws unless it ends with status 0. */
export async function run(with_: Witnessed, args: readonly string[]): Promise<Run> {
  const [program, ...rest] = argvOf(with_, args);
  const began = performance.now();
  const child = spawn(program!, rest, {
    stdio: ['ignore', 'pipe', 'pipe'],
    env: { ...process.env, LC_ALL: 'C.UTF-8' },
  });
  let output = '';
  for (const stream of [child.stdout, child.stderr])
    stream.on('data', (chunk: Buffer) => {
      output += chunk.toString();
    });
  const status = await new Promise(resolve => child.on('close', resolve));
  const wall = (performance.now() - began) / 1000;
  if (status !== 0) throw new Error(`a run ended with status ${status}:\n${output.slice(-3000)}`);
  return { wall, output, ...testimonyOf(with_) };
}
