import { existsSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

/** Where the lab keeps what it made once: roots and packages. Large (about 0.7 GB, and 1.1 GB more with the emulated machine), safe to delete when no lab is up. */
export const cacheFolder = (): string =>
  process.env.XDG_CACHE_HOME ? join(process.env.XDG_CACHE_HOME, 'ringmaster', 'lab') : '/var/cache/ringmaster-lab';

/** Where the state of running labs is: one folder each, and the lock. */
export const stateFolder = (): string => '/run/ringmaster-lab';

/** Our stand-ins: the folder `src/lab/stand-ins` of the checkout this program belongs to, whether bundled or not. */
export function standInsFolder(): string | undefined {
  for (let folder = dirname(fileURLToPath(import.meta.url)); ; folder = dirname(folder)) {
    const found = join(folder, 'src', 'lab', 'stand-ins');
    if (existsSync(found)) return found;
    if (folder === dirname(folder)) return undefined;
  }
}
