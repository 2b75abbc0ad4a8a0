/** What of the shell's patterns is meant: `*` and `?`; and `[a-c]`, `[!x]` too. */
export interface Wildcards {
  readonly classes: boolean;
  readonly isCaseFolded?: boolean;
}

/** A character of a pattern: any number of any, one of any, or one of those that `test` takes. */
type Part = 'any' | 'one' | ((char: string) => boolean);

/**
 * A shell pattern for whole texts. Matches in the product of both lengths at most: a regular expression of `.*`s would go back
 * and forth for years, and both pattern and text may be anybody's.
 */
export class Wildcard {
  readonly #parts: readonly Part[];
  readonly #isCaseFolded: boolean;

  constructor(pattern: string, { classes, isCaseFolded = false }: Wildcards) {
    this.#isCaseFolded = isCaseFolded;
    this.#parts = partsOf([...this.#folded(pattern)], classes);
  }

  test(text: string): boolean {
    const parts = this.#parts;
    const chars = [...this.#folded(text)];
    let part = 0;
    // Where the last `*` stands, and up to where it takes the text: only it ever takes more.
    let star = -1;
    let taken = 0;
    for (let at = 0; at < chars.length; ) {
      const now = parts[part];
      if (now === 'any') {
        star = part++;
        taken = at;
      } else if (now !== undefined && (now === 'one' || now(chars[at]!))) {
        part++;
        at++;
      } else if (star >= 0) {
        part = star + 1;
        at = ++taken;
      } else return false;
    }
    while (parts[part] === 'any') part++;
    return part === parts.length;
  }

  #folded(text: string): string {
    return this.#isCaseFolded ? text.toLowerCase() : text;
  }
}

function partsOf(chars: readonly string[], classes: boolean): readonly Part[] {
  const parts: Part[] = [];
  for (let i = 0; i < chars.length; i++) {
    const char = chars[i]!;
    // A bracket that stands first in a class is a member of it.
    const close = char === '[' && classes ? chars.indexOf(']', chars[i + 1] === '!' ? i + 3 : i + 2) : -1;
    if (close > 0) {
      parts.push(classOf(chars.slice(i + 1, close)));
      i = close;
    } else if (char !== '*') parts.push(char === '?' ? 'one' : other => other === char);
    else if (parts.at(-1) !== 'any') parts.push('any');
  }
  return parts;
}

function classOf(inside: readonly string[]): Part {
  const isNegated = inside[0] === '!';
  const members = isNegated ? inside.slice(1) : inside;
  const ranges: (readonly [string, string])[] = [];
  for (let i = 0; i < members.length; i++) {
    const from = members[i]!;
    const isRange = members[i + 1] === '-' && i + 2 < members.length;
    if (isRange) i += 2;
    ranges.push([from, members[i]!]);
  }
  return char => ranges.some(([from, to]) => from <= char && char <= to) !== isNegated;
}
