/** A process of a host. `command` is its command line, for a message. */
export interface Process {
  readonly pid: number;
  readonly command: string;
}

/** What became of all that ran for us on a host when it was to be ended. */
export type Fate =
  | { readonly kind: 'nothing ran' }
  /** Confirmed: none of them lives. `processes` counts them, without our shells; `by` is the strongest signal it took. */
  | { readonly kind: 'ended'; readonly processes: number; readonly by: 'SIGTERM' | 'SIGKILL' }
  /** These still live: neither signal ended them, or they had detached themselves but still hold our output. */
  | { readonly kind: 'left'; readonly left: readonly Process[] }
  | { readonly kind: 'unknown'; readonly why: string };

/** What became of it in words, to follow a colon or a semicolon. */
export function fateInWords(fate: Fate): string {
  switch (fate.kind) {
    case 'nothing ran':
      return 'nothing ran there';
    case 'ended':
      return `it was ended with ${fate.by}`;
    case 'left':
      return `still running: ${fate.left.map(({ pid, command }) => `${command} (process ${pid})`).join(', ')}`;
    case 'unknown':
      return `whether it has ended is not known: ${fate.why}`;
  }
}
