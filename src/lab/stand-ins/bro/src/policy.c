/* STAND-IN: see policy.h. Understood are comments, @load, @if ( Cluster::node == /pattern/ ), @else, @endif, declarations
 * that end in a semicolon, and bodies in braces; everything else is a syntax error, as it would be for the real one. */
#include "policy.h"
#include "config.h"

#include <ctype.h>
#include <regex.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char *path(void) {
  const char *set = getenv(FLAVOUR[0] == 'z' ? "ZEEKPATH" : "BROPATH");
  return set ? set
             : PREFIX "/spool/installed-scripts-do-not-touch/site:" PREFIX "/spool/installed-scripts-do-not-touch/auto:" PREFIX
                      "/share/" FLAVOUR "/site";
}

/* Whole text of the first file of this name on the path; its name in `found`. */
static char *read_first(const char *name, char found[512]) {
  char folders[4096];
  snprintf(folders, sizeof folders, "%s", path());
  for (char *folder = strtok(folders, ":"); folder; folder = strtok(NULL, ":")) {
    snprintf(found, 512, "%s/%s", folder, name);
    FILE *file = fopen(found, "r");
    if (!file) continue;
    char *text = calloc(1, 1 << 20);
    size_t length = fread(text, 1, (1 << 20) - 1, file);
    text[length] = 0;
    fclose(file);
    return text;
  }
  return NULL;
}

const char *policy_layout(void) {
  char found[512];
  const char *text = read_first("cluster-layout." FLAVOUR, found);
  return text ? text : "";
}

static const char *wrong(const char *file, int line, const char *what, const char *near) {
  fprintf(stderr, "error in %s, line %d: %s, at or near \"%.40s\"\n", file, line, what, near);
  return NULL;
}

/* An anchored full match, as string == pattern is. -1: the pattern cannot be compiled. */
static int node_matches(const char *node, const char *pattern) {
  char anchored[1024];
  regex_t compiled;
  snprintf(anchored, sizeof anchored, "^(%s)$", pattern);
  if (regcomp(&compiled, anchored, REG_EXTENDED | REG_NOSUB) != 0) return -1;
  int matched = regexec(&compiled, node, 0, NULL, 0) == 0;
  regfree(&compiled);
  return matched;
}

static int starts_declaration(const char *line) {
  static const char *const words[] = {"redef ", "const ", "global ", "module ", "export ", "event ", "function ",
                                      "hook ",  "type ",  "option ", "print "};
  for (size_t i = 0; i < sizeof words / sizeof *words; i++)
    if (strncmp(line, words[i], strlen(words[i])) == 0) return 1;
  return 0;
}

#define DEEPEST 32
const char *policy_filter(const char *node) {
  static char filter[16384];
  char file[512], pattern[512];
  char *text = read_first("local." FLAVOUR, file);
  if (!text) {
    fprintf(stderr, "fatal error: can't find local.%s\n", FLAVOUR);
    return NULL;
  }
  int holds[DEEPEST] = {1}, depth = 0, number = 0, braces = 0, open = 0;
  char *rest = text;
  for (char *line; (line = strsep(&rest, "\n"));) {
    number++;
    while (isspace((unsigned char)*line)) line++;
    if (!*line || *line == '#') continue;
    if (*line == '@' && !open) {
      if (strncmp(line, "@if ", 4) == 0 || strncmp(line, "@if(", 4) == 0) {
        if (sscanf(line, "@if ( Cluster::node == /%511[^/]/ )", pattern) != 1) return wrong(file, number, "STAND-IN cannot judge this condition", line);
        int matched = node_matches(node, pattern);
        if (matched < 0) return wrong(file, number, "error in pattern", pattern);
        if (++depth == DEEPEST) return wrong(file, number, "too deep", line);
        holds[depth] = holds[depth - 1] && matched;
      } else if (strncmp(line, "@else", 5) == 0 && depth) holds[depth] = holds[depth - 1] && !holds[depth];
      else if (strncmp(line, "@endif", 6) == 0) {
        if (depth-- == 0) return wrong(file, number, "unmatched @endif", line);
      } else if (strncmp(line, "@load", 5) != 0 && strncmp(line, "@unload", 7) != 0) return wrong(file, number, "syntax error", line);
      continue;
    }
    if (!open && !starts_declaration(line)) return wrong(file, number, "syntax error", line);
    char *value = strstr(line, "cmd_line_bpf_filter");
    if (!open && value && holds[depth] && strncmp(line, "redef ", 6) == 0) {
      char *from = strchr(value, '"'), *to = strrchr(value, '"');
      if (!from || from == to) return wrong(file, number, "syntax error", line);
      snprintf(filter, sizeof filter, "%.*s", (int)(to - from - 1), from + 1);
    }
    for (const char *at = line; *at; at++) braces += (*at == '{') - (*at == '}');
    size_t length = strlen(line);
    while (length && isspace((unsigned char)line[length - 1])) length--;
    open = braces > 0 || (line[length - 1] != ';' && line[length - 1] != '}');
  }
  if (open) return wrong(file, number, "syntax error", "end of file");
  if (depth) return wrong(file, number, "unbalanced @if", "end of file");
  return filter;
}
