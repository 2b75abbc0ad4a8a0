import { reset } from '../../src/lab/power.js';
import type { Driver, Kind } from './drivers.js';
import type { Field } from './field.js';
import { type Cost, measure, yardstick } from './measure.js';
import { putPython } from './python.js';
import type { Setting } from './report.js';

export type Say = (line: string) => void;

/** Makes the hosts as new, and fit for the driver. `archive`: of Python, for drivers that need it. */
export async function renew(field: Field, driver: Driver, archive: string | undefined): Promise<void> {
  const done = await reset(
    field.lab,
    field.hosts.map(({ name }) => name),
  );
  if (!done.ok) throw new Error(done.error.map(({ message }) => message).join('; '));
  if (driver.needsPython) await putPython(field, archive!);
}

/** One run that is counted; what it changed must be what its kind says. Nothing where the driver has no such kind. */
export async function go(
  field: Field,
  driver: Driver,
  kind: Kind,
  say: Say,
  watch?: (pid: number) => void,
): Promise<Cost | undefined> {
  const command = driver.command(field, kind);
  if (!command) return undefined;
  const cost = await measure(field.lab, command, watch);
  const changes = driver.changes(cost.output, field);
  if (changes > 0 !== (kind === 'first'))
    throw new Error(`${driver.name}: ${changes} changes in a ${kind} run:\n${cost.output.slice(-3000)}`);
  say(
    `  ${driver.name.padEnd(12)} ${kind.padEnd(10)} ${cost.wall.toFixed(2)} s, controller ${cost.controller.toFixed(2)} s, hosts ${cost.hosts.toFixed(2)} s`,
  );
  return cost;
}

/** Round trips of the host that needed most, as ringmaster says at its end; nothing where the output has no such line. */
export const tripsOf = ({ output }: Cost): number | undefined => {
  const told = /at most (\d+) round trips?/.exec(output)?.[1];
  return told === undefined ? undefined : Number(told);
};

/** How often what is run: in each round a first run of every driver, then so many laps of other kinds. */
export interface Course {
  readonly rounds: number;
  readonly laps: number;
  readonly kinds: readonly Kind[];
}

/** All drivers in turn, within each round. */
export async function contest(
  field: Field,
  drivers: readonly Driver[],
  { rounds, laps, kinds }: Course,
  archive: string | undefined,
  say: Say,
): Promise<Setting> {
  const costs = new Map<string, Cost[]>();
  const sticks: number[] = [];
  const note = (driver: Driver, kind: Kind, cost: Cost | undefined): void => {
    const key = `${driver.name} ${kind}`;
    if (cost) costs.set(key, [...(costs.get(key) ?? []), cost]);
  };
  for (let round = 1; round <= rounds; round++) {
    say(`${field.hosts.length} hosts, ${field.delay} ms, round ${round} of ${rounds}`);
    // The order turns round by round, so that nobody always goes second.
    const order = round % 2 === 0 ? [...drivers].reverse() : drivers;
    sticks.push(yardstick());
    for (const driver of order) {
      await renew(field, driver, archive);
      note(driver, 'first', await go(field, driver, 'first', say));
    }
    for (let lap = 0; lap < laps; lap++)
      for (const kind of kinds) for (const driver of order) note(driver, kind, await go(field, driver, kind, say));
    sticks.push(yardstick());
  }
  return {
    hosts: field.hosts.length,
    delay: field.delay,
    drivers: drivers.map(({ name }) => name),
    isPeers: drivers.some(({ needsPython }) => needsPython),
    costs,
    sticks,
  };
}
