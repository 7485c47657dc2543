import { authorPath, type Path } from '../findings/fault.ts'
import { isMap } from '../is-map.ts'
import type { Finding } from './check.ts'

export const MERGE_KEY_HELP = 'YAML 1.2 has no merge keys: write the settings out, or share them with extends.'

/** Merge keys in a value whose keys are free: each would be a key called `<<` there. */
export function mergeKeyFindings(value: unknown, path: Path): readonly Finding[] {
  if (Array.isArray(value)) return value.flatMap((item, index) => mergeKeyFindings(item, [...path, index]))
  if (!isMap(value)) return []
  return Object.entries(value).flatMap(([key, inner]): readonly Finding[] => {
    if (key !== '<<' || typeof inner !== 'object') return mergeKeyFindings(inner, [...path, key])
    const message = `a merge key in ${authorPath(path)}`
    return [{ rule: 'RV101', message, help: MERGE_KEY_HELP, path: [...path, key], part: 'key' }]
  })
}
