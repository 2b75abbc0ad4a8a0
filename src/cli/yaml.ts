import { registerYaml } from '../template/filters/yaml.js';
import { parseYamlData, yamlText } from '../project/yaml-data.js';

/** Gives templates their `from_yaml` and `to_yaml`: the template layer itself reads and writes no YAML. */
export const teachYaml = (): void => registerYaml({ parse: parseYamlData, stringify: yamlText });
