import type { Host, Inventory } from '../core/play.js';
import type { Source, SourceVars } from '../core/value.js';
import { Float, isVars, Template } from '../core/value.js';
import { printDiagnostic } from '../report/diagnostic.js';
import { type Paint, paintOf } from '../report/paint.js';
import { visible } from '../report/visible.js';
import { EXIT } from './exit.js';
import { openSession } from './session.js';
import type { Settings } from './settings.js';
import { isColoured } from './terminal.js';

/** `ringmaster inventory`: hosts, groups and variables as they were read; templates are shown as written. */
export async function inventory(
  pattern: string | undefined,
  settings: Settings & { readonly isJson: boolean },
): Promise<number> {
  const session = await openSession([], settings, [], 'silent');
  if (typeof session === 'number') return session;
  const { inventory: read, loader } = session.project;
  const matched = loader.match(pattern ?? 'all', read);
  if (!matched.ok) {
    const paint = paintOf(isColoured(settings.color, process.stderr, process.env));
    const told = matched.error.map(mistake => printDiagnostic(mistake, session.project.sources, paint, 'error'));
    process.stderr.write(`${told.join('\n\n')}\n`);
    return EXIT.usage;
  }
  const { limit } = session.options;
  const hosts = matched.value.filter(name => !limit || limit.has(name)).map(name => read.hosts.get(name)!);
  const paint = paintOf(isColoured(settings.color, process.stdout, process.env));
  process.stdout.write(settings.isJson ? asProgram(hosts, read) : hosts.map(host => describe(host, paint)).join(''));
  return EXIT.ok;
}

/** As an executable inventory answers `--list`, so that it can be read as one again. */
function asProgram(hosts: readonly Host[], { groups }: Inventory): string {
  const names = new Set<string>(hosts.map(host => host.name));
  const members = [...groups.values()].map(
    group => [group.name, { hosts: group.hosts.filter(host => names.has(host)) }] as const,
  );
  const hostvars = Object.fromEntries(hosts.map(host => [host.name, varsOf(host)]));
  const list = { ...Object.fromEntries(members.filter(([, { hosts: left }]) => left.length > 0)), _meta: { hostvars } };
  return `${JSON.stringify(list, undefined, 2)}\n`;
}

/** A host, its groups, and its variables in the order of their names. */
function describe(host: Host, paint: Paint): string {
  const groups = host.groups.filter(group => group !== 'all');
  const vars = Object.entries(varsOf(host)).sort(([a], [b]) => (a < b ? -1 : 1));
  const lines = vars.map(
    ([name, value]) => `    ${name}: ${visible(isPlainText(value) ? value : JSON.stringify(value))}`,
  );
  return `${[`${paint.bold(host.name)}${groups.length > 0 ? `  ${paint.dim(`[${groups.join(', ')}]`)}` : ''}`, ...lines].join('\n')}\n`;
}

/** Text that cannot be taken for a number, a truth value or something else: the rest is told apart by its quotes. */
const isPlainText = (value: unknown): value is string =>
  typeof value === 'string' &&
  /^[^\s"'[{](.*\S)?$|^\{\{.*\}\}$/.test(value) &&
  !/^(?:[-+.\d].*|true|false|null|~)$/i.test(value);

/** The variables of a host, the strongest of each name. */
const varsOf = ({ vars }: Host): Readonly<Record<string, unknown>> =>
  written(Object.assign({}, ...[...vars].reverse()) as SourceVars);

/** A value as its author wrote it. */
function written(source: SourceVars): Readonly<Record<string, unknown>>;
function written(source: Source): unknown;
function written(source: Source): unknown {
  if (source instanceof Template) return source.text;
  if (source instanceof Float) return source.value;
  if (typeof source === 'bigint') return String(source);
  if (Array.isArray(source)) return (source as readonly Source[]).map(written);
  if (isVars(source)) return Object.fromEntries(Object.entries(source).map(([name, value]) => [name, written(value)]));
  return source;
}
