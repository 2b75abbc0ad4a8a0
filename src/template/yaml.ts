import { RenderError, type Value } from '../core/value.js';

/** What the filters need of a YAML library. */
export interface Yaml {
  /** One document as data, by YAML 1.1 as the project's own files are read. May throw anything. */
  parse(text: string): Value;
  /** All documents. */
  parseAll(text: string): readonly Value[];
}

let registered: Yaml | undefined;

/** Gives the templates a YAML reader. This layer brings none of its own: the composition root hands over the project's. */
export function registerYaml(yaml: Yaml): void {
  registered = yaml;
}

/** Reads YAML for `from_yaml` and `from_yaml_all`. Throws RenderError. */
export function readYaml(text: string, how: 'parse' | 'parseAll'): Value {
  if (!registered) throw new RenderError('there is no YAML reader here');
  try {
    return registered[how](text);
  } catch (error) {
    if (error instanceof RenderError) throw error;
    throw new RenderError(`not YAML: ${(error as Error).message}`);
  }
}
