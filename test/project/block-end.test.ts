import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { expect, it } from 'vitest';
import { parseYamlData } from '../../src/project/yaml-data.js';

const PYTHON = '/usr/bin/python3';
const hasPython = existsSync(PYTHON) && spawnSync(PYTHON, ['-c', 'import yaml']).status === 0;
const SCRIPT = `
import json, sys, yaml
print(json.dumps([yaml.safe_load(text) for text in json.load(sys.stdin)]))
`;

/** Blocks that end with the file, with and without its last line end. */
const TEXTS = ['|', '|-', '|+', '>', '>-', '>+', '|2', '>2+'].flatMap(indicator =>
  [
    'x',
    'x\n',
    'x\n\n',
    'x\n  y',
    'x\n\n  y',
    'x\n   y',
    'x\n  y\n',
    'x \n',
    'x\t',
    'x\n# c',
    'x\r\n  y',
    '\n  x',
    'ü',
  ].flatMap(body => [
    `a: ${indicator}\n  ${body}`,
    `- ${indicator}\n  ${body}`,
    `- b: c\n  a: ${indicator}\n    ${body.replaceAll('\n  ', '\n    ')}`,
  ]),
);

it.runIf(hasPython || process.env.CI)('a block at the end of a file is as PyYAML reads it', () => {
  const { stdout } = spawnSync(PYTHON, ['-c', SCRIPT], { input: JSON.stringify(TEXTS), encoding: 'utf8' });
  const theirs = JSON.parse(stdout) as readonly unknown[];
  TEXTS.forEach((text, i) => {
    expect(parseYamlData(text), JSON.stringify(text)).toEqual(theirs[i]);
  });
});

it.each([
  ['a: |\n  x', 'x'],
  ['a: |\n  x\n', 'x\n'],
  ['a: |+\n  x', 'x'],
  ['a: >\n  x\n  y', 'x y'],
])('%j', (text, value) => expect(parseYamlData(text)).toEqual({ a: value }));
