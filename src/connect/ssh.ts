import type { Target } from '../core/connection.js';
import type { Failure } from '../core/outcome.js';
import { at } from '../core/place.js';
import type { Carrier } from './carrier.js';
import { lost, unreachable } from './failures.js';
import type { Network } from './network.js';
import type { ConnectOptions } from './options.js';
import type { Link, Opened } from './pipe.js';
import { type Route, routeTo } from './route.js';
import type { SshConfig } from './ssh-config.js';

/** The only thing ever put on an ssh command line: works under bash, fish and tcsh, and says nothing in `ps` and logs. */
const SHELL = 'exec /bin/sh';

export type Linked = { readonly ok: true; readonly link: Link } | { readonly ok: false; readonly failure: Failure };

/** Connects to a target over ssh. */
export async function reachBySsh(
  target: Target,
  network: Network,
  config: SshConfig,
  options: ConnectOptions,
  home: string,
): Promise<Linked> {
  let route: Route;
  try {
    route = routeTo(target, config, options, home);
  } catch (error) {
    return { ok: false, failure: unreachable('protocol', (error as Error).message) };
  }
  const reached = await network.reach(route);
  if (reached.ok) return { ok: true, link: new SshLink(network, route, reached.value) };
  const { failure } = reached;
  // A name that does not resolve is most often a slip in the inventory.
  const isSlip = failure.reason === 'unreachable' && failure.code === 'dns' && target.place !== undefined;
  return { ok: false, failure: isSlip ? { ...failure, hint: `it is named at ${at(target.place)}` } : failure };
}

/**
 * The connections to one host: one, as a rule; more where sshd allows fewer sessions on each than are needed
 * (MaxSessions 1), and a new one where the old was lost between two questions.
 */
class SshLink implements Link {
  readonly name: string;
  readonly user: string;
  readonly environment = 'made';
  readonly #network: Network;
  readonly #route: Route;
  #carriers: Carrier[];
  #closed = false;

  constructor(network: Network, route: Route, first: Carrier) {
    const target = route.at(-1)!;
    this.name = target.endpoint.name;
    this.user = target.credentials.user;
    this.#network = network;
    this.#route = route;
    this.#carriers = [first];
  }

  async open(): Promise<Opened> {
    for (;;) {
      this.#carriers = this.#carriers.filter(({ gone }) => gone === undefined);
      let carrier = this.#carriers.find(({ hasRoom }) => hasRoom);
      if (carrier === undefined) {
        const reached = await this.#network.reach(this.#route);
        if (!reached.ok) return reached;
        carrier = reached.value;
        if (this.#closed) {
          carrier.end();
          return { ok: false, failure: lost(`the connection to ${this.name} was closed`) };
        }
        this.#carriers.push(carrier);
      }
      const opened = await carrier.open(SHELL);
      if (opened === 'full') continue;
      if (!('why' in opened)) return { ok: true, pipe: opened };
      if (carrier.gone !== undefined) return { ok: false, failure: lost(`${this.name}: ${opened.why}`) };
      return { ok: false, failure: unreachable('no-shell', `${this.name} opens no session: ${opened.why}`) };
    }
  }

  async close(): Promise<void> {
    this.#closed = true;
    for (const carrier of this.#carriers) carrier.end();
    this.#carriers = [];
  }
}
