import { chmodSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { parseIni } from '../../src/facts/ini.js';
import { localProbe } from '../../src/facts/local.js';
import { SHELLS } from '../modules/doing.js';
import { ask, treeOf } from './ask.js';

const folder = 'etc/ansible/facts.d';

describe.each(SHELLS.map(shell => [shell.join(' '), shell] as const))('facts.d under %s', (_, shell) => {
  it('reads JSON, INI and what programs print', () => {
    const root = treeOf({
      [`${folder}/json.fact`]: '{"a": {"b": [1, true, null]}}',
      [`${folder}/ini.fact`]: '[General]\nKey = Value\nlist: a, b\n',
      [`${folder}/prog.fact`]: '#!/bin/sh\necho "{\\"from\\": \\"program\\"}"\n',
      [`${folder}/fact.fact`]: 'fact json\n=json {}\n',
      [`${folder}/bad.fact`]: 'neither\n',
      [`${folder}/fails.fact`]: '#!/bin/sh\necho "{}"; exit 3\n',
      [`${folder}/huge.fact`]: '"'.padEnd(200_000, 'x'),
      [`${folder}/other.txt`]: '{}',
    });
    for (const name of ['prog', 'fails']) chmodSync(join(root, folder, `${name}.fact`), 0o755);
    const { local } = ask(localProbe(root), { shell });
    expect(local).toEqual({
      json: { a: { b: [1, true, null] } },
      ini: { General: { key: 'Value', list: 'a, b' } },
      prog: { from: 'program' },
      fact: expect.stringContaining('error loading facts'),
      bad: expect.stringContaining('error loading facts as JSON or ini'),
      fails: expect.stringContaining('rc: 3'),
      huge: expect.stringContaining('more than 65536 bytes'),
    });
  });

  it('has none without the folder', () => {
    expect(ask(localProbe(treeOf({ 'etc/': '' })), { shell })).toEqual({ local: {} });
  });
});

describe('INI as configparser reads it', () => {
  it.each<[string, string, unknown]>([
    ['comments and blanks', '# c\n; d\n[s]\n\na=1 ; not a comment\n', { s: { a: '1 ; not a comment' } }],
    ['continuation lines', '[s]\na = 1\n  2\n', { s: { a: '1\n2' } }],
    ['defaults', '[DEFAULT]\nd=1\n[s]\na=2\n', { s: { d: '1', a: '2' } }],
    ['interpolation', '[s]\nh=/x\np=%(h)s/y\nq=5%%\n', { s: { h: '/x', p: '/x/y', q: '5%' } }],
    ['options in lower case, sections not', '[Sec]\nABC=D\n', { Sec: { abc: 'D' } }],
    ['nothing', '', {}],
  ])('%s', (_, text, sections) => {
    expect(parseIni(text)).toEqual({ ok: true, sections });
  });

  it.each([
    ['no section', 'a=1\n'],
    ['an option twice', '[s]\na=1\na=2\n'],
    ['a section twice', '[s]\n[s]\n'],
    ['no value', '[s]\nword\n'],
    ['an unknown name', '[s]\na=%(b)s\n'],
    ['a name within itself', '[s]\na=%(a)s\n'],
  ])('refuses %s', (_, text) => {
    expect(parseIni(text).ok).toBe(false);
  });
});
