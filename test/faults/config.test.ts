import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { SshConfig } from '../../src/connect/ssh-config.js';
import { bad, playOf } from '../project/scene.js';

/* A line that says nothing we can understand is told with its place, not passed over: it would be another port, or another group. */

const folder = mkdtempSync(join(tmpdir(), 'config-'));
afterAll(() => rmSync(folder, { recursive: true }));

describe('ssh configs', () => {
  const read = (text: string) => {
    writeFileSync(join(folder, 'config'), text);
    return new SshConfig([join(folder, 'config')]).settings({ alias: 'web', localUser: 'me', home: folder });
  };
  // What ssh -G of OpenSSH 9.2 refuses.
  it.each([
    ['Port abc', 'config:1:6: bad port'],
    ['Port 0', 'config:1:6: bad port'],
    ['Port 65536', 'config:1:6: bad port'],
    ['Port -1', 'config:1:6: bad port'],
    ['Port 0x16', 'config:1:6: bad port'],
    ['Port=abc', 'config:1:6: bad port'],
    ['# x\nHost other\n  Port abc', 'config:3:8: bad port'],
    ['Port', 'config:1:1: no value behind Port'],
    ['Port 22 23', 'config:1:6: more than one value'],
    ['Host', 'config:1:1: no value behind Host'],
    ['Host "a', 'config:1:6: a quote is not closed'],
    ['Match', 'config:1:1: no value behind Match'],
    ['Match foo', "config:1:7: 'foo' is no criterion"],
    ['Match host', 'config:1:7: no value behind host'],
    ['Include', 'config:1:1: no value behind Include'],
    ['IdentityFile', 'config:1:1: no value behind IdentityFile'],
    ['User "x', 'config:1:6: a quote is not closed'],
    ['ConnectTimeout abc', "config:1:16: 'abc' is no time"],
    ['StrictHostKeyChecking maybe', "config:1:23: 'maybe' is not"],
    ['IdentitiesOnly maybe', "config:1:16: 'maybe' is neither"],
    ['User a\0b', 'config:1:7: a NUL byte'],
  ])('%j', (text, message) => expect(() => read(text)).toThrow(message));

  it.each([
    'Port 2222 # a comment',
    'Port=2222',
    'Port = 2222',
    'Port "2222"',
    'ConnectTimeout 1m30s',
    'ConnectTimeout none',
    'StrictHostKeyChecking ask',
    'Match all',
    'Match host web,db user "root"',
    'Match !host web exec "test -f /x"',
    'Match originalhost=web',
    'Host web *.lan !db',
    '\tHost web\r\n\tPort 22\r',
    'SomethingNew of tomorrow',
    'SetEnv A=b C="d e"',
  ])('takes %j', text => expect(() => read(text)).not.toThrow());
});

describe('INI inventories', () => {
  it.each([
    ['[a', 'hosts:1:1 bad-section: a section is not closed'],
    ['x\n[a\ny', 'hosts:2:1 bad-section: a section is not closed'],
    ['[a:vars\nx=1', 'hosts:1:1 bad-section: a section is not closed'],
    ['[a]b', 'hosts:1:1 bad-section: something stands behind a section'],
    ['[a] b', 'hosts:1:1 bad-section: something stands behind a section'],
    ['[a:children]\n[x', 'hosts:2:1 bad-section: a section is not closed'],
    ['x[1', 'hosts:1:1 bad-range: a bracket in `x[1` is not closed'],
    ['x[1:2', 'hosts:1:1 bad-range: a bracket in `x[1:2` is not closed'],
    ['x]', 'hosts:1:1 bad-host-name'],
    ['[]', 'hosts:1:1 bad-group-name'],
    ['h "a=b', 'hosts:1:1 bad-value: a quote is not closed'],
  ])('%j', async (hosts, mistake) => expect((await bad({ ...playOf('- ping:'), hosts }))[0]).toContain(mistake));
});
