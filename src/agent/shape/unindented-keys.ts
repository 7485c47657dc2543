import { authorPath, type Path } from '../findings/fault.ts'
import { isMap } from '../is-map.ts'
import { valueAt } from '../value-at.ts'
import { subschemaAt } from './known-settings.ts'
import { AGENT_FILE_SCHEMA, fits, type Subschema } from './subschemas.ts'

/** The keys that follow an empty one and belong below it, but are in the same column: `tts:` and then `speed: 1`. */
export function unindentedKeys(path: Path, schema: Subschema | undefined, data: unknown): readonly string[] {
  const own = childKeys(path, schema)
  // Among the keywords of a schema there are the names of its parameters.
  const isOwn = (key: string) =>
    own.includes(key) || (own === PARAMETER_KEYS && !Object.hasOwn(TOOL_SCHEMA?.properties ?? {}, key))
  const above = path.slice(0, -1)
  const around = valueAt(data, above)
  if (!isMap(around) || around[String(path.at(-1))] !== null) return []
  const keys = Object.keys(around)
  const behind = keys.slice(keys.indexOf(String(path.at(-1))) + 1)
  const end = behind.findIndex((key) => !isOwn(key))
  const unindented = end < 0 ? behind : behind.slice(0, end)
  const known = (above.length === 0 ? AGENT_FILE_SCHEMA : subschemaAt(authorPath(above)))?.properties ?? {}
  const isValidHere = (key: string) => {
    const part = Object.hasOwn(known, key) ? known[key] : false
    return typeof part === 'object' ? fits(part, around[key]) : part
  }
  return unindented.every(isValidHere) ? [] : unindented
}

/** The keys at the top of a tool's parameters. */
const PARAMETER_KEYS: readonly string[] = ['type', 'required', 'properties', 'additionalProperties', '$defs']

/** The keys that are allowed below one; for tools, those of a tool. */
export function childKeys(path: Path, schema: Subschema | undefined): readonly string[] {
  if (path.length === 3 && path[0] === 'tools' && path[2] === 'parameters') return PARAMETER_KEYS
  return Object.keys((path.at(-1) === 'tools' ? TOOL_SCHEMA : schema)?.properties ?? {})
}

const { tool: TOOL_SCHEMA } =
  (AGENT_FILE_SCHEMA as { readonly definitions?: { readonly tool?: Subschema } }).definitions ?? {}
