import type { AnyModule, Need } from '../core/module.js';

/** What a schema says is wrong, with the path of names and indexes to it. */
export interface Issue {
  readonly kind: 'unknown' | 'missing' | 'invalid' | 'rule';
  readonly path: readonly (string | number)[];
  readonly message: string;
  /** The value it is about, as the schema saw it. */
  readonly input?: unknown;
  /** Words that would have been right, where there are only a few. */
  readonly choices?: readonly string[];
}

/** The members of zod's schemas that are looked at; the one place that knows how they are made. */
interface Def {
  readonly type: string;
  readonly shape?: Readonly<Record<string, Schema>>;
  readonly in?: Schema;
  readonly out?: Schema;
  readonly innerType?: Schema;
  readonly options?: readonly Schema[];
  readonly left?: Schema;
  readonly right?: Schema;
  readonly getter?: () => Schema;
  readonly element?: Schema;
  readonly format?: string;
  readonly entries?: Readonly<Record<string, string>>;
  readonly values?: readonly unknown[];
  readonly defaultValue?: unknown;
}
interface ZodIssue {
  readonly code: string;
  readonly path: readonly PropertyKey[];
  readonly message: string;
  readonly keys?: readonly string[];
  readonly values?: readonly unknown[];
  readonly errors?: readonly (readonly ZodIssue[])[];
  readonly input?: unknown;
}
interface Schema {
  readonly description?: string | undefined;
  readonly _zod: { readonly def: Def };
  safeParse(
    value: unknown,
    how?: { readonly reportInput: boolean },
  ): { success: boolean; data?: unknown; error?: { issues: readonly ZodIssue[] } };
}

const schemaOf = (module: AnyModule): Schema => module.args as unknown as Schema;

/** The members of an object schema, through `preprocess`, `refine`, `optional`, `union` and the like. */
function shapeOf(schema: Schema): Readonly<Record<string, Schema>> {
  const def = schema._zod.def;
  if (def.shape) return def.shape;
  const inner = [def.in, def.out, def.innerType, def.left, def.right, def.getter?.(), ...(def.options ?? [])];
  return Object.assign({}, ...inner.filter(one => one !== undefined).map(shapeOf));
}

/** Names of the parameters of a module. */
export const parametersOf = (module: AnyModule): readonly string[] => Object.keys(shapeOf(schemaOf(module)));

/** A parameter as `ringmaster doc` shows it. */
export interface ParameterDoc {
  readonly name: string;
  readonly isRequired: boolean;
  readonly description: string;
  /** In Ansible's words: `str`, `int`, `bool`, `list of str`, `dict`; `mode` for permission bits; `raw` for anything. */
  readonly type: string;
  /** The words it may be, if they are few. */
  readonly choices: readonly string[];
  /** What counts if it is left out, where the schema says so. */
  readonly default?: unknown;
}

/** The parameters of a module, in the order of its schema. */
export function describeParameters(module: AnyModule): readonly ParameterDoc[] {
  const required = new Set(requiredOf(module));
  return Object.entries(shapeOf(schemaOf(module))).map(([name, schema]) => ({
    name,
    isRequired: required.has(name),
    description: descriptionOf(schema) ?? '',
    type: isPermission(module, name) ? 'mode' : typeOf(schema),
    choices: choicesOf(schema),
    default: defaultOf(schema),
  }));
}

/** What a schema wraps, or what a cast turns into: in `pipe`, the side that is not code. */
function innerOf({ _zod: { def } }: Schema): Schema | undefined {
  if (def.type !== 'pipe') return def.innerType ?? def.getter?.();
  return def.out?._zod.def.type === 'transform' ? def.in : def.out;
}

function typeOf(schema: Schema): string {
  const { def } = schema._zod;
  switch (def.type) {
    case 'string':
    case 'enum':
      return 'str';
    case 'literal':
      return def.values?.every(value => typeof value === 'number') ? 'int' : 'str';
    case 'number':
      return def.format === undefined ? 'float' : 'int';
    case 'boolean':
      return 'bool';
    case 'array':
      return def.element ? `list of ${typeOf(def.element)}` : 'list';
    case 'record':
    case 'object':
      return 'dict';
    case 'union':
      return [...new Set((def.options ?? []).map(typeOf))].join(' or ');
    default: {
      const inner = innerOf(schema);
      return inner ? typeOf(inner) : 'raw';
    }
  }
}

