/** A name as a shell takes it for one word, so that a command that is told may be typed as it stands. */
export function quoteForShell(name: string): string {
  return /^[\w./@%+=:,-]+$/.test(name) ? name : `'${name.replaceAll("'", "'\\''")}'`
}
