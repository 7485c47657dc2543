/**
 * Standard error for messages that may be lost: if its disk is full or its reader has ended, nothing else fails. It is opened on demand, since
 * loading it takes longer than validating a file.
 */
export function standardError(): NodeJS.WriteStream {
  const { stderr } = process
  if (stderr.listenerCount('error') === 0) stderr.on('error', () => {})
  return stderr
}
