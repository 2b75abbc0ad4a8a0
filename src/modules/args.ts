import * as z from 'zod';
import { Secret } from '../core/secret.js';

/**
 * A schema whose parameters may also be called by other names, as Ansible's `aliases` are. A parameter given under two
 * names is left as it is, so that the schema refuses the second one as unknown.
 */
export function renamed<T extends z.ZodType>(aliases: { readonly [alias: string]: string }, schema: T) {
  return z
    .preprocess(given => {
      if (typeof given !== 'object' || given === null || Array.isArray(given)) return given;
      const out: Record<string, unknown> = {};
      for (const [name, value] of Object.entries(given)) {
        const own = aliases[name];
        out[own !== undefined && !(own in given) && !(own in out) ? own : name] = value;
      }
      return out;
    }, schema)
    .meta({ aliases });
}

/** Text that is a secret, whether it came as one or as plain text. */
export const secret = () =>
  z.preprocess(
    value => (typeof value === 'string' || typeof value === 'number' ? new Secret(String(value)) : value),
    z.instanceof(Secret).refine(one => !one.reveal().includes('\0'), 'holds a NUL byte, which no shell can pass on'),
  );

/** For parameters that roles set to `''` when they mean none. */
export const orNone = <T extends z.ZodType>(schema: T) =>
  z.preprocess(value => (value === '' || value === null ? undefined : value), schema.optional());
