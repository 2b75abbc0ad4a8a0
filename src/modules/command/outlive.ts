import { type Sh, sh } from '../../core/sh.js';

/**
 * Runs a command that must not be cut short, such as a package manager, so that it outlives the connection: it writes
 * to files that no one else can open, from which its output is passed on as it comes. When the connection breaks, only
 * the passing on ends. A daemon that it leaves behind cannot hold the pipe open either.
 */
export const outliving = (
  command: Sh,
): Sh => sh`rm_pass() { while IFS= read -r rm_line; do printf '%s\n' "$rm_line"; done; printf %s "$rm_line"; }
umask 077
rm_out=$(mktemp) && rm_err=$(mktemp) || exit 1
exec 5<"$rm_out" 6>"$rm_out" 7<"$rm_err" 8>"$rm_err"
rm -f "$rm_out" "$rm_err"
( trap '' HUP; umask 022
${command}
) >&6 2>&8 5<&- 6>&- 7<&- 8>&- &
rm_pid=$!
exec 6>&- 8>&-
while kill -0 "$rm_pid" 2>/dev/null; do
  while IFS= read -r rm_line <&5; do printf '%s\n' "$rm_rest$rm_line"; rm_rest=; done
  rm_rest=$rm_rest$rm_line; rm_line=
  sleep 0.1 2>/dev/null || sleep 1
done
wait "$rm_pid"; rm_status=$?
printf %s "$rm_rest"
rm_pass <&5
rm_pass <&7 >&2
exit "$rm_status"`;
