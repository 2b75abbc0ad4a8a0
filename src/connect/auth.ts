import type { AnyAuthMethod, AuthHandlerMiddleware, ParsedKey } from 'ssh2';
import type { Failure } from '../core/outcome.js';
import type { Secret } from '../core/secret.js';
import { AgentKey, agentKeys } from './agent.js';
import { unreachable } from './failures.js';
import { type KeyFile, readKey } from './keys.js';
import { fingerprint } from './known-hosts.js';

/** What a login may be tried with. */
export interface Credentials {
  readonly user: string;
  /** Absolute paths, in order. */
  readonly keyFiles: readonly string[];
  /** `required`: named by the inventory, and must be usable. `named`: by the ssh config. `default`: nobody named them. */
  readonly keyFilesAre: 'required' | 'named' | 'default';
  /** Offer no key of the agent that is not also among the files. */
  readonly identitiesOnly: boolean;
  readonly agentSocket?: string | undefined;
  readonly password?: Secret | undefined;
  readonly passphrase?: Secret | undefined;
}

/** Asked for the passphrase of a key file; nothing where nobody can be asked. */
export type AskPassphrase = (keyFile: string) => Promise<Secret | undefined>;

interface Offer {
  readonly method: AnyAuthMethod;
  /** For the list of what was tried. */
  readonly label: string;
}

/** `login` makes a try; a dropped connection needs another one. */
export type Prepared =
  | { readonly ok: true; readonly login: () => Login }
  | { readonly ok: false; readonly failure: Failure };

/** One try to log in: hands ssh2 one method after the other, each once, and remembers what became of them. */
export class Login {
  readonly #offers: Offer[];
  readonly #notes: readonly string[];
  readonly #tried: string[] = [];
  #allowed: readonly string[] = [];

  constructor(
    readonly user: string,
    offers: readonly Offer[],
    notes: readonly string[],
  ) {
    this.#offers = [...offers];
    this.#notes = notes;
  }

  /** For ssh2's `authHandler`. */
  readonly next: AuthHandlerMiddleware = (allowed, _partial, give) => {
    if (Array.isArray(allowed)) this.#allowed = allowed;
    // By which method the server takes passwords it tells only when it is asked.
    else if (this.#offers[0]?.label === PASSWORD) return give({ type: 'none', username: this.user });
    const open = (offer: Offer) => {
      const type = offer.method.type === 'agent' ? 'publickey' : offer.method.type;
      return !Array.isArray(allowed) || (allowed as string[]).includes(type);
    };
    const at = this.#offers.findIndex(open);
    // `false` ends the login; the types of ssh2 do not know it.
    if (at < 0) return give(false as never);
    const [offer] = this.#offers.splice(at, 1);
    // A password is one try in whatever method: a second could lock the account.
    if (offer!.label === PASSWORD) this.#drop(PASSWORD);
    this.#tried.push(offer!.label);
    give(offer!.method);
  };

  #drop(label: string): void {
    const kept = this.#offers.filter(offer => offer.label !== label);
    this.#offers.splice(0, this.#offers.length, ...kept);
  }

  /** Why the login failed. `said` is what the server gave for a reason, if anything. */
  failure(who: string, said: string | undefined): Failure {
    const tried = this.#tried.length > 0 ? `tried ${this.#tried.join(', ')}` : 'there was nothing to try';
    const allowed = this.#allowed.length > 0 ? `; the server allows ${this.#allowed.join(', ')}` : '';
    const notes = this.#notes.length > 0 ? ` (${this.#notes.join('; ')})` : '';
    const reason = said === undefined ? '' : `: ${said}`;
    const many = said !== undefined && /too many authentication failures/i.test(said);
    return unreachable(
      'auth',
      `${who} was refused${reason}: ${tried}${allowed}${notes}`,
      many
        ? 'the agent holds more keys than the server lets one try: name the right one (ansible_ssh_private_key_file, IdentityFile)'
        : 'failed logins are not repeated: sshd may shut out an address that fails too often (PerSourcePenalties)',
    );
  }
}

const PASSWORD = 'the password';

/** Gathers what can be offered, before any connection is made. A key that is required and cannot be used is a failure. */
export async function prepare(credentials: Credentials, ask: AskPassphrase | undefined): Promise<Prepared> {
  const { user, keyFilesAre, agentSocket, password } = credentials;
  const notes: string[] = [];
  const inAgent =
    agentSocket === undefined
      ? []
      : await agentKeys(agentSocket).catch((error: Error) => {
          notes.push(`the ssh agent at ${agentSocket} was left out: ${error.message}`);
          return [];
        });
  const files = await Promise.all(credentials.keyFiles.map(path => unlocked(path, credentials, inAgent, ask)));
  for (const file of files) {
    const why = complaint(file, inAgent);
    if (why === undefined) continue;
    if (keyFilesAre === 'required') return { ok: false, failure: unreachable('auth', why.why, why.hint) };
    if (file.kind !== 'missing' || keyFilesAre === 'named') notes.push(why.why);
  }
  const keys = keyOffers(credentials, files, inAgent);
  if (keys.length === 0 && password === undefined) return { ok: false, failure: nothingToOffer(user, files, notes) };
  return { ok: true, login: () => new Login(user, [...keys, ...passwordOffers(user, password)], notes) };
}

