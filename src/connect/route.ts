import { existsSync } from 'node:fs';
import { userInfo } from 'node:os';
import { join } from 'node:path';
import type { Target } from '../core/connection.js';
import type { Credentials } from './auth.js';
import type { Endpoint } from './dial.js';
import type { HostKeys, Identification } from './host-key.js';
import type { ConnectOptions } from './options.js';
import { type Settings, type SshConfig, untilde } from './ssh-config.js';

/** One ssh connection on the way: where to, as whom, and how the host proves itself. */
export interface Hop {
  readonly endpoint: Endpoint;
  readonly identification: Identification;
  readonly credentials: Credentials;
  /** Seconds, from ConnectTimeout. */
  readonly connectTimeout?: number | undefined;
}

/** Jump hosts first, the target last. */
export type Route = readonly [...jumps: Hop[], target: Hop];

/** What the way to one host hangs on: what was given for it, before the ssh config is asked. */
type Wish = Pick<
  Target,
  'address' | 'port' | 'user' | 'privateKeyFile' | 'password' | 'passphrase' | 'knownHostsFile' | 'checkHostKey'
> & {
  /** For messages; jump hosts have none but their address. */
  readonly host?: string;
};

/** How many jumps there may be; more are a loop. */
const MOST_JUMPS = 8;

/**
 * The way to a target. What the inventory says goes first, then the run's options, then the ssh config, then ssh's
 * defaults. Throws with a reason fit to print where the ssh config cannot be read or asks for what is not supported.
 */
export function routeTo(target: Target, config: SshConfig, options: ConnectOptions, home: string): Route {
  const context: Context = { config, options, home, localUser: userInfo().username };
  return hops(target, target.proxyJump, context, 0);
}

interface Context {
  readonly config: SshConfig;
  readonly options: ConnectOptions;
  readonly home: string;
  readonly localUser: string;
}

function hops(wish: Wish, proxyJump: string | undefined, context: Context, depth: number): Route {
  if (depth > MOST_JUMPS)
    throw new Error(`${wish.address}: more than ${MOST_JUMPS} jump hosts, do they lead in a circle?`);
  const { config, options, home, localUser } = context;
  const user = wish.user ?? options.user;
  const settings = config.settings({ alias: wish.address, user, home, localUser });
  const jump = proxyJump ?? first(settings, 'proxyjump');
  const command = first(settings, 'proxycommand');
  if (jump === undefined && command !== undefined && command !== 'none') {
    throw new Error(`the ssh config wants a ProxyCommand for ${wish.address}, which is not supported: use ProxyJump`);
  }
  const jumps = jump === undefined || jump === 'none' ? [] : jump.split(',').map(text => text.trim());
  let before: readonly Hop[] = [];
  // The first of several may itself be behind another; the rest are reached through the one before, whatever they say.
  jumps.forEach((text, i) => {
    const route = hops(parseJump(text), i === 0 ? undefined : 'none', context, depth + 1);
    before = [...before, ...route];
  });
  return [...before, hop(wish, settings, context, before)] as unknown as Route;
}

/** `[user@]host[:port]` or `ssh://…`, as ssh -J takes it. */
function parseJump(text: string): Wish {
  const [, user, bracketed, plain, port] =
    /^(?:ssh:\/\/)?(?:(.*)@)?(?:\[([^\]]+)\]|([^:]+))(?::(\d+))?\/?$/.exec(text) ?? [];
  const address = bracketed ?? plain;
  if (address === undefined) throw new Error(`not a jump host: ${text}`);
  return { address, user, port: port === undefined ? undefined : Number(port) };
}

