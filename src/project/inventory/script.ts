import { execFile } from 'node:child_process';
import type { Place } from '../../core/place.js';
import type { Value } from '../../core/value.js';
import { Float } from '../../core/value.js';
import type { Mistakes } from '../mistakes.js';
import { reason } from '../texts.js';
import { checkGroupName, checkHostName, type GroupTree } from './group-tree.js';

type Json = null | boolean | number | string | readonly Json[] | { readonly [key: string]: Json };
type Members = { readonly [key: string]: Json };

/** Seconds an inventory program may take. */
const TIMEOUT = 120;
const MOST_OUTPUT = 256 * 1024 * 1024;

/**
 * An executable inventory: `--list` prints the groups as JSON, with `_meta.hostvars`; without that, `--host NAME` is
 * asked for each. What it says is data: a `{{` in it stays text, since it is no file of the project.
 */
export async function readScript(file: string, place: Place, tree: GroupTree, mistakes: Mistakes): Promise<void> {
  const groups = await ask(file, ['--list'], place, mistakes);
  if (!groups) return;
  const where = () => place;
  for (const [name, group] of Object.entries(groups))
    if (name !== '_meta' && checkGroupName(name, where, mistakes)) readGroup(name, group, place, tree, mistakes);
  const meta = members(members(groups._meta)?.hostvars);
  for (const host of [...tree.hosts.values()]) {
    if (host.place !== place) continue;
    const vars = meta ? members(meta[host.name]) : await ask(file, ['--host', host.name], place, mistakes);
    for (const [key, value] of Object.entries(vars ?? {})) tree.setVar(host, key, dataOf(value));
  }
}

function readGroup(name: string, json: Json, place: Place, tree: GroupTree, mistakes: Mistakes): void {
  const group = tree.group(name, place);
  const where = () => place;
  const {
    hosts = [],
    children = [],
    vars = {},
  }: Members = Array.isArray(json) ? { hosts: json } : (members(json) ?? {});
  for (const host of Array.isArray(hosts) ? hosts : [])
    if (typeof host === 'string' && checkHostName(host, where, mistakes)) tree.host(host, name, where);
  for (const child of Array.isArray(children) ? children : [])
    if (typeof child === 'string' && checkGroupName(child, where, mistakes))
      tree.child(group, tree.group(child, place), mistakes, place);
  for (const [key, value] of Object.entries(members(vars) ?? {})) group.vars[key] = dataOf(value);
}

async function ask(
  file: string,
  args: readonly string[],
  place: Place,
  mistakes: Mistakes,
): Promise<Members | undefined> {
  const ran = await new Promise<{ readonly error: Error | null; readonly stdout: string; readonly stderr: string }>(
    done =>
      execFile(file, args, { timeout: TIMEOUT * 1000, maxBuffer: MOST_OUTPUT }, (error, stdout, stderr) =>
        done({ error, stdout, stderr }),
      ),
  );
  const said = ran.stderr.trim().split('\n')[0];
  if (ran.error) {
    const why =
      'code' in ran.error && typeof ran.error.code === 'number' ? `ended with ${ran.error.code}` : reason(ran.error);
    mistakes.error('inventory-program', `${place.file} ${why}`, { place, hint: said ? `it said: ${said}` : undefined });
    return undefined;
  }
  try {
    const found = members(JSON.parse(ran.stdout) as Json);
    if (found) return found;
  } catch {
    // Told below: what is no JSON and what is no object are the same mistake.
  }
  mistakes.error('inventory-program', `${place.file} ${args[0]} printed no JSON object`, { place });
  return undefined;
}

const members = (json: Json | undefined): Members | undefined =>
  typeof json === 'object' && json !== null && !Array.isArray(json) ? (json as Members) : undefined;

function dataOf(json: Json): Value {
  if (typeof json === 'number' && !Number.isInteger(json)) return new Float(json);
  if (Array.isArray(json)) return (json as readonly Json[]).map(dataOf);
  const found = members(json);
  if (!found) return json as Value;
  const vars: Record<string, Value> = Object.create(null);
  for (const [key, value] of Object.entries(found)) vars[key] = dataOf(value);
  return vars;
}
