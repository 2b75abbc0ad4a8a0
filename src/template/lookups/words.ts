/** A line of `key=value` words, values perhaps in quotes, and the words that are none. */
export function keyValues(line: string): { readonly pairs: ReadonlyMap<string, string>; readonly rest: string } {
  const pairs = new Map<string, string>();
  const rest: string[] = [];
  for (const [word] of line.matchAll(/(?:[^\s"']+|"(?:[^"\\]|\\.)*"|'(?:[^'\\]|\\.)*')+/g)) {
    const found = /^(\w+)=(.*)$/s.exec(word);
    if (found) pairs.set(found[1]!, unquoted(found[2]!));
    else rest.push(word);
  }
  return { pairs, rest: rest.join(' ') };
}

const unquoted = (word: string): string => (/^(["']).*\1$/s.test(word) && word.length > 1 ? word.slice(1, -1) : word);
