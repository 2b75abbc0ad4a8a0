import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Result } from '../../src/core/result.js';
import { type Ran, run } from '../../src/lab/command.js';
import { down, type LabWish, up, usualLab } from '../../src/lab/lab.js';
import { controller, shell } from '../../src/lab/reach.js';
import { missing, requirements } from '../../src/lab/requirements.js';
import type { Lab } from '../../src/lab/state.js';

const { what: lacking, packages } = missing(await requirements());

/** Scenes on real hosts. Where the machine cannot have a lab they are skipped, loudly; on CI that is a failure. */
export function labDescribe(name: string, scenes: () => void): void {
  const why = `the lab needs ${lacking.join('; ')}${packages.length > 0 ? ` (apt-get install ${packages.join(' ')})` : ''}`;
  if (lacking.length === 0) describe(name, scenes);
  else if (process.env.CI) it(`${name}: CI has a lab`, () => expect.fail(why));
  else {
    console.warn(`\nSKIPPED ${name}: ${why}\n`);
    describe.skip(`${name} (skipped: ${why})`, scenes);
  }
}

/** The value, or a failed test that shows the errors. */
export function must<T>(result: Result<T>): T {
  if (!result.ok) expect.fail(result.error.map(({ code, message }) => `${code}: ${message}`).join('\n'));
  return result.value;
}

let made = 0;
/** A wish for a lab of a name that no other test has, which ends with this process. */
export const wishFor = (...hosts: readonly string[]): LabWish => ({
  ...usualLab(() => {}, 'with-owner'),
  id: `test-${process.pid}-${made++}`,
  hosts,
});

/** A lab for all scenes of a file. */
export function theLab(...hosts: readonly string[]): { readonly lab: () => Lab } {
  let lab: Lab | undefined;
  beforeAll(async () => {
    lab = must(await up(wishFor(...hosts)));
  }, 600_000);
  afterAll(async () => {
    if (lab !== undefined) must(await down(lab.id, () => {}));
  });
  return { lab: () => lab! };
}

/** Runs a command on a host, as root by the real ssh with strict host keys. */
export const onHost = (lab: Lab, host: string, command: string, input = ''): Promise<Ran> =>
  run(shell(lab, host, [command]), { input });

/** Its stdout, trimmed, or a failed test that shows what it said. */
export async function says(lab: Lab, host: string, command: string): Promise<string> {
  const { status, stdout, stderr } = await onHost(lab, host, command);
  expect(status, `${host}: ${command}\n${stdout}${stderr}`).toBe(0);
  return stdout.trim();
}

/** Runs a command of this machine in the lab's network. */
export const asController = (lab: Lab, ...argv: readonly string[]): Promise<Ran> => run(controller(lab, argv));
