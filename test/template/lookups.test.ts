import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import { Tuple, type Value } from '../../src/core/value.js';
import { loopItems } from '../../src/template/loops.js';
import { RoleFolder } from './folder.js';
import { evaluate, expand, scopeOf } from './scope.js';

const folder = new RoleFolder({
  'files/motd': 'welcome\n\n',
  'files/a.conf': 'a',
  'files/b.conf': 'b',
  'files/dir/c': 'c',
  'templates/t.j2': 'for {{ who }}, {{ extra | default("-") }}\n',
  'templates/square.j2': '[[ who ]] {{ who }}',
  'vars/Debian.yml': '',
  'files/elements.csv': 'H,1,light\nLi,3,"a ""metal"", soft"\n',
  'files/set.ini': '; note\n[DEFAULT]\nbase = /home\n[one]\nUSER = ada\nhome: %(base)s/%(user)s\nlong = a\n  b\n',
  'files/p.properties': 'user.name = bob\n',
});
afterAll(() => folder[Symbol.dispose]());
const at = (path: string) => join(folder.root, path);
const vars: { readonly [name: string]: Value } = {
  who: 'ada',
  groups: { all: ['w1', 'w2', 'd1'], web: ['w1', 'w2'], db: ['d1'], stage: ['w2', 'd1'] },
};
const ask = (text: string) => evaluate(text, vars, folder);

describe('lookups', () => {
  test.each<[string, unknown]>([
    ["lookup('file', 'motd')", 'welcome'],
    ["lookup('file', 'motd', rstrip=false)", 'welcome\n\n'],
    ["lookup('ansible.builtin.file', 'a.conf', 'b.conf')", 'a,b'],
    ["query('file', 'a.conf')", ['a']],
    ["lookup('file', 'gone', errors='ignore')", null],
    ["query('file', 'gone', errors='ignore')", []],
    ["lookup('env', 'SITE')", 'lab'],
    ["lookup('env', 'NOPE')", ''],
    ["q('fileglob', '*.conf') | map('basename') | list", ['a.conf', 'b.conf']],
    ["lookup('template', 't.j2')", 'for ada, -\n'],
    ["lookup('template', 't.j2', template_vars={'extra': 1})", 'for ada, 1\n'],
    ["lookup('template', 'square.j2', variable_start_string='[[', variable_end_string=']]')", 'ada {{ who }}'],
    ["query('first_found', ['gone', 'a.conf']) | map('basename') | list", ['a.conf']],
    ["lookup('first_found', {'files': ['gone.yml', 'Debian.yml'], 'paths': ['vars']}) | basename", 'Debian.yml'],
    ["query('first_found', {'files': 'x,y', 'skip': true})", []],
    ["query('inventory_hostnames', 'all:!web')", ['d1']],
    ["query('inventory_hostnames', 'web:&stage')", ['w2']],
    ["query('inventory_hostnames', 'w*')", ['w1', 'w2']],
    ["lookup('vars', 'who')", 'ada'],
    ["vars['who']", 'ada'],
    ['vars.nope is defined', false],
    ["lookup('csvfile', 'Li file=elements.csv delimiter=,')", '3'],
    ["lookup('csvfile', 'Li', file='elements.csv', delimiter=',', col=2)", 'a "metal", soft'],
    ["query('csvfile', 'Xx', file='elements.csv', delimiter=',')", []],
    ["lookup('csvfile', 'Xx', file='elements.csv', delimiter=',', default='none')", 'none'],
    ["lookup('ini', 'user', section='one', file='set.ini')", 'ada'],
    ["lookup('ini', 'User section=one file=set.ini')", 'ada'],
    ["lookup('ini', 'home', section='one', file='set.ini')", '/home/ada'],
    ["lookup('ini', 'gone', section='one', file='set.ini')", ''],
    ["lookup('ini', 'gone', section='one', file='set.ini', default='x')", 'x'],
    ["query('ini', '^u', section='one', file='set.ini', re=true)", ['ada']],
    ["lookup('ini', 'long', section='one', file='set.ini')", 'a\nb'],
    ["lookup('ini', 'user.name', type='properties', file='p.properties')", 'bob'],
    ["lookup('unvault', 'motd')", 'welcome\n\n'],
    ["'~/x' | expanduser", '/home/ada/x'],
    ["'$SITE/${HOME}/$X' | expandvars", 'lab//home/ada/$X'],
    ["'motd' is exists and 'motd' is file and 'motd' is not directory", true],
    ["'dir' is directory and 'dir' is not file and 'nope' is not exists", true],
  ])('%s', (text, value) => {
    expect(ask(text)).toEqual(value);
  });

  test.each<[string, string]>([
    ["lookup('file', 'gone')", 'could not find the file gone'],
    ["lookup('pipe', 'id')", 'runs no program'],
    ["lookup('url', 'http://x')", 'opens no connection'],
    ["lookup('lines', 'id')", 'runs no program'],
    ["lookup('ini', 'x', section='nope', file='set.ini')", "No section 'nope'"],
    ["lookup('csvfile', 'Li', file='elements.csv', delimiter=',', col=9)", 'has no column 9'],
    ["lookup('fiel', 'x')", "there is no lookup 'fiel'"],
    ["lookup('first_found', ['x', 'y'])", 'No file was found'],
    ["lookup('vars', 'whoo')", 'No variable found with this name: whoo'],
    ["'x' is link", "the test 'link' is not supported"],
  ])('%s fails', (text, message) => {
    expect(() => ask(text)).toThrow(message);
  });

  test('nothing is looked up where no file may be read', () => {
    expect(() => evaluate("lookup('file', 'motd')")).toThrow('cannot read files here');
  });

  test('what a file says is not rendered', () => {
    using evil = new RoleFolder({ 'files/x': '{{ 1 + 1 }}' });
    expect(expand("{{ lookup('file', 'x') }}", {}, evil)).toBe('{{ 1 + 1 }}');
  });

  test('a password is made once, and kept', () => {
    const first = ask("lookup('password', 'credentials/db length=12 chars=digits')");
    expect(first).toMatch(/^\d{12}$/);
    expect(ask("lookup('password', 'credentials/db length=12 chars=digits')")).toBe(first);
    expect(readFileSync(at('credentials/db'), 'utf8')).toBe(`${first}\n`);
    const hashed = ask("lookup('password', 'credentials/db', encrypt='sha512_crypt')");
    expect(hashed).toMatch(/^\$6\$rounds=656000\$/);
    expect(readFileSync(at('credentials/db'), 'utf8')).toMatch(new RegExp(`^${first} salt=[./\\w]{16}\n$`));
    expect(ask("lookup('password', 'credentials/db encrypt=sha512_crypt')")).toBe(hashed);
    expect(ask("lookup('password', '/dev/null seed=x length=8')")).toBe(
      ask("lookup('password', '/dev/null seed=x length=8')"),
    );
    expect(() => ask("lookup('password', 'x lenght=3')")).toThrow("'lenght'");
  });
});

