import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readdirSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { locked } from './lock.js';
import { cacheFolder } from './places.js';

/** Says one line of progress; the lab itself prints nothing. */
export type Say = (line: string) => void;

/** One folder of the cache which hosts see as the lower part of their root. Never written to once it stands. */
export interface Layer {
  readonly kind: string;
  /** First 16 digits of the SHA-256 of everything it was made from. */
  readonly digest: string;
  readonly folder: string;
}

/** The digest of a recipe: parts are told apart, so that moving text from one to the next changes it. */
export function recipeDigest(...parts: readonly string[]): string {
  const hash = createHash('sha256');
  for (const part of parts) hash.update(`${part.length}:${part}`);
  return hash.digest('hex').slice(0, 16);
}

export interface LayerRecipe {
  readonly kind: string;
  readonly digest: string;
  /** Fills the folder that it is given (which does not exist yet). */
  readonly build: (folder: string) => Promise<void>;
}

/**
 * The layer of that recipe: from the cache, or built into a temporary name and renamed when complete. Two who want the
 * same one build it once; what an interrupted build left is removed by the next.
 */
export async function layer({ kind, digest, build }: LayerRecipe, say: Say): Promise<Layer> {
  const folder = join(cacheFolder(), `${kind}-${digest}`);
  const made: Layer = { kind, digest, folder };
  if (existsSync(folder)) return made;
  mkdirSync(cacheFolder(), { recursive: true, mode: 0o755 });
  const waiting = ({ pid }: { pid: number }) => say(`waiting for process ${pid}, which builds the lab’s ${kind}`);
  return await locked(join(cacheFolder(), `${kind}.lock`), waiting, async () => {
    // Ours is the lock, so every half-built one of this kind is nobody's.
    for (const name of readdirSync(cacheFolder()))
      if (name.startsWith(`half-${kind}-`)) rmSync(join(cacheFolder(), name), { recursive: true, force: true });
    if (existsSync(folder)) return made;
    const half = join(cacheFolder(), `half-${kind}-${digest}`);
    try {
      await build(half);
      renameSync(half, folder);
    } catch (error) {
      rmSync(half, { recursive: true, force: true });
      throw error;
    }
    return made;
  });
}

/** Days after which a layer that nobody used is removed: long enough for two checkouts to share the cache in peace. */
const KEPT_DAYS = 7;

/** Notes that these layers are wanted today, and removes those that nobody wanted for {@link KEPT_DAYS} and no lab (`used`) stands on. */
export function prune(current: readonly Layer[], used: readonly string[]): void {
  for (const { folder } of current) writeFileSync(`${folder}.used`, '');
  for (const name of readdirSync(cacheFolder()).filter(name => name.endsWith('.used'))) {
    const mark = join(cacheFolder(), name);
    const folder = mark.slice(0, -'.used'.length);
    const days = (Date.now() - statSync(mark).mtimeMs) / 86_400_000;
    if (days < KEPT_DAYS || used.includes(folder)) continue;
    rmSync(folder, { recursive: true, force: true });
    rmSync(mark, { force: true });
  }
}
