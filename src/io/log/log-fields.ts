/** Fields with what was said, or what a tool was given or answered: shown at level `debug`, else only their length. */
export const SPOKEN_FIELDS: readonly string[] = ['text', 'transcript', 'arguments', 'output', 'audio']
/** Fields with credentials, in lower case: never shown. */
const SECRET_FIELDS: readonly string[] = [
  'authorization',
  'proxy-authorization',
  'cookie',
  'set-cookie',
  'x-api-key',
  'api_key',
  'apikey',
]
/** How deep a field is shown; deeper values become `…`. */
const DEPTH_MAX = 6

type Fields = { readonly [key: string]: unknown }

/** Fields as they may be logged, at any depth. Errors become their type, message, code and stack. */
export function logFields(fields: Fields, shown: { readonly spoken: boolean }): Record<string, unknown> {
  return cleanObject(fields, shown.spoken, 0)
}

function cleanObject(fields: Fields, spoken: boolean, depth: number): Record<string, unknown> {
  return Object.fromEntries(
    Object.entries(fields).map(([name, value]) => [name, cleanField(name, value, spoken, depth)]),
  )
}

function cleanField(name: string, value: unknown, spoken: boolean, depth: number): unknown {
  if (SECRET_FIELDS.includes(name.toLowerCase())) return '***'
  if (!spoken && SPOKEN_FIELDS.includes(name) && value !== undefined && value !== null) return lengthOf(value)
  return clean(value, spoken, depth)
}

function clean(value: unknown, spoken: boolean, depth: number): unknown {
  if (typeof value === 'bigint') return String(value)
  if (typeof value !== 'object' || value === null) return value
  if (depth >= DEPTH_MAX) return '…'
  if (value instanceof Uint8Array) return lengthOf(value)
  if (Array.isArray(value)) return value.map((entry) => clean(entry, spoken, depth + 1))
  return cleanObject(value instanceof Error ? errorFields(value) : (value as Fields), spoken, depth + 1)
}

function errorFields(error: Error): Fields {
  const { name, message, stack, cause } = error
  return { ...error, type: name, message, stack, ...(cause === undefined ? {} : { cause }) }
}

function lengthOf(value: unknown): string {
  if (typeof value === 'string') return `${value.length} characters`
  if (value instanceof Uint8Array) return `${value.byteLength} bytes`
  return Array.isArray(value) ? `${value.length} entries` : 'not shown'
}
