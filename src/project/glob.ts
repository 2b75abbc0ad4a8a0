/** A shell pattern (`*`, `?`, `[a-c]`, `[!x]`) as a regular expression for whole names. */
export function glob(pattern: string): RegExp {
  let out = '';
  for (let i = 0; i < pattern.length; i++) {
    const char = pattern[i]!;
    const close = char === '[' ? pattern.indexOf(']', i + 2) : -1;
    if (char === '*') out += '.*';
    else if (char === '?') out += '.';
    else if (close > 0) {
      const inside = pattern
        .slice(i + 1, close)
        .replaceAll('\\', '\\\\')
        .replace(/^!/, '^');
      out += `[${inside}]`;
      i = close;
    } else out += char.replace(/[.+^${}()|[\]\\]/g, '\\$&');
  }
  return new RegExp(`^${out}$`, 's');
}
