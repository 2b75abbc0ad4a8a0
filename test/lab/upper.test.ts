import { expect, it } from 'vitest';
import { hostNamed } from '../../src/lab/reach.js';
import { difference, traces } from '../../src/lab/upper.js';
import { labDescribe, onHost, says, theLab } from './rig.js';

labDescribe('the traces on a host', () => {
  const { lab } = theLab('one');
  const look = () => traces(lab(), hostNamed(lab(), 'one'));

  it('are none after boot, logins, sudo, restarts and looks of every kind', async () => {
    expect(look()).toEqual([]);
    const looks =
      'stat / /etc; dpkg-query -W; apt-get -s install hello; systemctl restart rsyslog; ethtool -k eth4; logger hi; getent passwd; find /etc | xargs -d "\\n" cat';
    await onHost(lab(), 'one', looks);
    await onHost(lab(), 'one', 'sudo -u limited sh -c "echo only-in-the-lab | sudo -S true"');
    expect(look()).toEqual([]);
  });

  it('are everything that was written, with kind, mode and owner', async () => {
    const script = `echo a >/etc/new; chmod 640 /etc/new; chown admin /etc/new; rm /etc/debian_version; ln -s /x /etc/link
      mkdir -m 711 /srv/dir; touch /srv/dir/empty; chmod 700 /etc/cron.d 2>/dev/null; chmod 700 /opt; echo >>/etc/issue; echo tmp >/tmp/left; echo >/var/log/quiet`;
    await says(lab(), 'one', script);
    const found = look();
    const told = found.map(({ kind, mode, path }) => `${kind} ${mode.toString(8)} ${path}`);
    expect(told).toEqual(
      expect.arrayContaining([
        'file 640 /etc/new',
        'removed 0 /etc/debian_version',
        'link 777 /etc/link',
        'folder 711 /srv/dir',
        'file 644 /srv/dir/empty',
        'folder 700 /opt',
        'file 644 /etc/issue',
        'file 644 /tmp/left',
      ]),
    );
    expect(told.filter(line => / \/(etc|srv|var\/log\/quiet)$/.test(line))).toEqual([]);
    expect(found.find(({ path }) => path === '/etc/new')).toMatchObject({ uid: 1000, gid: 0 });
  });

  it('differ between two looks by what was added, changed and gone', async () => {
    const earlier = look();
    await says(lab(), 'one', 'echo b >/etc/new; rm -r /srv/dir; echo c >/etc/newer; touch /etc/issue');
    expect(difference(earlier, look())).toEqual({
      added: ['/etc/newer'],
      changed: ['/etc/new'],
      gone: ['/srv/dir', '/srv/dir/empty'],
    });
  });
});
