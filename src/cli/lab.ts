import { spawn } from 'node:child_process';
import type { Result } from '../core/result.js';
import { up as bringUp, find, list as listLabs, down as takeDown, usualLab } from '../lab/lab.js';
import { controller, shell as shellOn } from '../lab/reach.js';
import { installRequirements } from '../lab/requirements.js';
import type { Lab } from '../lab/state.js';
import { EXIT } from './exit.js';

const say = (line: string): void => void process.stderr.write(`${line}\n`);

/** Prints why something of the lab did not work; for the exit code. */
export function complain(result: Result<unknown> & { ok: false }): number {
  for (const { message, hint } of result.error) say(`error: ${message}${hint === undefined ? '' : `\n  = ${hint}`}`);
  return EXIT.refused;
}

/** Runs a program with our terminal; answers its exit code. */
export const hand = (argv: readonly string[]): Promise<number> =>
  new Promise((resolve, reject) => {
    const child = spawn(argv[0]!, argv.slice(1), { stdio: 'inherit' });
    // The child hears of an interrupt itself, from the terminal.
    const ignore = (): void => {};
    process.on('SIGINT', ignore);
    child.on('error', reject);
    child.on('exit', (code, signal) => {
      process.off('SIGINT', ignore);
      resolve(code ?? (signal === 'SIGINT' ? EXIT.interrupted : EXIT.bug));
    });
  });

function named(name: string): Lab | number {
  const lab = find(name);
  if (lab) return lab;
  say(`error: no lab named ${name} is up\n  = ringmaster lab up`);
  return EXIT.refused;
}

export async function up(name: string, hosts: readonly string[]): Promise<number> {
  const ready = await installRequirements(say);
  if (!ready.ok) return complain(ready);
  const wish = usualLab(say, 'until-down');
  const lab = await bringUp({ ...wish, id: name, hosts: hosts.length > 0 ? hosts : wish.hosts });
  if (!lab.ok) return complain(lab);
  for (const host of lab.value.hosts) process.stdout.write(`${host.name.padEnd(12)} ${host.address}\n`);
  process.stdout.write(`inventory    ${lab.value.inventory.yaml}\n`);
  say('next  ringmaster lab run playbooks/site.yml     ringmaster lab shell manager     ringmaster lab down');
  return EXIT.ok;
}

export async function down(name: string): Promise<number> {
  const done = await takeDown(name, say);
  if (!done.ok) return complain(done);
  say(done.value ? `lab   ${name} is down, and nothing of it is left` : `lab   there was none named ${name}`);
  return EXIT.ok;
}

export async function list(): Promise<number> {
  const labs = await listLabs(say);
  if (!labs.ok) return complain(labs);
  for (const lab of labs.value)
    process.stdout.write(
      `${lab.id}  ${lab.hosts.map(host => `${host.name}=${host.address}`).join(' ')}  ${lab.inventory.yaml}\n`,
    );
  return EXIT.ok;
}

/** A shell on a host, or with none named where the controller stands: in the lab's network. */
export async function shell(name: string, host: string | undefined): Promise<number> {
  const lab = named(name);
  if (typeof lab === 'number') return lab;
  return await hand(host === undefined ? controller(lab, [process.env.SHELL ?? '/bin/sh']) : shellOn(lab, host, []));
}

/** This very program, `run`, where it reaches the lab's hosts. */
export const runIn = (lab: Lab, args: readonly string[]): Promise<number> =>
  hand(controller(lab, [process.execPath, process.argv[1]!, 'run', '-i', lab.inventory.yaml, ...args]));

export async function run(name: string, args: readonly string[]): Promise<number> {
  const lab = named(name);
  return typeof lab === 'number' ? lab : await runIn(lab, args);
}
