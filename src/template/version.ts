import { RenderError } from '../core/value.js';

/** A component of a version: numbers before words where they meet would be a mistake of the user's. */
type Part = number | string;
/** Orders two versions: below 0, 0, above 0. */
type Order = (a: string, b: string) => number;

const compareParts = (a: readonly Part[], b: readonly Part[]): number => {
  for (let i = 0; i < Math.min(a.length, b.length); i++) {
    const [x, y] = [a[i]!, b[i]!];
    if (typeof x !== typeof y)
      throw new RenderError(
        `Version comparison failed: '${x}' and '${y}' cannot be compared`,
        undefined,
        'another version_type may fit: semver, pep440, strict',
      );
    if (x !== y) return x < y ? -1 : 1;
  }
  return a.length - b.length;
};

/** distutils' LooseVersion: digits and words by turns. */
const looseParts = (text: string): Part[] =>
  (text.match(/\d+|[a-z]+|[^.\da-z]+/g) ?? []).map(part => (/^\d/.test(part) ? Number(part) : part));

const loose: Order = (a, b) => compareParts(looseParts(a), looseParts(b));

/** distutils' StrictVersion: two or three numbers, perhaps with a1 or b1. */
const strict: Order = (a, b) => {
  const read = (text: string) => {
    const match = /^(\d+)\.(\d+)(?:\.(\d+))?(?:([ab])(\d+))?$/.exec(text);
    if (!match) throw new RenderError(`Version comparison failed: invalid version number '${text}'`);
    return [Number(match[1]), Number(match[2]), Number(match[3] ?? 0), match[4] ?? 'z', Number(match[5] ?? 0)];
  };
  return compareParts(read(a), read(b));
};

/** https://semver.org, 11. */
const semver: Order = (a, b) => {
  const read = (text: string) => {
    const match = /^(\d+)\.(\d+)\.(\d+)(?:-([\dA-Za-z.-]+))?(?:\+[\dA-Za-z.-]+)?$/.exec(text);
    if (!match) throw new RenderError(`Version comparison failed: invalid semantic version '${text}'`);
    return { core: [Number(match[1]), Number(match[2]), Number(match[3])], pre: match[4]?.split('.') };
  };
  const [x, y] = [read(a), read(b)];
  const core = compareParts(x.core, y.core);
  if (core !== 0) return core;
  if (!x.pre || !y.pre) return x.pre ? -1 : y.pre ? 1 : 0;
  return comparePre(x.pre, y.pre);
};

function comparePre(a: readonly string[], b: readonly string[]): number {
  for (let i = 0; i < Math.min(a.length, b.length); i++) {
    const [x, y] = [a[i]!, b[i]!];
    const [xNumber, yNumber] = [/^\d+$/.test(x), /^\d+$/.test(y)];
    if (xNumber !== yNumber) return xNumber ? -1 : 1;
    const order = xNumber ? Number(x) - Number(y) : x < y ? -1 : x > y ? 1 : 0;
    if (order !== 0) return order;
  }
  return a.length - b.length;
}

/** https://peps.python.org/pep-0440: development, then a, b, rc, then the release, then post releases. */
const pep440: Order = (a, b) => {
  const read = (text: string) => {
    const match =
      /^v?(?:(\d+)!)?(\d+(?:\.\d+)*)(?:[-_.]?(a|alpha|b|beta|c|rc|pre|preview)[-_.]?(\d*))?(?:-(\d+)|[-_.]?(?:post|rev|r)[-_.]?(\d*))?(?:[-_.]?dev[-_.]?(\d*))?(?:\+([a-z\d]+(?:[-_.][a-z\d]+)*))?$/i.exec(
        text.trim(),
      );
    if (!match) throw new RenderError(`Version comparison failed: Invalid version: '${text}'`);
    const [, epoch, release, pre, preNumber, dashPost, post, dev, local] = match;
    const stage = { a: 1, b: 2, c: 3, r: 3, p: 3 }[pre?.[0]?.toLowerCase() ?? ''] ?? 4;
    const hasPost = dashPost !== undefined || post !== undefined;
    // A development release of a release comes before its first pre-release.
    const phase = dev !== undefined && pre === undefined && !hasPost ? 0 : stage;
    return {
      epoch: [Number(epoch ?? 0)],
      release: release!.split('.').map(Number),
      rest: [
        phase,
        Number(preNumber || 0),
        hasPost ? Number(dashPost ?? (post || 0)) + 1 : 0,
        dev === undefined ? Infinity : Number(dev || 0),
      ],
      local: local === undefined ? -1 : 1,
    };
  };
  const [x, y] = [read(a), read(b)];
  const length = Math.max(x.release.length, y.release.length);
  const padded = (release: readonly number[]) => Array.from({ length }, (_, i) => release[i] ?? 0);
  return (
    compareParts(x.epoch, y.epoch) ||
    compareParts(padded(x.release), padded(y.release)) ||
    compareParts(x.rest, y.rest) ||
    x.local - y.local
  );
};

const ORDERS: ReadonlyMap<string, Order> = new Map([
  ['loose', loose],
  ['strict', strict],
  ['semver', semver],
  ['semantic', semver],
  ['pep440', pep440],
]);

type Holds = (order: number) => boolean;
const OPERATORS: ReadonlyMap<string, Holds> = new Map(
  (
    [
      [['==', '=', 'eq'], order => order === 0],
      [['!=', '<>', 'ne'], order => order !== 0],
      [['<', 'lt'], order => order < 0],
      [['<=', 'le'], order => order <= 0],
      [['>', 'gt'], order => order > 0],
      [['>=', 'ge'], order => order >= 0],
    ] satisfies readonly (readonly [readonly string[], Holds])[]
  ).flatMap(([names, holds]) => names.map(name => [name, holds] as const)),
);

/** Whether two versions stand so to each other: `versionHolds('1.10', '>', '1.9', 'loose')`. Throws RenderError. */
export function versionHolds(version: string, operator: string, other: string, kind: string): boolean {
  if (version === '') throw new RenderError('Input version value cannot be empty');
  if (other === '') throw new RenderError('Version parameter to compare against cannot be empty');
  const order = ORDERS.get(kind);
  if (!order) throw new RenderError(`Invalid version type (${kind}). Must be one of ${[...ORDERS.keys()].join(', ')}`);
  const holds = OPERATORS.get(operator);
  if (!holds)
    throw new RenderError(`Invalid operator type (${operator}). Must be one of ${[...OPERATORS.keys()].join(', ')}`);
  return holds(order(version, other));
}
