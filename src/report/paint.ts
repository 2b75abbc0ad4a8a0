import pc from 'picocolors';

/** Colours by their meaning's usual name; all of them identity where colour is off. */
export interface Paint {
  green(text: string): string;
  yellow(text: string): string;
  red(text: string): string;
  cyan(text: string): string;
  magenta(text: string): string;
  dim(text: string): string;
  bold(text: string): string;
}

/** Never by colour alone: every outcome has a sign as well. */
export const paintOf = (isColoured: boolean): Paint => pc.createColors(isColoured);
