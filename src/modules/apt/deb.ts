import { type Output, type Probe, probe } from '../../core/probe.js';
import { sh } from '../../core/sh.js';

/** A package file, and what of it is installed. */
export interface DebFile {
  /** Undefined: not there, or no package; `why` says which. */
  readonly name: string | undefined;
  readonly version: string;
  readonly installed: string | undefined;
  readonly why: string;
}

export const isUrl = (deb: string): boolean => /^(?:https?|ftp):\/\//.test(deb);

/** Looks into a file on the target; of an address only its name can be read: `name_version_architecture.deb`. */
export function debProbe(deb: string): Probe<DebFile> {
  const [, name = '', version = ''] = /([a-z0-9][a-z0-9+.-]+)_([^_/]+)_[^_/]+\.deb$/.exec(decodeURI(deb)) ?? [];
  const read = isUrl(deb)
    ? sh`rm_name=${name}; rm_version=${version}; [ -n "$rm_name" ] || exit 0`
    : sh`[ -e ${deb} ] || { echo 'no such file'; exit 1; }
rm_name=$(dpkg-deb -f ${deb} Package 2>&1) || { printf '%s\n' "$rm_name"; exit 1; }
rm_version=$(dpkg-deb -f ${deb} Version)`;
  const script = sh`${read}
printf '%s\n' "$rm_name" "$rm_version"
dpkg-query -W -f '\${db:Status-Abbrev}\${Version}\n' "$rm_name" 2>/dev/null | sed -n 's/^.[itW].//p'`;
  const parse = ({ stdout, status }: Output): DebFile => {
    const [first = '', second = '', third] = stdout.split('\n');
    if (status !== 0 || (first === '' && !isUrl(deb)))
      return { name: undefined, version: '', installed: undefined, why: first };
    return { name: first, version: second, installed: third || undefined, why: '' };
  };
  return { ...probe(script, parse), status: 'told' };
}
