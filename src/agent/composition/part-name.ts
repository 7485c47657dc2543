/** Whether a file is a part of agents by its name, or by that of a folder on the way to it: it need not hold all that an agent wants. */
export function isPartName(path: string): boolean {
  return path.split('/').some((name) => name.startsWith('_'))
}
