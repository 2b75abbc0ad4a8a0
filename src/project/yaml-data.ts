import { RenderError, type Value } from '../core/value.js';
import { Mistakes } from './mistakes.js';
import type { Node } from './node.js';
import { plainOf } from './source.js';
import { Text } from './text.js';
import { parseYaml, parseYamlAll } from './yaml.js';

/** A YAML text that is no file of the project (a filter's input) as data. Throws RenderError with the first mistake. */
export const parseYamlData = (text: string): Value =>
  reading(text, (source, mistakes) => dataOf(parseYaml(source, mistakes)));

/** All documents of such a text. */
export const parseAllYamlData = (text: string): readonly Value[] =>
  reading(text, (source, mistakes) => parseYamlAll(source, mistakes).map(dataOf));

const dataOf = (node: Node | undefined): Value => (node === undefined ? null : plainOf(node));

function reading<T>(content: string, read: (text: Text, mistakes: Mistakes) => T): T {
  const mistakes = new Mistakes();
  const found = read(new Text('text', 'text', content), mistakes);
  const [first] = mistakes.errors;
  if (first)
    throw new RenderError(`not YAML: ${first.message} (line ${first.place?.line ?? 1})`, undefined, first.hint);
  return found;
}
