import { type Installed, namedBy, type State } from './look.js';
import { isGlob, matchesGlob, type Wish } from './names.js';

/** What a wish comes to on this target. */
export interface Deed {
  /** For apt's command line. */
  readonly name: string;
  readonly before: string;
  readonly after: string;
}

const SHOWN = { gone: 'absent', config: 'absent, but for its configuration', broken: 'half installed' };

const version = (found: Installed | undefined): string =>
  found?.status === 'installed' ? found.version : SHOWN[found?.status ?? 'gone'];

/** What is to be installed or upgraded for one wish. */
export function toInstall(wish: Wish, state: State, newest: boolean): readonly Deed[] {
  const found = namedBy(wish, state.packages ?? []);
  if (isGlob(wish.name)) {
    const have = new Set(found.filter(one => one.status === 'installed').map(one => one.name));
    const names = state.known.filter(name => matchesGlob(wish.name.replace(/:.*/, ''), name) && !have.has(name));
    return names.map(name => ({ name, before: 'absent', after: 'installed' }));
  }
  const installed = found.find(one => one.status === 'installed');
  const before = version(installed ?? found[0]);
  if (wish.version !== undefined) {
    const holds =
      installed !== undefined &&
      (wish.version.is === '=' ? matchesGlob(wish.version.pattern, installed.version) : state.newEnough.has(wish.text));
    const name = wish.version.is === '=' ? wish.text : wish.name;
    return holds ? [] : [{ name, before, after: `${wish.version.is === '=' ? '' : '>= '}${wish.version.pattern}` }];
  }
  const candidate = state.candidates.get(wish.name) ?? '(none)';
  if (installed === undefined) {
    if (state.provided.has(wish.name)) return [];
    return [{ name: wish.name, before, after: candidate === '(none)' ? 'installed' : candidate }];
  }
  if (!newest || candidate === '(none)' || candidate === installed.version) return [];
  return [{ name: wish.name, before, after: candidate }];
}

/** What is to be removed for one wish; with `purge`, configuration left behind counts. */
export const toRemove = (wish: Wish, state: State, purge: boolean): readonly Deed[] =>
  namedBy(wish, state.packages ?? [])
    .filter(one => one.status === 'installed' || one.status === 'broken' || (purge && one.status === 'config'))
    .map(one => ({
      name: wish.name.includes(':') ? `${one.name}:${one.architecture}` : one.name,
      before: version(one),
      after: 'absent',
    }));

/** Names that neither dpkg nor the index knows, with lists that are there: most likely slips. */
export const unheardOf = (wishes: readonly Wish[], state: State): readonly string[] =>
  wishes
    .filter(wish =>
      isGlob(wish.name)
        ? toInstall(wish, state, false).length === 0 &&
          !namedBy(wish, state.packages ?? []).some(one => one.status === 'installed')
        : namedBy(wish, state.packages ?? []).every(one => one.status !== 'installed') &&
          !state.provided.has(wish.name) &&
          !state.candidates.has(wish.name),
    )
    .map(wish => wish.name);
