/** A name as a shell takes it for one word, so that a command in a message may be typed as it stands. */
export function quoteForShell(name: string): string {
  return /^[\w./@%+=:,-]+$/.test(name) ? name : `'${name.replaceAll("'", "'\\''")}'`
}
