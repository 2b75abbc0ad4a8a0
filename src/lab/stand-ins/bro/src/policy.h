/* STAND-IN: the little of a site policy that counts in the lab. */
#ifndef POLICY_H
#define POLICY_H

/* The filter that local.<flavour> gives the node, "" for none; NULL after an error was printed. */
const char *policy_filter(const char *node);
/* Text of the generated cluster layout, "" if there is none. */
const char *policy_layout(void);

#endif
