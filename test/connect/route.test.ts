import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir, userInfo } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import type { ConnectOptions } from '../../src/connect/options.js';
import { routeTo } from '../../src/connect/route.js';
import { SshConfig } from '../../src/connect/ssh-config.js';
import type { Target } from '../../src/core/connection.js';
import { targetOf } from './rig.js';

const home = mkdtempSync(join(tmpdir(), 'rmtest-'));
afterAll(() => rmSync(home, { recursive: true }));
mkdirSync(join(home, '.ssh'));
writeFileSync(join(home, '.ssh', 'id_rsa'), '');

const file = join(home, 'config');
writeFileSync(
  file,
  `Host web
  HostName %h.example.org
  User conf
  Port 2222
  IdentityFile ~/.ssh/%r@%h:%p-%n-%d-%%
  UserKnownHostsFile ~/known %d/more
  GlobalKnownHostsFile none
  ConnectTimeout 3
  IdentityAgent none
Host six
  HostName fe80::1
Host *.jump
  ProxyJump a@one:1,ssh://b@two:2,[::1]:3
Host one
  ProxyJump zero
`,
);

const route = (target: Partial<Target>, options: ConnectOptions = {}) =>
  routeTo(targetOf(target), new SshConfig([file]), options, home);
const last = (target: Partial<Target>, options: ConnectOptions = {}) => route(target, options).at(-1)!;

describe('routeTo', () => {
  it('takes the inventory first, then the options, then the ssh config, then the defaults', () => {
    const user = (target: Partial<Target>, options: ConnectOptions = {}) => last(target, options).credentials.user;
    expect(user({ address: 'web', user: 'inv' }, { user: 'opt' })).toBe('inv');
    expect(user({ address: 'web' }, { user: 'opt' })).toBe('opt');
    expect(user({ address: 'web' })).toBe('conf');
    expect(user({ address: 'other' })).toBe(userInfo().username);
    expect(last({ address: 'web' }).endpoint).toEqual({
      address: 'web.example.org',
      port: 2222,
      name: 'web1 (conf@web.example.org:2222)',
    });
    expect(last({ address: 'web', port: 22 }).endpoint.port).toBe(22);
    expect(last({ address: 'six', user: 'u' }).endpoint.name).toBe('web1 (u@[fe80::1]:22)');
  });

  it('expands tokens and homes in paths', () => {
    const { credentials, identification, connectTimeout } = last({ address: 'web' }, { agentSocket: '/agent' });
    expect(credentials.keyFiles).toEqual([`${home}/.ssh/conf@web.example.org:2222-web-${home}-%`]);
    expect(credentials).toMatchObject({ keyFilesAre: 'named', identitiesOnly: false, agentSocket: undefined });
    expect(identification.files).toEqual([`${home}/known`, `${home}/more`]);
    expect(connectTimeout).toBe(3);
  });

  it('names keys as required, named or default', () => {
    expect(last({ address: 'web', privateKeyFile: '~/k' }).credentials).toMatchObject({
      keyFiles: [`${home}/k`],
      keyFilesAre: 'required',
    });
    expect(last({ address: 'other' }, { agentSocket: '/agent' }).credentials).toMatchObject({
      keyFiles: [`${home}/.ssh/id_rsa`],
      keyFilesAre: 'default',
      agentSocket: '/agent',
    });
  });

  it.each([
    [{ checkHostKey: false }, {}, 'any'],
    [{}, {}, 'strict'],
    [{}, { hostKeys: 'accept-new' }, 'accept-new'],
    [{ checkHostKey: true }, { hostKeys: 'any' }, 'strict'],
  ] as const)('the host key policy of %j and %j is %s', (target, options, policy) => {
    expect(last(target, options).identification.policy).toBe(policy);
  });

  it('lays out jumps, those of the first jump before it, and none of the others', () => {
    const names = (target: Partial<Target>) =>
      route(target).map(({ endpoint, credentials }) => `${credentials.user}@${endpoint.address}:${endpoint.port}`);
    const me = userInfo().username;
    expect(names({ address: 'x.jump', user: 'c' })).toEqual([
      `${me}@zero:22`,
      'a@one:1',
      'b@two:2',
      `${me}@::1:3`,
      'c@x.jump:22',
    ]);
    expect(names({ address: 'x.jump', user: 'c', proxyJump: 'none' })).toEqual(['c@x.jump:22']);
    expect(names({ address: 'web', proxyJump: 'two' })).toEqual([`${me}@two:22`, 'conf@web.example.org:2222']);
    expect(route({ address: 'x.jump' }).at(-1)?.endpoint.name).toContain('via ::1');
  });

  it('gives the password of a target to no jump host', () => {
    const password = { reveal: () => 'p' } as never;
    const [jump, target] = route({ address: 'web', proxyJump: 'two', password });
    expect(jump!.credentials.password).toBeUndefined();
    expect(target!.credentials.password).toBe(password);
  });
});
