/** Programs that only read, whatever their arguments: none has an option that writes a file, and none waits for anything. */
const READERS = new Set(
  (
    '[ arch basename cat cmp df dirname dpkg-query echo egrep false fgrep free getcap getconf getent getfacl grep groups ' +
    'head id ls lscpu lsmod lspci md5sum nproc pgrep printenv printf readlink realpath rpmquery sha1sum sha256sum sha512sum ' +
    'stat test true uname uptime wc which whoami'
  ).split(' '),
);

/** First arguments with which other programs only read. */
const READING: ReadonlyMap<string, RegExp> = new Map([
  ['dpkg', /^(?:-l|-s|-L|-S|--list|--status|--listfiles|--search|--print-architecture|--get-selections)$/],
  ['rpm', /^(?:-q[a-z]*|--query)$/],
  ['systemctl', /^(?:cat|is-active|is-enabled|is-failed|list-unit-files|list-units|show|status)$/],
]);

/** Whether a command line, by its words, surely changes nothing. Only of programs where the system has them. */
export function isReadOnly([path = '', first]: readonly string[]): boolean {
  const program = path.replace(/^(?:\/usr)?\/s?bin\//, '');
  if (READERS.has(program)) return true;
  return first !== undefined && READING.get(program)?.test(first) === true;
}
