import { type Sh, sh } from './sh.js';

/**
 * Shell functions by which a fact's snippet answers. Every line it prints begins with a tag of ours, so nothing a file
 * says can pass for another answer, and lines and files are cut, so a hostile one cannot flood us.
 * `say TAG TEXT`, `first TAG FILE` (its first line), `lines TAG FILE` (all, without a fork; for small files),
 * Not for numbers in /proc/sys, of which a shell that reads byte by byte sees only the first digit. `piped TAG` (what comes in, 2,000 lines at most), `into FOLDER` (leaves the real name of a link's end in `$at`).
 */
export const TAGGED: Sh = sh`say() { printf '%s %.4096s\\n' "$1" "$2"; }
first() {
  [ -f "$2" ] && [ -r "$2" ] || return 0
  l=; { IFS= read -r l || [ -n "$l" ]; } 2>/dev/null <"$2" && say "$1" "$l"
  return 0
}
lines() {
  [ -f "$2" ] && [ -r "$2" ] || return 0
  n=0
  while IFS= read -r l || [ -n "$l" ]; do say "$1" "$l"; n=$((n + 1)); [ $n -lt 400 ] || break; done 2>/dev/null <"$2"
  return 0
}
piped() { cut -b 1-4096 | sed -e "s|^|$1 |" -e 2000q; }
into() { at=; [ -d "$1" ] && cd -P "$1" 2>/dev/null && at=\${PWD##*/} && cd / && [ -n "$at" ]; }
have() { command -v "$1" >/dev/null 2>&1; }
`;

/** What a snippet answered, by tag, in order. */
export type Tagged = ReadonlyMap<string, readonly string[]>;

/** Reads lines of `tag text`. Text that is empty counts as such; lines without a tag cannot occur and are dropped. */
export function tagged(stdout: string): Tagged {
  const answers = new Map<string, string[]>();
  for (const line of stdout.split('\n')) {
    const space = line.indexOf(' ');
    if (space < 1) continue;
    const tag = line.slice(0, space);
    const texts = answers.get(tag);
    if (texts) texts.push(line.slice(space + 1));
    else answers.set(tag, [line.slice(space + 1)]);
  }
  return answers;
}

/** The first answer under a tag, trimmed as Ansible's `get_file_content` does; nothing if there is none or it is empty. */
export const one = (answers: Tagged, tag: string): string | undefined => answers.get(tag)?.[0]?.trim() || undefined;

/** All answers under a tag. */
export const all = (answers: Tagged, tag: string): readonly string[] => answers.get(tag) ?? [];

/** The first answer as a whole number, nothing if it is none. */
export function number(answers: Tagged, tag: string): number | undefined {
  const text = one(answers, tag);
  return text !== undefined && /^-?\d{1,15}$/.test(text) ? Number(text) : undefined;
}

/** Members that are there: `undefined` ones are left out, since a fact is absent rather than null. */
export const present = <T>(members: { readonly [name: string]: T | undefined }): { readonly [name: string]: T } =>
  Object.fromEntries(Object.entries(members).filter((member): member is [string, T] => member[1] !== undefined));
