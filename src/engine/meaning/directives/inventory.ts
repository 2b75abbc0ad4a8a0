import type { Joining } from '../../../core/play.js';
import { RenderError, type Value, type Vars } from '../../../core/value.js';
import { toText } from '../../../template/text.js';
import type { Run } from '../../state/run.js';
import { changed, type Directed, type Directive, done, failing } from './directive.js';

/**
 * add_host: a host for the plays that follow, and for delegation at once. As in Ansible (`add_host.py`), `host` and `group`,
 * where they are written, are variables of it too.
 */
export const addHost: Directive = ({ stage, piece }) => {
  const { name, hostname, groupname, groups, ...given } = piece.args;
  const address = name ?? hostname ?? given.host;
  if (address === undefined || address === null) throw new RenderError('add_host needs a `name`');
  const { host, vars } = withPort(toText(address), given);
  const joined = [...new Set(words(groupname ?? groups ?? given.group))];
  const directed = joining(
    stage.run,
    { kind: 'host', host, groups: joined, vars },
    { add_host: { host_name: host, groups: joined, host_vars: vars } },
  );
  const added = stage.run.host(host);
  const isChanged = directed.kind === 'outcome' && directed.outcome.kind === 'changed';
  if (isChanged && added && !stage.named.includes(added)) stage.named = [...stage.named, added];
  return directed;
};

/** group_by: the present host joins a group named by a value. */
export const groupBy: Directive = ({ stage, host, piece }) => {
  const key = piece.args.key;
  if (key === undefined || key === null) throw new RenderError('group_by needs a `key`');
  const group = nameOf(toText(key));
  const named = words(piece.args.parents).map(nameOf);
  const parents = named.length > 0 ? named : ['all'];
  return joining(
    stage.run,
    { kind: 'group', host: host.name, group, parents },
    { add_group: group, parent_groups: parents },
  );
};

function joining(run: Run, what: Joining, result: Vars): Directed {
  const joined = run.join(what);
  if (!joined.ok) return failing({ reason: 'template', diagnostics: joined.error });
  return joined.value ? changed(result) : done(result);
}

/** `name:22`: the port becomes a variable. */
function withPort(address: string, vars: Vars): { readonly host: string; readonly vars: Vars } {
  const [, bracketed, plain, port] = /^(?:\[([^\]]+)\]|([^:[\]]+)):(\d+)$/.exec(address) ?? [];
  const host = bracketed ?? plain;
  return host === undefined ? { host: address, vars } : { host, vars: { ...vars, ansible_ssh_port: Number(port) } };
}

const nameOf = (text: string): string => text.replaceAll(' ', '-');

const words = (value: Value | undefined): readonly string[] =>
  value === undefined || value === null || value === ''
    ? []
    : (Array.isArray(value) ? (value as readonly Value[]).map(toText) : toText(value).split(',')).map(word =>
        word.trim(),
      );
