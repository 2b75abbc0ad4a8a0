import * as z from 'zod';
import { blocked, type Change, type Plan } from '../core/change.js';
import { defineModule, type Ran } from '../core/module.js';
import { choice, path, str } from '../core/params.js';
import { type Output, probe } from '../core/probe.js';
import { type Sh, sh } from '../core/sh.js';
import type { Value } from '../core/value.js';
import { renamed } from './args.js';
import { changing } from './attributes.js';
import { throughLink, tidy, word } from './looks/word.js';

/** Names of capabilities and the sets they are in: letters of `eip`, in that order. */
type Capabilities = ReadonlyMap<string, string>;

/**
 * Reads capabilities in text form (cap_from_text(3)): `cap_net_raw,cap_net_admin=eip cap_chown+ep`. A clause may have
 * several operators. Nothing if it is no such text. No names mean all.
 */
export function capabilitiesOf(text: string): Capabilities | undefined {
  const found = new Map<string, string>();
  for (const clause of text.toLowerCase().split(/\s+/).filter(Boolean)) {
    const parts = /^([a-z0-9_,]*)((?:[-+=][eip]*)+)$/.exec(clause);
    if (!parts) return undefined;
    const names = parts[1] === '' ? ['all'] : parts[1]!.split(',');
    if (names.some(name => !isName(name))) return undefined;
    for (const [, operator, letters] of parts[2]!.matchAll(/([-+=])([eip]*)/g))
      for (const name of names) found.set(name, applied(found.get(name) ?? '', operator!, letters!));
  }
  for (const [name, letters] of found) if (letters === '') found.delete(name);
  return found;
}

const isName = (name: string): boolean => /^(?:cap_[a-z0-9_]+|all|\d+)$/.test(name);
const applied = (before: string, operator: string, letters: string): string => {
  const has = (letter: string) => letters.includes(letter);
  const keeps = (letter: string) =>
    operator === '='
      ? has(letter)
      : operator === '+'
        ? has(letter) || before.includes(letter)
        : before.includes(letter) && !has(letter);
  return ['e', 'i', 'p'].filter(keeps).join('');
};

/** `cap_a,cap_b=eip cap_c=ep`, sorted: one form for setcap and for a reader. */
export function textOf(capabilities: Capabilities): string {
  const groups = new Map<string, string[]>();
  for (const [name, letters] of [...capabilities].sort(([a], [b]) => (a < b ? -1 : 1)))
    groups.set(letters, [...(groups.get(letters) ?? []), name]);
  return [...groups].map(([letters, names]) => `${names.join(',')}=${letters}`).join(' ');
}

/**
 * Reads what getcap prints behind the path: `= cap_net_admin,cap_net_raw+eip` of libcap before 2.42, then
 * `cap_net_admin,cap_net_raw=eip`.
 */
export const printedCapabilities = (text: string): Capabilities =>
  capabilitiesOf(text.replace(/^\s*= /, '').trim()) ?? new Map();

const schema = renamed(
  { key: 'path', cap: 'capability' },
  z
    .strictObject({
      path: path().describe('The program; if it is a link, what it leads to.'),
      capability: str().describe(
        'One or several, as setcap takes them: `cap_net_raw,cap_net_admin=eip`. To remove, names are enough.',
      ),
      state: choice('present', 'absent')
        .default('present')
        .describe('Whether the file has them. Others it has are kept.'),
    })
    .superRefine(({ capability, state }, issues) => {
      const isRight =
        state === 'present'
          ? (capabilitiesOf(capability)?.size ?? 0) > 0
          : namesIn(capability).every(isName) && capability.trim() !== '';
      if (!isRight)
        issues.addIssue({
          code: 'custom',
          path: ['capability'],
          message:
            state === 'present' ? 'capabilities and their sets, such as cap_net_raw+eip' : 'names of capabilities',
        });
    }),
);
type Args = z.infer<typeof schema>;

