import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { isBlocked } from '../../src/core/change.js';
import service from '../../src/modules/service.js';
import systemd from '../../src/modules/systemd_service.js';
import { argsOf, SHELLS, task, whats } from './doing.js';
import { canOverlay, type Overlay, overlay } from './overlay.js';

/** As systemd 252 of Debian 12 prints them. */
const shown = (properties: object) =>
  `init systemd\n${Object.entries({
    Id: 'x.service',
    LoadState: 'loaded',
    ActiveState: 'inactive',
    SubState: 'dead',
    UnitFileState: 'disabled',
    NeedDaemonReload: 'no',
    ...properties,
  })
    .map(([name, value]) => `${name}=${value}`)
    .join('\n')}\n`;
const plan = (given: object, stdout: string) => {
  const args = argsOf(systemd, { name: 'x', ...given });
  return systemd.plan(args, systemd.probe(args, { found: [] }).parse({ stdout, stderr: '', status: 0 }), { found: [] });
};
const texts = (given: object, stdout: string) => {
  const planned = plan(given, stdout);
  return isBlocked(planned)
    ? `blocked: ${planned.blocked}`
    : planned.map(change => change.apply.text.split(' || ')[0]!.replace(/ {2,}/g, ' '));
};
const up = { ActiveState: 'active', SubState: 'running', UnitFileState: 'enabled' };

