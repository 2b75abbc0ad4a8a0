/**
 * A format for the shell's printf that gives these bytes: printable ASCII as it is, the rest as three octal digits. `printf`
 * is a builtin everywhere and takes any byte so, which needs neither a process nor a here-document (printf(1p)).
 */
export function formatOf(bytes: Uint8Array): string {
  let text = '';
  for (let i = 0; i < bytes.length; i++) {
    const byte = bytes[i]!;
    // A hyphen in front would be an option. Quotes are spelt out, since quoting them takes four bytes too.
    const plain =
      byte === 0x0a ||
      (byte >= 0x20 && byte < 0x7f && !"%\\'".includes(String.fromCharCode(byte)) && (i > 0 || byte !== 0x2d));
    text += plain ? String.fromCharCode(byte) : `\\${byte.toString(8).padStart(3, '0')}`;
  }
  return text;
}
