/** Longer lines are cut, in characters: one line of a hundred megabytes must not become a hundred megabytes of report. */
const LONGEST_LINE = 2000;

/** Every line behind a prefix. */
export const indent = (text: string, by: string): string =>
  text
    .split('\n')
    .map(line => by + line)
    .join('\n');

/** The last lines of an output, which most often tell why it ended, without the white space around it. */
export function tail(text: string, lines: number): string {
  const all = text.trim().split('\n');
  const left = all.length > lines ? [`… ${all.length - lines} lines before`, ...all.slice(-lines)] : all;
  return left.map(clip).join('\n');
}

const clip = (line: string): string =>
  line.length > LONGEST_LINE ? `${line.slice(0, LONGEST_LINE)}… ${line.length - LONGEST_LINE} characters more` : line;

/** Hosts that share a text, under it, in order of appearance. Those of one host must follow each other to count once. */
export function sharing(
  pairs: readonly (readonly [text: string, host: string])[],
): ReadonlyMap<string, readonly string[]> {
  const found = new Map<string, string[]>();
  for (const [text, host] of pairs) {
    const hosts = found.get(text) ?? [];
    if (hosts.at(-1) !== host) hosts.push(host);
    found.set(text, hosts);
  }
  return found;
}

/** More hosts than this are counted, not named. */
const MOST_NAMED = 8;

/** Hosts in a row: named while they are few. */
export const someHosts = (hosts: readonly string[]): string =>
  hosts.length > MOST_NAMED ? `${hosts.length} hosts` : allHosts(hosts);

/** Hosts in a row, each by name: of a failure one wants to know whose it is. */
export const allHosts = (hosts: readonly string[]): string => hosts.join(' ');

/** `1 host`, `4 hosts` */
export const count = (number: number, noun: string): string => `${number} ${noun}${number === 1 ? '' : 's'}`;

/** `12 s`, `2 min 5 s`, `1 h 3 min`: for what goes on. */
export function duration(ms: number): string {
  const all = Math.max(0, Math.floor(ms / 1000));
  const [h, min, s] = [Math.floor(all / 3600), Math.floor(all / 60) % 60, all % 60];
  return h > 0 ? `${h} h ${min} min` : min > 0 ? `${min} min ${s} s` : `${s} s`;
}

/** `11.2 s` */
export const seconds = (ms: number): string => `${(ms / 1000).toFixed(1)} s`;
