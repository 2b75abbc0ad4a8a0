/**
 * Text from a host as a terminal may have it: control characters are shown, not obeyed, so that no output can move the
 * cursor, change the title or hide a line. Line ends and tabs stay; a carriage return at a line's end is dropped.
 */
export const visible = (text: string): string =>
  text
    .replace(/\r+\n/g, '\n')
    .replace(/[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u202a-\u202e\u2066-\u2069]/g, c => `\\x${c.codePointAt(0)!.toString(16).padStart(2, '0')}`);
