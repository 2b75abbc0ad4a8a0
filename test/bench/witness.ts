import { writeFileSync } from 'node:fs';
import { monitorEventLoopDelay } from 'node:perf_hooks';

/*
 * Loaded into a ringmaster before its own code (`node --import witness.js?report=FILE main.js …`): writes to FILE, at the
 * end of the process, what only the inside can tell. The program knows nothing of it.
 */

/** What a process said of itself at its end. */
export interface Testimony {
  /** Most that was resident at any time, in MiB. */
  readonly memory: number;
  /** User and system time, in seconds. */
  readonly processor: number;
  /** Longest time that the event loop could not turn, and the time that 99 of 100 turns kept below, in milliseconds. */
  readonly stall: number;
  readonly stall99: number;
}

/** The clock of the histogram, in milliseconds: it counts the time between ticks, so this much is no stall. */
const RESOLUTION = 10;

const report = new URL(import.meta.url).searchParams.get('report');
if (report !== null) {
  const delay = monitorEventLoopDelay({ resolution: RESOLUTION });
  delay.enable();
  process.on('exit', () => {
    const { maxRSS, userCPUTime, systemCPUTime } = process.resourceUsage();
    const testimony: Testimony = {
      memory: maxRSS / 1024,
      processor: (userCPUTime + systemCPUTime) / 1e6,
      stall: Math.max(0, delay.max / 1e6 - RESOLUTION),
      stall99: Math.max(0, delay.percentile(99) / 1e6 - RESOLUTION),
    };
    writeFileSync(report, JSON.stringify(testimony));
  });
}
