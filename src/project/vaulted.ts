import { closeSync, openSync, readSync } from 'node:fs';
import { RenderError } from '../core/value.js';

/** What files encrypted by ansible-vault begin with. (ansible-core 2.14, parsing/vault) */
const HEADER = '$ANSIBLE_VAULT';

/** Whether a file of the controller is encrypted by ansible-vault. `bytes`: its content, where it is known. */
export function isVaulted(absolute: string, bytes?: Uint8Array): boolean {
  const head = bytes ?? headOf(absolute);
  return Buffer.from(head.subarray(0, HEADER.length)).toString('latin1') === HEADER;
}

function headOf(absolute: string): Uint8Array {
  const file = openSync(absolute, 'r');
  try {
    const head = Buffer.alloc(HEADER.length);
    return head.subarray(0, readSync(file, head, 0, HEADER.length, 0));
  } finally {
    closeSync(file);
  }
}

/** What is wrong with such a file, where its content is wanted. */
export const vaultedInWords = (shown: string): string =>
  `${shown} is encrypted with ansible-vault, and there is no vault password: encrypted files are not supported here yet`;

/** Throws RenderError for a file that is encrypted: its ciphertext must never be taken for its content. */
export function refuseVaulted(absolute: string, shown: string, bytes?: Uint8Array): void {
  if (isVaulted(absolute, bytes)) throw new RenderError(vaultedInWords(shown));
}
