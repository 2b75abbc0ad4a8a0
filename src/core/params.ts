import * as z from 'zod';

/**
 * Casts for module arguments, as Ansible makes them: YAML and `k=v` give strings where types are meant.
 * Each throws nothing; a value that cannot be cast is an issue of the schema.
 */
const TRUE = new Set(['true', 'yes', 'on', '1', 'y', 't']);
const FALSE = new Set(['false', 'no', 'off', '0', 'n', 'f']);

/** `yes`, `True`, `1`, … */
export const bool = () =>
  z.preprocess(value => {
    if (typeof value === 'number') return value === 1 ? true : value === 0 ? false : value;
    if (typeof value !== 'string') return value;
    const word = value.toLowerCase();
    return TRUE.has(word) ? true : FALSE.has(word) ? false : value;
  }, z.boolean());

/** A whole number, also as text. */
export const int = () =>
  z.preprocess(
    value => (typeof value === 'string' && /^[+-]?\d+$/.test(value.trim()) ? Number(value) : value),
    z.int(),
  );

/** A number, also as text. */
export const num = () =>
  z.preprocess(
    value => (typeof value === 'string' && value.trim() !== '' && !Number.isNaN(Number(value)) ? Number(value) : value),
    z.number(),
  );

/** Numbers and booleans become text as Python prints them. */
const asText = (value: unknown): unknown => {
  if (typeof value === 'number') return String(value);
  if (typeof value === 'boolean') return value ? 'True' : 'False';
  return value;
};

/** Text that goes into a file, which may hold any byte. */
export const content = () => z.preprocess(asText, z.string());

/** Text for a shell, or a name: no word of a shell can hold a NUL byte. */
export const str = () =>
  z.preprocess(
    asText,
    z.string().refine(text => !text.includes('\0'), 'holds a NUL byte, which no shell can pass on'),
  );

/** One of a few words; the booleans that YAML makes of `yes` and `no` are taken as those words are meant. */
export const choice = <const T extends readonly [string, ...string[]]>(...words: T) =>
  z.preprocess(value => {
    if (typeof value !== 'boolean') return value;
    return words.find(word => (value ? TRUE : FALSE).has(word)) ?? value;
  }, z.enum(words));

/** A list of text; one text is split at commas, one number is a list of one. */
export const strings = () =>
  z.preprocess(value => {
    if (typeof value === 'string')
      return value
        .split(',')
        .map(word => word.trim())
        .filter(word => word !== '');
    if (typeof value === 'number') return [String(value)];
    return value;
  }, z.array(str()));

/** A list of anything; one value alone becomes a list of it. */
export const list = <T extends z.ZodType>(item: T) =>
  z.preprocess(value => (value === undefined || Array.isArray(value) ? value : [value]), z.array(item));

/** A path on the target. `~` is left for the shell side to expand. */
export const path = () => str().pipe(z.string().min(1));

/** A dictionary of text to anything. */
export const dict = () => z.record(z.string(), z.unknown());

/**
 * Permission bits: octal text (`"0644"`), or symbolic (`u=rw,g=r`). A number is what YAML made of it, so 0644 has become
 * 420 and is right, but 644 means mode 1204: the loader warns of those that no one means.
 */
export const mode = () =>
  z.preprocess(
    value => (typeof value === 'number' ? value.toString(8).padStart(4, '0') : value),
    z
      .string()
      .regex(
        /^(?:0o?)?[0-7]{1,4}$|^(?:preserve|[ugoa]*[-+=][rwxXstugo]*(?:[-+=][rwxXstugo]*)*(?:,[ugoa]*[-+=][rwxXstugo]*(?:[-+=][rwxXstugo]*)*)*)$/,
        'octal in quotes ("0644") or symbolic (u=rw,g=r)',
      ),
  );
