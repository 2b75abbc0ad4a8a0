import type { z } from 'zod';

const KNOWN = new WeakMap<object, ReadonlySet<string>>();

/** What a schema's definition says of the schemas that it is made of, as far as ours use it (Zod 4). */
interface Definition {
  readonly type?: string;
  readonly entries?: Readonly<Record<string, unknown>>;
  readonly values?: readonly unknown[];
  readonly shape?: Readonly<Record<string, Schema>>;
  readonly options?: readonly Schema[];
  readonly innerType?: Schema;
  readonly in?: Schema;
  readonly out?: Schema;
  readonly element?: Schema;
  readonly valueType?: Schema;
}
interface Schema {
  readonly def?: Definition;
}

/** All words that a schema offers for choice, in whatever parameter: `present`, `started`, `rsa`. */
export function choicesOf(schema: z.ZodType): ReadonlySet<string> {
  const known = KNOWN.get(schema);
  if (known) return known;
  const words = new Set(wordsOf(schema as unknown as Schema));
  KNOWN.set(schema, words);
  return words;
}

function wordsOf({ def }: Schema): readonly string[] {
  if (!def) return [];
  if (def.type === 'enum') return Object.values(def.entries ?? {}).map(String);
  if (def.type === 'literal') return (def.values ?? []).map(String);
  const { shape = {}, options = [], innerType, element, valueType } = def;
  const parts = [...Object.values(shape), ...options, innerType, def.in, def.out, element, valueType];
  return parts.flatMap(part => (part ? wordsOf(part) : []));
}
