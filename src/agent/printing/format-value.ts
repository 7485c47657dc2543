/** How much of a value is shown, in characters. */
const VALUE_CHARACTERS_MAX = 60

/** A value as a message shows it. */
export function formatValue(value: unknown): string {
  if (value === null) return 'empty'
  const text = JSON.stringify(value) ?? 'nothing'
  return text.length <= VALUE_CHARACTERS_MAX ? text : `${text.slice(0, VALUE_CHARACTERS_MAX)}…`
}

/** The same where another type is wanted. */
export function describeValue(value: unknown): string {
  if (Array.isArray(value)) return 'a list'
  return typeof value === 'object' && value !== null ? 'a map' : formatValue(value)
}

/** A word as it is written in the file: in quotes where YAML would take it for something else. */
export function yamlWord(value: string | number): string {
  const text = String(value)
  const isPlain = /^[A-Za-z0-9_./][A-Za-z0-9_./ -]*$/.test(text) && !/^(true|false|null|yes|no|on|off|y|n)$/i.test(text)
  return typeof value === 'number' || (isPlain && !Number.isFinite(Number(text))) ? text : JSON.stringify(text)
}

/** Words as a list of them is written in the file. */
export function yamlList(words: readonly string[]): string {
  return `[${words.map(yamlWord).join(', ')}]`
}
