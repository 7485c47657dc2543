import { type Fault, pointerOf } from '../findings/fault.ts'
import { indentHelp } from '../findings/misindented-keys.ts'
import { isMap } from '../is-map.ts'
import type { ParsedFile } from '../reading/parsed-file.ts'
import { missingKeysMessage } from './missing-keys.ts'
import { childKeys } from './unindented-keys.ts'

/** The keys of the last tool that stand at the top of the file, not indented: that they are missing and unknown is one fault. */
export function mergeUnindentedToolFaults(faults: readonly Fault[], { data }: ParsedFile): readonly Fault[] {
  const { tools } = Object(data) as { readonly tools?: unknown }
  if (!isMap(data) || !Array.isArray(tools)) return faults
  const tool = pointerOf(['tools', tools.length - 1])
  const missing = faults.flatMap((fault) => {
    const { pointer, missing } = fault
    return missing !== undefined && pointer.slice(0, pointer.lastIndexOf('/')) === tool ? [{ ...fault, missing }] : []
  })
  const keys = Object.keys(data)
  const behind = keys.slice(keys.indexOf('tools') + 1)
  const end = behind.findIndex(
    (key) => !childKeys(['tools'], undefined).includes(key) || Object.hasOwn(Object(tools.at(-1)), key),
  )
  const unindented = end < 0 ? behind : behind.slice(0, end)
  const pointers = unindented.map((key) => pointerOf([key]))
  const isUnindented = ({ rule, pointer }: Fault) => rule === 'RV101' && pointers.includes(pointer)
  const [first] = missing
  if (first === undefined || !faults.some(isUnindented)) return faults
  const { missing: _missing, ...fault } = first
  const merged = { ...fault, message: missingKeysMessage(missing).message, help: indentHelp(tool, unindented) }
  const replaced = new Set(missing.map(({ pointer }) => pointer))
  return [...faults.filter((each) => !isUnindented(each) && !replaced.has(each.pointer)), merged]
}
