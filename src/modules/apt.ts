import { blocked, type Change, isBlocked, type Plan } from '../core/change.js';
import { defineModule, type Ran } from '../core/module.js';
import { type Sh, sh } from '../core/sh.js';
import { Unknown, type Vars } from '../core/value.js';
import { aptGet, didNothing, installUrl, reason, simulated, update } from './apt/act.js';
import { type AptArgs, aptArgs } from './apt/args.js';
import { type DebFile, debProbe, isUrl } from './apt/deb.js';
import { aptProbe, type State as Packages } from './apt/look.js';
import { type Wish, wishOf } from './apt/names.js';
import { type Deed, toInstall, toRemove, unheardOf } from './apt/wanted.js';
import { linesOf } from './command/said.js';

type Args = AptArgs;

type State = Packages | DebFile;

const isFile = (state: State): state is DebFile => 'why' in state;
const wishesOf = ({ name }: Args): readonly Wish[] => name.flatMap(text => wishOf(text) ?? []);
const wantsLists = ({ update_cache, cache_valid_time }: Args): boolean => update_cache ?? cache_valid_time > 0;
const isStale = (given: Args, { lists }: Packages): boolean => wantsLists(given) && lists !== 'fresh';
const UPGRADES = { yes: 'upgrade', safe: 'upgrade', full: 'dist-upgrade', dist: 'dist-upgrade' } as const;

/** An act on the packages as a whole, whose work only a simulation can tell. */
function sweep(given: Args): { readonly verb: string; readonly names: readonly string[] } | undefined {
  const { upgrade, state, name, autoremove, autoclean } = given;
  if (upgrade !== 'no') return { verb: UPGRADES[upgrade], names: [] };
  if (state === 'build-dep' && name.length > 0) return { verb: 'build-dep', names: name };
  if (state === 'fixed') return { verb: 'install', names: ['--fix-broken'] };
  if (name.length > 0) return undefined;
  if (autoremove) return { verb: 'autoremove', names: [] };
  return autoclean ? { verb: 'autoclean', names: [] } : undefined;
}

function planFile({ deb = '', ...given }: Args, file: DebFile): Plan {
  const apply = isUrl(deb) ? installUrl(deb, given as Args) : aptGet('install', [deb], given as Args);
  const change: Change = {
    what: file.name ?? deb,
    before: file.installed ?? 'absent',
    after: file.version || 'installed',
    apply,
  };
  if (file.name === undefined) return blocked(`${deb}: ${file.why}`, [change]);
  return file.installed !== undefined && file.installed === file.version ? [] : [change];
}

/** One apt-get for all names: it resolves them together, and its lock is taken once. */
function together(what: string, deeds: readonly Deed[], apply: Sh): Change {
  const side = (of: 'before' | 'after') => Object.fromEntries(deeds.map(deed => [deed.name, deed[of]]));
  return {
    what: `${what} ${deeds.map(deed => deed.name).join(' ')}`,
    before: side('before'),
    after: side('after'),
    apply,
  };
}

function planPackages(given: Args, state: Packages): Plan {
  if (!state.packages)
    return blocked('there is no dpkg on this target (apt manages Debian and systems derived from it)');
  const stale = isStale(given, state);
  const { update_cache_retries: retries, update_cache_retry_max_delay: longest } = given;
  const lists: Change = {
    what: 'package lists',
    before: state.lists,
    after: 'fetched',
    apply: update(given, retries, longest),
  };
  const first = stale ? [lists] : [];
  const wishes = sweep(given) ? [] : wishesOf(given);
  switch (given.state) {
    case 'absent':
    case 'removed': {
      const deeds = wishes.flatMap(wish => toRemove(wish, state, given.purge));
      if (deeds.length > 0)
        return [
          together(
            'remove',
            deeds,
            aptGet(
              'remove',
              deeds.map(({ name }) => name),
              given,
            ),
          ),
        ];
      return wishes.length > 0 ? [] : [...first, ...upkeep(given, state)];
    }
    case 'present':
    case 'installed':
    case 'latest': {
      if (wishes.length === 0) return [...first, ...upkeep(given, state)];
      const newest = given.state === 'latest';
      const deeds = wishes
        .flatMap(wish => toInstall(wish, state, newest))
        .filter(deed => !given.only_upgrade || !deed.before.startsWith('absent'));
      const unheard = unheardOf(wishes, state);
      // With lists that are about to be fetched nobody can say yet what there is, nor what is the newest.
      const blind = newest && stale && deeds.length === 0;
      const names = blind ? given.name : deeds.map(({ name }) => name);
      if (names.length === 0)
        return unheard.length > 0 && !stale && !given.only_upgrade ? unavailable(unheard, state, []) : [];
      const install = together('install', blind ? given.name.map(unmoved) : deeds, aptGet('install', names, given));
      return unheard.length > 0 && !stale ? unavailable(unheard, state, [install]) : [...first, install];
    }
    default:
      return [...first, ...upkeep(given, state)];
  }
}

