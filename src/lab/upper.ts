import { createHash } from 'node:crypto';
import { existsSync, lstatSync, readdirSync, readFileSync, readlinkSync, type Stats } from 'node:fs';
import { join } from 'node:path';
import { foldersOf } from './host.js';
import { seenBy } from './keeper.js';
import type { Lab, LabHost } from './state.js';

/** Something in which a host's root differs from what it was booted from. */
export interface Trace {
  /** From the root, with its leading slash. */
  readonly path: string;
  readonly kind: 'file' | 'folder' | 'link' | 'removed' | 'other';
  /** Permission bits, owner and group; of a removed thing all are 0. */
  readonly mode: number;
  readonly uid: number;
  readonly gid: number;
  /** SHA-256 of a file, target of a link, empty for others. */
  readonly content: string;
}

/**
 * Where a host writes by itself, without anyone having asked it to: logs, systemd's own books, sudo's lecture,
 * private /tmp folders of services. Everything else under a host's upper folder somebody did.
 */
export const VOLATILE: readonly RegExp[] = [
  /^\/(run|dev|proc|sys|var\/log|var\/tmp\/systemd-private-[^/]*|tmp\/systemd-private-[^/]*)(\/|$)/,
  /^\/var\/lib\/(systemd|sudo|rsyslog|private|dbus)(\/|$)/,
  /^\/var\/spool\/rsyslog(\/|$)/,
  /^\/etc\/(\.pwd\.lock|\.updated|machine-id|resolv\.conf)$/,
  /^\/var\/\.updated$/,
  /^\/tmp\/\.(ICE|X11|XIM|font)-unix$/,
];

/**
 * What was written in a host since its first boot, volatile places left out, in path order: the upper folder of its
 * overlay, so a file that was opened for writing is there even if its content is as before. A folder is there only if
 * it is new or has another mode or owner, for the overlay copies up every parent of what changes.
 */
export function traces(lab: Lab, host: LabHost): readonly Trace[] {
  const { upper, seed } = foldersOf(host);
  const below = [seed, ...lab.layers].map(folder => seenBy(lab.keeper, folder));
  return walk(seenBy(lab.keeper, upper), '/', below).filter(({ path }) => !VOLATILE.some(place => place.test(path)));
}

function walk(upper: string, path: string, below: readonly string[]): readonly Trace[] {
  return readdirSync(join(upper, path))
    .sort()
    .flatMap(name => {
      const inner = join(path, name);
      const stat = lstatSync(join(upper, inner));
      const trace = traceOf(join(upper, inner), inner, stat);
      if (!stat.isDirectory()) return [trace];
      const before = below.map(layer => join(layer, inner)).find(place => existsSync(place));
      const same = before !== undefined && sameFolder(lstatSync(before), stat);
      return [...(same ? [] : [trace]), ...walk(upper, inner, below)];
    });
}

const sameFolder = (a: Stats, b: Stats): boolean =>
  a.isDirectory() && a.mode === b.mode && a.uid === b.uid && a.gid === b.gid;

function traceOf(file: string, path: string, stat: Stats): Trace {
  const { uid, gid } = stat;
  const mode = stat.mode & 0o7777;
  // overlayfs marks what was removed by a character device 0:0.
  if (stat.isCharacterDevice() && stat.rdev === 0)
    return { path, kind: 'removed', mode: 0, uid: 0, gid: 0, content: '' };
  if (stat.isSymbolicLink()) return { path, kind: 'link', mode, uid, gid, content: readlinkSync(file) };
  if (stat.isFile()) {
    const content = createHash('sha256').update(readFileSync(file)).digest('hex');
    return { path, kind: 'file', mode, uid, gid, content };
  }
  return { path, kind: stat.isDirectory() ? 'folder' : 'other', mode, uid, gid, content: '' };
}

/** How two looks at one host differ. */
export interface Difference {
  readonly added: readonly string[];
  readonly changed: readonly string[];
  /** Written before, and now as at the first boot (or removed again). */
  readonly gone: readonly string[];
}

/** Paths by which the later look differs from the earlier. */
export function difference(earlier: readonly Trace[], later: readonly Trace[]): Difference {
  const texts = (look: readonly Trace[]) => new Map(look.map(trace => [trace.path, JSON.stringify(trace)]));
  const [before, after] = [texts(earlier), texts(later)];
  const paths = [...after.keys()];
  return {
    added: paths.filter(path => !before.has(path)),
    changed: paths.filter(path => before.has(path) && before.get(path) !== after.get(path)),
    gone: [...before.keys()].filter(path => !after.has(path)),
  };
}
