import type { Event } from '../core/event.js';
import type { TaskLabel, ToldOutcome } from '../core/outcome.js';
import { at } from '../core/place.js';
import { Lazy, plain, unknownsIn, type Value } from '../core/value.js';
import { printChange } from './diff.js';
import { type FailureStyle, printFailure } from './failure.js';
import { allHosts, count, indent, seconds, sharing, someHosts, tail } from './lines.js';
import type { Paint } from './paint.js';
import { signOf, WORDS, type Word, wordOf } from './sign.js';
import { visible, visibleLine, wellFormedJson } from './visible.js';
import { pad } from './width.js';

export type Finished = Event & { readonly kind: 'task-finished' };
export type ItemFinished = Event & { readonly kind: 'item-finished' };
export type Message = Event & { readonly kind: 'message' };
export type Warned = Event & { readonly kind: 'warned' };

/** One task over all its hosts. */
export interface Group {
  readonly task: TaskLabel;
  readonly finished: Finished[];
  readonly messages: Message[];
  readonly warnings: Warned[];
  readonly items: ItemFinished[];
}

export interface GroupStyle extends FailureStyle {
  readonly diff: boolean;
  /** 0; from 1 on with items, outputs and results. */
  readonly verbosity: number;
  /** For a reader: what an outcome waits for, such as `task:site.yml:3`. */
  readonly reasonOf: (because: string) => string;
}

/** Column of the hosts. */
const NAME_WIDTH = 46;
/** Quicker tasks do not say how long they took, in milliseconds. */
const QUICK = 500;
/** Of what an outcome waits for, this many are named. */
const MOST_REASONS = 3;
/** Lines of output that are shown of one task and host under -v. */
const MOST_OUTPUT = 200;

/** A line that says what came of the task and where, and below it whatever a reader must know. With a final line end. */
export function printGroup(group: Group, style: GroupStyle): string {
  const details = [
    ...warnings(group, style),
    ...messages(group, style),
    ...items(group, style),
    ...(style.diff ? diffs(group, style) : []),
    ...doubts(group, style),
    ...failures(group, style),
    ...(style.verbosity > 0 ? results(group, style) : []),
  ];
  return [headline(group, style), ...details.map(text => indent(text, '      '))].map(text => `${text}\n`).join('');
}

function headline({ task, finished }: Group, { paint, verbosity }: GroupStyle): string {
  const hostsOf = (word: Word): readonly string[] =>
    finished.filter(({ outcome }) => wordOf(outcome) === word).map(({ host }) => host);
  const all = WORDS.map(word => [word, hostsOf(word)] as const).filter(([, hosts]) => hosts.length > 0);
  // Who skipped it is of little interest where others did not.
  const parts = verbosity > 0 || all.length === 1 ? all : all.filter(([word]) => word !== 'skipped');
  const named = parts.map(([word, hosts]) => {
    const names = word === 'failed' ? allHosts(hosts) : someHosts(hosts);
    return parts.length === 1 ? paint.dim(names) : `${signOf(word, paint)} ${names}`;
  });
  const took = Math.max(0, ...finished.map(({ ms }) => ms));
  const worst = parts[0]?.[0] ?? 'ok';
  const time = took >= QUICK ? paint.dim(`  ${seconds(took)}`) : '';
  return `  ${signOf(worst, paint)} ${pad(visibleLine(task.name), NAME_WIDTH)} ${named.join('  ')}${time}`.trimEnd();
}

/** Whose a text is; of one that is everybody's the headline has said so. */
const whose = (hosts: readonly string[], { finished }: Group): string =>
  hosts.length === finished.length ? '' : someHosts(hosts);

/** A text of several lines below its hosts, a short one before them. */
function withHosts(text: string, hosts: string, { paint }: GroupStyle): string {
  if (hosts === '') return text;
  return text.includes('\n') ? `${paint.dim(hosts)}\n${indent(text, '  ')}` : `${text}  ${paint.dim(hosts)}`;
}

const messages = (group: Group, style: GroupStyle): readonly string[] =>
  [...sharing(group.messages.map(({ text, host }) => [visible(text), host] as const))].map(([text, hosts]) =>
    withHosts(text, whose(hosts, group), style),
  );

/** What modules warn of, each with its place and on how many hosts. */
const warnings = (group: Group, { paint }: GroupStyle): readonly string[] =>
  [...sharing(group.warnings.map(warned => [textOf(warned, paint), warned.host] as const))].map(
    ([text, hosts]) => `${text}  ${paint.dim(count(hosts.length, 'host'))}`,
  );

function textOf({ diagnostic: { code, message, place } }: Warned, paint: Paint): string {
  const [first = '', ...rest] = visible(message).split('\n');
  const word = code === 'deprecated' ? 'deprecated' : 'warning';
  const text = [`${paint.magenta(word)}: ${first}`, ...rest.map(line => `  ${line}`)].join('\n');
  return place ? `${text}  ${paint.dim(visible(at(place)))}` : text;
}

