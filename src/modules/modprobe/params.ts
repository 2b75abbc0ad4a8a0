import type { Change } from '../../core/change.js';
import { sh } from '../../core/sh.js';

/** A parameter of a loaded module, as /sys/module/NAME/parameters tells it. */
export interface Param {
  readonly value: string;
  readonly writable: boolean;
}

/** The kernel prints a bool as Y or N and takes y, n, 1 and 0, too. */
const plain = (value: string): string => ({ Y: '1', y: '1', N: '0', n: '0' })[value] ?? value;

/** Parameters given as `name=value`, that a loaded module has otherwise. Those it does not show cannot be compared. */
export const differing = (params: readonly string[], found: ReadonlyMap<string, Param>) =>
  params.flatMap(param => {
    const equals = param.indexOf('=');
    const name = equals < 0 ? param : param.slice(0, equals);
    const value = equals < 0 ? '1' : param.slice(equals + 1);
    const now = found.get(name);
    return now === undefined || plain(now.value) === plain(value) ? [] : [{ name, value, now }];
  });

/** What can be set while the module is loaded. Read back, since a module may take another value. */
export const setLive = (
  module: string,
  params: readonly string[],
  found: ReadonlyMap<string, Param>,
): readonly Change[] =>
  differing(params, found)
    .filter(({ now }) => now.writable)
    .map(({ name, value, now }) => {
      const file = `/sys/module/${module}/parameters/${name}`;
      return {
        what: `${module} ${name}`,
        before: now.value,
        after: value,
        apply: sh`e=$(printf '%s\\n' ${value} 2>&1 | tee ${file} 2>&1 >/dev/null) || { printf '%s\\n' "$e" >&2; exit 1; }`,
      };
    });

/** What only another loading would change. */
export const stale = (
  module: string,
  params: readonly string[],
  found: ReadonlyMap<string, Param>,
): readonly string[] =>
  differing(params, found)
    .filter(({ now }) => !now.writable)
    .map(
      ({ name, value, now }) =>
        `${module} is loaded with ${name}=${now.value}; ${value} can only be given when it is loaded`,
    );