describe('what is done for what is seen', () => {
  it.each([
    [{ state: 'started' }, {}, ['systemctl start -- x']],
    [{ state: 'started' }, up, []],
    [{ state: 'started' }, { ActiveState: 'activating' }, []],
    [{ state: 'started' }, { ActiveState: 'failed' }, ['systemctl start -- x']],
    [{ state: 'stopped' }, {}, []],
    [{ state: 'stopped' }, { ActiveState: 'failed' }, []],
    [{ state: 'stopped' }, { ActiveState: 'deactivating' }, ['systemctl stop -- x']],
    [{ state: 'stopped' }, up, ['systemctl stop -- x']],
    [{ state: 'restarted' }, up, ['systemctl restart -- x']],
    [{ state: 'restarted' }, {}, ['systemctl start -- x']],
    [{ state: 'reloaded' }, up, ['systemctl reload -- x']],
    [{ state: 'restarted', no_block: true }, up, ['systemctl --no-block restart -- x']],
    [{ enabled: true }, {}, ['systemctl enable -- x.service']],
    [{ enabled: true }, up, []],
    [{ enabled: true }, { UnitFileState: 'static' }, []],
    [{ enabled: false }, { UnitFileState: 'static' }, []],
    [{ enabled: false }, { ...up, Id: 'real.service' }, ['systemctl disable -- real.service']],
    [{ enabled: true, state: 'started' }, {}, ['systemctl enable -- x.service', 'systemctl start -- x']],
    [{ enabled: true, force: true }, {}, ['systemctl --force enable -- x.service']],
    [{ masked: true }, {}, ['systemctl mask -- x']],
    [{ masked: true }, { LoadState: 'masked', UnitFileState: 'masked' }, []],
    [{ masked: false, state: 'started' }, { LoadState: 'masked' }, ['systemctl unmask -- x', 'systemctl start -- x']],
    [{ state: 'started' }, { LoadState: 'masked' }, 'blocked: unit x is masked (set masked: false)'],
    [{ state: 'stopped' }, { LoadState: 'masked' }, []],
    [{ state: 'started', daemon_reload: true }, {}, ['systemctl start -- x']],
    [{ state: 'started', daemon_reload: true }, up, []],
    [{ state: 'started', daemon_reload: true }, { ...up, NeedDaemonReload: 'yes' }, ['systemctl daemon-reload']],
    [{ state: 'started' }, { LoadState: 'not-found' }, 'blocked: no unit x'],
    [{ enabled: false }, { LoadState: 'not-found' }, 'blocked: no unit x'],
    [
      { state: 'started' },
      { LoadState: 'bad-setting' },
      'blocked: the unit file of x cannot be read (bad-setting): see systemd-analyze verify x',
    ],
    [{ state: 'restarted', scope: 'user' }, up, ['systemctl --user restart -- x']],
  ])('%j seeing %j: %j', (given, properties, expected) => expect(texts(given, shown(properties))).toEqual(expected));

  it.each([
    [{ state: 'started' }, undefined],
    [{ enabled: true }, undefined],
    [{ state: 'restarted' }, ['x']],
    [{ state: 'reloaded' }, ['x']],
  ])('of a unit that is not there, %j foresees %j', (given, expected) => {
    const planned = plan(given, shown({ LoadState: 'not-found' }));
    expect(isBlocked(planned) && planned.foreseen?.map(change => change.what)).toEqual(expected);
  });

  it('asks for the reload that an old systemd needs to see a new file', () => {
    expect(texts({ state: 'started' }, `${shown({ LoadState: 'not-found' })}unread\n`)).toMatch(/set daemon_reload/);
    expect(texts({ state: 'started', daemon_reload: true }, `${shown({ LoadState: 'not-found' })}unread\n`)).toEqual([
      'systemctl daemon-reload',
      'systemctl start -- x',
    ]);
  });

  it.each([
    ['init unreachable\nwhy Failed to connect to bus\n', /cannot be reached: Failed to connect/],
    ['init none\n', /neither systemd nor an init script/],
  ])('is blocked by %j', (stdout, why) => expect(texts({ state: 'started' }, stdout)).toMatch(why));

  it('does what a root without a running systemd allows, and says so', () => {
    const args = argsOf(systemd, { name: 'x', enabled: true, state: 'started' });
    const seen = systemd
      .probe(args, { found: [] })
      .parse({ stdout: 'init offline\nfile disabled\n', stderr: '', status: 0 });
    expect(whats(systemd.plan(args, seen, { found: [] }))).toEqual(['x at boot']);
    expect(systemd.result!(args, seen, { kind: 'nothing' }, { found: [] })).toMatchObject({
      warnings: [expect.stringMatching(/nothing was started/)],
    });
  });

  it('works init scripts', () => {
    expect(texts({ state: 'started', enabled: true }, 'init sysv\nlinked\nrunning\n')).toEqual([]);
    expect(texts({ state: 'restarted' }, 'init sysv\nrunning\n')).toEqual(['/etc/init.d/x restart ']);
    expect(whats(plan({ enabled: true, state: 'stopped' }, 'init sysv\nrunning\n'))).toEqual(['x at boot', 'x']);
  });

  it.each(["x'; touch /PWNED #", '-x', '$(x)', 'a b', 'a\nb', '/etc/x'])('refuses %j as a name', name => {
    expect(() => argsOf(service, { name, state: 'started' })).toThrow(/no service name/);
    expect(() => argsOf(systemd, { name, state: 'started' })).toThrow(/no unit name/);
  });
  it.each([
    [service, { name: 'x' }, /needed/],
    [systemd, {}, /needed/],
    [systemd, { state: 'started' }, /a unit is needed/],
  ])('refuses arguments without a wish', (module, given, why) => expect(() => argsOf(module, given)).toThrow(why));
});

