const ALPHABET = './0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz';

/**
 * A digest as crypt(5) prints it: four characters for three bytes each, in the order given. The last group may have fewer
 * bytes; -1 stands for one that is not there.
 */
export function digestText(bytes: Uint8Array, order: readonly (readonly number[])[]): string {
  const at = (index: number) => (index < 0 ? 0 : bytes[index]!);
  const letters = (group: readonly number[]) => {
    let value = (at(group[0]!) << 16) | (at(group[1]!) << 8) | at(group[2]!);
    let out = '';
    for (let count = group.filter(index => index >= 0).length; count >= 0; count--, value >>= 6)
      out += ALPHABET[value & 63];
    return out;
  };
  return order.map(letters).join('');
}