/** Items that failed with their reason, and with -v the others. */
function items(group: Group, style: GroupStyle): readonly string[] {
  const { paint, verbosity } = style;
  const ignoring = new Set(
    group.finished.filter(({ outcome }) => wordOf(outcome) === 'ignored').map(({ host }) => host),
  );
  const told = group.items.flatMap(({ host, item, outcome }) => {
    const word = outcome.kind === 'failed' && ignoring.has(host) ? 'ignored' : wordOf(outcome);
    if (outcome.kind !== 'failed')
      return verbosity > 0 ? [[`${signOf(word, paint)} item ${visibleLine(item)}`, host] as const] : [];
    return [
      [
        `${signOf(word, paint)} item ${visibleLine(item)}\n${indent(printFailure(outcome.failure, style), '  ')}`,
        host,
      ] as const,
    ];
  });
  return [...sharing(told)].map(([text, hosts]) => {
    const [first, ...rest] = text.split('\n');
    return [`${first}  ${paint.dim(allHosts(hosts))}`, ...rest].join('\n');
  });
}

function diffs(group: Group, style: GroupStyle): readonly string[] {
  const shown = group.finished.map(({ outcome, host }) => {
    const changes = outcome.kind === 'changed' || outcome.kind === 'failed' ? (outcome.changes ?? []) : [];
    return [changes.flatMap(change => printChange(change, style.paint)).join('\n'), host] as const;
  });
  return [...sharing(shown.filter(([text]) => text !== ''))].map(([text, hosts]) =>
    withHosts(text, whose(hosts, group), style),
  );
}

/** What unsure outcomes depend on. */
function doubts(group: Group, style: GroupStyle): readonly string[] {
  const shown = group.finished.flatMap(({ outcome, host }) => {
    if (outcome.kind !== 'unsure' || outcome.because.length === 0) return [];
    const because = [...new Set(outcome.because.map(style.reasonOf))];
    const more = because.length > MOST_REASONS ? ` and ${because.length - MOST_REASONS} more` : '';
    return [[`depends on ${because.slice(0, MOST_REASONS).map(visibleLine).join(', ')}${more}`, host] as const];
  });
  return [...sharing(shown)].map(([text, hosts]) => withHosts(style.paint.dim(text), whose(hosts, group), style));
}

/** Failures in full; those of a loop are told by its items. */
function failures(group: Group, style: GroupStyle): readonly string[] {
  const { paint } = style;
  const failedItem = new Set(group.items.filter(({ outcome }) => outcome.kind === 'failed').map(({ host }) => host));
  const told = group.finished.flatMap(({ outcome, host, place }) => {
    if (outcome.kind !== 'failed' || failedItem.has(host)) return [];
    const where = `${outcome.ignored ? ' (ignored)' : ''}  ${paint.dim(visible(at(place)))}`;
    return [[`${where}\n${indent(printFailure(outcome.failure, style), '  ')}`, host] as const];
  });
  return [...sharing(told)].map(([text, hosts]) => paint.bold(allHosts(hosts)) + text);
}

/** -v: what commands said, and what else was answered. A failure has said its part already. */
function results(group: Group, { paint }: GroupStyle): readonly string[] {
  const looped = new Set(group.items.map(({ host }) => host));
  const spoken = new Set(group.messages.map(({ host }) => host));
  const alone = group.finished.filter(({ host }) => !looped.has(host));
  return [...group.items, ...alone].flatMap(({ host, outcome }) => {
    if (outcome.kind === 'failed') return [];
    return [
      ...(outcome.kind === 'skipped' && outcome.why !== '' ? [paint.dim(`${host}  ${visibleLine(outcome.why)}`)] : []),
      ...stream(outcome, 'stdout').map(text => indent(text, `${host} │ `)),
      ...stream(outcome, 'stderr').map(text => paint.dim(indent(text, `${host} ! `))),
      ...(spoken.has(host) ? [] : answers(outcome)).map(text => `${paint.dim(host)}  ${text}`),
    ];
  });
}

function stream({ result }: ToldOutcome, name: 'stdout' | 'stderr'): readonly string[] {
  const text = result[name];
  return typeof text === 'string' && text.trim() !== '' ? [visible(tail(text, MOST_OUTPUT))] : [];
}

/** Members of a result that the headline, the diff or the streams have said already. */
const SAID: ReadonlySet<string> = new Set([
  ...[
    'changed',
    'failed',
    'skipped',
    'skipped_reason',
    'false_condition',
    'results',
    'msg',
    'failed_when_result',
    'diff',
    'warnings',
    'deprecations',
  ],
  ...['stdout', 'stderr', 'stdout_lines', 'stderr_lines', 'rc', 'cmd', 'start', 'end', 'delta', 'ansible_facts'],
]);

/** What else was answered, in a row: `mode: 0644, size: 6`. */
function answers({ result }: ToldOutcome): readonly string[] {
  const members = Object.entries(result).filter(([name, value]) => !SAID.has(name) && isTold(value));
  const text = members.map(([name, value]) => `${visibleLine(name)}: ${asText(value)}`).join(', ');
  return text === '' ? [] : [tail(text, MOST_OUTPUT)];
}

const isTold = (value: Value): boolean =>
  value !== null && value !== '' && !(value instanceof Lazy) && unknownsIn(value).length === 0;
const asText = (value: Value): string =>
  visible(typeof value === 'string' ? value.trimEnd() : wellFormedJson(JSON.stringify(plain(value))));
