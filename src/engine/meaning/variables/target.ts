import type { Become, Target } from '../../../core/connection.js';
import type { Host, Keywords } from '../../../core/play.js';
import { Secret } from '../../../core/secret.js';
import { RenderError, type Value } from '../../../core/value.js';
import { withoutOmitted } from '../../../template/omit.js';
import { toText } from '../../../template/text.js';
import type { Options } from '../../ports.js';
import { isTrue } from './boolean.js';
import { keyword } from './keywords.js';
import { numberOf } from './number.js';
import type { LayeredScope } from './scope.js';

/** Reads the first of several variables that is set. */
function first(scope: LayeredScope, ...names: readonly string[]): Value | undefined {
  for (const name of names) {
    const value = withoutOmitted(scope.get(name) ?? null);
    if (value !== undefined && value !== null) return value;
  }
  return undefined;
}
const text = (value: Value | undefined): string | undefined =>
  value === undefined || value === null ? undefined : value instanceof Secret ? value.reveal() : toText(value);

function secret(value: Value | undefined): Secret | undefined {
  if (value === undefined || value === null) return undefined;
  return value instanceof Secret ? value : new Secret(toText(value));
}

/** Keywords, and the scope of whoever wrote them: under `delegate_to` not that of the host they are for. */
export interface Written {
  readonly keywords: Keywords;
  readonly scope: LayeredScope;
}

/** How a host is reached, from its variables, the keywords, and the command line, in that order of strength. */
export function targetOf(host: Host, scope: LayeredScope, { keywords, ...written }: Written, options: Options): Target {
  const connection =
    text(first(scope, 'ansible_connection')) ??
    text(keyword(keywords.connection, written.scope)) ??
    options.connection ??
    'ssh';
  const kind =
    connection === 'local'
      ? 'local'
      : ['ssh', 'smart', 'paramiko', 'paramiko_ssh', 'ansible.builtin.ssh'].includes(connection)
        ? 'ssh'
        : undefined;
  if (kind === undefined)
    throw new RenderError(
      `the connection \`${connection}\` of ${host.name} is not supported`,
      undefined,
      'ssh and local are',
    );
  const port = first(scope, 'ansible_port', 'ansible_ssh_port') ?? keyword(keywords.port, written.scope);
  const args = [first(scope, 'ansible_ssh_common_args'), first(scope, 'ansible_ssh_extra_args')]
    .map(v => text(v) ?? '')
    .join(' ');
  const checkHostKey = first(scope, 'ansible_host_key_checking', 'ansible_ssh_host_key_checking');
  return {
    host: host.name,
    connection: kind,
    address: text(first(scope, 'ansible_host', 'ansible_ssh_host')) ?? host.name,
    port: numberOf(port, 'ansible_port'),
    user:
      text(first(scope, 'ansible_user', 'ansible_ssh_user')) ??
      text(keyword(keywords.remoteUser, written.scope)) ??
      options.user,
    privateKeyFile:
      text(first(scope, 'ansible_ssh_private_key_file', 'ansible_private_key_file')) ?? options.privateKeyFile,
    password: secret(first(scope, 'ansible_password', 'ansible_ssh_pass', 'ansible_ssh_password')) ?? options.password,
    passphrase: secret(first(scope, 'ansible_ssh_private_key_passphrase')),
    proxyJump: /(?:^|\s)-J\s*(\S+)/.exec(args)?.[1] ?? /ProxyJump[= ]"?([^\s"']+)/.exec(args)?.[1],
    knownHostsFile:
      text(first(scope, 'ansible_known_hosts_file')) ?? /UserKnownHostsFile[= ]"?([^\s"']+)/.exec(args)?.[1],
    checkHostKey:
      checkHostKey === undefined
        ? /StrictHostKeyChecking[= ]"?(?:no|off)/.test(args)
          ? false
          : undefined
        : isTrue(checkHostKey),
    place: host.place,
  };
}

/** As whom a task runs: variables beat keywords, keywords beat the command line. Undefined: as the login. */
export function becomeOf(scope: LayeredScope, { keywords, ...written }: Written, options: Options): Become | undefined {
  const from = (name: string, word: Keywords['become']): Value | undefined =>
    first(scope, name) ?? keyword(word, written.scope);
  const wanted = from('ansible_become', keywords.become);
  if (!(wanted === undefined || wanted === null ? options.become : isTrue(wanted))) return undefined;
  const method = text(from('ansible_become_method', keywords.becomeMethod)) ?? options.becomeMethod ?? 'sudo';
  if (method !== 'sudo' && method !== 'su')
    throw new RenderError(`become_method \`${method}\` is not supported`, undefined, 'sudo and su are');
  return {
    user: text(from('ansible_become_user', keywords.becomeUser)) ?? options.becomeUser ?? 'root',
    method,
    password:
      secret(first(scope, 'ansible_become_password', 'ansible_become_pass', 'ansible_sudo_pass')) ??
      options.becomePassword,
  };
}

/** One word for a lane: same word, same shell. */
export const identityWord = (become: Become | undefined): string =>
  become === undefined ? '' : `${become.method}:${become.user}`;
