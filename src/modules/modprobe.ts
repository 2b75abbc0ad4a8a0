import * as z from 'zod';
import { blocked, type Change, type Plan } from '../core/change.js';
import { defineModule } from '../core/module.js';
import { choice, str } from '../core/params.js';
import { type Output, probe } from '../core/probe.js';
import { sh } from '../core/sh.js';
import type { Value } from '../core/value.js';
import { wordsOf } from './command/words.js';
import { forget, type Kept, keep, keptLook, keptOf } from './modprobe/kept.js';
import { type Param, setLive, stale } from './modprobe/params.js';

const schema = z.strictObject({
  name: str()
    .pipe(z.string().regex(/^[A-Za-z0-9][A-Za-z0-9_.-]*$/, 'the name of a kernel module'))
    .describe('The module.'),
  state: choice('present', 'absent').default('present').describe('Whether it is loaded.'),
  params: str()
    .default('')
    .refine(text => wordsOf(text).ok, 'words such as transparent_mode=2')
    .describe('Parameters, `name=value`. Of a loaded module those that can be set are set; others are reported.'),
  persistent: choice('disabled', 'absent', 'present')
    .default('disabled')
    .describe('Whether it is loaded at boot, with these parameters; `disabled` leaves that as it is.'),
});
type Args = z.infer<typeof schema>;

interface State {
  /** `available`: not loaded, but there is a file of it for this kernel; `lacking`: modprobe is not installed. */
  readonly module: 'loaded' | 'builtin' | 'available' | 'unknown' | 'lacking';
  readonly kernel: string;
  readonly references: number;
  readonly holders: readonly string[];
  readonly params: ReadonlyMap<string, Param>;
  readonly kept: Kept;
}

/** As the kernel spells it in /sys/module. */
const own = (name: string): string => name.replaceAll('-', '_');
const paramsOf = ({ params }: Args): readonly string[] => {
  const words = wordsOf(params);
  return words.ok ? words.words : [];
};

/**
 * One fork if the module is loaded; `modprobe -D`, which only
 * shows what it would load, tells whether an absent one could be; busybox has it, too.
 */
const look = ({ name, params, persistent }: Args) => sh`m=/sys/module/${own(name)}
read -r k </proc/sys/kernel/osrelease; printf 'kernel %s\\n' "$k"
if [ -e "$m/initstate" ]; then
  echo loaded
  [ ! -r "$m/refcnt" ] || { read -r n <"$m/refcnt"; printf 'references %s\\n' "$n"; }
  for h in "$m"/holders/*; do [ ! -e "$h" ] || printf 'holder %s\\n' "\${h##*/}"; done
elif [ -d "$m" ] || grep -qs ${`/${own(name).replace(/[_]/g, '[-_]')}\\.ko`} "/lib/modules/$k/modules.builtin"; then echo builtin
elif ! command -v modprobe >/dev/null; then echo lacking
elif modprobe -q -D ${name} >/dev/null 2>&1; then echo available
fi
${
  params === ''
    ? sh`:`
    : sh`for f in "$m"/parameters/*; do
  [ -r "$f" ] || continue
  w=r; [ ! -w "$f" ] || case $(stat -c %a "$f") in [2367]??|[2367]) w=w;; esac
  v=; IFS= read -r v <"$f"; printf 'param %s %s %s\\n' "\${f##*/}" $w "$v"
done 2>/dev/null`
}
${persistent === 'disabled' ? sh`:` : keptLook(name)}`;

function stateOf({ stdout }: Output): State {
  const lines = stdout.split('\n');
  const rest = (word: string) =>
    lines.filter(line => line.startsWith(`${word} `)).map(line => line.slice(word.length + 1));
  const kinds = ['loaded', 'builtin', 'available', 'lacking'] as const;
  return {
    module: kinds.find(kind => lines.includes(kind)) ?? 'unknown',
    kernel: rest('kernel')[0] ?? '',
    references: Number(rest('references')[0] ?? 0),
    holders: rest('holder'),
    params: new Map(
      rest('param').flatMap(line => {
        const found = /^(\S+) ([rw]) (.*)$/.exec(line);
        return found ? [[found[1]!, { value: found[3]!, writable: found[2] === 'w' }] as const] : [];
      }),
    ),
    kept: keptOf(stdout),
  };
}

/** What Secure Boot does to a module that is not signed is told in words, for the kernel's own say nothing of it. */
function load(args: Args): Change {
  return {
    what: `module ${args.name}`,
    before: 'not loaded',
    after: ['loaded', ...paramsOf(args)].join(' '),
    apply: sh`e=$(modprobe ${args.name} ${paramsOf(args)} 2>&1) || {
  printf '%s\\n' "$e" >&2
  case $e in *'Key was rejected'*|*'Required key not available'*)
    echo 'Secure Boot refuses a module that is not signed with an enrolled key' >&2;;
  esac
  exit 1
}`,
  };
}

function plan(args: Args, state: State): Plan {
  const { name } = args;
  const kept =
    args.persistent === 'present'
      ? keep(name, paramsOf(args), state.kept)
      : args.persistent === 'absent'
        ? forget(name, state.kept)
        : [];
  if (args.state === 'present') {
    if (state.module === 'available') return [...kept, load(args)];
    if (state.module === 'lacking') return blocked('modprobe is not installed (package kmod)', [...kept, load(args)]);
    if (state.module === 'unknown')
      return blocked(`there is no module ${name} for the running kernel ${state.kernel}`, [...kept, load(args)]);
    return [...kept, ...setLive(own(name), paramsOf(args), state.params)];
  }
  if (state.module === 'builtin') return blocked(`${name} is built into the kernel and cannot be unloaded`);
  if (state.module !== 'loaded') return kept;
  const unload: Change = {
    what: `module ${name}`,
    before: 'loaded',
    after: 'not loaded',
    apply: sh`modprobe -r ${name}`,
  };
  const users = state.holders.length > 0 ? `by ${state.holders.join(', ')}` : `${state.references} times`;
  if (state.references > 0 || state.holders.length > 0) return blocked(`${name} is in use ${users}`, [...kept, unload]);
  return [...kept, unload];
}

function result(args: Args, state: State): { readonly [name: string]: Value } {
  const warnings = args.state === 'present' ? stale(own(args.name), paramsOf(args), state.params) : [];
  return {
    name: args.name,
    params: args.params,
    state: args.state,
    ...(warnings.length > 0 ? { warnings } : {}),
  };
}

/** A kernel module, now and at boot. What is to last is written before it is loaded for the first time. */
export default defineModule<Args, State>({
  name: 'modprobe',
  aliases: ['community.general.modprobe'],
  summary: 'Loads or unloads a kernel module.',
  example: '- modprobe: { name: loop }',
  args: schema,
  probe: args => probe(look(args), stateOf),
  plan,
  result,
});
