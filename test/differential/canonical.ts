import type { Observation } from './observation.js';

/** The forms in which `unforeseeable` writes values that differ from run to run, and names of temporary files. */
const UNFORESEEABLE = /R\d{9}R|S\d{60}S|N\d{23}h\dN|P[A-Za-z]{20}P|H[A-Za-z0-9]{40}H/g;

/** Text in base64, as `slurp` registers a file. */
const BASE64 = /(?<![A-Za-z0-9+/])(?:[A-Za-z0-9+/]{4}){6,}(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?/g;

/** Shows what base64 hides, where that is a value that differs from run to run. */
const revealed = (text: string): string =>
  text.replaceAll(BASE64, found => {
    const inside = Buffer.from(found, 'base64').toString('latin1');
    return inside.search(UNFORESEEABLE) < 0 ? found : JSON.stringify(`base64 of ${inside}`).slice(1, -1);
  });

/**
 * Puts a number in place of each value that nobody can foresee: the same value the same number. Two runs agree where the same
 * places hold the same value, whatever it is.
 */
export function canonical(): (text: string) => string {
  const numbers = new Map<string, number>();
  return text =>
    revealed(text)
      .replaceAll(/__omit_place_holder__[0-9a-f]+/g, '<omit>')
      .replaceAll(UNFORESEEABLE, found => {
        const number = numbers.get(found) ?? numbers.size + 1;
        numbers.set(found, number);
        return `<${found[0]}${number}>`;
      });
}

/** An observation with numbers in place of what nobody can foresee. The files are read first, in the order of their names. */
export function canonicalised(seen: Observation): Observation {
  const number = canonical();
  const files = new Map(
    [...seen.files].map(([name, entry]) => [number(name), { ...entry, content: number(entry.content) }]),
  );
  const json = <T>(value: T): T => JSON.parse(number(JSON.stringify(value))) as T;
  const byHost = [...new Set(seen.steps.map(step => step.host))].sort();
  const steps = byHost.flatMap(host => seen.steps.filter(step => step.host === host).map(json));
  const events =
    seen.events &&
    new Map([...seen.events].sort(([a], [b]) => (a < b ? -1 : 1)).map(([host, stream]) => [host, stream.map(number)]));
  return { ...seen, files, steps, ...(events ? { events } : {}) };
}