/** Names only, whatever sets stand behind them. */
const namesIn = (text: string): readonly string[] =>
  text
    .toLowerCase()
    .split(/\s+/)
    .filter(Boolean)
    .flatMap(clause => clause.replace(/[-+=].*$/, '').split(','));

interface State {
  readonly kind: 'file' | 'missing' | 'other';
  readonly installed: boolean;
  readonly capabilities: Capabilities;
  /** Mounted so that the kernel ignores file capabilities. */
  readonly isVoid: boolean;
}

const look = (args: Args): Sh => sh`p=${word(tidy(args.path))}
${throughLink}
if [ ! -e "$p" ]; then echo missing; elif [ ! -f "$p" ]; then echo other; fi
if command -v getcap >/dev/null && command -v setcap >/dev/null; then echo installed; fi
if [ -f "$p" ]; then
  c=$(getcap "$p" 2>/dev/null) && printf 'caps %s\\n' "\${c#"$p"}"
  case ,$(findmnt -no OPTIONS -T "$p" 2>/dev/null), in *,nosuid,*) echo nosuid;; esac
fi`;

function stateOf({ stdout }: Output): State {
  const lines = stdout.split('\n');
  return {
    kind: lines.includes('missing') ? 'missing' : lines.includes('other') ? 'other' : 'file',
    installed: lines.includes('installed'),
    capabilities: printedCapabilities(lines.find(line => line.startsWith('caps '))?.slice(5) ?? ''),
    isVoid: lines.includes('nosuid'),
  };
}

/** Those the file shall have: the wished ones over those it has, or those it has without them. */
function wishOf({ capability, state }: Args, found: Capabilities): Capabilities {
  if (state === 'present') return new Map([...found, ...capabilitiesOf(capability)!]);
  const names = new Set(namesIn(capability));
  return new Map([...found].filter(([name]) => !names.has(name)));
}

function change(args: Args, found: Capabilities, wish: Capabilities): Change {
  const set = wish.size === 0 ? sh`setcap -r "$x"` : sh`setcap ${textOf(wish)} "$x"`;
  return {
    what: `${args.path} capabilities`,
    before: textOf(found),
    after: textOf(wish),
    apply: changing({ path: word(tidy(args.path)), how: 'through', uids: [] }, set),
  };
}

function plan(args: Args, { kind, installed, capabilities: found }: State): Plan {
  if (kind === 'other') return blocked(`${args.path} is not a regular file: it can have no capabilities`);
  const wish = wishOf(args, found);
  const sets = [...wish.values()];
  if (sets.some(letters => letters.includes('e')) && !sets.every(letters => letters.includes('e')))
    return blocked(`${args.path}: a file has one effective bit for all its capabilities, so not ${textOf(wish)}`);
  const changes = textOf(wish) === textOf(found) ? [] : [change(args, found, wish)];
  if (kind === 'missing') return blocked(`${args.path} does not exist`, changes);
  if (!installed) return blocked('setcap and getcap are not installed (package libcap2-bin)', changes);
  return changes;
}

function result(args: Args, state: State, ran: Ran): { readonly [name: string]: Value } {
  const now = ran.kind === 'nothing' ? state.capabilities : wishOf(args, state.capabilities);
  return {
    state: args.state,
    path: args.path,
    capabilities: textOf(now),
    ...(ran.kind === 'nothing' ? {} : { msg: 'capabilities changed' }),
    ...(state.isVoid && args.state === 'present'
      ? { warnings: [`${args.path} is on a file system mounted nosuid, where the kernel ignores capabilities`] }
      : {}),
  };
}

/**
 * Capabilities of a program. They are lost whenever the file is written anew, copied or given to another owner, so a task
 * with this module belongs behind all that.
 */
export default defineModule<Args, State>({
  name: 'capabilities',
  aliases: ['community.general.capabilities'],
  summary: 'Gives capabilities to a program, or takes them away.',
  example: '- capabilities: { path: /usr/bin/dumpcap, capability: "cap_net_raw,cap_net_admin=eip", state: absent }',
  args: schema,
  probe: args => probe(look(args), stateOf),
  plan,
  result,
});
