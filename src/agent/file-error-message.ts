/** Why a file cannot be read or written, in words; without its path, which may not be the one the author knows. */
export function fileErrorMessage(error: unknown): string {
  const { code, message } = error as NodeJS.ErrnoException
  return MESSAGES[code ?? ''] ?? message.replace(/^[A-Z]+: |, \w+( '.*)?$/gs, '')
}

/** By the system's error code. */
const MESSAGES: { readonly [code: string]: string } = {
  EACCES: 'permission denied',
  EISDIR: 'it is a folder',
  ELOOP: 'its links lead in a circle',
  ENAMETOOLONG: 'its name is too long',
  ENOENT: 'there is no such file or folder',
  ENOSPC: 'no space is left on the disk',
  ENOTDIR: 'a file is where a folder would be',
  ENXIO: 'it is not a file',
  ESPIPE: 'it is not a file',
  EROFS: 'the disk may only be read',
}
