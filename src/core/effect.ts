/**
 * What a change leaves behind for the looks of others to see. Told so that a task behind it can be planned before it is
 * done: its guard then expects the very sight that the plan was drawn from, so a wrong telling costs a trip, never a
 * wrong act.
 */
export type Effect =
  | { readonly kind: 'path'; readonly path: string; readonly is: Standing }
  | { readonly kind: 'user'; readonly name: string; readonly id: number }
  | { readonly kind: 'group'; readonly name: string; readonly id: number };

/** How a path stands: nothing there, something nobody can tell, or a thing of this status and, of a file, content. */
export type Standing =
  | 'gone'
  | 'unknown'
  | {
      /** As `stat` prints it by `STATUS_FORMAT`. */
      readonly status: string;
      readonly content?: Uint8Array | undefined;
    };

/** The effects that came after a certain sight. */
export interface EffectsSince {
  /** Undefined: nothing is known to have happened there. */
  at(path: string): Standing | undefined;
  /** Number of a user or group made since. */
  account(kind: 'user' | 'group', name: string): number | undefined;
}

interface Entry<T> {
  readonly order: number;
  readonly is: T;
}

/** The effects on one target, in their order. A copy may grow on its own: what it adds is a guess of what will be. */
export class Effects {
  #order = 0;
  readonly #paths: Map<string, Entry<Standing>>;
  readonly #accounts: Map<string, Entry<number>>;
  readonly #under: Effects | undefined;

  constructor(under?: Effects) {
    this.#under = under;
    this.#order = under?.order ?? 0;
    this.#paths = new Map();
    this.#accounts = new Map();
  }

  /** How many there were: later ones have higher numbers. */
  get order(): number {
    return this.#order;
  }

  add(effect: Effect): void {
    const order = ++this.#order;
    if (effect.kind === 'path') this.#paths.set(effect.path, { order, is: effect.is });
    else this.#accounts.set(`${effect.kind} ${effect.name}`, { order, is: effect.id });
  }

  since(mark: number): EffectsSince {
    return {
      at: path => {
        const own = this.path(path);
        // What became of a directory above befell what is in it, too.
        let latest = own;
        for (let above = parent(path); above !== undefined; above = parent(above)) {
          const entry = this.path(above);
          if (entry && typeof entry.is === 'string' && entry.order > (latest?.order ?? 0))
            latest = { order: entry.order, is: 'unknown' };
        }
        return latest && latest.order > mark ? latest.is : undefined;
      },
      account: (kind, name) => {
        const entry = this.account(`${kind} ${name}`);
        return entry && entry.order > mark ? entry.is : undefined;
      },
    };
  }

  private path(path: string): Entry<Standing> | undefined {
    return this.#paths.get(path) ?? this.#under?.path(path);
  }

  private account(key: string): Entry<number> | undefined {
    return this.#accounts.get(key) ?? this.#under?.account(key);
  }
}

function parent(path: string): string | undefined {
  const cut = path.lastIndexOf('/');
  if (cut < 0 || path === '/') return undefined;
  return cut === 0 ? '/' : path.slice(0, cut);
}
