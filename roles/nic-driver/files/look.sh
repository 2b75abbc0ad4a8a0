# Prints which driver of $FAMILY is chosen, installed and loaded. Reads only.
# in: FAMILY KERNEL SOURCE TREE STATE SYS

if [ -n "$SOURCE" ]; then source=$SOURCE; else source=$(driver_sources "$TREE" "$FAMILY" | head -n 1); fi
[ -z "$source" ] || echo "source ${source#"$TREE/"}"

head=$(git -C "$TREE" rev-parse HEAD 2>/dev/null || svn info --show-item revision "$TREE" 2>/dev/null)
path=$(modinfo -k "$KERNEL" -n "$FAMILY")
if [ -n "$head" ] && [ "$(cat "$STATE/$KERNEL/$FAMILY.stamp" 2>/dev/null)" = "$head ${source#"$TREE/"}" ] &&
  [ "$path" = "/lib/modules/$KERNEL/updates/ringmaster/$FAMILY.ko" ]; then
  echo 'installed ours'
else
  echo 'installed other'
fi

# The in-tree driver shows no srcversion in /sys, so whatever differs from the installed one is another.
installed=$(modinfo -k "$KERNEL" -F srcversion "$FAMILY")
if [ ! -d "$SYS/$FAMILY" ]; then echo 'loaded none'
elif [ -n "$installed" ] && [ "$(cat "$SYS/$FAMILY/srcversion" 2>/dev/null)" = "$installed" ]; then echo 'loaded installed'
else echo 'loaded other'; fi
exit 0