describe.skipIf(!canOverlay())('units for real', () => {
  let on: Overlay;
  beforeAll(async () => {
    on = await overlay('systemd');
    on.set(`cat >/etc/systemd/system/rmtest.service <<'X'
[Unit]
Description=for the test
[Service]
ExecStart=/bin/sleep 1000
ExecReload=/bin/true
[Install]
WantedBy=basic.target
X
printf '[Service]\\nExecStart=/bin/sh -c "echo broken on purpose >&2; exit 3"\\nType=oneshot\\n' >/etc/systemd/system/rmbroken.service`);
  });
  afterAll(() => on.close());
  const active = () => on.set('systemctl is-active rmtest || :').trim();

  it('brings a new unit up, enabled; then there is nothing to do', () => {
    const seen = task(systemd, { name: 'rmtest', state: 'started', enabled: true, daemon_reload: true }, on);
    expect(whats(seen.plan)).toEqual(['daemon-reload', 'rmtest at boot', 'rmtest']);
    expect(seen.result).toMatchObject({
      name: 'rmtest',
      state: 'started',
      enabled: true,
      status: { LoadState: 'loaded', Description: 'for the test' },
    });
    expect(seen.again).toEqual([]);
    expect(active()).toBe('active');
  });

  it.each(SHELLS)('sees the same under %s %s', (...shell) => {
    expect(task(service, { name: 'rmtest', state: 'started', enabled: true }, { ...on, shell }).plan).toEqual([]);
    expect(whats(task(service, { name: 'rmtest', state: 'restarted' }, { ...on, shell }).plan)).toEqual(['rmtest']);
    // busybox prefers its own `find`, which cannot tell: then systemd is told to reload each time.
    expect(whats(task(systemd, { daemon_reload: true }, { ...on, shell }).plan)).toEqual(
      shell[0] === 'busybox' ? ['daemon-reload'] : [],
    );
  });

  it('reloads what was changed on disk, and calls that no change', () => {
    on.set(
      'sleep 0.1; mkdir -p /etc/systemd/system/rmtest.service.d; printf "[Service]\\nNice=5\\n" >/etc/systemd/system/rmtest.service.d/a.conf',
    );
    const args = { name: 'rmtest', state: 'started', daemon_reload: true };
    expect(task(systemd, { name: 'rmtest', state: 'started' }, on).plan).toEqual([]);
    const seen = task(systemd, args, on);
    expect(whats(seen.plan)).toEqual(['daemon-reload']);
    expect(seen.result.changed).toBe(false);
    expect(seen.foreseen.changed).toBe(false);
    expect(seen.again).toEqual([]);
    on.set('sleep 0.1; touch /etc/systemd/system/other.service');
    const bare = task(systemd, { daemon_reload: true }, on);
    expect(whats(bare.plan)).toEqual(['daemon-reload']);
    expect(bare.again).toEqual([]);
  });

  it('masks, refuses to start what is masked, unmasks', () => {
    expect(task(systemd, { name: 'rmtest', state: 'stopped' }, on).again).toEqual([]);
    // A unit file in /etc stands where the mask would be.
    on.set('mv /etc/systemd/system/rmtest.service /run/systemd/system/; systemctl daemon-reload');
    expect(task(systemd, { name: 'rmtest', masked: true }, on).again).toEqual([]);
    const { plan: refused } = task(systemd, { name: 'rmtest', state: 'started' }, on);
    expect(isBlocked(refused) && refused.blocked).toMatch(/is masked/);
    expect(task(systemd, { name: 'rmtest', masked: false, state: 'started' }, on).again).toEqual([]);
    expect(active()).toBe('active');
  });

  it('stops and disables', () => {
    expect(task(service, { name: 'rmtest', state: 'stopped', enabled: false }, on).again).toEqual([]);
    expect(active()).toBe('inactive');
  });

  it('shows why a unit did not come up', () => {
    const { status, outputs, result } = task(systemd, { name: 'rmbroken', state: 'started' }, on);
    expect(status).not.toBe(0);
    expect(outputs[0]!.stderr).toMatch(/rmbroken\.service.*for reasons|control process exited|status=3/s);
    expect(result.msg).toMatch(/^Unable to bring rmbroken/);
  });

  it('knows no unit that is not there', () => {
    const { plan: refused } = task(service, { name: 'rmnever', state: 'started' }, on);
    expect(isBlocked(refused) && refused.blocked).toBe('no unit rmnever');
  });
});

describe.skipIf(!canOverlay())('in a root where systemd does not run', () => {
  let on: Overlay;
  beforeAll(async () => {
    on = await overlay();
    on.set(
      'printf "[Service]\\nExecStart=/bin/true\\n[Install]\\nWantedBy=multi-user.target\\n" >/etc/systemd/system/rmoff.service',
    );
  });
  afterAll(() => on.close());
  it('enables and disables by the files', () => {
    const seen = task(service, { name: 'rmoff', enabled: true, state: 'started' }, on);
    expect(whats(seen.plan)).toEqual(['rmoff at boot']);
    expect(seen.again).toEqual([]);
    expect(task(service, { name: 'rmoff', enabled: false }, on).again).toEqual([]);
    expect(isBlocked(task(service, { name: 'rmnever', enabled: true }, on).plan)).toBe(true);
  });
});
