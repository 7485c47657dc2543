/** A number as it was written, where JavaScript would write it otherwise. `JSON.stringify` puts it back. */
interface ExactNumber {
  readonly rawJSON: string
}

export type ExactValue =
  | string
  | number
  | boolean
  | null
  | ExactNumber
  | readonly ExactValue[]
  | { readonly [key: string]: ExactValue }

/** The arguments of a call, with numbers beyond 2^53 as they were written. */
export function parseExactly(text: string): { readonly [name: string]: ExactValue } {
  const { rawJSON } = JSON as unknown as { rawJSON(source: string): ExactNumber }
  return JSON.parse(text, (_key, value, context?: { readonly source?: string }) => {
    const source = context?.source
    return typeof value === 'number' && source !== undefined && String(value) !== source ? rawJSON(source) : value
  })
}

/** Whether a value is a number that `parseExactly` left as it was written. */
export function isExactNumber(value: unknown): value is ExactNumber {
  const { isRawJSON } = JSON as unknown as { isRawJSON(value: unknown): boolean }
  return isRawJSON(value)
}
