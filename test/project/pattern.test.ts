import { describe, expect, it } from 'vitest';
import type { Inventory } from '../../src/core/play.js';
import { hostsMatching, splitPattern } from '../../src/project/pattern.js';

const groups: Record<string, string[]> = {
  all: ['w1', 'w2', 'w3', 'd1', 'd2', 'x'],
  web: ['w1', 'w2', 'w3'],
  db: ['d1', 'd2'],
  prod: ['w1', 'd1'],
  empty: [],
};
const inventory = {
  hosts: new Map(groups.all!.map(name => [name, { name, groups: ['all'], vars: [] }])),
  groups: new Map(Object.entries(groups).map(([name, hosts]) => [name, { name, hosts, vars: [] }])),
} as unknown as Inventory;

describe('patterns (language page, 4.39)', () => {
  it.each([
    ['all', 'w1 w2 w3 d1 d2 x'],
    ['*', 'w1 w2 w3 d1 d2 x'],
    ['web', 'w1 w2 w3'],
    ['web:db', 'w1 w2 w3 d1 d2'],
    ['web,db', 'w1 w2 w3 d1 d2'],
    ['db,web', 'd1 d2 w1 w2 w3'],
    ['web:!w2', 'w1 w3'],
    ['!w2:web', 'w1 w3'],
    ['web:db:&prod', 'w1 d1'],
    ['web:db:&prod:!d1', 'w1'],
    ['!web', 'd1 d2 x'],
    ['&prod', 'w1 d1'],
    ['w1', 'w1'],
    ['w*', 'w1 w2 w3'],
    ['?1', 'w1 d1'],
    ['~[wd]1', 'w1 d1'],
    ['~(web|x)$', 'w1 w2 w3 x'],
    ['web[0]', 'w1'],
    ['web[-1]', 'w3'],
    ['web[1:2]', 'w2 w3'],
    ['web[1:]', 'w2 w3'],
    ['web[:1]', 'w1 w2'],
    ['web[0:-1]', 'w1 w2 w3'],
    ['web[7]', ''],
    ['web[0]:db[0]', 'w1 d1'],
    ['empty', ''],
    ['zz*', ''],
    ['localhost', 'localhost'],
    ['127.0.0.1', '127.0.0.1'],
    ['web, x', 'w1 w2 w3 x'],
    ['w1:w1', 'w1'],
    ['', ''],
  ])('%s', (pattern, hosts) => {
    const result = hostsMatching(pattern, inventory);
    expect(result).toEqual({ ok: true, value: hosts === '' ? [] : hosts.split(' ') });
  });

  it.each([
    ['wbe', '`web`'],
    ['web:!prd', '`prod`'],
    ['web:&pord', '`prod`'],
    ['wbe[0]', '`web`'],
  ])('%s is an error with a hint', (pattern, hint) => {
    const result = hostsMatching(pattern, inventory);
    expect(result.ok ? '' : result.error[0]?.hint).toContain(hint);
  });

  it('names a broken regular expression', () => {
    const result = hostsMatching('~(', inventory);
    expect(result.ok ? '' : result.error[0]?.code).toBe('bad-pattern');
  });

  it.each([
    ['a:b', ['a', 'b']],
    ['a,b:&c', ['a', 'b', '&c']],
    ['web[1:3]:x', ['web[1:3]', 'x']],
    ['fe80::1', ['fe80::1']],
    ['~a(?:b|c):d', ['~a(?:b|c)', 'd']],
  ])('splits %s', (pattern, words) => expect(splitPattern(pattern)).toEqual(words));
});
