import { type Fault, isError } from './fault.ts'

/** Without the faults that rest on a setting which is wrong itself: they are told, if they still are any, once that one is mended. */
export function withoutEchoes(faults: readonly Fault[], reading: readonly Fault[]): readonly Fault[] {
  const wrong = new Set([...reading, ...faults].filter(isError).map(({ pointer }) => pointer))
  const isWrong = (pointer: string) => {
    if (pointer.endsWith('/')) return [...wrong].some((each) => each.startsWith(pointer))
    return waysTo(pointer).some((each) => wrong.has(each))
  }
  return faults.filter(({ rests = [] }) => !rests.some(isWrong))
}

/** The pointer to a value, and to each value that holds it; the file itself is none of them. */
function waysTo(pointer: string): readonly string[] {
  const keys = pointer.split('/').slice(1)
  return keys.map((_, index) => `/${keys.slice(0, index + 1).join('/')}`)
}
