/** More hosts than this from one line are a slip of the fingers. */
const MOST = 100_000;

/** What is wrong with a range, in words. */
export class RangeMistake extends Error {}

/** `web[01:10:3].example`, `db-[a:f]`: the names a host line stands for; zeros in front are kept. */
export function expandHosts(pattern: string): readonly string[] {
  const range = /\[([^[\]]*:[^[\]]*)\]/.exec(pattern);
  if (!range) {
    if (pattern.lastIndexOf('[') > pattern.lastIndexOf(']'))
      throw new RangeMistake(`a bracket in \`${pattern}\` is not closed`);
    return [pattern];
  }
  const before = pattern.slice(0, range.index);
  const after = expandHosts(pattern.slice(range.index + range[0].length));
  const middle = membersOf(range[1]!);
  if (middle.length * after.length > MOST) throw new RangeMistake(`\`${pattern}\` stands for more than ${MOST} hosts`);
  return middle.flatMap(one => after.map(rest => before + one + rest));
}

function membersOf(range: string): readonly string[] {
  const [from = '', to = '', step = '1', ...more] = range.split(':');
  if (more.length > 0 || !/^[1-9]\d*$/.test(step)) throw new RangeMistake(`\`[${range}]\` is no range`);
  if (to === '') throw new RangeMistake(`the range \`[${range}]\` has no end`);
  if (/^\d*$/.test(from) && /^\d+$/.test(to)) return numbers(from || '0', to, Number(step), range);
  if (/^[A-Za-z]$/.test(from) && /^[A-Za-z]$/.test(to)) return letters(from, to, Number(step), range);
  throw new RangeMistake(`\`[${range}]\` is a range of neither numbers nor single letters`);
}

function numbers(from: string, to: string, step: number, range: string): readonly string[] {
  const width = from.length > 1 && from.startsWith('0') ? from.length : 0;
  if (width > 0 && to.length !== width)
    throw new RangeMistake(`both ends of \`[${range}]\` must be of the same length`);
  const [first, last] = [Number(from), Number(to)];
  if (first > last) throw new RangeMistake(`the range \`[${range}]\` ends before it begins`);
  if ((last - first) / step > MOST) throw new RangeMistake(`\`[${range}]\` stands for more than ${MOST} hosts`);
  const count = Math.floor((last - first) / step) + 1;
  return Array.from({ length: count }, (_, i) => String(first + i * step).padStart(width, '0'));
}

const ALPHABET = 'abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ';
function letters(from: string, to: string, step: number, range: string): readonly string[] {
  const [first, last] = [ALPHABET.indexOf(from), ALPHABET.indexOf(to)];
  if (first > last) throw new RangeMistake(`the range \`[${range}]\` ends before it begins`);
  return [...ALPHABET.slice(first, last + 1)].filter((_, i) => i % step === 0);
}

/** `host:2222`, `[::1]:22`, `web[1:3]:22`: the name, and the port if there is one. */
export function splitPort(address: string): { readonly name: string; readonly port?: number } {
  const bracketed = /^\[([0-9a-fA-F:.%]*:[0-9a-fA-F:.%]*:[^\]]*)\](?::(\d+))?$/.exec(address);
  if (bracketed) return { name: bracketed[1]!, ...(bracketed[2] ? { port: Number(bracketed[2]) } : {}) };
  const plain = /^((?:[^:[\]]|\[[^\]]*\])+):(\d+)$/.exec(address);
  return plain ? { name: plain[1]!, port: Number(plain[2]) } : { name: address };
}
