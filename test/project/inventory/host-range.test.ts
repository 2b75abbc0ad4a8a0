import { describe, expect, it } from 'vitest';
import { expandHosts, splitPort } from '../../../src/project/inventory/host-range.js';

describe('ranges', () => {
  it.each([
    ['web', ['web']],
    ['web[1:3]', ['web1', 'web2', 'web3']],
    ['web[01:03].x', ['web01.x', 'web02.x', 'web03.x']],
    ['web[08:11]', ['web08', 'web09', 'web10', 'web11']],
    ['web[1:10:4]', ['web1', 'web5', 'web9']],
    ['db-[a:c]', ['db-a', 'db-b', 'db-c']],
    ['[a:b][1:2]', ['a1', 'a2', 'b1', 'b2']],
    ['x[:2]', ['x0', 'x1', 'x2']],
    ['[1:1]', ['1']],
  ])('%s', (pattern, names) => expect(expandHosts(pattern)).toEqual(names));

  it.each([
    'web[3:1]',
    'web[1:]',
    'web[a:3]',
    'web[aa:bb]',
    'web[1:999999999]',
    'web[1:2:3:4]',
    'web[1:2:0]',
    'web[01:100]',
    'x[1:1000][1:1000]',
  ])('refuses %s', pattern => expect(() => expandHosts(pattern)).toThrow());
});

describe('ports', () => {
  it.each([
    ['web', { name: 'web' }],
    ['web:2222', { name: 'web', port: 2222 }],
    ['web[1:3]:22', { name: 'web[1:3]', port: 22 }],
    ['web[1:3]', { name: 'web[1:3]' }],
    ['[::1]:22', { name: '::1', port: 22 }],
    ['fe80::1', { name: 'fe80::1' }],
    ['10.0.0.1:22', { name: '10.0.0.1', port: 22 }],
  ])('%s', (address, meant) => expect(splitPort(address)).toEqual(meant));
});
