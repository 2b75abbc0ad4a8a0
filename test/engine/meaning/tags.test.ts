import { spawnSync } from 'node:child_process';
import { describe, expect, it } from 'vitest';
import { isSelected } from '../../../src/core/tags.js';
import { hasOracle } from './oracle.js';

/** All sets of at most `most` of some words. */
function setsOf(words: readonly string[], most: number): readonly (readonly string[])[] {
  let sets: readonly (readonly string[])[] = [[]];
  for (const word of words) sets = [...sets, ...sets.filter(set => set.length < most).map(set => [...set, word])];
  return sets;
}

const WORDS = ['all', 'tagged', 'untagged', 'always', 'never', 'a'];
const CASES = setsOf(['always', 'never', 'a', 'b'], 4).flatMap(own =>
  setsOf(WORDS, 2).flatMap(only => setsOf(WORDS, 2).map(skip => ({ own, only, skip }))),
);

/** What ansible-core itself says of each; without --tags it takes `all`. */
const ORACLE = `
import json, sys, types
from ansible.playbook.taggable import Taggable
def taken(case):
    task = types.SimpleNamespace(tags=case['own'], _loader=None, untagged=Taggable.untagged)
    return bool(Taggable.evaluate_tags(task, case['only'] or ['all'], case['skip'], {}))
print(json.dumps([taken(case) for case in json.load(sys.stdin)]))
`;

describe('--tags and --skip-tags', () => {
  it.runIf(hasOracle)('choose what ansible-core chooses, whatever is asked for', () => {
    const { stdout, stderr } = spawnSync('/usr/bin/python3', ['-c', ORACLE], {
      input: JSON.stringify(CASES),
      encoding: 'utf8',
      maxBuffer: 64 << 20,
    });
    expect(stderr).toBe('');
    const taken = JSON.parse(stdout) as readonly boolean[];
    const differ = CASES.filter(({ own, only, skip }, i) => isSelected(own, only, skip) !== taken[i]);
    expect(differ).toEqual([]);
    expect(new Set(taken).size).toBe(2);
  });

  it.each([
    [['always'], [], ['tagged'], false],
    [['always', 'a'], [], ['all', 'a'], true],
    [['never', 'a'], ['tagged'], [], false],
    [['never', 'a'], ['a'], [], true],
    [[], ['untagged'], [], true],
  ])('tags %j, --tags %j, --skip-tags %j: %s', (own, only, skip, isTaken) => {
    expect(isSelected(own, only, skip)).toBe(isTaken);
  });
});
