import { type Data, isFields, isList } from './project.js';

const HOSTVARS = String.raw`hostvars\[(?:[^[\]]|\[[^\]]*\])*\]`;

/**
 * Takes out of every task what it reads of other hosts under a name that it sets itself: hosts do a task at the same time, so
 * what they see of each other there is no fixed value, in Ansible neither. The host's own value is read in its place.
 */
export function withoutRaces(data: Data): Data {
  if (isList(data)) return data.map(withoutRaces);
  if (!isFields(data)) return data;
  const names = namesSet(data);
  const inner = Object.entries(data).map(
    ([key, one]) => [key, names.length > 0 ? ownOnly(one, names) : withoutRaces(one)] as const,
  );
  return Object.fromEntries(inner);
}

function namesSet(task: { readonly [key: string]: Data }): readonly string[] {
  const { register, set_fact: facts } = task;
  return [...(typeof register === 'string' ? [register] : []), ...(isFields(facts) ? Object.keys(facts) : [])];
}

function ownOnly(data: Data, names: readonly string[]): Data {
  if (isList(data)) return data.map(one => ownOnly(one, names));
  if (isFields(data)) return Object.fromEntries(Object.entries(data).map(([key, one]) => [key, ownOnly(one, names)]));
  if (typeof data !== 'string') return data;
  return names.reduce(
    (text, name) =>
      text
        .replaceAll(new RegExp(`${HOSTVARS}\\.${name}\\b`, 'g'), name)
        .replaceAll(new RegExp(`${HOSTVARS}\\['${name}'\\]`, 'g'), name)
        .replaceAll(`hostvars, '${name}'`, "hostvars, 'no_such_name'"),
    data,
  );
}
