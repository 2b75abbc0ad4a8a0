import type { Loop } from '../../../core/play.js';
import { isVars, type Source, type SourceVars, Template, type Value } from '../../../core/value.js';
import type { Layer, LayeredScope } from './scope.js';

/** Where the variables of a scope come from. */
export interface Origin {
  /** Layers that hold what hosts said: facts, results, and what was made of them. */
  readonly foreign: readonly Layer[];
  /** The loop of the task, whose item is of the project if what it loops over is. */
  readonly loop?: Loop | undefined;
}

/** Names of the outermost layer that hosts have a say in. */
const FOREIGN = /^(?:ansible_facts|hostvars|vars|ansible_delegated_vars)$/;
/** Loops over the very members of their source. */
const PLAIN_LOOP = /^(?:loop|items|list|dict|flattened|indexed_items|sequence|nested|cartesian|together|subelements)$/;

/**
 * Whether the value of a name is made of the project's own texts alone, so that a text in it may be evaluated as a
 * condition. What a host said is data for ever after.
 */
export function isOfProject(
  scope: LayeredScope,
  name: string,
  { foreign, loop }: Origin,
  open: readonly string[] = [],
): boolean {
  if (FOREIGN.test(name) || open.includes(name)) return false;
  const isWhole = (source: Source): boolean =>
    textsOf(source).every(
      ({ text, reads }) =>
        !/\b(?:lookup|query|q)\s*\(/.test(text) &&
        reads.every(read => isOfProject(scope, read.name, { foreign, loop }, [...open, name])),
    );
  if (loop && name === loop.variable) return PLAIN_LOOP.test(loop.kind) && isWhole(loop.over);
  const found = scope.find(name);
  return found !== undefined && !foreign.includes(found.layer) && isWhole(found.source);
}

function textsOf(source: Source): readonly Template[] {
  if (source instanceof Template) return [source];
  if (Array.isArray(source)) return (source as readonly Source[]).flatMap(textsOf);
  return isVars(source as Value) ? Object.values(source as SourceVars).flatMap(textsOf) : [];
}
