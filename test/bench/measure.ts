import { spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { cgroupOf } from '../../src/lab/keeper.js';
import { controller } from '../../src/lab/reach.js';
import type { Lab } from '../../src/lab/state.js';
import type { Command } from './drivers.js';

/** What one run cost. */
export interface Cost {
  /** All in seconds. */
  readonly wall: number;
  /** User and system time of the driver and all its children on the controller. */
  readonly controller: number;
  /** Of all hosts together. */
  readonly hosts: number;
  readonly output: string;
}

/** `times` of a POSIX shell, behind the command, tells what its children used. */
const TIMED = '"$@"; status=$?; echo; times; exit $status';

/** Seconds of processor that the hosts of the lab have used so far. */
function usedByHosts(lab: Lab): number {
  const stat = readFileSync(`/proc/${lab.keeper.process.pid}/root${cgroupOf(lab.id)}/cpu.stat`, 'utf8');
  return Number(/^usage_usec (\d+)/m.exec(stat)![1]) / 1e6;
}

const seconds = (word: string): number => {
  const [, minutes, rest] = /^(\d+)m([\d.]+)s$/.exec(word)!;
  return Number(minutes) * 60 + Number(rest);
};

/** Runs a command as the controller of the lab. `watch` is told its process id. */
export async function measure(lab: Lab, { argv, environment }: Command, watch?: (pid: number) => void): Promise<Cost> {
  const [program, ...args] = controller(lab, ['sh', '-c', TIMED, 'sh', ...argv]);
  const usedBefore = usedByHosts(lab);
  const began = performance.now();
  const child = spawn(program!, args, {
    stdio: ['ignore', 'pipe', 'pipe'],
    env: { ...process.env, LC_ALL: 'C.UTF-8', ...environment },
  });
  watch?.(child.pid!);
  let output = '';
  const hear = (chunk: Buffer) => {
    output += chunk.toString();
  };
  child.stdout.on('data', hear);
  child.stderr.on('data', hear);
  await new Promise(resolve => child.on('exit', resolve));
  const wall = (performance.now() - began) / 1000;
  if (child.stdout.readable) await new Promise(resolve => setTimeout(resolve, 20));
  const words = /(\S+m\S+s) (\S+m\S+s)\s*\n?\s*$/.exec(output);
  const controllerTime = words ? seconds(words[1]!) + seconds(words[2]!) : Number.NaN;
  return { wall, controller: controllerTime, hosts: usedByHosts(lab) - usedBefore, output };
}

/** Largest sum of the proportional memory of a process and all below it, in MiB, asked every 50 ms until `stop`. */
export function memoryOf(pid: number): { stop(): number } {
  let most = 0;
  const timer = setInterval(() => {
    most = Math.max(most, sizeOf(pid));
  }, 50);
  return {
    stop() {
      clearInterval(timer);
      return most;
    },
  };
}

function sizeOf(pid: number): number {
  try {
    const own = Number(/^Pss: +(\d+)/m.exec(readFileSync(`/proc/${pid}/smaps_rollup`, 'utf8'))?.[1] ?? 0) / 1024;
    const children = readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8').trim();
    return own + (children === '' ? 0 : children.split(' ').reduce((sum, child) => sum + sizeOf(Number(child)), 0));
  } catch {
    return 0; // it has just ended
  }
}

/** Milliseconds for a fixed piece of work: how they differ within a bench is what others took of the machine meanwhile. */
export function yardstick(): number {
  const piece = Buffer.alloc(16 * 1024 * 1024);
  const began = performance.now();
  for (let i = 0; i < 4; i++) createHash('sha256').update(piece).digest();
  return performance.now() - began;
}

export const median = (figures: readonly number[]): number => {
  const sorted = [...figures].sort((a, b) => a - b);
  const middle = sorted.length >> 1;
  return sorted.length % 2 === 1 ? sorted[middle]! : (sorted[middle - 1]! + sorted[middle]!) / 2;
};