function hop(wish: Wish, settings: Settings, context: Context, before: readonly Hop[]): Hop {
  const { options, localUser } = context;
  const port = wish.port ?? Number(first(settings, 'port') ?? 22);
  const user = wish.user ?? options.user ?? first(settings, 'user') ?? localUser;
  const address = (first(settings, 'hostname') ?? wish.address).replaceAll('%h', wish.address).replaceAll('%%', '%');
  const via = before.at(-1);
  const label = `${user}@${address.includes(':') ? `[${address}]` : address}:${port}`;
  const name = `${wish.host === undefined ? label : `${wish.host} (${label})`}${via ? ` via ${via.endpoint.address}` : ''}`;
  const expand = (path: string) => expanded(path, { ...context, alias: wish.address, address, port, user });
  const alias = first(settings, 'hostkeyalias');
  const timeout = Number(first(settings, 'connecttimeout'));
  return {
    endpoint: { address, port, name },
    identification: {
      host: alias ?? address,
      port: alias === undefined ? port : 22,
      files: knownHostsFiles(wish, settings, options, expand),
      policy: policy(wish, settings, options),
      name,
    },
    credentials: { ...credentials(wish, settings, context, expand), user },
    connectTimeout: timeout > 0 ? timeout : undefined,
  };
}

const first = (settings: Settings, name: string): string | undefined => settings.get(name)?.[0];

/** The tokens that make sense in paths (ssh_config(5), TOKENS), and `~`. */
function expanded(path: string, at: Context & { alias: string; address: string; port: number; user: string }): string {
  const tokens: Record<string, string> = {
    '%': '%',
    d: at.home,
    h: at.address,
    n: at.alias,
    p: String(at.port),
    r: at.user,
    u: at.localUser,
  };
  return untilde(path, at.home).replace(/%([a-zA-Z%])/g, (all, token: string) => tokens[token] ?? all);
}

function knownHostsFiles(wish: Wish, settings: Settings, options: ConnectOptions, expand: (path: string) => string) {
  if (wish.knownHostsFile !== undefined) return [expand(wish.knownHostsFile)];
  if (options.knownHosts !== undefined) return options.knownHosts;
  const user = settings.get('userknownhostsfile') ?? ['~/.ssh/known_hosts', '~/.ssh/known_hosts2'];
  const system = settings.get('globalknownhostsfile') ?? ['/etc/ssh/ssh_known_hosts', '/etc/ssh/ssh_known_hosts2'];
  return [...user, ...system].filter(path => path !== 'none').map(expand);
}

/** Only what was said for this very host or run switches the check off. The ssh config can at most have new keys learnt. */
function policy(wish: Wish, settings: Settings, options: ConnectOptions): HostKeys {
  if (wish.checkHostKey === false) return 'any';
  if (options.hostKeys !== undefined && wish.checkHostKey === undefined) return options.hostKeys;
  const asked = first(settings, 'stricthostkeychecking')?.toLowerCase() ?? '';
  return ['accept-new', 'no', 'off'].includes(asked) ? 'accept-new' : 'strict';
}

const DEFAULT_KEYS = ['id_ed25519', 'id_ecdsa', 'id_rsa'];

function credentials(
  wish: Wish,
  settings: Settings,
  { options, home }: Context,
  expand: (path: string) => string,
): Omit<Credentials, 'user'> {
  const named = settings.get('identityfile')?.map(expand);
  const from =
    wish.privateKeyFile !== undefined
      ? { keyFiles: [untilde(wish.privateKeyFile, home)], keyFilesAre: 'required' as const }
      : named !== undefined
        ? { keyFiles: named.filter(path => path !== 'none'), keyFilesAre: 'named' as const }
        : {
            keyFiles: DEFAULT_KEYS.map(name => join(home, '.ssh', name)).filter(path => existsSync(path)),
            keyFilesAre: 'default' as const,
          };
  const agent = first(settings, 'identityagent');
  return {
    ...from,
    identitiesOnly: first(settings, 'identitiesonly')?.toLowerCase() === 'yes',
    agentSocket:
      agent === undefined || agent === 'SSH_AUTH_SOCK'
        ? options.agentSocket
        : agent === 'none'
          ? undefined
          : expand(agent),
    password: wish.password,
    passphrase: wish.passphrase,
  };
}
