import { lstatSync, readdirSync, realpathSync, statSync } from 'node:fs';
import path from 'node:path';
import type { Mistakes } from './mistakes.js';
import type { Texts } from './texts.js';

/**
 * Refuses a role that holds a symbolic link out of its own folder (it would ship any file of the controller), or a file
 * with the setuid or setgid bit (it would become one on the targets). The role's folder itself may be a link.
 */
export function checkSafety(role: string, texts: Texts, mistakes: Mistakes): void {
  const root = realpathSync(role);
  walk(role, absolute => {
    const stat = lstatSync(absolute);
    const refuse = (message: string) => mistakes.error('unsafe-role', message, { place: texts.start(absolute) });
    if (stat.isSymbolicLink()) {
      const target = targetOf(absolute);
      if (target !== undefined && !isInside(target, root)) {
        texts.conceal(absolute);
        refuse(`a symbolic link out of the role, to ${target}`);
      }
    } else if (stat.isFile() && (stat.mode & 0o6000) !== 0) refuse('a file with the setuid or setgid bit in a role');
  });
}

function walk(folder: string, visit: (absolute: string) => void): void {
  for (const name of readdirSync(folder).sort()) {
    if (name === '.git') continue;
    const absolute = path.join(folder, name);
    visit(absolute);
    if (lstatSync(absolute).isDirectory()) walk(absolute, visit);
  }
}

/** Where a link really leads; nothing if it leads nowhere, which harms nobody. */
function targetOf(link: string): string | undefined {
  try {
    statSync(link);
    return realpathSync(link);
  } catch {
    return undefined;
  }
}

/** Whether a real path lies in a real folder, or is it. */
export const isInside = (absolute: string, folder: string): boolean =>
  absolute === folder || absolute.startsWith(folder.endsWith(path.sep) ? folder : folder + path.sep);
