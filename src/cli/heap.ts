import { setFlagsFromString } from 'node:v8';

/** From so many hosts on, memory counts for more than the time for finding what is free. */
const CROWD = 1000;

/**
 * How far the heap may grow over what it was found to hold before it is looked through again. With a crowd, not far: V8's
 * own choice, up to four times that where much is made and thrown away, took 900 MB for ten thousand hosts that held 200.
 * With few hosts, as far as V8 ever goes: what is encrypted for a host lies outside the heap but counts as part of it, and
 * the heap is small then, so that the upload of a large file had it looked through for every 30 MB, which cost a third of
 * the processor's time.
 */
export function limitHeapFor(hosts: number): void {
  setFlagsFromString(`--heap-growing-percent=${hosts >= CROWD ? 100 : 300}`);
}