/** Which version that is, nobody can say before the lists are fetched. */
const NEWEST = 'the newest';
const unmoved = (name: string): Deed => ({ name, before: 'installed', after: NEWEST });

const unavailable = (names: readonly string[], { lists }: Packages, foreseen: readonly Change[]): Plan => {
  const hint = lists === 'none' ? '; the target has no package lists (set update_cache)' : '';
  return blocked(`No package matching '${names.join("', '")}' is available${hint}`, foreseen);
};

/** What is done to the packages as a whole. */
function upkeep(given: Args, state: Packages): readonly Change[] {
  const act = sweep(given);
  const changes: Change[] = [];
  if (act && (state.simulated.length > 0 || isStale(given, state)))
    changes.push({
      what: act.verb,
      before: '',
      after: state.simulated.join('\n'),
      apply: aptGet(act.verb, act.names, given),
    });
  if (given.clean && state.archives)
    changes.push({ what: 'fetched packages', before: 'there', after: 'removed', apply: sh`apt-get clean` });
  return changes;
}

const plan = (given: Args, state: State): Plan => (isFile(state) ? planFile(given, state) : planPackages(given, state));

/** apt knows better than the plan, where the lists were fetched in between. */
function resultOf(given: Args, state: State, ran: Ran): Vars {
  const planned = plan(given, state);
  const changes = isBlocked(planned) ? [] : planned;
  const fetches = changes[0]?.what === 'package lists';
  const onlyLists = fetches && changes.length === 1;
  if (ran.kind === 'foreseen') {
    const blind =
      changes.length === 2 && fetches && Object.values(changes[1]!.after as object).every(after => after === NEWEST);
    return {
      cache_updated: fetches,
      stdout: new Unknown([]),
      stderr: new Unknown([]),
      ...(blind ? { changed: new Unknown([]) } : {}),
    };
  }
  if (ran.kind === 'nothing') return { changed: false, cache_updated: false };
  const last = ran.outputs.at(-1)!;
  const did = onlyLists ? /^Get:/m.test(last.stdout) : !didNothing(last.stdout);
  return {
    ...(last.status === 0 ? { changed: did } : {}),
    cache_updated: fetches && ran.outputs[0]!.status === 0,
    stdout: last.stdout,
    stderr: last.stderr,
    stdout_lines: linesOf(last.stdout),
    stderr_lines: linesOf(last.stderr),
    ...(last.status === 0 ? {} : { rc: last.status, msg: `apt-get failed: ${reason(last)}` }),
  };
}

export default defineModule<Args, State>({
  name: 'apt',
  summary: 'Installs, upgrades and removes packages of Debian and systems derived from it.',
  example: '- apt:\n    name: [ethtool, libpcap-dev]\n    update_cache: true\n    cache_valid_time: 3600',
  args: aptArgs,
  probe: given => {
    if (given.deb !== undefined) return debProbe(given.deb);
    const act = sweep(given);
    const removes = given.state === 'absent' || given.state === 'removed';
    return aptProbe({
      wishes: act ? [] : wishesOf(given),
      index: removes ? 'none' : given.state === 'latest' ? 'all' : 'missing',
      validFor: given.cache_valid_time,
      release: given.default_release,
      simulate: act && simulated(act.verb, act.names, given),
      archives: given.clean,
    });
  },
  plan,
  result: resultOf,
});
