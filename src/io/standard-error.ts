/**
 * Standard error as a place for words that may be lost: a full disk under it, or a reader who is gone, costs what it would have held and nothing
 * else. It is looked at when there is something to say: what makes it up takes longer to load than a file to validate.
 */
export function standardError(): NodeJS.WriteStream {
  const { stderr } = process
  if (stderr.listenerCount('error') === 0) stderr.on('error', () => {})
  return stderr
}
