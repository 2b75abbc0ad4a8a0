import { Wildcard } from '../../core/wildcard.js';

/** One wish of `name`: `zeek`, `zeek=8.0*`, `zeek>=8.0`, `linux-headers-*`, `libc6:i386`. */
export interface Wish {
  /** As written. */
  readonly text: string;
  /** The package name, perhaps with an architecture, perhaps a glob. */
  readonly name: string;
  readonly version?: { readonly is: '=' | '>='; readonly pattern: string };
}

/** Debian Policy 5.6.1 with an architecture, and apt's wild cards. It cannot start with a dash, hence be no option. */
const NAME = /^[a-zA-Z0-9*?[][\w.+*?[\]!^-]*(?::[a-z0-9*-]+)?$/;

/** Reads one wish; undefined if it cannot name a package. */
export function wishOf(text: string): Wish | undefined {
  const [, name = '', is, pattern = ''] = /^(.*?)(?:(>=|=)(.*))?$/s.exec(text.trim()) ?? [];
  if (!NAME.test(name) || (is !== undefined && !/^[\w.+~:*?[\]-]+$/.test(pattern))) return undefined;
  return { text: text.trim(), name, ...(is === undefined ? {} : { version: { is: is as '=' | '>=', pattern } }) };
}

export const isGlob = (name: string): boolean => /[*?[]/.test(name);

/** Whether a text matches a shell pattern of `*`, `?` and `[…]`, whole. */
export const matchesGlob = (pattern: string, text: string): boolean =>
  new Wildcard(pattern, { classes: true }).test(text);
