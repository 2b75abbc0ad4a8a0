import type { EffectsSince, Standing } from '../../core/effect.js';
import type { Output } from '../../core/probe.js';
import { isNumber } from './account.js';
import { statusOf } from './status.js';
import { parentOf } from './word.js';

/** A look of one path: its status, the wished accounts, and what else is said of a file. */
export interface PathLook {
  /** Tidy. */
  readonly path: string;
  /** Whose numbers are asked where they do not own the thing; nothing where the look has no such lines. */
  readonly wish: { readonly owner?: string | null | undefined; readonly group?: string | null | undefined } | undefined;
  /** What is said last, of a thing that stands so. Undefined: nobody can tell. */
  readonly rest: (standing: Exclude<Standing, string>) => string | undefined;
}

/**
 * What a look of the status, the attributes and the content of a path will print behind these effects: see
 * `Probe.after`. The lines are those of `statusLookAt`, `attributesLook` and the looks of content, in this order.
 */
export function lookAfter({ path, wish, rest }: PathLook, seen: Output, effects: EffectsSince): Output | undefined {
  const lines = seen.stdout.split('\n');
  const standing = effects.at(path);
  const first = /^(?:status|gone) /.test(lines[0] ?? '');
  if (!first) return standing === undefined ? seen : undefined;
  const head = headAfter({ path, line: lines[0]!, standing }, effects);
  if (head === undefined) return undefined;
  const accounts = wish === undefined ? [] : accountsAfter(wish, { head, lines }, effects);
  if (accounts === undefined) return undefined;
  const isOld = standing === undefined;
  const tail = isOld ? lines.slice(wish === undefined ? 1 : 2).filter(line => !/^(?:owner|group) /.test(line)) : [];
  const umask = wish === undefined ? [] : [lines[1]!];
  const said =
    standing === undefined ? '' : standing === 'gone' ? '' : standing === 'unknown' ? undefined : rest(standing);
  if (said === undefined) return undefined;
  const stdout = isOld
    ? [head, ...umask, ...accounts, ...tail].join('\n')
    : `${[head, ...umask, ...accounts].join('\n')}\n${said}`;
  return stdout === seen.stdout ? seen : { ...seen, stdout };
}

/** The first line, of the status. Nothing where it cannot be told. */
export function headAfter(
  { path, line, standing }: { readonly path: string; readonly line: string; readonly standing: Standing | undefined },
  effects: EffectsSince,
): string | undefined {
  if (standing === 'unknown') return undefined;
  if (standing === 'gone') return 'gone here';
  if (standing !== undefined) return `status ${standing.status}`;
  if (line !== 'gone no-parent') return line;
  const above = effects.at(parentOf(path));
  if (above === undefined || above === 'gone') return line;
  return above !== 'unknown' && statusOf(above.status)?.kind === 'directory' ? 'gone here' : undefined;
}

const statusIn = (line: string) => statusOf(/^status (.*)/.exec(line)?.[1]);

/** The lines of accounts that do not own the thing yet. Nothing where they cannot be told. */
export function accountsAfter(
  wish: NonNullable<PathLook['wish']>,
  { head, lines }: { readonly head: string; readonly lines: readonly string[] },
  effects: EffectsSince,
): readonly string[] | undefined {
  const status = statusIn(head);
  const old = statusIn(lines[0] ?? '');
  const said: string[] = [];
  for (const [kind, word, name, owns, owned] of [
    ['user', 'owner', wish.owner, status?.owner, { name: old?.owner, id: old?.uid }],
    ['group', 'group', wish.group, status?.group, { name: old?.group, id: old?.gid }],
  ] as const) {
    if (!name || isNumber(name) || name === owns) continue;
    const asked = lines.find(line => line.startsWith(`${word} `))?.slice(word.length + 1);
    const number = effects.account(kind, name) ?? asked ?? (owned.name === name ? owned.id : undefined);
    if (number === undefined) return undefined;
    said.push(`${word} ${number}`);
  }
  return said;
}

/** As base64(1) prints: lines of 76 characters, nothing for nothing. */
export const base64Lines = (bytes: Uint8Array): string =>
  Buffer.from(bytes)
    .toString('base64')
    .replace(/.{1,76}/g, '$&\n');