describe('loopItems', () => {
  const scope = scopeOf(vars, folder);
  const tuple = (...items: Value[]) => Tuple.from(items) as unknown as Value;
  test.each<[string, Value, readonly Value[]]>([
    ['loop', [1, [2]], [1, [2]]],
    ['items', [1, [2, [3]]], [1, 2, [3]]],
    ['items', 'one', ['one']],
    ['list', [[1], 2], [[1], 2]],
    ['dict', { a: 1 }, [{ key: 'a', value: 1 }]],
    ['fileglob', '*.conf', [at('files/a.conf'), at('files/b.conf')]],
    ['fileglob', ['a*', 'zz*'], [at('files/a.conf')]],
    ['first_found', ['gone', 'motd'], [at('files/motd')]],
    ['first_found', [{ files: ['gone', 'motd'] }], [at('files/motd')]],
    ['first_found', { files: ['gone'], skip: true }, []],
    ['sequence', 'start=2 end=6 stride=2 format=n%02d', ['n02', 'n04', 'n06']],
    [
      'nested',
      [[1, 2], ['a']],
      [
        [1, 'a'],
        [2, 'a'],
      ],
    ],
    [
      'together',
      [[1, 2], ['a']],
      [
        [1, 'a'],
        [2, null],
      ],
    ],
    ['indexed_items', ['a', 'b'], [tuple(0, 'a'), tuple(1, 'b')]],
    ['flattened', [1, [2, [3]]], [1, 2, 3]],
    ['community.general.flattened', [[1]], [1]],
    ['subelements', [[{ n: 1, l: ['x', 'y'] }], 'l'], [tuple({ n: 1 }, 'x'), tuple({ n: 1 }, 'y')]],
    ['subelements', [[{ a: null }, { a: {} }, {}, { a: 1, b: 2 }], 'a.b', { skip_missing: true }], []],
    ['inventory_hostnames', 'db', ['d1']],
    ['random_choice', ['only'], ['only']],
  ])('with_%s of %j', (kind, over, items) => {
    expect(loopItems(kind, over, scope)).toEqual(items);
  });

  test('the folder of the module is searched', () => {
    expect(loopItems('first_found', ['Debian.yml'], scope, 'vars')).toEqual([at('vars/Debian.yml')]);
  });

  test.each<[string, Value, string]>([
    ['loop', 'abc', '`loop` needs a list, not text'],
    ['loop', { a: 1 }, '`loop` needs a list, not a dictionary'],
    ['loop', null, '`loop` needs a list, not NoneType'],
    ['list', 5, 'with_list expects a list, not int'],
    ['subelements', [9, 'a'], 'subelements lookup expects a dictionary'],
    ['subelements', [[], true], 'first a dict or a list, second a string'],
    ['subelements', [[], 'a', 'b'], 'the optional third item must be a dict'],
    ['subelements', [[], 'a', {}, 'c'], 'expects a list of two or three items'],
    ['subelements', [[{ a: null }], 'a.b'], 'should point to a dictionary'],
    ['dict', ['x'], 'with_dict expects a dict'],
    ['lines', ['id'], 'runs no program'],
    ['itmes', [1], "there is no lookup 'itmes'"],
    ['first_found', ['gone'], 'No file was found'],
    ['sequence', 'start=1', 'either count or end'],
  ])('with_%s of %j fails', (kind, over, message) => {
    expect(() => loopItems(kind, over, scope)).toThrow(message);
  });
});
