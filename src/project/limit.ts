import path from 'node:path';
import type { HostName } from '../core/names.js';
import type { Inventory } from '../core/play.js';
import type { Mistakes } from './mistakes.js';
import { hostsMatching, splitPattern } from './pattern.js';
import type { Texts } from './texts.js';

/** The hosts `--limit` leaves. `@file` names a file with one pattern a line. No host at all is an error, not a green run. */
export function limitOf(limit: string, inventory: Inventory, texts: Texts, mistakes: Mistakes): readonly HostName[] {
  const words = splitPattern(limit).flatMap(word =>
    word.startsWith('@') ? linesOf(word.slice(1), texts, mistakes) : [word],
  );
  const before = mistakes.errors.length;
  const text = texts.given('--limit', limit);
  const result = hostsMatching(words.join(','), inventory);
  for (const { code, message, hint } of result.ok ? [] : result.error)
    mistakes.error(code, message, { place: text.place(0, limit.length), hint });
  const hosts = result.ok ? result.value : [];
  if (hosts.length === 0 && mistakes.errors.length === before)
    mistakes.error('no-hosts', `--limit ${limit} leaves no host`, { place: text.place(0, limit.length) });
  return hosts;
}

function linesOf(file: string, texts: Texts, mistakes: Mistakes): readonly string[] {
  const text = texts.read(path.resolve(texts.cwd, file), mistakes);
  const lines = text?.content.split('\n').map(line => line.trim()) ?? [];
  return lines.filter(line => line !== '' && !line.startsWith('#'));
}
