import type { Value } from '../core/value.js';
import { Mistakes } from '../project/mistakes.js';
import { plainOf } from '../project/source.js';
import { Text } from '../project/text.js';
import { parseYamlAll } from '../project/yaml.js';
import { registerYaml } from '../template/yaml.js';

/** Gives templates their `from_yaml`: the template layer itself reads no YAML. What it reads is data, never a template. */
export const teachYaml = (): void => registerYaml({ parse: text => documents(text)[0] ?? null, parseAll: documents });

function documents(text: string): readonly Value[] {
  const mistakes = new Mistakes();
  const nodes = parseYamlAll(new Text('(text)', '(text)', text), mistakes);
  const [first] = mistakes.errors;
  if (first) throw new Error(first.message);
  return nodes.map(node => (node ? plainOf(node) : null));
}
