/** Whether a file is a part by its name, or by that of one of its folders: it need not be a whole agent. */
export function isPartName(path: string): boolean {
  return path.split('/').some((name) => name.startsWith('_'))
}