/** A key file, its passphrase given or asked for, unless the agent has the key anyway. */
async function unlocked(
  path: string,
  { passphrase, keyFilesAre }: Credentials,
  inAgent: readonly ParsedKey[],
  ask: AskPassphrase | undefined,
): Promise<KeyFile> {
  const locked = readKey(path, undefined);
  if (locked.kind !== 'encrypted' || holds(inAgent, locked.blob)) return locked;
  // Nobody is asked for keys that no one named.
  const given = passphrase ?? (keyFilesAre === 'default' ? undefined : await ask?.(path));
  return given === undefined ? locked : readKey(path, given.reveal());
}

const holds = (keys: readonly ParsedKey[], blob: Buffer | undefined): boolean =>
  blob !== undefined && keys.some(key => key.getPublicSSH().equals(blob));

/** Why a key file is of no use; nothing where it is. */
function complaint(file: KeyFile, inAgent: readonly ParsedKey[]): { why: string; hint?: string } | undefined {
  switch (file.kind) {
    case 'key':
      return undefined;
    case 'missing':
      return { why: `the key ${file.path} does not exist` };
    case 'encrypted':
      return holds(inAgent, file.blob)
        ? undefined
        : {
            why: `the key ${file.path} is encrypted and no passphrase was given`,
            hint: `load it into an agent (ssh-add ${file.path}), or have the passphrase asked for`,
          };
    case 'wrong-passphrase':
      return { why: `the passphrase does not fit the key ${file.path}` };
    case 'unusable':
      return { why: `the key ${file.path} cannot be used: ${file.why}` };
  }
}

/**
 * Keys of the agent that are also among the files come first; then files somebody named, so that a full agent cannot use
 * up the server's MaxAuthTries before them; then what else the agent holds; then default files.
 */
function keyOffers(
  { user, keyFilesAre, identitiesOnly, agentSocket }: Credentials,
  files: readonly KeyFile[],
  inAgent: readonly ParsedKey[],
): readonly Offer[] {
  const blobs = files.flatMap(file =>
    file.kind === 'key' ? [file.key.getPublicSSH()] : file.kind === 'encrypted' && file.blob ? [file.blob] : [],
  );
  const isNamed = (key: ParsedKey) => blobs.some(blob => blob.equals(key.getPublicSSH()));
  const fromAgent = (key: ParsedKey): Offer => ({
    method: { type: 'agent', username: user, agent: new AgentKey(agentSocket!, key) },
    label: `agent key ${fingerprint(key.getPublicSSH())}${key.comment ? ` (${key.comment})` : ''}`,
  });
  const fromFiles = files.flatMap((file): Offer[] =>
    file.kind !== 'key' || holds(inAgent, file.key.getPublicSSH())
      ? []
      : [{ method: { type: 'publickey', username: user, key: file.key }, label: `key ${file.path}` }],
  );
  const others = identitiesOnly ? [] : inAgent.filter(key => !isNamed(key)).map(fromAgent);
  const named = inAgent.filter(isNamed).map(fromAgent);
  return keyFilesAre === 'default' ? [...named, ...others, ...fromFiles] : [...named, ...fromFiles, ...others];
}

/** The password by whichever method the server has. In a dialogue it answers the first hidden question, once. */
function passwordOffers(user: string, password: Secret | undefined): readonly Offer[] {
  if (password === undefined) return [];
  let given = false;
  return [
    { method: { type: 'password', username: user, password: password.reveal() }, label: PASSWORD },
    {
      method: {
        type: 'keyboard-interactive',
        username: user,
        prompt: (_name, _instructions, _language, prompts, finish) => {
          finish(
            prompts.map(({ echo }) => {
              if (echo || given) return '';
              given = true;
              return password.reveal();
            }),
          );
        },
      },
      label: PASSWORD,
    },
  ];
}

function nothingToOffer(user: string, files: readonly KeyFile[], notes: readonly string[]): Failure {
  const locked = files.find(file => file.kind === 'encrypted');
  if (locked !== undefined) {
    return unreachable(
      'auth',
      `the key ${locked.path} is encrypted and no passphrase was given, and there is no other way to log in as ${user}`,
      `load it into an agent (ssh-add ${locked.path}), or have the passphrase asked for`,
    );
  }
  return unreachable(
    'auth',
    `there is nothing to log in with as ${user}: no key, no agent, no password${notes.length > 0 ? ` (${notes.join('; ')})` : ''}`,
    'make a key with ssh-keygen and put its public half on the host with ssh-copy-id',
  );
}
