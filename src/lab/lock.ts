import { linkSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { lives, type Owner, self } from './owner.js';

/** Says, once, for whom we wait. */
export type Waiting = (holder: Owner) => void;

/**
 * Runs the work while nobody else holds the lock file. The lock names its holder and is taken over when that process is
 * dead, so a kill leaves nothing locked. Waits as long as the holder lives.
 */
export async function locked<T>(file: string, waiting: Waiting, work: () => Promise<T>): Promise<T> {
  mkdirSync(dirname(file), { recursive: true, mode: 0o755 });
  // link(2) and not O_EXCL: the file appears with the holder's name already in it.
  const ours = `${file}.${process.pid}.${Math.random().toString(36).slice(2)}`;
  writeFileSync(ours, JSON.stringify(self()));
  try {
    for (let said = false; !taken(ours, file); ) {
      const holder = holderOf(file);
      if (holder !== undefined && lives(holder)) {
        if (!said) waiting(holder);
        said = true;
        await wait(100);
      } else takeAway(file, ours);
    }
    clearStale(file);
    try {
      return await work();
    } finally {
      rmSync(file, { force: true });
    }
  } finally {
    rmSync(ours, { force: true });
  }
}

function taken(ours: string, file: string): boolean {
  try {
    linkSync(ours, file);
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') return false;
    throw error;
  }
}

/** Removes the names that killed processes had ready for this lock. */
function clearStale(file: string): void {
  for (const name of readdirSync(dirname(file)).filter(one => one.startsWith(`${basename(file)}.`))) {
    const holder = holderOf(join(dirname(file), name));
    if (holder === undefined || !lives(holder)) rmSync(join(dirname(file), name), { force: true });
  }
}

function holderOf(file: string): Owner | undefined {
  try {
    return JSON.parse(readFileSync(file, 'utf8')) as Owner;
  } catch {
    return undefined;
  }
}

/** Moves a dead holder's lock aside; of several who try only one can move it, and one who moved a living one puts it back. */
function takeAway(file: string, ours: string): void {
  const aside = `${ours}.stale`;
  try {
    renameSync(file, aside);
  } catch {
    return;
  }
  const holder = holderOf(aside);
  if (holder !== undefined && lives(holder)) taken(aside, file);
  rmSync(aside, { force: true });
}
