import type { Duplex } from 'node:stream';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Client } from 'ssh2';
import { type Pool, poolOf } from '../core/pool.js';
import { type AskPassphrase, type Login, prepare } from './auth.js';
import { dialTcp, dialThrough, type Reached, type Times } from './dial.js';
import { unreachable } from './failures.js';
import { handshake } from './handshake.js';
import { HostKeyCheck } from './host-key.js';
import { KnownHosts } from './known-hosts.js';
import type { ConnectOptions } from './options.js';
import type { Hop, Route } from './route.js';
import { SshConnection } from './ssh-connection.js';

/** A connection dropped before the login is tried again this often; after some 0.2, 0.4, 0.8… seconds, each jittered. */
const RETRIES = 5;

/** A jump connection in use, shared by all that is behind it. */
interface Jump {
  readonly reached: Promise<Reached<{ client: Client; connection: SshConnection }>>;
  users: number;
}

/** Makes all ssh connections of a run, so that they keep out of each other's way and share jump hosts. */
export class Network {
  readonly #options: ConnectOptions;
  readonly #pools = new Map<string, Pool>();
  readonly #jumps = new Map<string, Jump>();
  readonly #known = new KnownHosts();
  readonly #ask: AskPassphrase | undefined;

  constructor(options: ConnectOptions) {
    this.#options = options;
    const { askPassphrase } = options;
    const asked = new Map<string, ReturnType<AskPassphrase>>();
    this.#ask =
      askPassphrase &&
      (path => {
        const answer = asked.get(path) ?? askPassphrase(path);
        asked.set(path, answer);
        return answer;
      });
  }

  /** Connects and logs in to the end of a route. */
  async reach(route: Route): Promise<Reached<SshConnection>> {
    const reached = await this.#reach(route);
    return reached.ok ? { ok: true, value: reached.value.connection } : reached;
  }

  async #reach(route: readonly Hop[]): Promise<Reached<{ client: Client; connection: SshConnection }>> {
    const hop = route.at(-1)!;
    const before = route.slice(0, -1);
    const prepared = await prepare(hop.credentials, this.#ask);
    if (!prepared.ok) return { ...prepared, again: false };
    let via: Client | undefined;
    if (before.length > 0) {
      const jump = await this.#jump(before);
      if (!jump.ok) return jump;
      via = jump.value;
    }
    const leave = () => {
      if (before.length > 0) this.#leave(before);
    };
    const pool = this.#pool(route);
    for (let retries = 0; ; retries++) {
      const reached = await pool(() => this.#try(hop, via, prepared.login, leave));
      if (reached.ok) return reached;
      if (!reached.again || retries >= RETRIES) {
        leave();
        return reached;
      }
      await sleep(200 * 2 ** retries * (0.5 + Math.random()));
    }
  }

  async #try(
    hop: Hop,
    via: Client | undefined,
    login: () => Login,
    onGone: () => void,
  ): Promise<Reached<{ client: Client; connection: SshConnection }>> {
    const times = this.#times(hop);
    const check = checkOf(hop, this.#known);
    if (!check.ok) return check;
    const dialled: Reached<Duplex> =
      via === undefined
        ? await dialTcp(hop.endpoint, times.connect)
        : await dialThrough(via, hop.endpoint, times.connect);
    if (!dialled.ok) return dialled;
    const shaken = await handshake(dialled.value, hop.endpoint, { check: check.value, login: login(), times });
    if (!shaken.ok) return shaken;
    const client = shaken.value;
    return {
      ok: true,
      value: { client, connection: new SshConnection(client, dialled.value, times.keepalive, onGone) },
    };
  }

  #times({ connectTimeout }: Hop): Times {
    const { connectTimeout: given, loginTimeout = 30, keepalive = { seconds: 5, count: 3 } } = this.#options;
    return { connect: given ?? connectTimeout ?? 10, login: loginTimeout, keepalive };
  }

  /** Logins wait for each other per address, and per way to it. */
  #pool(route: readonly Hop[]): Pool {
    const key = route.map(({ endpoint }) => `${endpoint.address}:${endpoint.port}`).join(' ');
    const pool = this.#pools.get(key) ?? poolOf(this.#options.connectsPerAddress ?? 5);
    this.#pools.set(key, pool);
    return pool;
  }

  /** The connection to the last of these, made once for all that need it. */
  async #jump(route: readonly Hop[]): Promise<Reached<Client>> {
    const key = keyOf(route);
    let jump = this.#jumps.get(key);
    if (jump === undefined) {
      jump = { reached: this.#reach(route), users: 0 };
      this.#jumps.set(key, jump);
    }
    jump.users++;
    const reached = await jump.reached;
    if (reached.ok && reached.value.connection.gone === undefined) return { ok: true, value: reached.value.client };
    // Forgotten, so that the next one tries anew.
    if (this.#jumps.get(key) === jump) this.#jumps.delete(key);
    if (reached.ok) return this.#jump(route);
    return reached;
  }

  #leave(route: readonly Hop[]): void {
    const key = keyOf(route);
    const jump = this.#jumps.get(key);
    if (jump === undefined || --jump.users > 0) return;
    this.#jumps.delete(key);
    void jump.reached.then(reached => reached.ok && reached.value.connection.end());
  }
}

const keyOf = (route: readonly Hop[]): string => route.map(({ endpoint }) => endpoint.name).join(' ');

function checkOf({ identification }: Hop, known: KnownHosts): Reached<HostKeyCheck> {
  try {
    return { ok: true, value: new HostKeyCheck(identification, known) };
  } catch (error) {
    return {
      ok: false,
      again: false,
      failure: unreachable(
        'hostkey-unknown',
        `whether the key of ${identification.name} is known cannot be told: ${(error as Error).message}`,
        'a known_hosts file that cannot be read may hold a key or a revocation, so it is not passed over',
      ),
    };
  }
}