function choicesOf(schema: Schema): readonly string[] {
  const { def } = schema._zod;
  if (def.entries) return Object.values(def.entries).filter(value => value !== '');
  if (def.type === 'literal') return (def.values ?? []).map(String).filter(value => value !== '');
  if (def.element) return choicesOf(def.element);
  const inner = innerOf(schema);
  return inner ? choicesOf(inner) : [];
}

function defaultOf(schema: Schema): unknown {
  const { def } = schema._zod;
  if (def.type === 'default' || def.type === 'prefault') return def.defaultValue;
  const inner = innerOf(schema);
  return inner && defaultOf(inner);
}

/** What `.describe()` said, on the schema or on what it wraps. */
function descriptionOf(schema: Schema): string | undefined {
  const { innerType, out } = schema._zod.def;
  return schema.description ?? (innerType && descriptionOf(innerType)) ?? (out && descriptionOf(out));
}

/** Parameters that cannot be left out. */
export function requiredOf(module: AnyModule): readonly string[] {
  const issues = issuesOf(module, {}) ?? [];
  return issues.filter(issue => issue.kind === 'missing').map(issue => String(issue.path[0]));
}

/** Whether a parameter takes permission bits: the one kind of value that knows `u=rw` and nothing like `zz`. */
export function isPermission(module: AnyModule, parameter: string): boolean {
  const schema = shapeOf(schemaOf(module))[parameter];
  return schema !== undefined && succeeds(schema, 'u=rw,g=r') && succeeds(schema, '0644') && !succeeds(schema, 'zz');
}

function succeeds(schema: Schema, value: unknown): boolean {
  try {
    return schema.safeParse(value).success;
  } catch {
    return false;
  }
}

/** All that is wrong with some arguments; `undefined` if the schema could not be asked (a transform threw). */
export function issuesOf(module: AnyModule, args: unknown): readonly Issue[] | undefined {
  try {
    const parsed = schemaOf(module).safeParse(args, { reportInput: true });
    return parsed.success ? [] : (parsed.error?.issues ?? []).flatMap(translate);
  } catch {
    return undefined;
  }
}

/** Stands for what is required and not known yet. */
const UNKNOWN = '{{ }}';

/** What a module will need of the controller, as far as some of its arguments tell. */
export function needsOf(module: AnyModule, known: Readonly<Record<string, unknown>>): readonly Need[] {
  if (!module.needs) return [];
  const unknown = Object.fromEntries(requiredOf(module).map(name => [name, UNKNOWN]));
  try {
    const parsed = schemaOf(module).safeParse({ ...unknown, ...known });
    const needs = parsed.success ? module.needs(parsed.data) : [];
    return needs.filter(need => need.path !== UNKNOWN && !need.path.includes('{{'));
  } catch {
    return [];
  }
}

function translate(issue: ZodIssue): readonly Issue[] {
  const path = issue.path.map(part => (typeof part === 'number' ? part : String(part)));
  if (issue.code === 'unrecognized_keys')
    return (issue.keys ?? []).map(key => ({ kind: 'unknown', path: [...path, key], message: issue.message }));
  if (issue.code === 'invalid_union' && issue.errors?.length) {
    const nearest = closest(issue.errors);
    return nearest.flatMap(inner => translate({ ...inner, path: [...issue.path, ...inner.path] }));
  }
  // A rule of several parameters may be put at one of them, given or not.
  if (issue.code === 'custom') return [{ kind: 'rule', path, message: issue.message }];
  if (path.length > 0 && issue.input === undefined) return [{ kind: 'missing', path, message: issue.message }];
  const choices = issue.values?.every(value => typeof value === 'string') ? (issue.values as string[]) : undefined;
  return [{ kind: 'invalid', path, message: plainMessage(issue), input: issue.input, ...(choices ? { choices } : {}) }];
}

/** Of the ways a union could be meant, the one with the fewest complaints. */
const closest = (ways: readonly (readonly ZodIssue[])[]): readonly ZodIssue[] =>
  ways.reduce((best, way) => (way.length < best.length ? way : best));

const plainMessage = (issue: ZodIssue): string =>
  issue.message.replace(/^Invalid (?:input|option|string): /, '').replaceAll('"|"', '", "');
