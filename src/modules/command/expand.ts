import { join, type Sh, sh, userScript } from '../../core/sh.js';

/**
 * Spells one word so that the remote shell expands in it what Python's `expandvars` and `expanduser` would, and nothing
 * else: `$NAME` and `${NAME}` where such a variable is set (else they stay as written), and a `~` at the start.
 */
export function expanded(word: string): Sh {
  const tilde = /^~[A-Za-z_][\w.-]*|^~/.exec(word)?.[0];
  if (tilde === undefined) return variables(word);
  const rest = word.slice(tilde.length);
  // Only a name that ends at a slash is a home directory; the shell would take a quoted rest as part of the name.
  if (rest !== '' && !rest.startsWith('/')) return variables(word);
  return join([userScript(tilde), ...(rest === '' ? [] : [userScript('/'), variables(rest.slice(1))])], '');
}

function variables(word: string): Sh {
  if (word === '') return sh`${''}`;
  const parts: Sh[] = [];
  let end = 0;
  for (const { 0: whole, 1: bare, 2: braced, index } of word.matchAll(/\$(?:([A-Za-z_]\w*)|\{([A-Za-z_]\w*)\})/g)) {
    if (index > end) parts.push(sh`${word.slice(end, index)}`);
    const name = bare ?? braced!;
    // `$NAME` itself is the default, so that a variable that is not set stays as it was written.
    const asWritten = whole.replace(/[$}]/g, '\\$&');
    parts.push(userScript(`"\${${name}-${asWritten}}"`));
    end = index + whole.length;
  }
  if (end < word.length) parts.push(sh`${word.slice(end)}`);
  return join(parts, '');
}

/**
 * Spells a path pattern: `*`, `?` and `[…]` are left to the shell, whose rules are those of Python's `glob`; a `~` and
 * variables are expanded; all else is quoted.
 */
export function globbed(pattern: string): Sh {
  const parts: Sh[] = [];
  let end = 0;
  const plainPart = (text: string) => parts.push(parts.length === 0 ? expanded(text) : variables(text));
  for (const { 0: magic, index } of pattern.matchAll(/[*?]|\[!?\]?[\w.,:@%+=-]+\]/g)) {
    if (index > end) plainPart(pattern.slice(end, index));
    parts.push(userScript(magic));
    end = index + magic.length;
  }
  if (end < pattern.length) plainPart(pattern.slice(end));
  return join(parts, '');
}
