import type { Source } from '../core/value.js';
import { Template } from '../core/value.js';
import { EXIT } from './exit.js';
import { openSession } from './session.js';
import type { Settings } from './settings.js';

/** `ringmaster inventory`: hosts, groups and variables as they were read; templates are shown as written. */
export async function inventory(pattern: string | undefined, settings: Settings & { readonly isJson: boolean }): Promise<number> {
  const session = await openSession([], settings, [], 'silent');
  if (typeof session === 'number') return session;
  const { inventory: read, loader } = session.project;
  const matched = loader.match(pattern ?? 'all', read);
  if (!matched.ok) {
    process.stderr.write(`${matched.error.map(mistake => `error: ${mistake.message}${mistake.hint ? ` (${mistake.hint})` : ''}`).join('\n')}\n`);
    return EXIT.usage;
  }
  const hosts = matched.value.filter(name => !session.options.limit || session.options.limit.has(name)).map(name => read.hosts.get(name)!);
  const varsOf = (layers: readonly object[]): Record<string, unknown> => Object.assign({}, ...[...layers].reverse().map(layer => Object.fromEntries(Object.entries(layer).map(([name, value]) => [name, written(value as Source)]))));
  if (settings.isJson) {
    const groups = Object.fromEntries([...read.groups.values()].map(group => [group.name, { hosts: group.hosts }]));
    const hostvars = Object.fromEntries(hosts.map(host => [host.name, varsOf(host.vars)]));
    process.stdout.write(`${JSON.stringify({ ...groups, _meta: { hostvars } }, undefined, 2)}\n`);
    return EXIT.ok;
  }
  for (const host of hosts) {
    process.stdout.write(`${host.name}  [${host.groups.filter(group => group !== 'all').join(', ')}]\n`);
    for (const [name, value] of Object.entries(varsOf(host.vars)).sort(([a], [b]) => (a < b ? -1 : 1))) process.stdout.write(`    ${name}: ${typeof value === 'string' ? value : JSON.stringify(value)}\n`);
  }
  return EXIT.ok;
}

/** A value as its author wrote it. */
function written(source: Source): unknown {
  if (source instanceof Template) return source.text;
  if (Array.isArray(source)) return (source as readonly Source[]).map(written);
  if (typeof source === 'object' && source !== null && source.constructor === Object) return Object.fromEntries(Object.entries(source).map(([name, value]) => [name, written(value as Source)]));
  return source;
}
