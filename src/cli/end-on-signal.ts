import type { OpenConnections } from '../connect/open-connections.js';
import type { Event, Reporter } from '../core/event.js';
import type { Fate } from '../core/fate.js';
import type { HostName } from '../core/names.js';
import type { Interrupts } from './interrupt.js';

/** A run that has not ended so long after the second signal is cut off, in milliseconds. A connection takes 5 s at most. */
const LAST_MOMENT = 6_500;
/** So long the account may take to be written then, in milliseconds. */
const LAST_WORDS = 500;

interface Needs extends Pick<Interrupts, 'kill' | 'code'> {
  readonly open: OpenConnections;
  readonly reporters: readonly Reporter[];
  /** Masks secrets: command lines of processes may hold some. */
  mask(text: string): string;
}

export interface Ending {
  /** Tells the reporters. The end of the run is told last, also behind what became of the hosts. */
  emit(event: Event): void;
  /** Waits until all is told, and closes the reporters. */
  settled(): Promise<void>;
}

/**
 * Ends what runs on all hosts when `kill` is aborted, and tells what became of it. A run that has not ended by itself soon
 * behind that gets its recap all the same, and the program ends.
 */
export function endOnKill({ kill, code, open, reporters, mask }: Needs): Ending {
  const began = Date.now();
  let ended: Promise<void> | undefined;
  let isOver = false;
  /** How many events of a host were told, so that those told here are counted as well. */
  const orders = new Map<HostName, number>();
  const tell = (event: Untold): void => {
    if (isOver) return;
    isOver = event.kind === 'run-finished';
    const told = 'host' in event ? { ...event, order: countUp(orders, event.host) } : event;
    for (const one of reporters) one.on(told as Event);
  };
  const settled = async (): Promise<void> => {
    await ended;
    for (const one of reporters) await one.close?.();
  };
  const cutOff = (): void => {
    if (isOver) return;
    const at = Date.now();
    tell({ at, kind: 'run-finished', how: 'interrupted', ms: at - began });
    const leave = () => process.exit(code());
    setTimeout(leave, LAST_WORDS);
    void settled().then(() => process.stdout.write('', leave));
  };
  kill.addEventListener('abort', () => {
    setTimeout(cutOff, LAST_MOMENT).unref();
    ended = open.end((host, fate) => tell({ at: Date.now(), kind: 'host-ended', host, fate: masked(fate, mask) }));
  });
  return {
    emit(event) {
      if (event.kind === 'run-finished' && ended !== undefined) void ended.then(() => tell(event));
      else tell(event);
    },
    settled,
  };
}

/** An event whose `order` is still to be set. */
type Untold = Event | Omit<Event & { readonly kind: 'host-ended' }, 'order'>;

function countUp(orders: Map<HostName, number>, host: HostName): number {
  const order = (orders.get(host) ?? 0) + 1;
  orders.set(host, order);
  return order;
}

function masked(fate: Fate, mask: (text: string) => string): Fate {
  if (fate.kind === 'unknown') return { ...fate, why: mask(fate.why) };
  if (fate.kind !== 'left') return fate;
  return { ...fate, left: fate.left.map(({ pid, command }) => ({ pid, command: mask(command) })) };
}
