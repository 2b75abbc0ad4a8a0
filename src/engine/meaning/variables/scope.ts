import type { FileSearch } from '../../../core/files.js';
import {
  type Impurity,
  Lazy,
  RenderError,
  type Scope,
  type Source,
  type SourceVars,
  Template,
  Unknown,
  type Value,
} from '../../../core/value.js';
import { render } from '../../../template/render.js';
import { isOfProject, type Origin } from './provenance.js';

/** One level of precedence: a record, or something that finds its members when asked. */
export type Layer = SourceVars | LazyLayer;
export interface LazyLayer {
  readonly lazy: true;
  find(name: string): Source | undefined;
  names(): readonly string[];
}
const isLazyLayer = (layer: Layer): layer is LazyLayer =>
  (layer as { lazy?: unknown }).lazy === true && typeof (layer as { find?: unknown }).find === 'function';

/** The value of a name in one layer, still to be rendered. */
export function findIn(layer: Layer, name: string): Source | undefined {
  if (isLazyLayer(layer)) return layer.find(name);
  return Object.hasOwn(layer, name) ? layer[name] : undefined;
}

/** What a scope knows beside its layers and files. */
interface More {
  readonly note?: ((what: Read) => void) | undefined;
  readonly origin?: Origin;
  readonly hashPassword?: Scope['hashPassword'];
  /** Whether a template printed the value of a name that stands here as it is. */
  readonly isPrinted?: (name: string) => boolean;
}

/** Variables as one task sees them on one host: layers, the strongest first, rendered when they are read. */
export class LayeredScope implements Scope {
  readonly #layers: readonly Layer[];
  readonly #rendered = new Map<string, Value>();
  /** Names being rendered, to find circles. */
  readonly #open: string[] = [];
  readonly files: FileSearch | undefined;
  readonly note: ((what: Read) => void) | undefined;
  readonly hashPassword: Scope['hashPassword'];
  readonly #origin: Origin | undefined;
  readonly #isPrinted: More['isPrinted'];

  constructor(layers: readonly Layer[], files: FileSearch | undefined, more: More = {}) {
    const { note, origin, hashPassword, isPrinted } = more;
    this.#isPrinted = isPrinted;
    this.#layers = layers;
    this.files = files;
    this.note = note;
    this.#origin = origin;
    this.hashPassword = hashPassword;
  }

  get(name: string): Value | undefined {
    const known = this.#rendered.get(name);
    if (known !== undefined) return known;
    const source = this.source(name);
    if (source === undefined) return undefined;
    if (this.#open.includes(name)) {
      const circle = [...this.#open.slice(this.#open.indexOf(name)), name].join(' → ');
      throw new RenderError(`the variables go in a circle: ${circle}`);
    }
    this.#open.push(name);
    try {
      const value = render(source, this);
      this.#rendered.set(name, value);
      return value;
    } finally {
      this.#open.pop();
    }
  }

  names(): readonly string[] {
    const names = new Set<string>();
    for (const layer of this.#layers)
      for (const name of isLazyLayer(layer) ? layer.names() : Object.keys(layer)) names.add(name);
    return [...names];
  }

  /** What was read of a name so far; nothing is rendered for this. */
  rendered(name: string): Value | undefined {
    return this.#rendered.get(name);
  }

  /** The strongest definition of a name, as it is written. */
  source(name: string): Source | undefined {
    return this.find(name)?.source;
  }

  /** The same, with the layer it stands in. */
  find(name: string): { readonly layer: Layer; readonly source: Source } | undefined {
    for (const layer of this.#layers) {
      const source = findIn(layer, name);
      if (source !== undefined) return { layer, source };
    }
    return undefined;
  }

  isWritten(name: string): boolean {
    return !(this.source(name) instanceof Template) && this.#isPrinted?.(name) !== true;
  }

  isOfProject(name: string): boolean {
    return this.#origin !== undefined && isOfProject(this, name, this.#origin);
  }
}

/** A dictionary whose members another object finds. */
export class LazyVars extends Lazy {
  constructor(
    private readonly find: (key: string) => Value | undefined,
    private readonly all: () => readonly string[],
  ) {
    super();
  }
  get(key: string): Value | undefined {
    return this.find(key);
  }
  keys(): readonly string[] {
    return this.all();
  }
}

/** What a rendering read that may be another thing a moment later. */
export type Read = 'hosts' | Impurity;

/** What something waits for, in {@link Unknown.because}. */
export const waitsFor = {
  facts: (host: string, groups: readonly string[]): Unknown =>
    new Unknown(groups.map(group => `fact:${host}/${group}`)),
};

/** Those of the things waited for that may be fetched at any time: facts, and what is computed in another thread. */
export const factsAmong = (because: readonly string[]): readonly string[] =>
  because.filter(word => /^(?:fact|compute):/.test(word));
