import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Event } from '../../../src/core/event.js';
import { changedTasks, HOME, TestLab, whyNoLab } from '../../e2e/rig.js';

const why = await whyNoLab();
const CONFIG = '/etc/rsyslog.d/60-bro.conf';
const RUNS = 'rsyslog: Rsyslog runs';

describe.skipIf(why !== undefined)('the role rsyslog on a host with systemd', { timeout: 600_000 }, () => {
  let lab: TestLab;
  let folder: string;

  beforeAll(async () => {
    lab = await TestLab.up('rsyslog', ['manager']);
    folder = mkdtempSync(join(tmpdir(), 'rsyslog-host-'));
    writeFileSync(join(folder, 'site.yml'), '- hosts: manager\n  become: true\n  roles:\n    - rsyslog\n');
  });
  afterAll(async () => {
    await lab?.down();
    if (folder) rmSync(folder, { recursive: true });
  });

  interface Done {
    readonly code: number;
    /** Names of the tasks that changed something, or would. */
    readonly changed: readonly string[];
    readonly unsure: readonly string[];
    readonly failure: string;
  }

  /** The role with these variables beside the receiver's address. */
  async function role(vars: Readonly<Record<string, unknown>> = {}, ...more: readonly string[]): Promise<Done> {
    const all = { rsyslog_target: '192.0.2.7', rsyslog_protocol: 'tcp', ...vars };
    const argv = [join(folder, 'site.yml'), '-i', lab.inventory, '--roles-path', join(HOME, 'roles')];
    const { ran, events } = await lab.events([...argv, '-e', JSON.stringify(all), ...more]);
    const ended = events.flatMap((event: Event) => (event.kind === 'task-finished' ? [event] : []));
    return {
      code: ran.code,
      changed: changedTasks(events).get('manager') ?? [],
      unsure: ended.flatMap(({ outcome, task }) => (outcome.kind === 'unsure' ? [task.name] : [])),
      failure: JSON.stringify(ended.flatMap(({ outcome }) => (outcome.kind === 'failed' ? [outcome] : []))) + ran.err,
    };
  }

  const on = async (command: string): Promise<string> => {
    const { code, out, err } = await lab.on('manager', command);
    expect(code, `${command}\n${out}${err}`).toBe(0);
    return out.trim();
  };
  // A test restarts oftener than systemd's limit of five in ten seconds allows.
  beforeAll(async () => {
    await on(`mkdir -p /etc/systemd/system/rsyslog.service.d; cd /etc/systemd/system/rsyslog.service.d
      printf '[Unit]\\nStartLimitIntervalSec=0\\n' >limit.conf; systemctl daemon-reload`);
  });
  const pid = (): Promise<string> => on('systemctl is-active rsyslog >&2; systemctl show -p MainPID --value rsyslog');
  const starts = (): Promise<string> =>
    on('journalctl -q -o cat -u rsyslog | grep -c "^Started rsyslog.service" || true');

  it('is foreseen, done, and then left alone', async () => {
    const foreseen = await role({}, '--check');
    expect([foreseen.code, foreseen.unsure], foreseen.failure).toEqual([0, []]);
    const before = await pid();
    const done = await role();
    expect(done.code, done.failure).toBe(0);
    expect(done.changed).toEqual(foreseen.changed);
    expect(done.changed).toContain(RUNS);
    const after = await pid();
    expect(after).not.toBe(before);
    expect((await role()).changed).toEqual([]);
    expect((await role({}, '--check')).changed).toEqual([]);
    expect(await pid()).toBe(after);
  });

  const spared: readonly (readonly [string, string])[] = [
    ['a comment more', `echo '# seen by the auditor' >>${CONFIG}`],
    ['lines indented and parted otherwise', `sed -i -e 's/^input/   input/' -e 's/^ruleset/\\n\\n&/' ${CONFIG}`],
    ['a comment in rsyslog.conf', "sed -i '$ a # ours' /etc/rsyslog.conf"],
    ['a comment over several lines in another file', "printf '/* nothing\\n at all */\\n' >/etc/rsyslog.d/10-x.conf"],
  ];
  for (const [what, change] of spared)
    it(`${what}: the file is put right, rsyslogd stays`, async () => {
      const before = await pid();
      await on(change);
      const foreseen = await role({}, '--check');
      const done = await role();
      expect([done.code, done.changed], done.failure).toEqual([
        0,
        change.includes(CONFIG) ? ['rsyslog: Logs are forwarded'] : [],
      ]);
      expect(foreseen.changed).toEqual(done.changed);
      expect(await pid()).toBe(before);
      expect((await role()).changed).toEqual([]);
    });

  it('another receiver: rsyslogd is started anew, once', async () => {
    const [before, started] = [await pid(), Number(await starts())];
    const foreseen = await role({ rsyslog_target: '192.0.2.8' }, '--check');
    const done = await role({ rsyslog_target: '192.0.2.8', rsyslog_max_message: '32k' });
    expect(foreseen.changed).toEqual(['rsyslog: Logs are forwarded', RUNS]);
    expect(done.changed).toEqual(['rsyslog: Long lines are not cut', 'rsyslog: Logs are forwarded', RUNS]);
    expect(await pid()).not.toBe(before);
    expect(Number(await starts())).toBe(started + 1);
    expect((await role({ rsyslog_target: '192.0.2.8', rsyslog_max_message: '32k' })).changed).toEqual([]);
    expect((await role()).changed).toContain(RUNS);
  });

  it('what somebody else changed since rsyslogd was started is found', async () => {
    const before = await pid();
    await on('echo "local3.* /var/log/local3.log" >/etc/rsyslog.d/20-local3.conf');
    expect((await role({}, '--check')).changed).toEqual([RUNS]);
    expect((await role()).changed).toEqual([RUNS]);
    const between = await pid();
    expect(between).not.toBe(before);
    // Somebody who restarts it by himself has done it.
    await on('rm /etc/rsyslog.d/20-local3.conf && systemctl restart rsyslog');
    const after = await pid();
    expect(after).not.toBe(between);
    expect((await role()).changed).toEqual([]);
    expect(await pid()).toBe(after);
  });

  it('nothing is believed of a start that nobody kept', async () => {
    const dropIn = '/etc/systemd/system/rsyslog.service.d/ringmaster.conf';
    await on(`rm ${dropIn}; systemctl daemon-reload; systemctl restart rsyslog`);
    const foreseen = await role({}, '--check');
    const done = await role();
    expect(done.changed).toEqual(['rsyslog: The unit calls it at every start', RUNS]);
    expect(foreseen.changed).toEqual(done.changed);
    expect((await role()).changed).toEqual([]);
  });

  it('a rsyslogd that does not run is started', async () => {
    await on('systemctl stop syslog.socket rsyslog');
    expect((await role()).changed).toEqual([RUNS]);
    expect(await on('systemctl is-active rsyslog')).toBe('active');
  });

  const broken: readonly (readonly [string, Readonly<Record<string, unknown>>, RegExp])[] = [
    ['further lines that are none', { rsyslog_extra: 'input(type="imfile" Fiel="/x")' }, /parameter 'Fiel' not known/],
    [
      'a module that is not there',
      { rsyslog_extra: 'module(load="imnothing")' },
      /could not load module '[^']*imnothing/,
    ],
    ['a facility that is none', { rsyslog_facility: 'locale7' }, /locale7/],
    ['a quote in a name of a log', { rsyslog_logs: ['ssl', 'a"b'] }, /but not a\\?\\?"b/],
    ['the receiver not named', { rsyslog_target: 'central_syslog_server' }, /set rsyslog_target/],
  ];
  for (const [what, vars, words] of broken)
    it(`${what}: refused with the reason, and rsyslogd runs on with the old file`, async () => {
      const [before, file] = [await pid(), await on(`sha256sum ${CONFIG} /etc/rsyslog.conf`)];
      const refused = await role(vars);
      expect([refused.code, refused.changed], refused.failure).toEqual([2, []]);
      expect(refused.failure).toMatch(words);
      expect([await pid(), await on(`sha256sum ${CONFIG} /etc/rsyslog.conf`)]).toEqual([before, file]);
      expect(await on('ls /etc/rsyslog.d')).toBe('10-x.conf\n60-bro.conf');
    });

  it('what was wrong in other files before is not held against ours', async () => {
    await on('echo "\\$NoSuchDirective on" >/etc/rsyslog.d/30-old.conf');
    const done = await role({ rsyslog_batch: 64 });
    expect([done.code, done.changed], done.failure).toEqual([0, ['rsyslog: Logs are forwarded', RUNS]]);
    await on('rm /etc/rsyslog.d/30-old.conf');
    expect((await role()).changed).toEqual(['rsyslog: Logs are forwarded', RUNS]);
  });

  it('a configuration that rsyslogd does not start with is taken back', async () => {
    // Stands for whatever its own check does not see.
    const trap = '/etc/systemd/system/rsyslog.service.d/trap.conf';
    await on(
      `printf '[Service]\\nExecStartPre=/bin/sh -c "! grep -q 192.0.2.66 ${CONFIG}"\\n' >${trap}; systemctl daemon-reload`,
    );
    const file = await on(`cat ${CONFIG}`);
    const refused = await role({ rsyslog_target: '192.0.2.66' });
    expect(refused.code).toBe(2);
    expect(refused.failure).toMatch(/runs with the former one again/);
    expect(await on(`cat ${CONFIG}`)).toBe(file);
    expect(await on('systemctl is-active rsyslog')).toBe('active');
    await on(`rm ${trap}; systemctl daemon-reload`);
    expect((await role()).changed).toEqual([]);
  });

  it('a rsyslogd that gave up being root must be able to read the logs', async () => {
    await on(`useradd -r syslog 2>/dev/null; mkdir -p /usr/local/bro/logs/current && touch /usr/local/bro/logs/current/ssl.log
      chmod 700 /usr/local/bro/logs; chown syslog /var/spool/rsyslog
      printf '$PrivDropToUser syslog\\n' >/etc/rsyslog.d/05-drop.conf && systemctl restart rsyslog`);
    const refused = await role({}, '--check');
    expect(refused.code).toBe(2);
    expect(refused.failure).toMatch(/syslog cannot read \/usr\/local\/bro\/logs\/current\/ssl\.log.*setfacl/);
    await on('setfacl -m u:syslog:rX /usr/local/bro/logs');
    expect(await role()).toMatchObject({ code: 0, changed: [] });
    await on('rm /etc/rsyslog.d/05-drop.conf; chown root /var/spool/rsyslog');
    expect((await role()).changed).toEqual([RUNS]);
  });

  it('where AppArmor confines it, the logs are in its rules', async () => {
    await on(`mkdir -p /etc/apparmor.d/local && touch /etc/apparmor.d/usr.sbin.rsyslogd
      printf '#!/bin/sh\\necho "$@" >>/root/parsed\\n' >/usr/local/sbin/apparmor_parser; chmod 755 /usr/local/sbin/apparmor_parser`);
    expect((await role()).changed).toEqual([
      "rsyslog: AppArmor's own rules have a place for ours",
      'rsyslog: AppArmor knows what rsyslog may read',
    ]);
    expect(await on('cat /etc/apparmor.d/local/usr.sbin.rsyslogd')).toContain('\n/usr/local/bro/logs/** r,\n');
    expect(await on('cat /root/parsed')).toBe('-r /etc/apparmor.d/usr.sbin.rsyslogd');
    expect((await role()).changed).toEqual([]);
  });

  it('the legacy form takes its place and back, each with one restart', async () => {
    const started = Number(await starts());
    for (const form of ['legacy', 'modern']) {
      const done = await role({ rsyslog_form: form });
      expect([done.code, done.changed], done.failure).toEqual([0, ['rsyslog: Logs are forwarded', RUNS]]);
    }
    expect(Number(await starts())).toBe(started + 2);
    expect(await on('rsyslogd -N1 2>&1 | grep -ci "error\\|warn" || true')).toBe('0');
  });
});
