import { existsSync, mkdirSync, renameSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { demand } from '../../src/lab/command.js';
import { cacheFolder } from '../../src/lab/places.js';
import { shell } from '../../src/lab/reach.js';
import type { Field } from './field.js';

/** What Ansible's modules need of Python, as Debian packages; the lab's hosts have none of it. */
const PACKAGES = [
  'libpython3.11-minimal',
  'libpython3.11-stdlib',
  'python3.11-minimal',
  'libexpat1',
  'libffi8',
  'libsqlite3-0',
];

/** An archive of Python, to be unpacked over the root of a host; fetched with this machine's apt, once. */
export async function pythonArchive(): Promise<string> {
  const archive = join(cacheFolder(), 'bench-python.tar');
  if (existsSync(archive)) return archive;
  const scratch = `${archive}.half`;
  rmSync(scratch, { recursive: true, force: true });
  mkdirSync(join(scratch, 'root'), { recursive: true });
  const build = `cd "$1" && shift && chmod 755 . && apt-get download -q "$@" && for package in *.deb; do dpkg-deb -x "$package" root || exit 1; done
ln -s python3.11 root/usr/bin/python3 && rm -rf root/usr/share/doc root/usr/share/man && tar -C root -cf python.tar .`;
  await demand('fetching Python for the peers', ['sh', '-c', build, 'sh', scratch, ...PACKAGES]);
  renameSync(join(scratch, 'python.tar'), archive);
  rmSync(scratch, { recursive: true, force: true });
  return archive;
}

/** Puts Python on the hosts. Debian's merged /usr: what packages put into /lib goes to /usr/lib. */
export async function putPython({ lab, hosts }: Field, archive: string): Promise<void> {
  await Promise.all(
    hosts.map(({ name }) => {
      const unpack = 'tar -xf - --keep-directory-symlink -C / && python3 -c "import json, zipfile, ctypes"';
      const argv = shell(lab, name, [unpack]);
      return demand(`putting Python on ${name}`, [
        'sh',
        '-c',
        'archive=$1; shift; exec "$@" <"$archive"',
        'sh',
        archive,
        ...argv,
      ]);
    }),
  );
}
