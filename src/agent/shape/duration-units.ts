/** Whether a setting is a duration: a number and its unit. */
export function isDurationSchema(schema: unknown): boolean {
  return String((Object(schema) as { pattern?: unknown }).pattern).includes('(ms|s|m)')
}

/** The value of a foreign key in the unit of our setting; null if its unit is unknown. */
export function convertUnit(foreignKey: string, value: unknown, schema: unknown, ownKey: string): string | null {
  const written = typeof value === 'number' ? `${value}${unitOf(foreignKey) ?? ''}` : value
  const duration = typeof written === 'string' ? normalizeDuration(written) : null
  if (duration === null) return null
  if (isDurationSchema(schema)) return toLargestUnit(duration)
  return ownKey.endsWith('_ms') ? String(Math.round(millisecondsOf(duration))) : null
}

/** The same in the largest unit that leaves a whole number. */
function toLargestUnit(duration: string): string {
  const count = millisecondsOf(duration)
  if (count > 0 && count % 60_000 === 0) return `${count / 60_000}m`
  return count > 0 && count % 1_000 === 0 ? `${count / 1_000}s` : duration
}

/** Milliseconds of `8s`, `1200ms`, `2m`, where it is one of them. */
export function millisecondsOf(duration: string): number {
  const [, count, unit] = /^([\d.]+)(ms|s|m)$/.exec(duration) ?? []
  return Number(count) * (unit === 'm' ? 60_000 : unit === 's' ? 1_000 : 1)
}

function unitOf(word: string): 'ms' | 's' | 'm' | null {
  if (/[_-]mins?$|[_-]minutes?$|Minutes?$/.test(word)) return 'm'
  if (/ms$|millis(econds)?$/i.test(word)) return 'ms'
  return /_s$|secs?$|seconds?$/i.test(word) ? 's' : null
}

const UNITS: { readonly [word: string]: readonly [count: number, unit: string] } = {
  ...{ ms: [1, 'ms'], msec: [1, 'ms'], millis: [1, 'ms'], millisecond: [1, 'ms'], milliseconds: [1, 'ms'] },
  ...{ s: [1, 's'], sec: [1, 's'], secs: [1, 's'], second: [1, 's'], seconds: [1, 's'] },
  ...{ m: [1, 'm'], min: [1, 'm'], mins: [1, 'm'], minute: [1, 'm'], minutes: [1, 'm'] },
  ...{ h: [60, 'm'], hr: [60, 'm'], hour: [60, 'm'], hours: [60, 'm'], d: [1_440, 'm'], day: [1_440, 'm'] },
}
/** How long a text may be that is read as a duration, in characters. */
const CHARACTERS_MAX = 40

/** A duration as it is written here: `8 sec` is `8s`, `1m30s` is `90s`. Null for a text that is none. */
export function normalizeDuration(text: string): string | null {
  if (text.length > CHARACTERS_MAX) return null
  const plain = text
    .trim()
    .toLowerCase()
    .replace(/^pt?(?=\d)/, '')
    .replaceAll(/(\d),(\d)/g, '$1.$2')
  const [, hours, minutes, rest] = /^(\d+):([0-5]\d):([0-5]\d)$/.exec(plain) ?? []
  if (hours !== undefined) return toLargestUnit(`${Number(hours) * 3_600 + Number(minutes) * 60 + Number(rest)}s`)
  const parts = [...plain.matchAll(/(\d+(?:\.\d+)?)\s*([a-z]+)\s*/g)]
  if (parts.length === 0 || parts.map(([whole]) => whole).join('') !== plain) return null
  const known = parts.map(([, count, word = '']) => {
    const unit = Object.hasOwn(UNITS, word) ? UNITS[word] : undefined
    return unit === undefined ? null : { count: Number(count) * unit[0], unit: unit[1] }
  })
  const [first] = known
  if (first === undefined || first === null || known.includes(null)) return null
  if (known.length === 1) return `${first.count}${first.unit}`
  const seconds =
    known.reduce((sum, part) => sum + (part === null ? 0 : millisecondsOf(`${part.count}${part.unit}`)), 0) / 1_000
  return toLargestUnit(`${seconds}s`)
}
