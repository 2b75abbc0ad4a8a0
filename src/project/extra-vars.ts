import path from 'node:path';
import type { Source, SourceVars } from '../core/value.js';
import type { Mistakes } from './mistakes.js';
import { kindOf, ScalarNode } from './node.js';
import { emptyVars, isName, NAMES, sourceOf, variablesOf } from './source.js';
import type { Text } from './text.js';
import type { Texts } from './texts.js';
import { pairOf, splitWords } from './words.js';
import { parseYaml } from './yaml.js';

/**
 * What `-e` gives, later ones winning: `k=v k2="a b"` (all text), a dictionary in JSON or YAML, or `@file`.
 */
export function readExtraVars(given: readonly string[], texts: Texts, mistakes: Mistakes): SourceVars {
  const all = emptyVars();
  given.forEach((argument, i) => {
    const text = texts.given(given.length > 1 ? `-e ${i + 1}` : '-e', argument);
    Object.assign(all, readOne(argument, text, texts, mistakes));
  });
  return all;
}

function readOne(argument: string, text: Text, texts: Texts, mistakes: Mistakes): SourceVars | undefined {
  if (argument.startsWith('@')) {
    const file = path.resolve(texts.cwd, argument.slice(1));
    return variablesOf(texts.dictionary(file, mistakes, text.place(0, argument.length)), mistakes, argument);
  }
  if (/^\s*[{[]/.test(argument) && !argument.trimStart().startsWith('{{')) return readYaml(text, mistakes);
  return readPairs(text, mistakes);
}

function readYaml(text: Text, mistakes: Mistakes): SourceVars | undefined {
  const node = parseYaml(text, mistakes);
  if (!node || node.kind === 'map') return variablesOf(node, mistakes, '-e');
  mistakes.error('bad-value', `-e takes a dictionary, not ${kindOf(node)}`, { place: node.place });
  return undefined;
}

function readPairs(text: Text, mistakes: Mistakes): SourceVars {
  const vars: Record<string, Source> = emptyVars();
  const { words, open } = splitWords(text.content);
  if (open !== undefined) mistakes.error('bad-value', 'a quote or brace is not closed', { place: text.place(open, 1) });
  for (const word of words) {
    const pair = pairOf(word);
    const place = text.place(word.offset, word.text.length);
    if (!pair)
      mistakes.error('bad-value', `expected \`name=value\`, found \`${word.text}\``, {
        place,
        hint: 'files are named as `@file`',
      });
    else if (!isName(pair.key.text))
      mistakes.error('bad-name', `\`${pair.key.text}\` cannot name a variable`, { place, hint: NAMES });
    else {
      const { text: words, offset } = pair.value;
      vars[pair.key.text] = sourceOf(new ScalarNode(text, offset, words.length, words, words, 'plain'), mistakes);
    }
  }
  return vars;
}
