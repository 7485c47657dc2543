import { type Fault, keysOfPointer, pointerOf } from '../findings/fault.ts'
import { isMap } from '../is-map.ts'
import type { ParsedFile } from '../reading/parsed-file.ts'
import { valueAt } from '../value-at.ts'
import { isKnownSetting } from './known-settings.ts'
import { childKeys } from './unindented-keys.ts'

/** A key that is indented as deep as those below it, inside the map before it: they are unknown there because of it alone. */
export function mergeOverindentedSections(faults: readonly Fault[], { data }: ParsedFile): readonly Fault[] {
  const unknown = new Set(faults.filter(isUnknownKey).map(({ pointer }) => pointer))
  const inside = new Set(
    [...unknown].flatMap((pointer) => {
      const path = keysOfPointer(pointer)
      const [around, key] = [path.slice(0, -1), path.at(-1) ?? '']
      const map = valueAt(data, around)
      if (!isMap(map) || map[key] !== null) return []
      const keys = Object.keys(map)
      const behind = keys.slice(keys.indexOf(key) + 1)
      const isBelow = (word: string) => unknown.has(pointerOf([...around, word])) && belongsBelow(key, word, around)
      const end = behind.findIndex((word) => !isBelow(word))
      return (end < 0 ? behind : behind.slice(0, end)).map((word) => pointerOf([...around, word]))
    }),
  )
  return faults.filter((fault) => !(isUnknownKey(fault) && inside.has(fault.pointer)))
}

function isUnknownKey({ rule }: Fault): boolean {
  return rule === 'RV101' || rule === 'RV108' || rule === 'RV109'
}

/** Whether a key may stand below another that is a setting of one of the maps around. */
function belongsBelow(key: string, word: string, around: readonly string[]): boolean {
  if (key === 'parameters') return childKeys(['tools', 0, key], undefined).includes(word)
  return around.some((_, depth) => isKnownSetting([...around.slice(0, depth), key, word]))
}
