import { describe, expect, test } from 'vitest';
import { addressText, parseAddress } from '../../src/template/address.js';
import { evaluate } from './scope.js';

test.each([
  ['10.0.0.1', '10.0.0.1'],
  ['0:0:0:0:0:0:0:1', '::1'],
  ['::', '::'],
  ['fe80:0:0:0:1:0:0:2', 'fe80::1:0:0:2'],
  ['2001:DB8:0:1:1:1:1:1', '2001:db8:0:1:1:1:1:1'],
  ['::ffff:10.0.0.1', '::ffff:a00:1'],
  ['1::', '1::'],
])('%s is written %s', (text, canonical) => {
  const address = parseAddress(text)!;
  expect(addressText(address.value, address.version)).toBe(canonical);
});

test.each([
  '',
  '10.0.0',
  '10.0.0.256',
  '10.0.0.1/33',
  '10.0.0.1/255.0.255.0',
  '1:2:3',
  '::1::',
  '12345::',
  'x',
  '1:2:3:4:5:6:7:8:9',
  '10.0.0.1/24/5',
])('%j is no address', text => {
  expect(parseAddress(text)).toBeUndefined();
});

describe('ipaddr', () => {
  test.each<[string, unknown]>([
    ["'192.168.1.5/24' | ipaddr", '192.168.1.5/24'],
    ["'junk' | ipaddr", false],
    ["'' | ipaddr", false],
    ["'192.168.1.5/24' | ipaddr('address')", '192.168.1.5'],
    ["'192.168.1.0/24' | ipaddr('address')", false],
    ["'192.168.1.5/24' | ipaddr('network')", '192.168.1.0'],
    ["'192.168.1.5/24' | ipaddr('netmask')", '255.255.255.0'],
    ["'192.168.1.5/255.255.255.0' | ipaddr('prefix')", 24],
    ["'192.168.1.5/24' | ipaddr('broadcast')", '192.168.1.255'],
    ["'192.168.1.5/24' | ipaddr('hostmask')", '0.0.0.255'],
    ["'192.168.1.5/24' | ipaddr('size')", 256],
    ["'192.168.1.5/24' | ipaddr('subnet')", '192.168.1.0/24'],
    ["'192.168.1.5/24' | ipaddr('net')", false],
    ["'192.168.1.0/24' | ipaddr('net')", '192.168.1.0/24'],
    ["'192.168.1.5/24' | ipaddr('host')", '192.168.1.5/24'],
    ["'192.168.1.0/24' | ipaddr('1')", '192.168.1.1/24'],
    ["'192.168.1.0/24' | ipaddr(-1)", '192.168.1.255/24'],
    ["'192.168.1.0/24' | ipaddr(300)", false],
    ["'192.168.1.5' | ipaddr('192.168.0.0/16')", '192.168.1.5'],
    ["'10.1.1.5' | ipaddr('192.168.0.0/16')", false],
    ["'10.1.1.5' | ipaddr('private')", '10.1.1.5'],
    ["'10.1.1.5' | ipaddr('public')", false],
    ["'9.9.9.9' | ipaddr('public')", '9.9.9.9'],
    ["'127.0.0.1' | ipaddr('loopback')", '127.0.0.1'],
    ["'10.0.0.1' | ipaddr('revdns')", '1.0.0.10.in-addr.arpa.'],
    ["'10.0.0.1' | ipaddr('int')", 167772161],
    ['167772161 | ipaddr', '10.0.0.1'],
    ["'10.0.0.0/29' | ipaddr('first_usable')", '10.0.0.1'],
    ["'10.0.0.0/29' | ipaddr('last_usable')", '10.0.0.6'],
    ["'10.0.0.2/29' | ipaddr('next_usable')", '10.0.0.3'],
    ["'10.0.0.0/29' | ipaddr('range_usable')", '10.0.0.1-10.0.0.6'],
    ["'fe80::1/64' | ipaddr('network')", 'fe80::'],
    ["'::1' | ipaddr('version')", 6],
    ["['10.0.0.1', 'x', '::1', '10.0.0.0/8'] | ipaddr", ['10.0.0.1', '::1', '10.0.0.0/8']],
    ["['10.0.0.1', 'x', '::1'] | ipv4", ['10.0.0.1']],
    ["['10.0.0.1', 'x', '::1/128'] | ansible.utils.ipv6('address')", ['::1']],
    ["['10.0.0.1', '::1', 'host', 'fe80::1/64'] | ipwrap", ['10.0.0.1', '[::1]', 'host', '[fe80::1]/64']],
    ["'10.0.0.0/16' | ipsubnet(24)", '256'],
    ["'10.0.0.0/16' | ipsubnet(24, 3)", '10.0.3.0/24'],
    ["'10.0.0.0/24' | nthhost(5)", '10.0.0.5'],
    ["'10.0.0.5' | ipmath(-4)", '10.0.0.1'],
    ["'10.0.0.5' is ipv4 and '::1' is ipv6 and 'x' is not ip", true],
  ])('%s', (text, value) => {
    expect(evaluate(text)).toEqual(value);
  });
  test('an unknown question fails', () => {
    expect(() => evaluate("'10.0.0.1' | ipaddr('junk')")).toThrow('unknown filter type');
  });
});
